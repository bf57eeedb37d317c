"""Reports from other servers: for the moderators, about what is ours, and not too many."""

from typing import Any

import pytest

from fedi.core.accounts.types import Account
from fedi.core.auth.users import create_user
from fedi.core.moderation import received
from tests.integration.inbound.conftest import World, member
from tests.integration.inbound.far import Far, Person
from tests.rig.aftermath import settle

DONE, IGNORED, REFUSED = 2, 3, 4


@pytest.fixture
async def server(world: World) -> Person:
    """The actor of another server."""
    person = world.far.actor("p.far.test", "actor")
    world.far.documents[person.uri] = {**person.document(), "type": "Application"}
    return person


@pytest.fixture
async def staff(world: World) -> Account:
    account = await member(world.runtime, "mod")
    async with world.runtime.unit() as unit:
        await create_user(unit, account.id, "mod@mail.test", "x", "moderator", confirmed=True)
    return account


async def write(world: World, account: Account) -> tuple[int, str]:
    origin = world.runtime.settings.origin
    async with world.runtime.unit() as unit:
        number = await unit.new_id()
        uri = f"{origin}/ap/users/{account.id}/statuses/{number}"
        await unit.execute(
            "INSERT INTO statuses (id, uri, account_id, local, visibility, content, created_at)"
            " VALUES ($1, $2, $3, true, 0, 'x', now())",
            number,
            uri,
            account.id,
        )
    return number, uri


async def reports(world: World) -> list[tuple[Any, ...]]:
    rows = await world.runtime.db.fetch(
        "SELECT target_id, status_ids, comment FROM reports ORDER BY id"
    )
    return [tuple(row) for row in rows]


async def test_the_staff_is_told_and_the_reported_is_not(
    world: World, server: Person, staff: Account
) -> None:
    post, uri = await write(world, world.alice)
    flag = server.does(
        "Flag", [world.alice.uri, uri, "https://p.far.test/notes/1"], content="Spam!"
    )
    assert [end[0] for end in await world.deliver(server, flag)] == [DONE]
    assert await reports(world) == [(world.alice.id, [post], "Spam!")]
    await settle(world.runtime)
    rows = await world.runtime.db.fetch("SELECT account_id, type FROM notifications")
    assert [tuple(row) for row in rows] == [(staff.id, "admin.report")]
    # The same again, also when its row has been forgotten.
    await world.runtime.db.fetch("DELETE FROM inbound")
    [(ended, reason)] = await world.deliver(server, flag)
    assert (ended, reason) == (IGNORED, "reported already")
    assert len(await reports(world)) == 1


async def test_one_id_and_a_summary(world: World, server: Person) -> None:
    post, uri = await write(world, world.alice)
    await world.deliver(server, server.does("Flag", uri, summary="<p>No <b>good</b></p>"))
    assert await reports(world) == [(world.alice.id, [post], "No good")]


async def test_posts_that_only_the_words_name(world: World, server: Person) -> None:
    post, _ = await write(world, world.alice)
    words = f"Note: https://a.test/@alice/{post}\n-----\nhttps://a.test/@alice/1 bad"
    await world.deliver(server, server.does("Flag", world.alice.uri, content=words))
    assert [(who, posts) for who, posts, _ in await reports(world)] == [(world.alice.id, [post])]


async def test_several_members_and_long_words(world: World, server: Person) -> None:
    carol = await member(world.runtime, "carol")
    flag = server.does("Flag", [world.alice.uri, carol.uri], content="x" * 20_000)
    await world.deliver(server, flag, {**flag, "id": server.id()})
    found = await reports(world)
    assert sorted(who for who, _, _ in found) == sorted([world.alice.id, carol.id] * 2)
    assert {len(words) for _, _, words in found} == {5000}


async def test_what_is_not_ours_is_nothing_to_us(world: World, server: Person, far: Far) -> None:
    bob = far.actor("q.p.far.test", "bob")
    await world.follow(bob)
    theirs = await world.value("SELECT id FROM accounts WHERE uri = $1", bob.uri)
    for thing in (bob.uri, "https://a.test/actor", "https://a.test/ap/users/77", [], [None, 7]):
        [(ended, _)] = await world.deliver(server, server.does("Flag", thing, content="x"))
        assert ended in {IGNORED, REFUSED}
    assert await reports(world) == []
    # But an answer to a member is.
    post, _ = await write(world, world.alice)
    note = bob.note("rude", inReplyTo=(await world.value("SELECT uri FROM statuses")))
    await world.deliver(bob, bob.creates(note))
    assert await world.value("SELECT in_reply_to_id FROM statuses WHERE NOT local") == post
    await world.deliver(server, server.does("Flag", [bob.uri, note["id"]], content="rude"))
    assert [(who, len(posts)) for who, posts, _ in await reports(world)] == [(theirs, 1)]


async def test_servers_that_are_not_listened_to(world: World, server: Person) -> None:
    await world.runtime.db.fetch(
        "INSERT INTO domain_blocks (domain, severity, reject_reports)"
        " VALUES ('far.test', 'noop', true)"
    )
    [(ended, _)] = await world.deliver(server, server.does("Flag", world.alice.uri))
    assert ended == REFUSED
    await world.runtime.db.fetch("UPDATE domain_blocks SET reject_reports = false")
    [(ended, _)] = await world.deliver(server, server.does("Flag", world.alice.uri))
    assert ended == DONE


async def test_not_too_many(world: World, server: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(received, "PER_HOUR", 3)
    ends = [
        (await world.deliver(server, server.does("Flag", world.alice.uri)))[0][0] for _ in range(5)
    ]
    assert ends == [DONE, DONE, DONE, REFUSED, REFUSED]
