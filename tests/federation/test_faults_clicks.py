"""Double clicks are single effects, and a request that is said twice is heard once."""

import asyncio
import itertools
import os
import random
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from fedi.embedded import redis as embedded_redis
from tests.conftest import worker_number
from tests.rig.arena import Arena, arena
from tests.rig.certificates import Certificates
from tests.rig.checker import check_counters, check_queues, read_facts
from tests.rig.instance import Member
from tests.rig.ledger import Fact

pytestmark = [pytest.mark.serial, pytest.mark.timeout(180)]

SOAK = bool(os.environ.get("FEDI_TEST_SOAK"))
CLICKS = 50
ROUNDS = 200 if SOAK else 3


@pytest.fixture(scope="module")
async def box(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> AsyncGenerator[Arena, None]:
    folder: Path = tmp_path_factory.mktemp("faults-clicks")
    async with arena(folder, certificates, net=f"127.{140 + worker_number()}") as box:
        yield box


@pytest.fixture(scope="module")
async def bob(box: Arena) -> Member:
    return await box.instance.member("bob")


async def click(member: Member, paths: list[str]) -> Counter[int]:
    """All at once; how often each answer came."""
    answers = await asyncio.gather(*(member.ask("POST", path) for path in paths))
    seen = Counter(answer.status_code for answer in answers)
    assert all(200 <= status < 500 for status in seen), (seen, [a.text for a in answers][:3])
    return seen


async def facts(box: Arena) -> set[Fact]:
    """What stands, each once, with the counters that belong to it."""
    await box.settle()
    found = await read_facts(box)
    problems = [*await check_counters(box), *await check_queues(box)]
    problems += [f"{n} times {fact}" for fact, n in found.items() if n > 1]
    assert not problems, problems[:10]
    return set(found)


@pytest.mark.parametrize(
    ("do", "undo", "kind"),
    [("favourite", "unfavourite", "like"), ("reblog", "unreblog", "boost"),
     ("bookmark", "unbookmark", "bookmark")],
)  # fmt: skip
async def test_fifty_clicks_on_a_post(
    box: Arena, bob: Member, do: str, undo: str, kind: str
) -> None:
    post = await bob.post(f"click {do}")
    path = f"/api/v1/statuses/{post['id']}"
    fact = Fact(kind, box.alice_uri, post["uri"])
    for _ in range(ROUNDS):
        assert await click(box.alice, [f"{path}/{do}"] * CLICKS) == {200: CLICKS}
        assert fact in await facts(box)
        assert await click(box.alice, [f"{path}/{undo}"] * CLICKS) == {200: CLICKS}
        assert fact not in await facts(box)
    await click(box.alice, [f"{path}/{word}" for word in (do, undo) for _ in range(CLICKS // 2)])
    status = await box.alice.call("GET", f"/api/v1/statuses/{post['id']}")
    name = {"like": "favourited", "boost": "reblogged", "bookmark": "bookmarked"}[kind]
    assert (fact in await facts(box)) == status[name]


@pytest.mark.parametrize(
    ("do", "undo", "kind"), [("follow", "unfollow", "follow"), ("block", "unblock", "block")]
)
async def test_fifty_clicks_on_a_person(
    box: Arena, bob: Member, do: str, undo: str, kind: str
) -> None:
    path = f"/api/v1/accounts/{bob.id}"
    for _ in range(ROUNDS):
        assert await click(box.alice, [f"{path}/{do}"] * CLICKS) == {200: CLICKS}
        assert len([f for f in await facts(box) if f.kind == kind]) == 1
        assert await click(box.alice, [f"{path}/{undo}"] * CLICKS) == {200: CLICKS}
        assert not [f for f in await facts(box) if f.kind == kind]


async def test_everything_at_once_ends_in_one_legal_state(box: Arena, bob: Member) -> None:
    """Follows, blocks, boosts and likes in both directions, all mixed: no deadlock shows."""
    posts = [await bob.post("mixed"), await box.alice.post("mixed too")]
    chance = random.Random(3)  # noqa: S311 - a seed repeats the run
    for _ in range(ROUNDS):
        words = ("follow", "unfollow", "block", "unblock", "mute", "unmute")
        people = [
            (member, f"/api/v1/accounts/{other.id}/{word}")
            for member, other in ((box.alice, bob), (bob, box.alice))
            for word in words
        ]
        things = [
            (member, f"/api/v1/statuses/{post['id']}/{word}")
            for member, post in itertools.product((box.alice, bob), posts)
            for word in ("favourite", "unfavourite", "reblog", "unreblog")
        ]
        clicks = (people + things) * 3
        chance.shuffle(clicks)
        answers = await asyncio.gather(*(who.ask("POST", path) for who, path in clicks))
        seen = Counter(answer.status_code for answer in answers)
        assert set(seen) <= {200, 403, 404, 422}, seen
        standing = await facts(box)
        if [fact for fact in standing if fact.kind == "block"]:
            assert not [fact for fact in standing if fact.kind == "follow"]
    for member, other in ((box.alice, bob), (bob, box.alice)):
        for word in ("unblock", "unmute", "unfollow"):
            await member.call("POST", f"/api/v1/accounts/{other.id}/{word}")


async def test_a_peer_hears_the_clicks_in_the_order_that_counts(box: Arena) -> None:
    """However wildly Alice clicks, what the other server was told last is what is so."""
    far = box.peer.actor("far")
    account = await box.alice.find(far.handle)
    path = f"/api/v1/accounts/{account['id']}"
    await click(box.alice, [f"{path}/{w}" for w in ("follow", "unfollow") * (CLICKS // 2)])
    await box.settle()
    told = [
        copy.activity
        for copy in sorted(box.peer.host("far").received, key=lambda copy: copy.at)
        if copy.activity["type"] in {"Follow", "Undo"}
    ]
    following = Fact("follow", box.alice_uri, far.uri) in await facts(box)
    assert (told[-1]["type"] == "Follow") == following
    ids = Counter(activity["id"] for activity in told)
    assert max(ids.values()) == 1


async def test_one_key_makes_one_post(box: Arena) -> None:
    async def write(text: str, key: str) -> httpx.Response:
        return await box.alice.ask(
            "POST", "/api/v1/statuses", json={"status": text}, headers={"Idempotency-Key": key}
        )

    answers = await asyncio.gather(*(write("only once", "one") for _ in range(CLICKS)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.text for answer in answers}) == 1
    assert (await write("something else", "one")).status_code == 422
    client: Redis = Redis.from_url(embedded_redis.build_url(box.home))
    await client.flushall()
    await client.aclose()
    assert (await write("only once", "one")).json()["id"] == answers[0].json()["id"]
    # An hour later the key is free again.
    box.clock.write_text("3700")
    await asyncio.sleep(0.1)
    try:
        later = await write("something else", "one")
        assert later.status_code == 200
        assert later.json()["id"] != answers[0].json()["id"]
    finally:
        box.clock.write_text("0")
    await asyncio.sleep(0.1)
    await facts(box)


async def test_one_key_makes_one_post_although_the_answer_was_lost(box: Arena) -> None:
    """Killed after the commit and before the answer: the same key finds the post."""
    box.arm("O3")
    headers = {"Idempotency-Key": "lost answer"}
    options = {"json": {"status": "lost answer"}, "headers": headers}
    with pytest.raises(httpx.HTTPError):
        await box.alice.ask("POST", "/api/v1/statuses", **options)
    await box.instance.ready()
    first = await box.alice.call("POST", "/api/v1/statuses", **options)
    again = await box.alice.call("POST", "/api/v1/statuses", **options)
    assert first["id"] == again["id"]
    home = await box.alice.home()
    assert len([status for status in home if "lost answer" in status["content"]]) == 1
