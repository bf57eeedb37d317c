"""Any order and any number of repetitions come to the same."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.inbound.conftest import World, member
from tests.integration.inbound.far import AS2, PUBLIC, Person


@pytest.fixture
async def bob(world: World) -> Person:
    person = world.far.actor("p.far.test", "bob")
    await world.follow(person)
    return person


def at(seconds: int) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def story(bob: Person, number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A post's life: written, edited twice, deleted."""
    note = bob.note(f"version 0 of {number}", published=at(-600))
    edits = [
        {**note, "content": f"<p>version {n}</p>", "updated": at(-600 + 60 * n)} for n in (1, 2)
    ]
    return note, [
        bob.creates(note),
        *(bob.does("Update", edit) for edit in edits),
        bob.does("Delete", {"id": note["id"], "type": "Tombstone"}),
    ]


@pytest.mark.parametrize("together", [True, False])
async def test_posts_end_the_same_in_every_order(
    world: World, bob: Person, *, together: bool
) -> None:
    notes: dict[str, bool] = {}
    for number, order in enumerate(itertools.permutations(range(4))):
        note, acts = story(bob, number)
        for index in order:
            await world.post(bob, acts[index])
            if not together:
                await world.drain()
        notes[note["id"]] = True
    await world.drain()
    assert await world.count("statuses") == 0
    assert await world.count("tombstones") == 24
    assert await world.count("inbound", "state NOT IN (2, 3)") == 0
    for order in itertools.permutations(range(3)):
        note, acts = story(bob, 100)
        for index in order:
            await world.post(bob, acts[index])
            if not together:
                await world.drain()
        await world.drain()
        content = await world.value("SELECT content FROM statuses WHERE uri = $1", note["id"])
        assert "version 2" in content, order


async def test_follows_end_the_same_in_every_order(world: World, bob: Person) -> None:
    for number, order in enumerate(itertools.permutations(range(4))):
        target = await member(world.runtime, f"target{number}")
        first = bob.does("Follow", target.uri)
        block = bob.does("Block", target.uri)
        acts = [first, bob.does("Undo", first), block, bob.does("Undo", block)]
        for index in order:
            await world.post(bob, acts[index])
        await world.drain()
        left = await world.count("follows", "target_id = $1", target.id)
        left += await world.count("blocks", "target_id = $1", target.id)
        assert left == 0, order


async def test_undos_by_id_alone_in_any_order(world: World, bob: Person) -> None:
    note = bob.note()
    await world.post(bob, bob.creates(note))
    for make in (
        lambda: bob.does("Like", note["id"]),
        lambda: bob.does("Announce", note["id"], to=[PUBLIC]),
        lambda: bob.does("Follow", world.alice.uri),
        lambda: bob.does("Block", world.alice.uri),
    ):
        for order in ((0, 1), (1, 0)):
            for embed in (True, False):
                for together in (True, False):
                    act = make()
                    acts = [act, bob.does("Undo", act if embed else act["id"])]
                    for index in order:
                        await world.post(bob, acts[index])
                        if not together:
                            await world.drain()
                    await world.drain()
                    left = sum(
                        [
                            await world.count("favourites"),
                            await world.count("statuses", "reblog_of_id IS NOT NULL"),
                            await world.count("follows", "NOT local"),
                            await world.count("blocks"),
                        ]
                    )
                    assert left == 0, (act["type"], order, embed, together)


async def test_a_follow_that_comes_back_counts(world: World, bob: Person) -> None:
    follow = bob.does("Follow", world.alice.uri)
    undo = bob.does("Undo", follow)
    hour = timedelta(hours=1)
    await world.deliver(bob, follow, age=4 * hour)
    await world.deliver(bob, undo, age=3 * hour)
    assert await world.count("follows", "NOT local") == 0
    await world.deliver(bob, follow, age=2 * hour)
    assert await world.count("follows", "NOT local AND accepted") == 1
    await world.deliver(bob, undo, age=hour)
    assert await world.count("follows", "NOT local") == 0
    # An exact repetition of the first changes nothing.
    await world.deliver(bob, follow, age=4 * hour)
    assert await world.count("follows", "NOT local") == 0


async def test_repetitions_for_ever(world: World, bob: Person) -> None:
    note = bob.note()
    acts = [
        bob.creates(note),
        bob.does("Like", note["id"]),
        bob.does("Announce", note["id"], to=[PUBLIC]),
        bob.does("Follow", world.alice.uri),
        bob.does("Update", {**note, "content": "<p>new</p>", "updated": at(5)}),
    ]
    await world.deliver(bob, *acts)

    async def facts() -> list[Any]:
        tables = (
            "statuses",
            "favourites",
            "follows",
            "status_edits",
            "account_stats",
            "status_stats",
        )
        return [
            tuple(row)
            for table in tables
            for row in await world.runtime.db.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")
        ]

    before = await facts()
    for forgotten in (False, True):
        if forgotten:
            # Rows of what was processed are pruned after a week; facts are for good.
            await world.runtime.db.fetch("DELETE FROM inbound")
        for url in ("https://a.test/inbox", f"{world.alice.uri}/inbox"):
            for act in acts * 3:
                await world.post(bob, act, url=url)
            await world.drain()
    assert await facts() == before


async def test_an_update_that_came_first_is_a_create_if_young(world: World, bob: Person) -> None:
    young = bob.note("young", updated=at(-1))
    old = bob.note("old", published="2020-01-01T00:00:00Z", updated=at(-1))
    endings = await world.deliver(bob, bob.does("Update", young), bob.does("Update", old))
    assert [state for state, _ in endings] == [2, 3]
    assert await world.count("statuses") == 1
    stranger = world.far.actor("m.far.test", "mallory")
    await world.deliver(stranger, stranger.does("Update", stranger.note()))
    assert await world.count("statuses") == 1


async def test_parents_are_asked_for_once(world: World, bob: Person) -> None:
    parent = "https://v.far.test/notes/1"
    replies = [bob.note(f"reply {n}", inReplyTo=parent) for n in range(3)]
    await world.deliver(bob, *map(bob.creates, replies))
    rows = await world.runtime.db.fetch("SELECT kind, key, host FROM chores")
    assert [tuple(row) for row in rows] == [("fetch_parents", parent, "v.far.test")]


async def test_a_farewell_ends_everything_in_its_place(world: World, bob: Person) -> None:
    acts = [bob.creates(bob.note()) for _ in range(3)]
    await world.post(bob, acts[0])
    await world.post(bob, acts[1])
    await world.post(bob, bob.does("Delete", bob.uri))
    await world.post(bob, acts[2])
    await world.drain()
    assert await world.count("statuses") == 0
    assert await world.value("SELECT deleted_at IS NOT NULL FROM accounts WHERE uri = $1", bob.uri)


async def test_posts_given_by_their_ids_are_fetched(world: World, bob: Person) -> None:
    note = bob.note("by reference")
    world.far.documents[note["id"]] = {"@context": AS2, **note}
    (ending,) = await world.deliver(bob, bob.does("Create", note["id"]))
    assert ending[0] == 2
    assert await world.count("statuses") == 1
