"""Votes are counted once each, polls end once, and what is told of both is told rarely."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from fedi.core.accounts.people import People
from fedi.core.accounts.types import Account
from fedi.core.statuses import compose
from fedi.core.statuses.poll_ends import CHORES, close_due
from fedi.core.statuses.polls import find_polls
from fedi.core.statuses.removal import remove
from fedi.core.statuses.types import NewPoll, Prepared, StatusChanges
from fedi.core.statuses.votes import EXPIRED, NO_CHOICE, OWN, VOTED, vote
from fedi.kit.errors import Forbidden, Invalid, NotFound
from fedi.kit.result import Done, Ignored
from tests.integration.posts.world import World

TEA = NewPoll(("tea", "coffee", "water"), 3600)
MANY = NewPoll(("tea", "coffee", "water"), 3600, multiple=True)


async def ask(world: World, author: Account, poll: NewPoll = TEA, **more: Any) -> tuple[int, int]:
    """A post with a poll: the ids of both."""
    status_id = await world.post(author, "what shall it be?", poll=poll, **more)
    await world.settle()
    return status_id, await world.runtime.read().value(
        "SELECT poll_id FROM statuses WHERE id = $1", status_id
    )


async def cast(world: World, who: Account, poll_id: int, *choices: int) -> None:
    async with world.runtime.unit() as unit:
        await vote(unit, who, poll_id, choices)


async def standing(world: World, poll_id: int) -> tuple[list[int], int, int | None]:
    poll = (await find_polls(world.runtime.read(), None, [poll_id]))[poll_id]
    return poll.tallies, poll.votes_count, poll.voters_count


async def pass_time(world: World, poll_id: int) -> None:
    await world.runtime.db.fetch(
        "UPDATE polls SET expires_at = now() - interval '1 second' WHERE id = $1", poll_id
    )


async def told(world: World) -> list[tuple[int, int]]:
    rows = await world.runtime.db.fetch(
        "SELECT account_id, from_account_id FROM notifications WHERE type = 'poll' ORDER BY id"
    )
    return [(row[0], row[1]) for row in rows]


async def test_a_vote_counts_for_those_who_asked(world: World) -> None:
    alice, bob, carol = [await world.member(name) for name in ("alice", "bob", "carol")]
    _, poll_id = await ask(world, alice)
    await cast(world, bob, poll_id, 1)
    await cast(world, carol, poll_id, 1, 1)
    assert await standing(world, poll_id) == ([0, 2, 0], 2, 2)
    mine = (await find_polls(world.runtime.read(), bob.id, [poll_id]))[poll_id]
    assert (mine.voted, mine.own_votes) == (True, (1,))


async def test_several_choices_are_one_voter(world: World) -> None:
    alice, bob = await world.member("alice"), await world.member("bob")
    _, poll_id = await ask(world, alice, MANY)
    await cast(world, bob, poll_id, 0, 2)
    assert await standing(world, poll_id) == ([1, 0, 1], 2, 1)
    with pytest.raises(Invalid, match=VOTED):
        await cast(world, bob, poll_id, 1)
    assert await standing(world, poll_id) == ([1, 0, 1], 2, 1)


@pytest.mark.parametrize(
    ("choices", "words"), [((), NO_CHOICE), ((3,), NO_CHOICE), ((-1,), NO_CHOICE), ((0, 1), VOTED)]
)
async def test_what_is_no_vote(world: World, choices: tuple[int, ...], words: str) -> None:
    alice, bob = await world.member("alice"), await world.member("bob")
    _, poll_id = await ask(world, alice)
    with pytest.raises(Invalid, match=words):
        await cast(world, bob, poll_id, *choices)
    assert await standing(world, poll_id) == ([0, 0, 0], 0, 0)


async def test_nobody_votes_for_themselves_or_too_late(world: World) -> None:
    alice, bob = await world.member("alice"), await world.member("bob")
    _, poll_id = await ask(world, alice)
    with pytest.raises(Invalid, match=OWN):
        await cast(world, alice, poll_id, 0)
    await pass_time(world, poll_id)
    with pytest.raises(Invalid, match=EXPIRED):
        await cast(world, bob, poll_id, 0)
    assert await standing(world, poll_id) == ([0, 0, 0], 0, 0)


async def test_who_may_not_see_may_not_vote(world: World) -> None:
    alice, bob, eve = [await world.member(name) for name in ("alice", "bob", "eve")]
    _, private = await ask(world, alice, visibility=2)
    _, direct = await ask(world, alice, visibility=3)
    _, public = await ask(world, alice)
    await world.pair("blocks", alice, eve)
    for who, poll_id in ((bob, private), (bob, direct), (eve, public), (bob, public + 1)):
        with pytest.raises(NotFound):
            await cast(world, who, poll_id, 0)
    await world.pair("blocks", bob, alice)
    with pytest.raises(Forbidden):
        await cast(world, bob, public, 0)
    assert await world.runtime.read().value("SELECT count(*) FROM poll_votes") == 0


async def test_many_requests_at_once_are_one_vote(world: World) -> None:
    alice, bob = await world.member("alice"), await world.member("bob")
    _, poll_id = await ask(world, alice)
    ends = await asyncio.gather(
        *(cast(world, bob, poll_id, n % 3) for n in range(12)), return_exceptions=True
    )
    assert [end for end in ends if not isinstance(end, Invalid)] == [None]
    tallies, votes, voters = await standing(world, poll_id)
    assert (sorted(tallies), votes, voters) == ([0, 0, 1], 1, 1)


async def test_the_second_request_waits_for_the_first(world: World) -> None:
    alice, bob = await world.member("alice"), await world.member("bob")
    _, poll_id = await ask(world, alice)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    waiting += " AND datname = current_database()"
    async with world.runtime.unit() as unit:
        await vote(unit, bob, poll_id, [0])
        second = asyncio.create_task(cast(world, bob, poll_id, 1))
        while not second.done() and not await world.runtime.db.value(waiting):
            pass
    with pytest.raises(Invalid, match=VOTED):
        await second
    assert await standing(world, poll_id) == ([1, 0, 0], 1, 1)


async def test_many_voters_at_once_all_count(world: World) -> None:
    alice = await world.member("alice")
    voters = [await world.member(f"voter{n}") for n in range(8)]
    _, poll_id = await ask(world, alice)
    await asyncio.gather(*(cast(world, who, poll_id, n % 3) for n, who in enumerate(voters)))
    assert await standing(world, poll_id) == ([3, 3, 2], 8, 8)


async def test_other_options_begin_anew(world: World) -> None:
    alice, bob = await world.member("alice"), await world.member("bob")
    status_id, poll_id = await ask(world, alice)
    await cast(world, bob, poll_id, 0)
    async with world.runtime.unit() as unit:
        changes = StatusChanges("what now?", poll=NewPoll(("left", "right"), 3600))
        await compose.edit(unit, world.runtime.settings, alice, status_id, changes, Prepared({}))
    assert await standing(world, poll_id) == ([0, 0], 0, 0)
    await cast(world, bob, poll_id, 1)
    assert await standing(world, poll_id) == ([0, 1], 1, 1)


async def test_votes_are_told_together_some_minutes_later(world: World) -> None:
    alice, bob, carol = [await world.member(name) for name in ("alice", "bob", "carol")]
    far = await world.stranger("far")
    await world.follow(far, alice)
    status_id, poll_id = await ask(world, alice)
    await cast(world, bob, poll_id, 0)
    await cast(world, carol, poll_id, 1)
    await world.settle()
    db = world.runtime.db
    rows = await db.fetch("SELECT key, state, due_at - now() AS wait FROM chores")
    assert [(row["key"], row["state"]) for row in rows] == [(str(status_id), 1)]
    assert timedelta(minutes=2) < rows[0]["wait"] <= timedelta(minutes=3)
    assert await db.value("SELECT count(*) FROM activities WHERE type = 'Update'") == 0
    assert await CHORES["announce_poll"](People(world.runtime), rows) == [Done()]
    await world.settle()
    body = await db.value("SELECT body FROM activities WHERE type = 'Update'")
    assert b'"votersCount":2' in body
    assert b'"closed"' not in body
    assert await db.value("SELECT count(*) FROM status_edits") == 0


async def test_what_never_leaves_is_told_to_nobody(world: World) -> None:
    alice, bob = await world.member("alice"), await world.member("bob")
    _, poll_id = await ask(world, alice, local_only=True)
    await cast(world, bob, poll_id, 0)
    await world.settle()
    assert await world.runtime.db.value("SELECT count(*) FROM chores") == 0


async def test_the_end_is_told_once(world: World) -> None:
    alice, bob, carol = [await world.member(name) for name in ("alice", "bob", "carol")]
    far = await world.stranger("far")
    await world.follow(far, alice)
    status_id, poll_id = await ask(world, alice)
    await cast(world, bob, poll_id, 0)
    assert await close_due(world.runtime) == 0
    await pass_time(world, poll_id)
    assert sum(await asyncio.gather(close_due(world.runtime), close_due(world.runtime))) == 1
    await world.settle()
    assert await close_due(world.runtime) == 0
    await world.settle()
    assert sorted(await told(world)) == sorted([(alice.id, alice.id), (bob.id, alice.id)])
    assert carol.id not in dict(await told(world))
    db = world.runtime.db
    bodies = await db.fetch("SELECT body FROM activities WHERE type = 'Update'")
    assert len(bodies) == 1
    assert b'"closed"' in bodies[0]["body"]
    # What was to be told of the votes has been told with the end.
    row: Any = {"key": str(status_id)}
    (outcome,) = await CHORES["announce_poll"](People(world.runtime), [row])
    assert isinstance(outcome, Ignored)


async def test_the_end_of_another_servers_poll(world: World) -> None:
    far, bob = await world.stranger("far"), await world.member("bob")
    options = [{"type": "Note", "name": name} for name in ("tea", "coffee")]
    ids: list[int] = []
    for _ in range(2):
        note = world.note(far, type="Question", oneOf=options, endTime="2090-01-01T00:00:00Z")
        await world.receive(note)
        ids.append(
            await world.runtime.read().value(
                "SELECT poll_id FROM statuses WHERE uri = $1", note.note.id
            )
        )
    voted, other = ids
    await cast(world, bob, voted, 0)
    for poll_id in ids:
        await pass_time(world, poll_id)
    assert await close_due(world.runtime) == 2
    await world.settle()
    assert await told(world) == [(bob.id, far.id)]
    rows = await world.runtime.db.fetch(
        "SELECT key FROM chores WHERE kind = 'refresh_poll' AND state = 1"
    )
    assert [row["key"] for row in rows] == [str(voted)], "those that nobody voted in can wait"
    assert other != voted


async def test_a_members_vote_goes_to_the_author_alone(world: World) -> None:
    far, bob = await world.stranger("far"), await world.member("bob")
    carol = await world.stranger("carol", "other.test")
    await world.follow(carol, bob)
    options = [{"type": "Note", "name": name} for name in ("tea", "coffee")]
    note = world.note(far, type="Question", anyOf=options, endTime="2090-01-01T00:00:00Z")
    await world.receive(note)
    read = world.runtime.read()
    poll_id = await read.value("SELECT poll_id FROM statuses WHERE uri = $1", note.note.id)
    await cast(world, bob, poll_id, 0, 1)
    posts = await read.value("SELECT count(*) FROM statuses")
    await world.settle()
    assert await read.value("SELECT count(*) FROM statuses") == posts
    rows = await read.fetch(
        "SELECT convert_from(a.body, 'UTF8')::jsonb AS body, d.inbox_url FROM activities a"
        " JOIN deliveries d ON d.activity_id = a.id ORDER BY a.id"
    )
    assert [row["inbox_url"] for row in rows] == [far.inbox_url] * 2
    for row, name in zip(rows, ("tea", "coffee"), strict=True):
        sent = row["body"]["object"]
        assert (sent["name"], sent["inReplyTo"], sent["to"]) == (name, note.note.id, [far.uri])
        assert "content" not in sent
        assert "cc" not in sent
        assert row["body"]["to"] == [far.uri]
    assert (await standing(world, poll_id))[0] == [1, 1]


async def test_a_deleted_poll_takes_its_votes_along(world: World) -> None:
    alice, bob = await world.member("alice"), await world.member("bob")
    status_id, poll_id = await ask(world, alice)
    await cast(world, bob, poll_id, 0)
    async with world.runtime.unit() as unit:
        await remove(unit, [status_id])
    await world.settle()
    for table in ("polls", "poll_votes"):
        assert await world.runtime.read().value(f"SELECT count(*) FROM {table}") == 0
