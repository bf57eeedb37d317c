"""Relays: asked, heard, left, and never believed."""

from typing import Any

import pytest

from fedi.core.relays import NewRelay, add_relay, list_relays, remove_relay
from fedi.kit.result import State
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import AS2, PUBLIC, Person

DONE, REFUSED = int(State.DONE), int(State.REFUSED)
RELAY_INBOX = "https://relay.far.test/inbox"


@pytest.fixture
def relay(world: World) -> Person:
    return world.far.actor("relay.far.test", "relay", extra={"type": "Application"})


@pytest.fixture
def author(world: World) -> Person:
    return world.far.actor("p.far.test", "author")


async def ask(world: World, relay: Person, **more: Any) -> str:
    """Ask the relay; the id of the Follow."""
    style = more.pop("style", "mastodon")
    actor = relay.uri if style == "litepub" else None
    new = NewRelay(style, RELAY_INBOX, actor, **more)
    async with world.runtime.unit() as unit:
        made = await add_relay(unit, "https://a.test", new)
    world.people.relays.forget()
    return made.follow_uri


async def subscribe(world: World, relay: Person, **more: Any) -> None:
    """Ask the relay, and have it say yes."""
    follow = await ask(world, relay, **more)
    [(state, reason)] = await world.deliver(relay, relay.does("Accept", follow))
    assert state == DONE, reason
    world.people.relays.forget()


def serve(world: World, note: dict[str, Any]) -> dict[str, Any]:
    world.far.documents[note["id"]] = {"@context": AS2, **note}
    return note


async def states(world: World) -> list[tuple[int, str | None]]:
    return [(each.state, each.actor_uri) for each in await list_relays(world.runtime.read())]


async def test_only_who_was_asked_can_answer(world: World, relay: Person) -> None:
    mallory = world.far.actor("m.far.test", "mallory")
    follow = await ask(world, relay)
    await world.deliver(mallory, mallory.does("Accept", follow))
    assert await states(world) == [(0, None)]
    embedded = {"id": follow, "type": "Follow", "actor": "https://a.test/actor", "object": PUBLIC}
    [(state, _)] = await world.deliver(relay, relay.does("Accept", embedded))
    assert state == DONE
    assert await states(world) == [(1, relay.uri)]
    # Nobody else of that host speaks for the relay from now on.
    other = world.far.actor("relay.far.test", "other")
    await world.deliver(other, other.does("Reject", follow))
    assert await states(world) == [(1, relay.uri)]
    await world.deliver(relay, relay.does("Reject", follow))
    assert await states(world) == [(2, relay.uri)]


async def test_an_announce_brings_the_post_and_is_no_boost(
    world: World, relay: Person, author: Person
) -> None:
    await subscribe(world, relay)
    note = serve(world, author.note("from afar"))
    [(state, reason)] = await world.deliver(relay, relay.does("Announce", note["id"]))
    assert state == DONE, reason
    assert await world.count("statuses", "uri = $1 AND reblog_of_id IS NULL", note["id"]) == 1
    assert await world.count("statuses", "reblog_of_id IS NOT NULL") == 0
    assert await world.count("notifications") == 0
    assert await world.count("home_entries") == 0


async def test_a_forwarded_post_is_what_its_origin_says(
    world: World, relay: Person, author: Person
) -> None:
    await subscribe(world, relay)
    note = serve(world, author.note("the truth"))
    forged = author.creates({**note, "content": "<p>a lie</p>"})
    [(state, reason)] = await world.deliver(relay, forged)
    assert state == DONE, reason
    assert await world.value("SELECT content FROM statuses") == "<p>the truth</p>"
    # What its origin does not serve does not exist.
    invented = author.note("invented")
    [(state, _)] = await world.deliver(relay, author.creates(invented))
    assert state == REFUSED
    forged = {**note, "content": "<p>another lie</p>"}
    await world.deliver(relay, author.does("Update", forged), author.does("Delete", note["id"]))
    assert await world.value("SELECT content FROM statuses") == "<p>the truth</p>"


@pytest.mark.parametrize("how", ["never asked", "not answered", "said no", "left"])
async def test_who_is_no_relay_of_ours_is_ignored(
    world: World, relay: Person, author: Person, how: str
) -> None:
    if how == "not answered":
        await ask(world, relay, style="litepub")
    if how == "said no":
        await world.deliver(relay, relay.does("Reject", await ask(world, relay)))
    if how == "left":
        await subscribe(world, relay)
        async with world.runtime.unit() as unit:
            await remove_relay(unit, "relay.far.test")
    world.people.relays.forget()
    note = serve(world, author.note())
    await world.deliver(relay, relay.does("Announce", note["id"]), author.creates(note))
    assert await world.count("statuses") == 0
    assert world.far.asked[note["id"]] == 0


async def test_only_the_hashtags_that_are_wanted(
    world: World, relay: Person, author: Person
) -> None:
    await subscribe(world, relay, tags=("#Cats",))
    tag = {"type": "Hashtag", "name": "#cats", "href": "https://p.far.test/tags/cats"}
    wanted = serve(world, author.note("a cat", tag=[tag]))
    other = serve(world, author.note("a dog"))
    for note in (wanted, other):
        await world.deliver(relay, relay.does("Announce", note["id"]), author.creates(note))
    rows = await world.runtime.db.fetch("SELECT uri FROM statuses")
    assert [row["uri"] for row in rows] == [wanted["id"]]


async def test_only_what_is_for_everybody(world: World, relay: Person, author: Person) -> None:
    await subscribe(world, relay)
    quiet = serve(world, author.note("quiet", to=[f"{author.uri}/followers"], cc=[PUBLIC]))
    await world.deliver(relay, relay.does("Announce", quiet["id"]), author.creates(quiet))
    assert await world.count("statuses") == 0


async def test_who_is_mentioned_is_told(world: World, relay: Person, author: Person) -> None:
    await subscribe(world, relay)
    mention = {"type": "Mention", "href": world.alice.uri, "name": "@alice@a.test"}
    note = serve(world, author.note("hi alice", tag=[mention], cc=[world.alice.uri]))
    [(state, reason)] = await world.deliver(relay, relay.does("Announce", note["id"]))
    assert state == DONE, reason
    assert await world.count("status_mentions") == 1


async def test_a_relay_follows_back_and_nobody_else_does(world: World, relay: Person) -> None:
    back = relay.does("Follow", "https://a.test/actor")
    [(state, _)] = await world.deliver(relay, back)
    assert state == REFUSED
    await ask(world, relay, style="litepub")
    [(state, reason)] = await world.deliver(relay, relay.does("Follow", "https://a.test/actor"))
    assert state == DONE, reason
    kinds = [row["type"] for row in await world.runtime.db.fetch("SELECT type FROM events")]
    assert "RelayFollowedBack" in kinds
    assert await world.count("follows") == 0


async def test_a_blocked_author_does_not_come_by_relay(
    world: World, relay: Person, author: Person
) -> None:
    await subscribe(world, relay)
    await world.runtime.db.fetch("INSERT INTO domain_blocks (domain) VALUES ('p.far.test')")
    world.policy.forget()
    note = serve(world, author.note())
    await world.deliver(relay, relay.does("Announce", note["id"]), author.creates(note))
    assert await world.count("statuses") == 0
    assert world.far.asked_of("p.far.test") == 0
