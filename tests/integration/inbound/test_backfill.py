"""Whoever is followed for the first time shows the recent past, and nobody is told of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedi.federation.reading import backfill
from fedi.kit.ids import id_time
from fedi.kit.result import Done, GaveUp, Ignored, Later
from tests.integration.inbound.conftest import World, member
from tests.integration.inbound.far import AS2, Person

OLD = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
async def bob(world: World) -> Person:
    """Somebody whom alice has asked."""
    person = world.far.actor("p.far.test", "bob")
    await world.deliver(person, person.does("Like", "https://a.test/nothing"))
    await ask(world, person, world.alice.id)
    return person


async def ask(world: World, person: Person, follower: int) -> str:
    async with world.runtime.unit() as unit:
        number = await unit.new_id()
        uri = f"https://a.test/ap/follows/{number}"
        await unit.execute(
            "INSERT INTO follows (id, account_id, target_id, accepted, local, uri)"
            " SELECT $1, $2, id, false, true, $4 FROM accounts WHERE uri = $3",
            number,
            follower,
            person.uri,
            uri,
        )
    return uri


async def say_yes(world: World, person: Person) -> None:
    rows = await world.runtime.db.fetch("SELECT uri FROM follows WHERE local AND NOT accepted")
    await world.deliver(person, *(person.does("Accept", row["uri"]) for row in rows))


async def chores(world: World) -> int:
    return await world.count("chores", "kind = 'backfill_account'")


async def carry_out(world: World) -> Any:
    rows = await world.runtime.db.fetch(
        "SELECT key, attempts + 1 AS attempts FROM chores WHERE kind = 'backfill_account'"
    )
    (outcome,) = await backfill.CHORES["backfill_account"](world.people, rows)
    return outcome


def past(person: Person, number: int, **more: Any) -> dict[str, Any]:
    moment = (OLD - timedelta(hours=number)).isoformat().replace("+00:00", "Z")
    return person.note(f"past {number}", **{"published": moment, **more})


def publish(world: World, person: Person, items: Any, **more: Any) -> None:
    outbox = f"{person.uri}/outbox"
    page = {"id": f"{outbox}?page=1", "type": "OrderedCollectionPage", "orderedItems": items}
    world.far.documents[outbox] = {
        "@context": AS2,
        "id": outbox,
        "type": "OrderedCollection",
        "totalItems": 1000,
        "first": page["id"],
        **more,
    }
    world.far.documents[f"{outbox}?page=1"] = {"@context": AS2, **page}


async def test_the_past_comes_quietly(world: World, bob: Person) -> None:
    named = {"type": "Mention", "href": world.alice.uri, "name": "@alice"}
    notes = [past(bob, number, tag=[named]) for number in range(30)]
    boost = bob.does("Announce", "https://v.far.test/notes/1")
    publish(world, bob, [boost, *map(bob.creates, notes)])
    await say_yes(world, bob)
    assert await chores(world) == 1
    await world.runtime.db.fetch("DELETE FROM events")
    assert await carry_out(world) == Done("20 posts")
    rows = await world.runtime.db.fetch("SELECT id, uri, created_at FROM statuses ORDER BY id DESC")
    assert [row["uri"] for row in rows] == [note["id"] for note in notes[:20]]
    assert rows[0]["created_at"] == OLD
    assert abs(id_time(rows[0]["id"]) - OLD) < timedelta(seconds=1)
    assert await world.count("home_entries", "account_id = $1", world.alice.id) == 20
    assert await world.count("events") == 0
    assert await world.count("notifications") == 0
    assert await world.count("chores", "kind <> 'backfill_account'") == 0
    statuses = "SELECT statuses_count FROM account_stats s JOIN accounts a ON a.id = s.account_id"
    assert await world.value(f"{statuses} WHERE a.uri = $1", bob.uri) == 20
    # Again: nothing new, and nothing twice.
    assert await carry_out(world) == Done("0 posts")
    assert await world.count("statuses") == 20


async def test_once_for_the_first_follower(world: World, bob: Person) -> None:
    await say_yes(world, bob)
    assert await chores(world) == 1
    await world.runtime.db.fetch("UPDATE chores SET state = 2, ended_at = now()")
    # An Accept that comes again, one more follower, and the first one anew on the same day.
    await say_yes(world, bob)
    carol = await member(world.runtime, "carol")
    await ask(world, bob, carol.id)
    await say_yes(world, bob)
    await world.runtime.db.fetch("DELETE FROM follows")
    await ask(world, bob, world.alice.id)
    await say_yes(world, bob)
    assert await chores(world) == 1
    # Another day.
    await world.runtime.db.fetch("DELETE FROM counters")
    await ask(world, bob, carol.id)
    await say_yes(world, bob)
    assert await chores(world) == 1, "it has a follower already"
    await world.runtime.db.fetch("DELETE FROM follows")
    for who in (world.alice.id, carol.id):
        await ask(world, bob, who)
    await say_yes(world, bob)
    assert await chores(world) == 2, "both at once are the first"


async def test_an_old_profile_is_read_anew(world: World, bob: Person) -> None:
    await world.runtime.db.fetch(
        "UPDATE accounts SET fetched_at = now() - interval '2 days', outbox_url = NULL"
        " WHERE uri = $1",
        bob.uri,
    )
    publish(world, bob, [bob.creates(past(bob, 1))])
    await say_yes(world, bob)
    assert await carry_out(world) == Done("1 posts")


async def test_an_outbox_in_every_shape(world: World, bob: Person) -> None:
    await say_yes(world, bob)
    fetched, by_activity, bare = past(bob, 1), past(bob, 2), past(bob, 3)
    world.far.documents[fetched["id"]] = {"@context": AS2, **fetched}
    create = bob.creates(by_activity)
    world.far.documents[create["id"]] = create
    unaddressed = past(bob, 4, to=[], cc=[])
    items = [
        {**bob.creates(fetched), "object": fetched["id"]},
        create["id"],
        bare,
        {**bob.creates(unaddressed)},
    ]
    outbox = f"{bob.uri}/outbox"
    inline = {"id": f"{outbox}?page=1", "type": "OrderedCollectionPage", "orderedItems": items[:2]}
    publish(world, bob, [], first=inline)
    assert await carry_out(world) == Done("2 posts")
    publish(world, bob, [], orderedItems=items)
    assert await carry_out(world) == Done("2 posts")
    world.far.documents[outbox] = {"id": outbox, "type": "OrderedCollection", "totalItems": 0}
    assert await carry_out(world) == Done("0 posts")
    assert await world.count("statuses", "visibility = 0") == 3
    assert await world.count("statuses", "visibility = 1") == 1


async def test_what_is_not_the_accounts_own_or_not_for_all_stays_out(
    world: World, bob: Person
) -> None:
    await say_yes(world, bob)
    eve = world.far.actor("p.far.test", "eve")
    mallory = world.far.actor("m.far.test", "mallory")
    theirs = past(mallory, 1)
    world.far.documents[theirs["id"]] = {"@context": AS2, **theirs}
    followers = past(bob, 2, to=[f"{bob.uri}/followers"], cc=[])
    items: list[Any] = [
        bob.creates(past(eve, 1)),
        bob.creates(theirs),
        theirs["id"],
        eve.creates(past(bob, 3)),
        {**bob.creates(past(bob, 4)), "actor": eve.uri},
        bob.creates({**past(bob, 5), "id": "https://m.far.test/notes/5"}),
        bob.creates({**past(bob, 5), "id": "https://a.test/ap/notes/5"}),
        bob.creates({**past(bob, 6), "published": None}),
        bob.creates(followers),
        bob.creates(past(bob, 7, to=[world.alice.uri], cc=[])),
        bob.does("Create", 17),
        bob.does("Create", {"type": "Note"}),
        bob.does("Create", f"https://p.far.test/{'x' * 9000}"),
        bob.does("Delete", bob.uri),
        bob.does("Follow", world.alice.uri),
        None, 5, [], "", "not an address", {"type": ["Create", {}], "object": [[]]},
    ]  # fmt: skip
    publish(world, bob, items)
    assert await carry_out(world) == Done("0 posts")
    assert await world.count("statuses") == 0
    assert await world.count("follows", "NOT local") == 0
    assert world.far.asked_of("m.far.test") == 0
    # The honest twin beside them.
    publish(world, bob, [*items, bob.creates(past(bob, 8))])
    assert await carry_out(world) == Done("1 posts")


async def test_a_deleted_post_does_not_come_back(world: World, bob: Person) -> None:
    await say_yes(world, bob)
    note = past(bob, 1)
    await world.deliver(bob, bob.does("Delete", note["id"]))
    publish(world, bob, [bob.creates(note)])
    assert await carry_out(world) == Done("0 posts")


@pytest.mark.parametrize(
    ("answer", "ending"),
    [
        (404, Ignored),
        (410, Ignored),
        (403, Ignored),
        (500, Later),
        (429, Later),
        ({}, Ignored),
        ({"type": "Person", "id": "https://p.far.test/users/bob/outbox"}, Ignored),
        ({"type": "OrderedCollection", "first": "https://m.far.test/page"}, Ignored),
        ({"type": "OrderedCollection", "first": "http://127.0.0.1/page"}, Ignored),
        ({"type": "OrderedCollection", "first": ["x", {}], "orderedItems": 5}, Done),
        ({"type": "OrderedCollection", "orderedItems": {"type": "Create", "object": {}}}, Done),
        ({"type": "OrderedCollection", "first": "https://p.far.test/missing"}, Ignored),
    ],
)
async def test_outboxes_that_are_none(
    world: World, bob: Person, answer: Any, ending: type[Any]
) -> None:
    await say_yes(world, bob)
    world.far.documents[f"{bob.uri}/outbox"] = answer
    assert isinstance(await carry_out(world), ending)
    assert await world.count("statuses") == 0


async def test_a_host_that_never_answers(
    world: World, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say_yes(world, bob)
    monkeypatch.setattr(backfill, "SECONDS", 0.3)
    world.far.hanging.add("p.far.test")
    assert isinstance(await carry_out(world), Later)
    await world.runtime.db.fetch("UPDATE chores SET attempts = 2")
    assert isinstance(await carry_out(world), GaveUp)


async def test_a_flood_of_entries(world: World, bob: Person) -> None:
    """Ids alone: no more requests than posts that are taken."""
    await say_yes(world, bob)
    publish(world, bob, [f"https://p.far.test/creates/{number}" for number in range(900)])
    before = world.far.asked_of("p.far.test")
    assert await carry_out(world) == Done("0 posts")
    assert world.far.asked_of("p.far.test") - before <= 2 + backfill.MOST


async def test_of_an_account_that_is_gone(world: World, bob: Person) -> None:
    await say_yes(world, bob)
    publish(world, bob, [bob.creates(past(bob, 1))])
    await world.runtime.db.fetch("UPDATE accounts SET suspended_at = now() WHERE uri = $1", bob.uri)
    assert isinstance(await carry_out(world), Ignored)
    await world.deliver(bob, bob.does("Delete", bob.uri))
    assert isinstance(await carry_out(world), Ignored)
