"""What stands on top of profiles elsewhere, and which posts belong to which conversation."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fedi.core.accounts.turns import Turns
from fedi.core.statuses.lists import StatusFilters, account_statuses
from fedi.core.tags.queries import list_featured
from fedi.core.threads import chores
from fedi.core.threads.profiles import ask_for_profiles, is_look_due
from fedi.federation.reading import backfill
from fedi.kit.paging import Page
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import AS2, Person

OLD = "2024-05-01T12:00:00Z"
PINNED = StatusFilters(pinned=True)


@pytest.fixture
async def bob(world: World) -> Person:
    """Somebody whom alice follows."""
    world.people.turns = Turns(gap=0.0)
    person = world.far.actor(
        "p.far.test",
        "bob",
        extra={
            "featured": "https://p.far.test/users/bob/featured",
            "featuredTags": "https://p.far.test/users/bob/tags",
        },
    )
    await world.follow(person)
    return person


async def id_of(world: World, person: Person) -> int:
    return await world.value("SELECT id FROM accounts WHERE uri = $1", person.uri)


async def pins(world: World, person: Person) -> list[str]:
    read = world.runtime.read()
    found = await account_statuses(read, world.alice.id, await id_of(world, person), Page(), PINNED)
    rows = await world.runtime.db.fetch("SELECT id, uri FROM statuses")
    uris = {row["id"]: row["uri"] for row in rows}
    return [uris[head.id] for head in found]


async def tags(world: World, person: Person) -> list[str]:
    found = await list_featured(world.runtime.read(), await id_of(world, person))
    return [tag.name for tag in found]


def serve(world: World, note: dict[str, Any]) -> str:
    world.far.documents[note["id"]] = {"@context": AS2, **note}
    return note["id"]


def pin(person: Person, kind: str, thing: Any, target: str = "featured") -> dict[str, Any]:
    return person.does(kind, thing, target=f"{person.uri}/{target}")


async def test_pins_come_and_go(world: World, bob: Person) -> None:
    known, unknown = bob.note("known"), bob.note("unknown", published=OLD)
    await world.deliver(bob, bob.creates(known))
    serve(world, unknown)
    assert (await world.deliver(bob, pin(bob, "Add", known["id"])))[0][0] == 2
    assert (await world.deliver(bob, pin(bob, "Add", unknown["id"])))[0][0] == 2
    assert await pins(world, bob) == [unknown["id"], known["id"]], "the last pin is on top"
    assert await world.value("SELECT imported FROM statuses WHERE uri = $1", unknown["id"])
    await world.deliver(bob, pin(bob, "Remove", unknown["id"]))
    assert await pins(world, bob) == [known["id"]]


async def test_pins_without_ids(world: World, bob: Person) -> None:
    note = bob.note("known")
    await world.deliver(bob, bob.creates(note))
    for kind, found in (("Add", [note["id"]]), ("Remove", []), ("Add", [note["id"]])):
        activity = pin(bob, kind, note["id"])
        del activity["id"]
        assert (await world.deliver(bob, activity))[0][0] == 2
        assert await pins(world, bob) == found


async def test_hashtags_come_and_go(world: World, bob: Person) -> None:
    tea = {"type": "Hashtag", "name": "#Tea", "href": "https://p.far.test/tags/tea"}
    milk = {"type": "Hashtag", "name": "#milk", "href": "https://p.far.test/tags/milk"}
    await world.deliver(bob, pin(bob, "Add", tea), pin(bob, "Add", milk, "tags"))
    assert sorted(await tags(world, bob)) == ["milk", "tea"]
    await world.deliver(bob, pin(bob, "Remove", tea))
    assert await tags(world, bob) == ["milk"]


async def test_nobody_pins_for_another(world: World, bob: Person) -> None:
    eve = world.far.actor("p.far.test", "eve")
    mallory = world.far.actor("m.far.test", "mallory")
    theirs, mine = eve.note("eve's"), bob.note("bob's")
    serve(world, theirs)
    await world.deliver(bob, bob.creates(mine))
    featured = f"{bob.uri}/featured"
    await world.deliver(bob, pin(bob, "Add", theirs["id"]))
    await world.deliver(bob, pin(bob, "Add", mallory.note("x")["id"]))
    await world.deliver(mallory, mallory.does("Add", mine["id"], target=featured))
    await world.deliver(eve, eve.does("Add", mine["id"], target=featured))
    assert await pins(world, bob) == []
    assert world.far.asked_of("m.far.test") <= 2, "only the sender's own actor is read"
    # Its twin.
    await world.deliver(bob, pin(bob, "Add", mine["id"]))
    await world.deliver(eve, eve.does("Remove", mine["id"], target=featured))
    assert await pins(world, bob) == [mine["id"]]


async def test_unknown_lists_are_passed_over(world: World, bob: Person) -> None:
    mine = bob.note("bob's")
    await world.deliver(bob, bob.creates(mine))
    for more in ({}, {"target": f"{bob.uri}/shelf"}, {"target": 5}, {"target": []}):
        for kind in ("Add", "Remove"):
            ((state, _),) = await world.deliver(bob, bob.does(kind, mine["id"], **more))
            assert state == 3
    ((state, _),) = await world.deliver(bob, pin(bob, "Add", {"type": "Hashtag", "name": "##"}))
    assert state == 3


async def test_what_is_added_to_a_conversation_is_fetched_where_it_lives(
    world: World, bob: Person
) -> None:
    context, replies = f"{bob.uri}/context/1", f"{bob.uri}/replies/1"
    root = bob.note("root", context=context, replies=replies)
    await world.deliver(bob, bob.creates(root))
    eve = world.far.actor("e.far.test", "eve")
    answer = eve.note("answer", inReplyTo=root["id"])
    stranger = eve.note("something else")
    other = eve.note("another", inReplyTo=root["id"])
    for note in (answer, stranger, other):
        serve(world, note)
    endings = await world.deliver(
        bob,
        bob.does("Add", answer["id"], target=context),
        bob.does("Add", stranger["id"], target=context),
        bob.does("Add", eve.creates(other), target=replies),
        bob.does("Add", answer["id"], target=f"{bob.uri}/context/2"),
    )
    assert [state for state, _ in endings] == [2, 2, 2, 3]
    for row in await world.runtime.db.fetch("SELECT payload FROM chores WHERE kind = 'crawl'"):
        await chores.crawl(world.people, row["payload"])
    rows = await world.runtime.db.fetch("SELECT uri FROM statuses WHERE in_reply_to_id IS NOT NULL")
    assert sorted(row["uri"] for row in rows) == sorted([answer["id"], other["id"]])
    assert await world.count("statuses") == 3


def fill(world: World, person: Person, featured: list[Any], outbox: list[Any]) -> None:
    for name, items in (("featured", featured), ("outbox", outbox)):
        url = f"{person.uri}/{name}"
        world.far.documents[url] = {
            "@context": AS2, "id": url, "type": "OrderedCollection", "orderedItems": items,
        }  # fmt: skip


async def test_the_first_look_at_a_profile(world: World, bob: Person) -> None:
    first, second, third = (bob.note(f"pin {n}", published=OLD) for n in range(3))
    newest = bob.note("newest", published="2024-06-01T12:00:00Z")
    serve(world, first)
    theirs = world.far.actor("p.far.test", "eve").note("not his")
    fill(world, bob, [first["id"], second, serve(world, theirs), third], [bob.creates(newest)])
    url = f"{bob.uri}/tags"
    world.far.documents[url] = {
        "@context": AS2, "id": url, "type": "Collection",
        "items": [{"type": "Hashtag", "name": "#Tea"}, {"type": "Hashtag", "name": "#Tea"}, 5],
    }  # fmt: skip
    bob_id = await id_of(world, bob)
    await world.runtime.db.fetch("DELETE FROM events")
    assert await is_look_due(world.runtime.read(), bob_id)
    async with world.runtime.unit() as unit:
        await ask_for_profiles(unit, [bob_id])
    assert not await is_look_due(world.runtime.read(), bob_id), "once a day"
    assert await world.count("chores", "kind = 'look_at_account'") == 1
    await backfill.look(world.people, bob_id)
    assert await pins(world, bob) == [first["id"], second["id"], third["id"]]
    assert await tags(world, bob) == ["tea"]
    rows = await world.runtime.db.fetch("SELECT uri, created_at FROM statuses ORDER BY id DESC")
    assert rows[0]["uri"] == newest["id"]
    assert rows[-1]["created_at"] == datetime(2024, 5, 1, 12, tzinfo=UTC)
    for table in ("notifications", "home_entries", "events"):
        assert await world.count(table) == 0, table
    # A day later: the order has changed, one is gone.
    await world.runtime.db.fetch("UPDATE accounts SET outbox_read_at = now() - interval '25 hours'")
    assert await is_look_due(world.runtime.read(), bob_id)
    fill(world, bob, [third["id"], first["id"]], [])
    await backfill.look(world.people, bob_id)
    assert await pins(world, bob) == [third["id"], first["id"]]


async def test_what_was_imported_is_news_once_it_is_delivered(world: World, bob: Person) -> None:
    note = bob.note("now")
    fill(world, bob, [], [bob.creates(note)])
    await backfill.look(world.people, await id_of(world, bob))
    await world.runtime.db.fetch("DELETE FROM events")
    await world.deliver(bob, bob.creates(note))
    assert await world.count("events", "type = 'StatusCreated'") == 1
    await world.deliver(bob, bob.creates(note))
    assert await world.count("events", "type = 'StatusCreated'") == 1


async def test_imported_answers_tell_nobody_when_their_parent_comes(
    world: World, bob: Person
) -> None:
    parent = bob.note("parent", published=OLD)
    answer = bob.note("answer", published=OLD, inReplyTo=parent["id"])
    fill(world, bob, [], [bob.creates(answer)])
    await backfill.look(world.people, await id_of(world, bob))
    await world.runtime.db.fetch("DELETE FROM events")
    fill(world, bob, [], [bob.creates(parent)])
    await backfill.look(world.people, await id_of(world, bob))
    assert await world.count("statuses", "in_reply_to_id IS NOT NULL") == 1
    assert await world.count("events") == 0
