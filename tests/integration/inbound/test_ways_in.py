"""Whoever is shut out stays out, whichever way their posts try to come in."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from fedi.core.domains.service import block
from fedi.core.relays import NewRelay, add_relay
from fedi.core.search.service import Wanted, search
from fedi.worker import CHORE_HANDLERS
from tests.integration.inbound.conftest import World, member
from tests.integration.inbound.far import AS2, PUBLIC, Person

Way = Callable[[World, Person, Person, dict[str, Any]], Awaitable[object]]


async def by_itself(world: World, mallory: Person, bob: Person, note: dict[str, Any]) -> None:
    del bob
    await world.post(mallory, mallory.creates(note))


async def by_update(world: World, mallory: Person, bob: Person, note: dict[str, Any]) -> None:
    del bob
    changed = {**note, "updated": note["published"]}
    await world.post(mallory, mallory.does("Update", changed, to=note["to"], cc=note["cc"]))


async def by_relay(world: World, mallory: Person, bob: Person, note: dict[str, Any]) -> None:
    async with world.runtime.unit() as unit:
        await add_relay(unit, "https://a.test", NewRelay("litepub", bob.uri + "/inbox", bob.uri))
    await world.runtime.db.fetch("UPDATE relays SET state = 1")
    world.people.relays.forget()
    await world.post(bob, bob.does("Announce", note["id"]))
    await world.drain()
    await world.post(bob, mallory.creates(note))


async def by_boost(world: World, mallory: Person, bob: Person, note: dict[str, Any]) -> None:
    del mallory
    await world.post(bob, bob.does("Announce", note["id"], to=[PUBLIC], cc=[]))


async def by_thread(world: World, mallory: Person, bob: Person, note: dict[str, Any]) -> None:
    del mallory
    await world.post(bob, bob.creates(bob.note("an answer", inReplyTo=note["id"])))


async def by_quote(world: World, mallory: Person, bob: Person, note: dict[str, Any]) -> None:
    del mallory
    await world.post(bob, bob.creates(bob.note("look", quote=note["id"], quoteUrl=note["id"])))


async def by_search(world: World, mallory: Person, bob: Person, note: dict[str, Any]) -> None:
    del mallory, bob
    await search(world.people, world.alice.id, Wanted(note["id"], resolve=True))


WAYS: tuple[Way, ...] = (
    by_itself,
    by_update,
    by_relay,
    by_boost,
    by_thread,
    by_quote,
    by_search,
)


async def work_all(world: World) -> None:
    """The drain, and every chore that came of it, until nothing is left."""
    for _ in range(4):
        await world.drain()
        rows = await world.runtime.db.fetch("SELECT * FROM chores WHERE state = 0 ORDER BY id")
        for row in rows:
            await CHORE_HANDLERS[row["kind"]](world.people, [row])
            await world.runtime.db.fetch("UPDATE chores SET state = 2 WHERE id = $1", row["id"])


async def enter(world: World, way: Way, shut_out: str) -> tuple[Person, dict[str, Any]]:
    """Mallory, whom carol follows, tries to come in on that way, shut out or not."""
    bob = world.far.actor("v.far.test", "bob")
    mallory = world.far.actor("m.far.test", "mallory")
    carol = await member(world.runtime, "carol")
    await world.follow(bob)
    await world.follow(mallory)
    await world.runtime.db.fetch(
        "UPDATE follows SET account_id = $1 WHERE target_id ="
        " (SELECT id FROM accounts WHERE uri = $2)",
        carol.id,
        mallory.uri,
    )
    if shut_out == "suspended":
        await world.runtime.db.fetch(
            "UPDATE accounts SET suspended_at = now() WHERE uri = $1", mallory.uri
        )
    if shut_out == "domain":
        async with world.runtime.unit() as unit:
            await block(unit, "m.far.test")
        world.policy.forget()
    if shut_out == "blocked":
        sender = await world.value("SELECT id FROM accounts WHERE uri = $1", mallory.uri)
        await world.runtime.db.fetch(
            "INSERT INTO blocks (id, account_id, target_id) VALUES (1, $1, $2)",
            world.alice.id,
            sender,
        )
    mention = {"type": "Mention", "href": world.alice.uri, "name": "@alice@a.test"}
    note = mallory.note("hello alice", tag=[mention], cc=[world.alice.uri])
    world.far.documents[note["id"]] = {"@context": AS2, **note}
    world.expects_failure = True
    await way(world, mallory, bob, note)
    await work_all(world)
    return mallory, note


@pytest.mark.parametrize("way", WAYS)
async def test_others_come_in(world: World, way: Way) -> None:
    _, note = await enter(world, way, "")
    assert await world.count("statuses", "uri = $1", note["id"]) == 1


@pytest.mark.parametrize("shut_out", ["suspended", "domain"])
@pytest.mark.parametrize("way", WAYS)
async def test_the_suspended_do_not(world: World, way: Way, shut_out: str) -> None:
    mallory, note = await enter(world, way, shut_out)
    assert await world.count("statuses", "uri = $1", note["id"]) == 0
    sender = await world.value("SELECT id FROM accounts WHERE uri = $1", mallory.uri)
    assert await world.count("notifications", "from_account_id = $1", sender) == 0
    if shut_out == "domain":
        assert world.far.asked[note["id"]] == 0


@pytest.mark.parametrize("way", WAYS)
async def test_whom_a_member_blocks_does_not_reach_that_member(world: World, way: Way) -> None:
    mallory, _ = await enter(world, way, "blocked")
    sender = await world.value("SELECT id FROM accounts WHERE uri = $1", mallory.uri)
    assert await world.count("notifications", "from_account_id = $1", sender) == 0
    assert (
        await world.count(
            "home_entries h JOIN statuses s ON s.id = h.status_id",
            "h.account_id = $1 AND s.account_id = $2",
            world.alice.id,
            sender,
        )
        == 0
    )
