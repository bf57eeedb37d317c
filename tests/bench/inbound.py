"""What comes in: from a signed activity of a peer to the reader's home."""

import asyncio
import time

from tests.bench import wire
from tests.bench.client import Drive, drive, latencies
from tests.bench.report import Row, median, per_operation
from tests.bench.world import FAN_NAMES, MEMBERS, SOURCE, World

COUNT = 1000
CONNECTIONS = 16
ROUNDS = 3
# For the comparison of three followers with thirty-three: in turn, the first round to warm up.
FEWER = 250


async def flood(world: World, name: str, requests: list[bytes]) -> tuple[Row, Drive]:
    """Send all, wait until the instance is quiet again; CPU for each."""
    await world.server.meter.settle()
    window = world.server.meter.begin()
    sent = await drive(world.server.address, requests, CONNECTIONS)
    total, parts = per_operation(await window.settled(), len(requests))
    values = {"cpu_ms": total, "rate": sent.rate, **latencies(sent.times)}
    return Row(name, values, parts, sent.trouble()), sent


async def creates(world: World) -> list[Row]:
    """Creates from followed actors, one in ten with a mention, until visible; the same again."""
    await world.sources()
    actors = wire.actors("s", SOURCE)
    # The first ones open connections, load keys and warm up caches.
    cursor = await world.newest(world.reader)
    warm, uris = world.creates(actors, 100, f"warm{time.time_ns()}")
    await drive(world.server.address, warm, CONNECTIONS)
    await world.watch(world.reader, cursor, uris, 15.0)
    return median([await _creates(world, actors) for _ in range(ROUNDS)])


async def _creates(world: World, actors: list[wire.Actor]) -> list[Row]:
    name = f"create{time.time_ns()}"
    requests, uris = world.creates(actors, COUNT, name, mention_every=10)
    await world.server.meter.settle()
    cursor = await world.newest(world.reader)
    window = world.server.meter.begin()
    begun = time.monotonic()
    sent, seen = await asyncio.gather(
        drive(world.server.address, requests, CONNECTIONS),
        world.watch(world.reader, cursor, uris, 40.0),
    )
    seconds = time.monotonic() - begun
    total, parts = per_operation(await window.settled(), COUNT)
    note = f"accepted at {sent.rate:.0f}/s"
    if seen < COUNT or sent.trouble():
        note += f", only {seen} seen, {sent.trouble()}"
    values = {"cpu_ms": total, "rate": seen / seconds, **latencies(sent.times)}
    again, _ = await flood(world, "inbound duplicate", requests)
    return [Row("inbound create", values, parts, note), again]


async def irrelevant(world: World) -> list[Row]:
    """Creates from known actors whom nobody follows, to nobody here."""
    await world.fans("s")
    actors = [actor for name in FAN_NAMES for actor in wire.actors("s", name)]
    rounds: list[list[Row]] = []
    for _ in range(ROUNDS):
        requests, _ = world.creates(actors, COUNT, f"other{time.time_ns()}")
        row, _ = await flood(world, "inbound irrelevant", requests)
        rounds.append([row])
    return median(rounds)


async def followers(world: World) -> list[Row]:
    """The same Creates from actors with three and with thirty-three followers here."""
    sizes = (3, len(MEMBERS))
    groups = [await world.group(size) for size in sizes]
    rounds: list[list[Row]] = []
    for _ in range(ROUNDS):
        pair: list[Row] = []
        for size, actors in zip(sizes, groups, strict=True):
            requests, _ = world.creates(actors, FEWER, f"for{size}-{time.time_ns()}")
            row, _ = await flood(world, f"inbound, {size} followers", requests)
            pair.append(row)
        rounds.append(pair)
    few, many = (
        sum(pair[number].values["cpu_ms"] for pair in rounds[1:]) for number in range(len(sizes))
    )
    return [*rounds[-1], Row("inbound 33 : 3 followers", {"ratio": many / few if few else 0.0})]
