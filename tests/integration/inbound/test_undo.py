"""Undo in all the ways in which servers name, or fail to name, what they take back."""

import itertools
from typing import Any

import pytest

from fedi.core import undone
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import PUBLIC, Person

DONE, IGNORED, PARKED = 2, 3, 1


@pytest.fixture
async def bob(world: World) -> Person:
    person = world.far.actor("p.far.test", "bob")
    await world.follow(person)
    return person


@pytest.fixture
async def note(world: World, bob: Person) -> str:
    document = bob.note("to be liked")
    await world.deliver(bob, bob.creates(document))
    return document["id"]


def act(bob: Person, kind: str, note: str) -> dict[str, Any]:
    return bob.does(kind, note, **({"to": [PUBLIC]} if kind == "Announce" else {}))


def nameless(deed: dict[str, Any]) -> dict[str, Any]:
    return {"type": deed["type"], "actor": deed["actor"], "object": deed["object"]}


async def standing(world: World) -> int:
    boosts = await world.count("statuses", "reblog_of_id IS NOT NULL")
    return boosts + await world.count("favourites")


async def forget(world: World) -> None:
    """What came in is pruned after a week."""
    await world.runtime.db.fetch("DELETE FROM inbound")


async def let_time_pass(world: World) -> None:
    """Eleven minutes later: Undos that wait have waited for long enough."""
    for table in ("inbound", "favourites", "undone"):
        await world.runtime.db.fetch(
            f"UPDATE {table} SET created_at = created_at - interval '11 minutes'"
        )
    await world.settle_clock()
    await world.drain()


KINDS = pytest.mark.parametrize("kind", ["Like", "Announce"])


@KINDS
async def test_without_an_id_in_any_order_and_again(
    world: World, bob: Person, note: str, kind: str
) -> None:
    for order in itertools.permutations((0, 1)):
        deed = act(bob, kind, note)
        acts = [deed, bob.does("Undo", nameless(deed))]
        for index in order:
            await world.deliver(bob, acts[index])
        assert await standing(world) == 0, order
        # The deed comes again, through another inbox, and after all rows were pruned.
        await world.post(bob, deed, url=f"{world.alice.uri}/inbox")
        await world.drain()
        assert await standing(world) == 0, order
        await forget(world)
        await world.deliver(bob, deed, deed)
        assert await standing(world) == 0, order
        # A new one counts: what came early was spent.
        again = act(bob, kind, note)
        await world.deliver(bob, again)
        assert await standing(world) == 1, order
        await world.deliver(bob, bob.does("Undo", again))
        assert await standing(world) == 0, order


async def test_without_an_id_does_not_wait_for_ever(world: World, bob: Person, note: str) -> None:
    like = act(bob, "Like", note)
    await world.deliver(bob, bob.does("Undo", nameless(like)))
    await world.runtime.db.fetch("UPDATE undone SET created_at = now() - interval '7 hours'")
    await world.deliver(bob, like)
    assert await standing(world) == 1


async def test_without_an_id_is_forgotten_and_with_one_never(
    world: World, bob: Person, note: str
) -> None:
    like = act(bob, "Like", note)
    await world.deliver(bob, like, bob.does("Undo", like))
    for kind in ("Like", "Announce"):
        await world.deliver(bob, bob.does("Undo", nameless(act(bob, kind, note))))
    early = "strpos(uri, ' ') > 0"
    named = await world.count("undone", f"NOT {early}")
    for age, left in (("23 hours", 2), ("2 hours", 0)):
        await world.runtime.db.fetch(
            f"UPDATE undone SET created_at = created_at - interval '{age}'"
        )
        async with world.runtime.unit() as unit:
            assert await undone.prune(unit) == (0 if left else 2)
        assert await world.count("undone", early) == left
        assert await world.count("undone", f"NOT {early}") == named


@KINDS
async def test_under_another_id(world: World, bob: Person, note: str, kind: str) -> None:
    """Some servers give what they undo a new id: it means what is here, once it has not come."""
    deed = act(bob, kind, note)
    undo = bob.does("Undo", {**deed, "id": bob.id()})
    await world.deliver(bob, deed)
    world.expects_failure = True
    (ending,) = await world.deliver(bob, undo)
    assert ending[0] == PARKED
    assert await standing(world) == 1
    world.expects_failure = False
    await let_time_pass(world)
    assert await standing(world) == 0
    await forget(world)
    await world.deliver(bob, deed)
    assert await standing(world) == 0
    again = act(bob, kind, note)
    await world.deliver(bob, again, undo)
    assert await standing(world) == 1, "an Undo that comes again ends nothing that came since"


@KINDS
async def test_the_deed_that_it_names_was_on_its_way(
    world: World, bob: Person, note: str, kind: str
) -> None:
    """Done, undone, and done again; the last arrives first, then the Undo, then the first."""
    world.expects_failure = True
    first, second = act(bob, kind, note), act(bob, kind, note)
    await world.deliver(bob, second, bob.does("Undo", first), first)
    assert await standing(world) == 1
    await let_time_pass(world)
    assert await standing(world) == 1
    assert await world.count("inbound", "state = 1") == 0
    await world.deliver(bob, bob.does("Undo", second))
    assert await standing(world) == 0


@KINDS
async def test_a_late_undo_of_an_older_id(world: World, bob: Person, note: str, kind: str) -> None:
    first, second = act(bob, kind, note), act(bob, kind, note)
    await world.deliver(bob, first, second)
    for embedded in (True, False):
        (ending,) = await world.deliver(bob, bob.does("Undo", first if embedded else first["id"]))
        assert ending[0] == IGNORED
        assert await standing(world) == 1
    (ending,) = await world.deliver(bob, bob.does("Undo", second))
    assert ending[0] == DONE
    assert await standing(world) == 0


async def test_what_came_while_the_undo_waited_stays(world: World, bob: Person, note: str) -> None:
    world.expects_failure = True
    first, second = act(bob, "Like", note), act(bob, "Like", note)
    await world.deliver(bob, first, bob.does("Undo", {**first, "id": bob.id()}))
    await world.deliver(bob, second)
    await let_time_pass(world)
    assert await standing(world) == 1


async def test_nobody_undoes_for_others_by_pair(world: World, bob: Person, note: str) -> None:
    mallory = world.far.actor("m.far.test", "mallory")
    like = act(bob, "Like", note)
    await world.deliver(bob, like)
    forged = [
        mallory.does("Undo", nameless(like)),
        mallory.does("Undo", {**nameless(like), "id": mallory.id()}),
        mallory.does("Undo", {"type": "Like", "object": note}),
    ]
    await world.deliver(mallory, *forged)
    assert await standing(world) == 1
    await world.deliver(mallory, act(mallory, "Like", note))
    assert await world.count("favourites", "account_id = $1", await account_id(world, bob)) == 1


async def account_id(world: World, person: Person) -> int:
    return await world.value("SELECT id FROM accounts WHERE uri = $1", person.uri)
