"""kill -9 at every point that a post passes on its way out: each owed inbox has it, with one id."""

import asyncio
import itertools
import os
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import worker_number
from tests.rig.actors import Actor
from tests.rig.arena import Arena, arena
from tests.rig.certificates import Certificates
from tests.rig.instance import until
from tests.rig.ledger import Debt, Fact

pytestmark = [pytest.mark.serial, pytest.mark.timeout(180)]

SOAK = bool(os.environ.get("FEDI_TEST_SOAK"))
ROUNDS = range(10 if SOAK else 1)
POSTS = 100 if SOAK else 25
HOSTS = 20 if SOAK else 6
# In the web process: request parsed, post written, committed. In the worker: deliveries half
# written, claimed, signed, answered, about to be recorded, recorded but not counted, a retry.
POINTS = ["O1", "O2", "O3", "O4", "O5", "O6", "O7", "O8", "O9", "O10"]

# At which point another process dies; both go on afterwards.
VICTIMS = ["postgres", "redis"]
FEW = [("O2", "postgres"), ("O4", "redis"), ("O7", "postgres"), ("O9", "postgres")]
PAIRS = list(itertools.product(POINTS, VICTIMS)) if SOAK else FEW


@pytest.fixture(scope="module")
async def box(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> AsyncGenerator[Arena, None]:
    folder: Path = tmp_path_factory.mktemp("crash-outbound")
    async with arena(folder, certificates, net=f"127.{100 + worker_number()}") as box:
        for number in range(HOSTS):
            follower = box.peer.actor(f"f{number}")
            await box.receive(follower, follower.says("Follow", box.alice_uri))
        await box.settle()
        yield box


async def ask(box: Arena, method: str, path: str, seen: Counter[int], **options: Any) -> Any:
    """One API request, again until it succeeds; how often each answer came is added to `seen`."""

    async def attempt() -> Any:
        try:
            answer = await box.alice.ask(method, path, **options)
        except httpx.HTTPError:
            seen[0] += 1
            return None
        seen[answer.status_code] += 1
        if answer.status_code == 503:
            assert "retry-after" in answer.headers, "503 without Retry-After"
        return answer.json() if answer.status_code == 200 else None

    return await until(attempt, seconds=40, what=f"{method} {path} ({dict(seen)})")


async def post(box: Arena, text: str, seen: Counter[int], **fields: Any) -> str:
    """Post once, however often it has to be said; what must stand and be sent is noted."""
    headers = {"Idempotency-Key": f"key {text}"}
    status = await ask(
        box, "POST", "/api/v1/statuses", seen, json={"status": text, **fields}, headers=headers
    )
    uri: str = status["uri"]
    facts = [Fact("status", box.alice_uri, uri), Fact("home", box.alice_uri, uri)]
    box.ledger.did(facts, owed(box, "Create", uri))
    return uri


def owed(box: Arena, kind: str, uri: str) -> list[Debt]:
    return [Debt(box.peer.host(f"f{number}").name, kind, uri) for number in range(HOSTS)]


async def post_all(box: Arena, name: str, seen: Counter[int]) -> list[str]:
    turns = asyncio.Semaphore(4)

    async def one(number: int) -> str:
        async with turns:
            return await post(box, f"{name} {number}", seen)

    return list(await asyncio.gather(*(one(number) for number in range(POSTS))))


@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("point", POINTS)
async def test_every_owed_inbox_has_it_with_one_id(box: Arena, point: str, round_: int) -> None:
    await box.begin()
    if point == "O10":
        for number in range(3):
            box.peer.host(f"f{number}").answers = [503]
    box.arm(point)
    seen: Counter[int] = Counter()
    uris = await post_all(box, f"{point}r{round_}", seen)
    await box.struck(point)
    await box.check()
    assert len(set(uris)) == POSTS
    assert set(seen) <= {0, 200, 503}, seen
    if SOAK or point == "O7":
        # The supervisor waits longer and longer for what dies again and again.
        await box.restart()


@pytest.mark.parametrize(("point", "victim"), PAIRS)
async def test_another_dies_while_it_stands_at_a_point(box: Arena, point: str, victim: str) -> None:
    await box.begin()
    if point == "O10":
        box.peer.host("f0").answers = [503]
    box.arm(point, "freeze")
    seen: Counter[int] = Counter()
    posting = box.peer.start_task(post_all(box, f"{point} {victim}", seen))
    await box.kill_meanwhile(point, victim)
    assert len(set(await posting)) == POSTS
    await box.check()
    assert set(seen) <= {0, 200, 503}, seen


async def test_all_kinds_of_activities_survive_a_kill_between_two_of_them(box: Arena) -> None:
    """Posts, a boost, a like, a follow and a delete, with the worker killed while it delivers."""
    await box.begin()
    seen: Counter[int] = Counter()
    author = box.peer.actor("author")
    note = author.note("from elsewhere")
    box.peer.publish(note)
    found = await ask(
        box,
        "GET",
        "/api/v2/search",
        seen,
        params={"q": note["id"], "resolve": "true", "type": "statuses"},
    )
    there = found["statuses"][0]["id"]
    box.ledger.did([Fact("status", author.uri, note["id"])])
    box.arm("O6")
    await ask(box, "POST", f"/api/v1/statuses/{there}/favourite", seen)
    box.ledger.did(
        [Fact("like", box.alice_uri, note["id"])], [Debt(author.host, "Like", note["id"])]
    )
    boost = await ask(box, "POST", f"/api/v1/statuses/{there}/reblog", seen)
    box.ledger.did(
        [Fact("boost", box.alice_uri, note["id"]), Fact("home", box.alice_uri, boost["uri"])],
        [Debt(author.host, "Announce", note["id"]), *owed(box, "Announce", note["id"])],
    )
    await _follow(box, author, seen)
    # What we have of somebody comes home with the follow.
    box.ledger.facts.add(Fact("home", box.alice_uri, note["id"]))
    uri = await post(box, "to be deleted", seen)
    await until(lambda: _has(box, uri), what="the post is out")
    number = uri.rpartition("/")[2]
    await ask(box, "DELETE", f"/api/v1/statuses/{number}", seen)
    box.ledger.undid([Fact("status", box.alice_uri, uri), Fact("home", box.alice_uri, uri)])
    box.ledger.owed.update(owed(box, "Delete", uri))
    await box.struck("O6")
    await box.check()


async def _has(box: Arena, uri: str) -> bool:
    """Whether every follower's host has been sent the post."""
    return all(
        any(copy.about == uri for copy in box.peer.host(f"f{number}").received)
        for number in range(HOSTS)
    )


async def _follow(box: Arena, actor: Actor, seen: Counter[int]) -> None:
    found = await ask(
        box,
        "GET",
        "/api/v2/search",
        seen,
        params={"q": actor.handle, "resolve": "true", "type": "accounts"},
    )
    await ask(box, "POST", f"/api/v1/accounts/{found['accounts'][0]['id']}/follow", seen)
    box.ledger.did(
        [Fact("follow", box.alice_uri, actor.uri)], [Debt(actor.host, "Follow", actor.uri)]
    )
