"""kill -9 at every point that a received activity passes: each one accepted takes effect, once."""

import asyncio
import itertools
import os
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import worker_number
from tests.rig.actors import Actor
from tests.rig.arena import Arena, arena
from tests.rig.certificates import Certificates
from tests.rig.ledger import facts_of

pytestmark = [pytest.mark.serial, pytest.mark.timeout(180)]

SOAK = bool(os.environ.get("FEDI_TEST_SOAK"))
ROUNDS = range(10 if SOAK else 1)
OPERATIONS = 200 if SOAK else 40
# In the web process: body read, signature good, row written, committed. In the worker: claimed,
# fetched, effect written, committed, row not yet closed in our memory.
POINTS = ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9"]

# At which point another process dies; both go on afterwards.
VICTIMS = ["postgres", "redis"]
FEW = [("I3", "postgres"), ("I7", "postgres"), ("I8", "redis")]
PAIRS = list(itertools.product(POINTS, VICTIMS)) if SOAK else FEW


@pytest.fixture(scope="module")
async def box(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> AsyncGenerator[Arena, None]:
    folder: Path = tmp_path_factory.mktemp("crash-inbound")
    async with arena(folder, certificates, net=f"127.{90 + worker_number()}") as box:
        await box.follow(box.peer.actor("star"))
        yield box


async def build_mix(box: Arena, name: str, count: int) -> list[tuple[Actor, dict[str, Any]]]:
    """Activities of all kinds that are applied: posts, mentions, likes, boosts, follows."""
    peer, star = box.peer, box.peer.actor("star")
    target = await box.alice.post(f"target {name}")
    box.ledger.did([])
    mine = [*facts_of_own(box, target["uri"])]
    box.ledger.facts.update(mine)
    mix: list[tuple[Actor, dict[str, Any]]] = []
    for number in range(count):
        other = peer.actor(f"h{number % 7}", f"{name}{number}".lower())
        match number % 6:
            case 0 | 1:
                activity = star.creates(star.note(f"{name} {number}"))
                mix.append((star, activity))
            case 2:
                note = other.note("hello", mentions=(box.alice_uri,))
                mix.append((other, other.creates(note)))
            case 3:
                mix.append((other, other.says("Like", target["uri"])))
            case 4:
                mix.append((other, other.announces(target["uri"])))
            case _:
                # A boost of something that has to be fetched first.
                note = other.note("found elsewhere")
                peer.publish(note)
                box.ledger.facts.update(facts_of({**other.creates(note)}, [], set()))
                mix.append((star, star.announces(note["id"])))
    return mix


def facts_of_own(box: Arena, uri: str) -> list[Any]:
    note = {"id": uri, "tag": []}
    create = {"type": "Create", "actor": box.alice_uri, "object": note}
    return facts_of(create, [box.alice_uri], {box.alice_uri})


async def send_all(box: Arena, mix: list[tuple[Actor, dict[str, Any]]]) -> Counter[int]:
    """Eight at a time, each until it is accepted; what was answered."""
    seen: Counter[int] = Counter()
    turns = asyncio.Semaphore(8)

    async def send(actor: Actor, activity: dict[str, Any]) -> None:
        async with turns:
            followers = [box.alice_uri] if actor.name == "pia" else []
            facts = facts_of(activity, followers, {box.alice_uri})
            seen.update(await box.receive(actor, activity))
            box.ledger.did(facts)

    await asyncio.gather(*(send(actor, activity) for actor, activity in mix))
    return seen


@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("point", POINTS)
async def test_nothing_accepted_is_lost_or_doubled(box: Arena, point: str, round_: int) -> None:
    await box.begin()
    mix = await build_mix(box, f"{point}r{round_}", OPERATIONS)
    box.arm(point)
    seen = await send_all(box, mix)
    await box.struck(point)
    await box.check()
    assert set(seen) <= {0, 202, 503}, seen
    if SOAK:
        # The supervisor waits longer and longer for what dies again and again.
        await box.restart()


@pytest.mark.parametrize(("point", "victim"), PAIRS)
async def test_another_dies_while_it_stands_at_a_point(box: Arena, point: str, victim: str) -> None:
    await box.begin()
    mix = await build_mix(box, f"{point}{victim}", OPERATIONS)
    box.arm(point, "freeze")
    sending = box.peer.start_task(send_all(box, mix))
    await box.kill_meanwhile(point, victim)
    assert set(await sending) <= {0, 202, 503}
    await box.check()


async def test_a_frozen_worker_cannot_end_what_others_took_over(box: Arena) -> None:
    """It holds a lease, sleeps past it, and wakes up with its effects written, not committed."""
    await box.begin()
    mix = await build_mix(box, "thaw", OPERATIONS)
    box.arm("I7", "sleep 4")
    await send_all(box, mix)
    await box.struck("I7")
    await box.check()
