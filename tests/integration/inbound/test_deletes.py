"""Delete: of posts in all the ways in which they are named, and of people with all they left."""

from typing import Any

import pytest

from tests.integration.inbound.conftest import World
from tests.integration.inbound.consenting import write
from tests.integration.inbound.far import PUBLIC, Person
from tests.rig import aftermath

DONE, IGNORED, REFUSED = 2, 3, 4


@pytest.fixture
async def bob(world: World) -> Person:
    person = world.far.actor("p.far.test", "bob")
    await world.follow(person)
    return person


def named(note: dict[str, Any], how: str) -> Any:
    if how == "id":
        return note["id"]
    if how == "tombstone":
        return {"id": note["id"], "type": "Tombstone", "formerType": "Note"}
    return note if how == "whole" else {"id": note["id"]}


@pytest.mark.parametrize("how", ["id", "tombstone", "whole", "bare object"])
async def test_a_post_goes_with_all_that_hangs_on_it(world: World, bob: Person, how: str) -> None:
    tag = {"type": "Mention", "href": world.alice.uri, "name": "@alice@a.test"}
    note = bob.note(cc=[world.alice.uri], tag=[tag])
    eve = world.far.actor("q.far.test", "eve")
    await world.follow(eve)
    await world.deliver(bob, bob.creates(note))
    await world.deliver(eve, eve.does("Announce", note["id"], to=[PUBLIC]))
    await aftermath.settle(world.runtime)
    tables = ("statuses", "home_entries", "notifications")
    for table in tables:
        assert await world.count(table), table
    assert (await world.deliver(eve, eve.does("Delete", named(note, how))))[0][0] == REFUSED
    assert await world.count("statuses") == 2
    delete = bob.does("Delete", named(note, how), to=[PUBLIC])
    assert (await world.deliver(bob, delete))[0][0] == DONE
    await aftermath.settle(world.runtime)
    for table in tables:
        assert await world.count(table) == 0, table
    # Once more is nothing new, and what comes late stays away.
    assert (await world.deliver(bob, bob.does("Delete", named(note, how))))[0][0] == IGNORED
    await world.deliver(bob, bob.creates(note))
    assert await world.count("statuses") == 0


@pytest.mark.parametrize("more", [{}, {"removeData": True}])
async def test_a_person_goes_with_everything(
    world: World, bob: Person, more: dict[str, Any]
) -> None:
    _, post = await write(world)
    follow = bob.does("Follow", world.alice.uri)
    await world.deliver(
        bob,
        bob.creates(bob.note()),
        bob.does("Like", post),
        bob.does("Announce", post, to=[PUBLIC]),
        follow,
    )
    await aftermath.settle(world.runtime)
    bob_id = await world.value("SELECT id FROM accounts WHERE uri = $1", bob.uri)
    await world.runtime.db.fetch(
        "INSERT INTO reports (id, account_id, target_id, comment) VALUES (1, $1, $2, 'spam')",
        world.alice.id,
        bob_id,
    )
    assert await world.count("follows") == 2
    assert (await world.deliver(bob, bob.does("Delete", bob.uri, to=[PUBLIC], **more)))[0][
        0
    ] == DONE
    for table in ("follows", "favourites", "notifications"):
        assert await world.count(table) == 0, table
    assert await world.count("statuses", "account_id = $1", bob_id) == 0
    assert await world.count("reports") == 1
    # The name is never given again, and nothing more is heard of it.
    assert await world.value("SELECT deleted_at IS NOT NULL FROM accounts WHERE id = $1", bob_id)
    assert await world.count("tombstones", "uri = $1", bob.uri) == 1
    world.expects_failure = True
    await world.post(bob, bob.creates(bob.note()))
    await world.drain()
    assert await world.count("statuses", "account_id = $1", bob_id) == 0
