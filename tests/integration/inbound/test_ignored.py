"""What others do that is nothing to us: taken in, and ended with a reason."""

import pytest

from tests.integration.inbound.conftest import World

IGNORED, REFUSED = 3, 4

KINDS = (
    "View", "Listen", "Read", "Join", "Leave", "Arrive", "Travel", "Bite", "Offer", "Invite",
    "Ignore", "TentativeAccept", "TentativeReject", "EncryptedMessage", "Warn", "SomethingNew",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_in_order_and_has_no_effect(world: World, kind: str) -> None:
    bob = world.far.actor("p.far.test", "bob")
    for thing in (world.alice.uri, {"type": "Event", "id": "https://a.test/events/1"}, None):
        [(ended, reason)] = await world.deliver(bob, bob.does(kind, thing))
        assert ended == IGNORED
        assert reason


async def test_bites_under_their_own_name(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    bite = bob.does("https://ns.mia.jetzt/as#Bite", None, target=world.alice.uri)
    assert await world.deliver(bob, bite) == [(IGNORED, "nobody is bitten here")]


async def test_a_like_of_an_actor_or_of_an_activity_is_nothing(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    for thing in (world.alice.uri, f"{world.alice.uri}/statuses/1/activity", bob.id()):
        [(ended, _)] = await world.deliver(bob, bob.does("Like", thing))
        assert ended == IGNORED
    assert await world.count("favourites") == 0


@pytest.mark.parametrize("kind", ["Note", "Question", "Article"])
async def test_a_post_without_its_create(world: World, kind: str) -> None:
    """It counts as its Create where its author sent it, and not where somebody else did."""
    bob = world.far.actor("p.far.test", "bob")
    eve = world.far.actor("q.p.far.test", "eve")
    await world.follow(bob)
    note = {**bob.note("bare"), "type": kind, "oneOf": [{"name": "a"}, {"name": "b"}]}
    if kind != "Question":
        del note["oneOf"]
    del note["cc"]
    world.expects_failure = True
    [(ended, _)] = await world.deliver(eve, note)
    assert ended != 2
    assert await world.count("statuses") == 0
    await world.deliver(bob, {**note, "id": bob.id("notes")})
    assert await world.count("statuses") == 1
