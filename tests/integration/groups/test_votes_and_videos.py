"""Votes against posts of members, and videos that belong to an account and to its channel."""

from typing import Any

import pytest

from tests.integration.groups.test_remote_groups import home
from tests.integration.inbound.conftest import World
from tests.integration.inbound.consenting import write
from tests.integration.inbound.far import PUBLIC, Person
from tests.rig import aftermath
from tests.wire.reading import raw

DONE, IGNORED, REFUSED = 2, 3, 4


async def test_a_vote_against_needs_what_a_like_needs(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    await world.follow(bob)
    rule = {"like": {"automatic": ["followers"], "manual": ["public"]}}
    _, guarded = await write(world, interaction_policy=rule)
    _, free = await write(world)
    endings = await world.deliver(bob, *(bob.does("Dislike", uri) for uri in (guarded, free)))
    assert [state for state, _ in endings] == [REFUSED, DONE]
    assert await world.count("dislikes") == 1
    assert await world.count("interaction_requests") == 0
    await world.runtime.db.fetch(
        "INSERT INTO follows (id, account_id, target_id, accepted, local)"
        " SELECT 1, id, $1, true, false FROM accounts WHERE uri = $2",
        world.alice.id,
        bob.uri,
    )
    assert (await world.deliver(bob, bob.does("Dislike", guarded)))[0][0] == DONE
    assert await world.count("dislikes") == 2


@pytest.fixture
def channel(world: World) -> Person:
    person = world.far.actor("tube.far.test", "hives")
    person.extra = {"type": "Group"}
    person.publish()
    return person


@pytest.fixture
def kim(world: World) -> Person:
    return world.far.actor("tube.far.test", "kim")


def video(kim: Person, channel: Person) -> dict[str, Any]:
    found: dict[str, Any] = {
        **raw("peertube/note_video"),
        "id": "https://tube.far.test/videos/watch/u1",
        "cc": [f"{kim.uri}/followers"],
        "attributedTo": [
            {"type": "Person", "id": kim.uri},
            {"type": "Group", "id": channel.uri},
        ],
    }
    for name in ("likes", "shares", "comments", "replies", "dislikes"):
        found.pop(name, None)
    kim.far.documents[found["id"]] = found
    return found


@pytest.mark.parametrize("followed", ["account", "channel", "both"])
async def test_a_video_is_one_post_by_its_account(
    world: World, kim: Person, channel: Person, followed: str
) -> None:
    if followed != "channel":
        await world.follow(kim)
    if followed != "account":
        await world.follow(channel)
    film = video(kim, channel)
    await world.deliver(kim, kim.does("Create", film, to=film["to"], cc=film["cc"]))
    announce = channel.does("Announce", film["id"], to=[PUBLIC])
    await world.deliver(channel, announce)
    await aftermath.settle(world.runtime)
    rows = await world.runtime.db.fetch(
        "SELECT a.uri FROM statuses s JOIN accounts a ON a.id = s.account_id"
        " WHERE s.reblog_of_id IS NULL"
    )
    assert [row["uri"] for row in rows] == [kim.uri]
    assert await world.count("statuses", "reblog_of_id IS NOT NULL") == 1
    # As of any two who are followed: the post of the one, and the boost of the other.
    assert await home(world) == [film["id"]] * (2 if followed == "both" else 1)
