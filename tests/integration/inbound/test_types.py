"""Types in all their spellings, and types that mean nothing here."""

from typing import Any

import pytest

from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import AS2, PUBLIC, Person

DONE, IGNORED, REFUSED = 2, 3, 4


@pytest.fixture
async def bob(world: World) -> Person:
    person = world.far.actor("v.far.test", "bob")
    await world.follow(person)
    return person


@pytest.mark.parametrize(
    "spelling",
    ["Follow", "as:Follow", f"{AS2}#Follow", ["Follow"], ["urn:x", "Follow"], [f"{AS2}#Follow"]],
)
async def test_a_type_in_any_spelling(world: World, bob: Person, spelling: Any) -> None:
    follow = {**bob.does("Follow", world.alice.uri), "type": spelling}
    assert (await world.deliver(bob, follow))[0][0] == DONE
    assert await world.count("follows", "NOT local") == 1


@pytest.mark.parametrize("kind", ["View", "Listen", "Arrive", "Smile", "https://x.test/ns#Wave"])
async def test_a_type_that_means_nothing_is_accepted_and_dropped(
    world: World, bob: Person, kind: str
) -> None:
    endings = await world.deliver(bob, bob.does(kind, world.alice.uri))
    assert [state for state, _ in endings] in ([IGNORED], [DONE])
    assert await world.count("follows", "NOT local") == 0


async def test_a_post_may_become_a_poll_by_its_author_only(world: World, bob: Person) -> None:
    eve = world.far.actor("v.far.test", "eve")
    note = bob.note("soon a poll")
    await world.deliver(bob, bob.creates(note))
    changed = {**note, "type": "Question", "oneOf": [{"type": "Note", "name": "a"}]}
    changed |= {"updated": "2999-01-01T00:00:00Z", "content": "<p>a poll</p>"}
    (ending,) = await world.deliver(eve, eve.does("Update", changed, to=[PUBLIC]))
    assert ending[0] == REFUSED
    taken = {**changed, "attributedTo": eve.uri}
    for person in (eve, bob):
        (ending,) = await world.deliver(person, person.does("Update", taken, to=[PUBLIC]))
        assert ending[0] == REFUSED, person
    (ending,) = await world.deliver(bob, bob.does("Update", changed, to=[PUBLIC]))
    assert ending[0] == DONE
    row = await world.runtime.db.row(
        "SELECT a.uri, s.content FROM statuses s JOIN accounts a ON a.id = s.account_id"
    )
    assert row is not None
    assert tuple(row) == (bob.uri, "<p>a poll</p>")
