"""Poison, floods and slow neighbours: each ends by itself, and nobody else notices."""

import asyncio
import itertools
from typing import Any

import orjson
import pytest

from fedi.core.statuses import receive_notes
from fedi.federation.queues import INBOUND
from fedi.kit.queue import claim, wake
from tests.integration.inbound.conftest import World, member
from tests.integration.inbound.far import AS2, PUBLIC, Person

POISON: list[Any] = [
    "\u0000", "a\u0000b", "\U0010ffff", "x" * 9000, 2**63, -1, 1.5, True, None, [], {}, [[]], [{}],
    {"id": 7}, {"id": {"id": "x"}}, ["x", None, 3], "9999-12-31T23:59:59-14:00", "0000-00-00",
    "https://p.far.test/" + "y" * 3000, "https://p.far.test/" + "\u00e9" * 2000,
    "javascript:alert(1)",
    {"@value": "x"}, "https://", "https://[x/y", "https://a]b/", "https://\u2100.test/",
    "urn:x", {"type": "Note", "object": {"object": {}}},
]  # fmt: skip


@pytest.fixture
async def bob(world: World) -> Person:
    person = world.far.actor("p.far.test", "bob")
    await world.follow(person)
    return person


async def assert_settled(world: World) -> None:
    """Every row has ended, at the first attempt, and none was given up."""
    rows = await world.runtime.db.fetch(
        "SELECT state, attempts, reason FROM inbound WHERE state IN (0, 1, 5) OR attempts > 1"
    )
    assert [tuple(row) for row in rows] == []


async def test_poison_in_every_field(world: World, bob: Person) -> None:
    note = bob.note("x", inReplyTo=None, tag=[], attachment=[], summary=None, url=None)
    note |= {"updated": None, "sensitive": False, "conversation": None, "replies": None}
    sent = 0
    for field in note:
        for value in POISON:
            poisoned = {**bob.note("x"), field: value}
            activity = bob.does("Create", poisoned, to=[PUBLIC])
            await world.post(bob, activity)
            sent += 1
    for field in ("type", "object", "to", "cc", "published", "target", "@context", "id", "actor"):
        for value in POISON:
            for kind in (
                "Create",
                "Update",
                "Follow",
                "Like",
                "Announce",
                "Undo",
                "Accept",
                "Delete",
            ):
                activity = bob.does(
                    kind, bob.note("x") if kind in ("Create", "Update") else bob.id()
                )
                await world.post(bob, {**activity, field: value})
                sent += 1
    await world.drain()
    await assert_settled(world)
    good = bob.note("still here")
    assert (await world.deliver(bob, bob.creates(good)))[0][0] == 2
    assert sent > 1000


async def test_raw_poison_that_only_bytes_can_say(world: World, bob: Person) -> None:
    body = orjson.dumps(bob.creates(bob.note("MARK")))
    for bad in (b"1e999", b"1" * 5000, b'"\\ud800"', b'"\\u0000"', b"-0", b'"\\ud800\\u0000"'):
        for spot in (b'"<p>MARK</p>"',):
            answer = await world.post(bob, body.replace(spot, bad).replace(b"notes/", b"notes/0"))
            assert answer.status_code in (202, 400), bad
    await world.drain()
    await assert_settled(world)


async def test_long_ids(world: World, bob: Person) -> None:
    for length, wide in itertools.product((2047, 2048, 2049, 100_000), ("x", "\u00e9")):
        for field in ("activity", "note", "parent"):
            uri = "https://p.far.test/"
            uri += wide * (length - len(uri))
            note = bob.note("long", **({"inReplyTo": uri} if field == "parent" else {}))
            if field == "note":
                note["id"] = uri
            activity = bob.creates(note)
            if field == "activity":
                activity["id"] = uri
            assert (await world.post(bob, activity)).status_code == 202
    await world.drain()
    await assert_settled(world)
    assert await world.value("SELECT max(octet_length(uri)) FROM statuses") <= 2048


async def test_floods_in_one_post(world: World, bob: Person) -> None:
    many = 3000
    note = bob.note(
        "flood",
        tag=[{"type": "Mention", "href": f"https://v.far.test/u/{n}"} for n in range(many)]
        + [{"type": "Hashtag", "name": f"#t{n}"} for n in range(many)],
        attachment=[{"type": "Image", "url": f"https://v.far.test/i/{n}.png"} for n in range(many)],
        to=[PUBLIC, *(f"https://v.far.test/u/{n}" for n in range(many))],
    )
    assert (await world.deliver(bob, bob.creates(note)))[0][0] == 2
    stranger = world.far.actor("m.far.test", "mallory")
    members = [await member(world.runtime, f"m{n}") for n in range(52)]
    spam = stranger.note("hi", to=[m.uri for m in members])
    (ending,) = await world.deliver(stranger, stranger.creates(spam))
    assert ending[0] == 4
    fewer = stranger.note("hi", to=[m.uri for m in members[:3]])
    assert (await world.deliver(stranger, stranger.creates(fewer)))[0][0] == 2


async def test_reply_cycles_are_stored_without_a_loop(world: World, bob: Person) -> None:
    one, two, own = bob.note("1"), bob.note("2"), bob.note("3")
    one["inReplyTo"], two["inReplyTo"], own["inReplyTo"] = two["id"], one["id"], own["id"]
    endings = await world.deliver(bob, *map(bob.creates, (one, two, own)))
    assert [state for state, _ in endings] == [2, 2, 2]


async def test_a_context_is_never_fetched(world: World, bob: Person) -> None:
    asked = sum(world.far.asked.values())
    activity = bob.creates(bob.note())
    activity["@context"] = ["https://v.far.test/context", {"actor": "x", "type": "@id"}]
    assert (await world.deliver(bob, activity))[0][0] == 2
    assert sum(world.far.asked.values()) == asked


async def test_a_poison_item_is_quarantined_alone(
    world: World, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = receive_notes.read_content

    def explode(note: Any) -> Any:
        if "poison" in note.content:
            raise ZeroDivisionError("poison")
        return honest(note)

    monkeypatch.setattr(receive_notes, "read_content", explode)
    people = [world.far.actor("p.far.test", f"n{n}") for n in range(20)]
    for person in people:
        await world.follow(person)
    before = await world.count("statuses")
    for n, person in enumerate(people):
        await world.post(person, person.creates(person.note("poison" if n % 5 == 0 else "good")))
    world.expects_failure = True
    for _ in range(5):
        await world.drain()
        await world.settle_clock()
    assert await world.count("statuses") == before + 16
    rows = await world.runtime.db.fetch("SELECT reason, attempts FROM inbound WHERE state = 5")
    assert len(rows) == 4
    assert all("ZeroDivisionError" in row["reason"] and row["attempts"] <= 4 for row in rows)


async def test_who_waits_for_the_network_holds_up_nobody(world: World, bob: Person) -> None:
    world.far.hanging.add("slow.far.test")
    carol = world.far.actor("p.far.test", "carol")
    await world.follow(carol)
    boost = bob.does("Announce", "https://slow.far.test/notes/1", to=[PUBLIC])
    await world.post(bob, boost)
    await world.post(bob, bob.creates(bob.note("right behind it")))
    await world.post(carol, carol.creates(carol.note("a neighbour")))
    undo = bob.does("Undo", boost)
    await world.post(bob, undo)
    batch = await claim(world.runtime.db, INBOUND, worker="w", limit=100, lease_seconds=60)
    async with asyncio.timeout(5):
        await world.receiver.work(batch)
    assert await world.count("statuses") == 2
    # The Undo is about the boost: it waits with it.
    assert await world.count("inbound", "state = 0 AND lease IS NOT NULL") == 2
    await world.runtime.tasks.cancel()


async def test_a_host_that_is_down_parks_only_what_needs_it(world: World, bob: Person) -> None:
    note = world.far.actor("v.far.test", "vera").note("later")
    world.far.documents[note["id"]] = 503
    boost = bob.does("Announce", note["id"], to=[PUBLIC])
    await world.post(bob, boost)
    await world.post(bob, bob.creates(bob.note("now")))
    world.expects_failure = True
    await world.drain()
    assert await world.count("statuses") == 1
    assert await world.count("inbound", "state = 1 AND due_at > now() + interval '10 s'") == 1
    world.far.documents[note["id"]] = {"@context": AS2, **note}
    world.people.fetcher.forget(note["id"])
    await world.settle_clock()
    await world.drain()
    assert await world.count("statuses", "reblog_of_id IS NOT NULL") == 1
    assert await wake(world.runtime.db, INBOUND) == 0


async def test_a_dead_original_ends_its_boost(world: World, bob: Person) -> None:
    boost = bob.does("Announce", "https://v.far.test/notes/404", to=[PUBLIC])
    (ending,) = await world.deliver(bob, boost)
    assert ending[0] == 3


async def test_a_flood_of_creates_is_one_call(
    world: World, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    honest = receive_notes._store

    async def count(unit: Any, items: Any, **how: Any) -> Any:
        calls.append(len(items))
        return await honest(unit, items, **how)

    monkeypatch.setattr(receive_notes, "_store", count)
    for n in range(100):
        await world.post(bob, bob.creates(bob.note(f"{n}")))
    await world.drain()
    assert calls == [100]
    assert await world.count("statuses") == 100
