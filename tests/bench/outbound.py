"""What goes out: one post to five hundred followers on fifty hosts."""

import asyncio
import time

from tests.bench import wire
from tests.bench.client import Connection
from tests.bench.report import Row, per_operation
from tests.bench.server import Member
from tests.bench.world import FOLLOWERS, World

# Posts in one go where each makes fifty deliveries, so that there are five hundred as well.
BURST = 10
ROUNDS = 3
BAD = 5


async def _post(world: World, poster: Member, posts: int, expected: int) -> list[float]:
    """Post, wait until the peer has what is expected; seconds from the first request to each."""
    await world.peers.order("expect", count=expected)
    connection = Connection(world.server.address)
    start = time.monotonic()
    for number in range(posts):
        text = f"A post for many, number {number} at {start}"
        raw = world.server.request("POST", "/api/v1/statuses", member=poster, json={"status": text})
        status, body = await connection.send(raw)
        assert status == 200, body[:300]
    connection.close()
    answer = await world.peers.order("wait", seconds=25)
    return sorted(moment - start for moment in answer["times"])


async def _measure(world: World, name: str, kind: str, posts: int, rounds: int = ROUNDS) -> Row:
    """Several rounds of the same, the connections being open; CPU for each delivery."""
    poster = await world.fans(kind)
    each = wire.HOSTS if kind == "s" else FOLLOWERS
    await _post(world, poster, posts, each * posts)
    await world.server.meter.settle()
    window = world.server.meter.begin()
    runs = [await _post(world, poster, posts, each * posts) for _ in range(rounds)]
    total, parts = per_operation(await window.settled(), sum(len(run) for run in runs))
    rates = sorted(len(run) / run[-1] for run in runs if run)
    missing = each * posts * rounds - sum(len(run) for run in runs)
    values = {"cpu_ms": total, "rate": rates[len(rates) // 2] if rates else 0.0}
    return Row(name, values, parts, f"{missing} missing" if missing else "")


async def warm(world: World) -> list[Row]:
    """With shared inboxes (fifty deliveries for each post) and without (five hundred)."""
    return [
        await _measure(world, "delivery, shared inboxes", "s", BURST),
        await _measure(world, "delivery, single inboxes", "n", 1),
    ]


async def distant(world: World) -> list[Row]:
    """Every peer answers after 100 ms."""
    await world.fans("n")
    await world.peers.order("set", latency=0.1)
    try:
        return [await _measure(world, "delivery, 100 ms away", "n", 1, rounds=2)]
    finally:
        await world.peers.order("set")


async def bad_hosts(world: World) -> list[Row]:
    """Five of fifty hosts hang, five answer 500: when has the last good one its copy?"""
    rows: list[Row] = []
    for kind, name in (("s", "delivery, bad hosts"), ("n", "delivery, bad hosts, single inboxes")):
        poster = await world.fans(kind)
        each = 1 if kind == "s" else FOLLOWERS // wire.HOSTS
        await _post(world, poster, 1, each * wire.HOSTS)
        await world.server.meter.settle()
        names = wire.hosts(kind)
        faults = dict.fromkeys(names[::10], "hang") | dict.fromkeys(names[5::10], "500")
        await world.peers.order("set", faults=faults)
        try:
            good = each * (wire.HOSTS - 2 * BAD)
            times = await _post(world, poster, 1, good)
        finally:
            await world.peers.order("set")
        note = "" if len(times) >= good else f"only {len(times)} of {good}"
        rows.append(Row(name, {"seconds": times[-1] if times else 60.0}, note=note))
        await asyncio.sleep(0.5)
    return rows
