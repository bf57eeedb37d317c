"""Who may read what comes in: by its addresses in all their spellings, and by nothing else."""

from typing import Any

import pytest

from fedi.core.statuses import queries
from fedi.core.statuses.policy import DIRECT, PRIVATE, UNLISTED
from fedi.core.statuses.policy import PUBLIC as OPEN
from fedi.core.statuses.resolve import resolve_statuses
from fedi.kit.errors import NotFound
from tests.integration.inbound.conftest import World, member
from tests.integration.inbound.far import AS2, PUBLIC, Person
from tests.rig import aftermath

DONE = 2
FOLLOWERS = "https://p.far.test/users/bob/followers"


@pytest.fixture
async def bob(world: World) -> Person:
    person = world.far.actor("p.far.test", "bob")
    await world.follow(person)
    return person


async def visibility_of(world: World, uri: str) -> int:
    return await world.value("SELECT visibility FROM statuses WHERE uri = $1", uri)


async def may_read(world: World, account_id: int, uri: str) -> bool:
    status_id = await world.value("SELECT id FROM statuses WHERE uri = $1", uri)
    try:
        await queries.get_visible(world.runtime.read(), account_id, status_id)
    except NotFound:
        return False
    return True


@pytest.mark.parametrize(
    ("to", "cc", "meant"),
    [
        ([PUBLIC], [FOLLOWERS], OPEN),
        ("as:Public", None, OPEN),
        ([FOLLOWERS], ["Public"], UNLISTED),
        ([FOLLOWERS], [], PRIVATE),
        ([], FOLLOWERS, PRIVATE),
        (["https://q.far.test/users/eve/followers"], [], DIRECT),
        (["https://p.far.test/#Public"], [], DIRECT),
    ],
)
async def test_each_spelling_has_its_meaning(
    world: World, bob: Person, to: Any, cc: Any, meant: int
) -> None:
    note = bob.note(to=to, cc=cc)
    assert (await world.deliver(bob, bob.creates(note)))[0][0] == DONE
    assert await visibility_of(world, note["id"]) == meant


@pytest.mark.parametrize("field", ["to", "cc", "audience", "bto", "bcc"])
async def test_every_field_names_readers(world: World, bob: Person, field: str) -> None:
    carol = await member(world.runtime, "carol")
    addresses: dict[str, Any] = {"to": [], "cc": [], field: [world.alice.uri]}
    note = bob.note("for one", **addresses)
    assert (await world.deliver(bob, bob.creates(note)))[0][0] == DONE
    assert await visibility_of(world, note["id"]) == DIRECT
    assert await may_read(world, world.alice.id, note["id"])
    assert not await may_read(world, carol.id, note["id"])


async def test_the_post_says_who_may_read_it_and_the_activity_only_where_it_does_not(
    world: World, bob: Person
) -> None:
    closed = bob.note(to=[FOLLOWERS], cc=[])
    wide = {**bob.creates(closed), "to": [PUBLIC], "cc": [world.alice.uri]}
    bare = bob.note(to=None, cc=None)
    addressed = {**bob.creates(bare), "to": [FOLLOWERS], "cc": [PUBLIC]}
    await world.deliver(bob, wide, addressed)
    assert await visibility_of(world, closed["id"]) == PRIVATE
    assert await visibility_of(world, bare["id"]) == UNLISTED
    # Whom either of the two names has it before the eyes.
    stranger = world.far.actor("q.far.test", "eve")
    carol = await member(world.runtime, "carol")
    note = stranger.note(to=[world.alice.uri], cc=[])
    await world.deliver(stranger, {**stranger.creates(note), "cc": [carol.uri]})
    assert await may_read(world, world.alice.id, note["id"])
    assert await may_read(world, carol.id, note["id"])


async def test_what_is_addressed_to_nobody(world: World, bob: Person) -> None:
    """Delivered, it is for whom it was delivered to; served to anybody, it may be read by all."""
    carol = await member(world.runtime, "carol")
    sent, served = bob.note(to=None, cc=None), bob.note(to=None, cc=None)
    inbox = f"{world.alice.uri}/inbox"
    (ending,) = await world.deliver(bob, bob.does("Create", sent), url=inbox)
    assert ending[0] == DONE
    assert await visibility_of(world, sent["id"]) == DIRECT
    assert await may_read(world, world.alice.id, sent["id"])
    assert not await may_read(world, carol.id, sent["id"])
    world.far.documents[served["id"]] = {"@context": AS2, **served}
    assert isinstance((await resolve_statuses(world.people, [served["id"]]))[served["id"]], int)
    assert await visibility_of(world, served["id"]) == UNLISTED


async def test_what_is_for_followers_reaches_followers_and_whom_it_names(
    world: World, bob: Person
) -> None:
    """One copy comes to the shared inbox: who reads it is decided here, and at every look."""
    asking, named, other = [await member(world.runtime, n) for n in ("asking", "named", "other")]
    await world.runtime.db.fetch(
        "INSERT INTO follows (id, account_id, target_id, accepted, local)"
        " SELECT 1, $1, id, false, true FROM accounts WHERE uri = $2",
        asking.id,
        bob.uri,
    )
    tag = {"type": "Mention", "href": named.uri, "name": "@named@a.test"}
    note = bob.note(to=[FOLLOWERS], cc=[named.uri], tag=[tag])
    assert (await world.deliver(bob, bob.creates(note)))[0][0] == DONE
    await aftermath.settle(world.runtime)
    readers = [world.alice, asking, named, other]
    seen = [await may_read(world, who.id, note["id"]) for who in readers]
    assert seen == [True, False, True, False]
    homes = await world.runtime.db.fetch("SELECT account_id FROM home_entries")
    assert [row["account_id"] for row in homes] == [world.alice.id]
    await world.runtime.db.fetch("DELETE FROM follows WHERE account_id = $1", world.alice.id)
    assert not await may_read(world, world.alice.id, note["id"])
