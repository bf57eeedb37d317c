"""CPU time of the hot paths, with the budgets beside it.

    python -m tests.bench [SCENARIO …] [--json FILE] [--markdown FILE] [--keep DIR]

One real instance (`fedi up` with production settings, rate limits off, behind plain HTTP as behind
a proxy), one process that plays a hundred other servers, all on loopback. CPU is summed over all
processes of the instance, PostgreSQL and Redis among them; the driver's own is not counted. A
figure over budget is marked with `!`. The whole takes about four minutes and leaves nothing behind.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import orjson
import uvloop

from fedi.ap.signatures import sign
from tests.bench import deeds, inbound, live, outbound, reads, wire
from tests.bench.meter import machine_busy
from tests.bench.report import Row, lines
from tests.bench.server import lay_out
from tests.bench.world import World

Scenario = Callable[[World], Awaitable[list[Row]]]

# In this order: `bad` leaves requests under way, and `rest` starts the instance again.
SCENARIOS: dict[str, Scenario] = {
    "creates": inbound.creates,
    "irrelevant": inbound.irrelevant,
    "deeds": deeds.deeds,
    "followers": inbound.followers,
    "reads": reads.reads,
    "stream": live.stream,
    "warm": outbound.warm,
    "distant": outbound.distant,
    "bad": outbound.bad_hosts,
    "rest": live.rest,
}
# Laying the part of the world that a scenario needs included; `reads` are many.
SECONDS = 60.0
LONGER = {"reads": 100.0, "deeds": 100.0}


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncGenerator[World, None]:
    """The instance, the peer and the members for the length of a block."""
    server, peers = lay_out(folder)
    try:
        await peers.start()
        await server.start()
        world = World(server, peers)
        await world.people()
        yield world
    finally:
        await server.stop()
        await peers.stop()


class Others:
    """How many cores the rest of the machine keeps busy: what we measure suffers by it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._before = self._spent()

    def _spent(self) -> tuple[float, float]:
        instance = sum(self._world.server.meter.cpu().values())
        ours = instance + self._world.peers.cpu() + time.process_time()
        return time.monotonic(), machine_busy() - ours

    def cores(self) -> float:
        """The mean since the beginning; of no use once the instance has been started anew."""
        (start, before), (end, after) = self._before, self._spent()
        return (after - before) / (end - start)


# How many ms an RSA-2048 signature takes where the budgets were made.
USUAL_SIGNATURE = 0.28


def signature_ms(folder: Path) -> float:
    """How long this machine takes just now for what it does most: one RSA-2048 signature."""
    key = wire.key(folder)
    begun = time.process_time()
    for _ in range(200):
        sign(key, b"x" * 300)
    return (time.process_time() - begun) * 5


async def run_all(names: list[str], folder: Path) -> tuple[list[Row], str]:
    """Run scenarios one after the other; one that fails does not take the others with it."""
    rows: list[Row] = []
    signatures: list[float] = []
    state = ""
    async with running(folder) as world:
        others = Others(world)
        for name in names:
            begun, before = time.monotonic(), signature_ms(folder)
            try:
                async with asyncio.timeout(LONGER.get(name, SECONDS)):
                    found = await SCENARIOS[name](world)
            except Exception as problem:  # noqa: BLE001 - it becomes a line of the table
                found = [Row(name, note=f"failed: {type(problem).__name__}: {problem}"[:300])]
                world.server.hang_up()
            signatures.append((before + signature_ms(folder)) / 2)
            for row in found:
                row.slowness = signatures[-1] / USUAL_SIGNATURE
            rows += found
            print(f"# {name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
            if name != "rest":
                state = f"others kept {others.cores():.2f} cores busy meanwhile"
    taken = f"{min(signatures):.2f} to {max(signatures):.2f} ms"
    return rows, f"an RSA signature takes {taken} ({USUAL_SIGNATURE} usually), {state}"


def main() -> int:
    """Run what was asked for and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--json", type=Path, help="also write everything to this file")
    parser.add_argument("--markdown", type=Path, help="also write the table to this file")
    parser.add_argument("--keep", type=Path, help="keep data and log in this directory")
    args = parser.parse_args()
    if unknown := set(args.scenarios) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    names = [name for name in SCENARIOS if not args.scenarios or name in args.scenarios]
    folder = args.keep or Path(tempfile.mkdtemp(prefix="fedi-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        rows, state = uvloop.run(run_all(names, folder))
    finally:
        if args.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    machine = (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}; {state}"
    )
    print(machine, *lines(rows), sep="\n")
    if over := [f"{row.name} ({', '.join(row.over())})" for row in rows if row.over()]:
        print(f"Over budget: {'; '.join(over)}")
    if args.json:
        facts = {"machine": machine, "rows": [row.as_json() for row in rows]}
        args.json.write_bytes(orjson.dumps(facts, option=orjson.OPT_INDENT_2))
    if args.markdown:
        args.markdown.write_text("\n".join(lines(rows, markdown=True)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
