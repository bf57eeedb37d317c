"""The long run: load in both directions, and something dies at random every few seconds.

`FEDI_TEST_SOAK_MINUTES` says how long (10), `FEDI_TEST_SOAK_SEED` repeats a run. After every six
strikes the load pauses and the checker looks.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.entry import list_points
from tests.rig.arena import Arena, arena
from tests.rig.certificates import Certificates
from tests.rig.instance import until
from tests.rig.load import Load, loaded

pytestmark = [pytest.mark.serial, pytest.mark.timeout(7200)]

MINUTES = float(os.environ.get("FEDI_TEST_SOAK_MINUTES", "10"))
SEED = int(os.environ.get("FEDI_TEST_SOAK_SEED", "0")) or int(time.time())
ROLES = ("web", "worker", "redis", "postgres")


@pytest.fixture(scope="module")
async def box(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> AsyncGenerator[Arena, None]:
    folder: Path = tmp_path_factory.mktemp("soak")
    async with arena(folder, certificates, net="127.160") as box:
        await box.follow(box.peer.actor("star"))
        for number in range(8):
            follower = box.peer.actor(f"f{number}")
            await box.receive(follower, follower.says("Follow", box.alice_uri))
        yield box


async def strike(box: Arena, chance: random.Random) -> str:
    """Kill something, somewhere; what it was."""
    match chance.randrange(4):
        case 0:
            point = chance.choice(list_points())
            box.arm(point, f"kill {chance.randrange(1, 20)}")
            return f"kill at {point}"
        case 1:
            role = chance.choice(ROLES)
            box.kill(role)
            return f"kill {role}"
        case 2:
            box.kill("postgres", signal.SIGQUIT)
            return "immediate stop of postgres"
        case _:
            role = chance.choice(("worker", "redis"))
            pids = box.kill(role, signal.SIGSTOP)
            await asyncio.sleep(chance.uniform(1, 6))
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
            return f"freeze {role}"


async def test_nothing_is_lost_or_doubled_whatever_dies(box: Arena) -> None:
    chance = random.Random(SEED)  # noqa: S311 - a seed repeats the run
    ends = time.monotonic() + MINUTES * 60
    log = [f"seed {SEED}"]
    rounds = 0
    while time.monotonic() < ends:
        rounds += 1
        await box.begin()
        followers = [box.peer.actor(f"f{number}") for number in range(8)]
        load = Load(box, followers, box.peer.actor("star"), seed=chance.randrange(1 << 30))
        async with loaded(load):
            for _ in range(6):
                await asyncio.sleep(chance.uniform(2, 8))
                log.append(await strike(box, chance))
                await until(lambda: _serves(box), seconds=60, what="it serves again")
            box.disarm()
        print(f"round {rounds}: {box.ledger.acknowledged} operations, {log[-6:]}")
        try:
            await box.check(copies=8, seconds=120)
        except AssertionError as problem:
            raise AssertionError(f"{problem}\n{log}") from problem
        # The supervisor waits longer and longer for what dies again and again.
        await box.restart()


async def _serves(box: Arena) -> bool:
    return (await box.instance.request("GET", "/readyz")).status_code == 200
