"""Votes from elsewhere on polls of members, and polls of others that are counted there."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedi.core.accounts.people import People
from fedi.core.statuses import compose
from fedi.core.statuses.poll_refresh import CHORES, is_stale, refresh_poll
from fedi.core.statuses.polls import Poll, find_polls
from fedi.core.statuses.types import NewPoll, NewStatus, Prepared
from fedi.core.statuses.votes import vote
from fedi.kit.clock import now
from fedi.kit.result import Done, Later
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import AS2, Person

DONE, IGNORED = 2, 3


@pytest.fixture
async def bob(world: World) -> Person:
    return world.far.actor("p.far.test", "bob")


async def ask(world: World, *, multiple: bool = False, **more: Any) -> tuple[str, int]:
    """A poll by alice: the address of its post, and its id."""
    poll = NewPoll(("tea", "coffee", "water"), 3600, multiple=multiple)
    async with world.runtime.unit() as unit:
        status_id = await compose.create(
            unit,
            world.runtime.settings,
            world.alice,
            NewStatus("what shall it be?", poll=poll, **more),
            Prepared({}),
        )
    row = await world.runtime.read().row(
        "SELECT uri, poll_id FROM statuses WHERE id = $1", status_id
    )
    assert row is not None
    return row["uri"], row["poll_id"]


def ballot(person: Person, post: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": person.id("votes"),
        "type": "Note",
        "name": name,
        "attributedTo": person.uri,
        "inReplyTo": post,
        "to": ["https://a.test/ap/users/1"],
        **more,
    }


def votes(person: Person, post: str, *names: str, **more: Any) -> list[dict[str, Any]]:
    return [person.does("Create", ballot(person, post, name, **more)) for name in names]


async def standing(world: World, poll_id: int) -> tuple[list[int], int, int | None]:
    poll = await find(world, poll_id)
    return poll.tallies, poll.votes_count, poll.voters_count


async def find(world: World, poll_id: int, viewer_id: int | None = None) -> Poll:
    return (await find_polls(world.runtime.read(), viewer_id, [poll_id]))[poll_id]


async def nothing_else(world: World) -> bool:
    """Whether votes have left nothing that anybody could read or be told."""
    posts = await world.count("statuses", "NOT local")
    others = await world.count("events", "type NOT IN ('StatusCreated', 'PollVoted')")
    replies = await world.value("SELECT coalesce(sum(replies_count), 0) FROM status_stats")
    return (posts, others, replies, await world.count("chores", "kind = 'fetch_parents'")) == (
        0,
        0,
        0,
        0,
    )


async def test_a_vote_is_counted_and_no_post(world: World, bob: Person) -> None:
    post, poll_id = await ask(world)
    assert [end for end, _ in await world.deliver(bob, *votes(bob, post, "coffee"))] == [DONE]
    assert await standing(world, poll_id) == ([0, 1, 0], 1, 1)
    assert await nothing_else(world)


async def test_the_first_of_several_counts(world: World, bob: Person) -> None:
    post, poll_id = await ask(world)
    carol = world.far.actor("q.far.test", "carol")
    first, second = votes(bob, post, "coffee", "tea")
    ends = await world.deliver(bob, first, second, first)
    assert [end for end, _ in ends][:2] == [DONE, IGNORED]
    await world.deliver(bob, *votes(bob, post, "coffee", "water"))
    await world.deliver(carol, *votes(carol, post, "tea"))
    assert await standing(world, poll_id) == ([1, 1, 0], 2, 2)
    assert await nothing_else(world)


async def test_one_voter_with_several_choices(world: World, bob: Person) -> None:
    post, poll_id = await ask(world, multiple=True)
    await world.deliver(bob, *votes(bob, post, "coffee", "tea", "coffee"))
    assert await standing(world, poll_id) == ([1, 1, 0], 2, 1)
    await world.deliver(bob, *votes(bob, post, "water"))
    assert await standing(world, poll_id) == ([1, 1, 1], 3, 1)


async def test_several_choices_in_one_create(world: World, bob: Person) -> None:
    post, poll_id = await ask(world, multiple=True)
    mallory = world.far.actor("m.far.test", "mallory")
    forged = ballot(mallory, post, "water")
    both = [ballot(bob, post, "tea"), forged, ballot(bob, post, "coffee", content="")]
    await world.deliver(bob, bob.does("Create", both))
    assert await standing(world, poll_id) == ([1, 1, 0], 2, 1)
    assert await nothing_else(world)


async def test_a_flood_by_one_and_by_many(world: World, bob: Person) -> None:
    post, poll_id = await ask(world)
    await world.deliver(bob, *votes(bob, post, *["tea", "coffee"] * 30))
    assert await standing(world, poll_id) == ([1, 0, 0], 1, 1)
    people = [world.far.actor("p.far.test", f"voter{n}") for n in range(20)]
    for person in people:
        await world.post(person, votes(person, post, "water")[0])
    await world.drain()
    assert await standing(world, poll_id) == ([1, 0, 20], 21, 21)
    assert await nothing_else(world)


async def test_what_is_not_counted(world: World, bob: Person) -> None:
    post, poll_id = await ask(world)
    private, private_poll = await ask(world, visibility=2)
    plain = (await ask_nothing(world))[0]
    ends = await world.deliver(
        bob,
        *votes(bob, post, "wine", "TEA"),
        *votes(bob, private, "tea"),
        *votes(bob, plain, "tea"),
        *votes(bob, "https://a.test/ap/users/1/statuses/1", "tea"),
        *votes(bob, "https://p.far.test/notes/77", "tea"),
    )
    assert [end for end, _ in ends] == [IGNORED] * 6
    await world.runtime.db.fetch("UPDATE polls SET expires_at = now()")
    assert [end for end, _ in await world.deliver(bob, *votes(bob, post, "tea"))] == [IGNORED]
    for each in (poll_id, private_poll):
        assert await standing(world, each) == ([0, 0, 0], 0, 0)
    assert await nothing_else(world)


async def ask_nothing(world: World) -> tuple[str, None]:
    async with world.runtime.unit() as unit:
        status_id = await compose.create(
            unit, world.runtime.settings, world.alice, NewStatus("hello"), Prepared({})
        )
    return await world.value("SELECT uri FROM statuses WHERE id = $1", status_id), None


async def test_an_answer_with_words_is_an_answer(world: World, bob: Person) -> None:
    post, poll_id = await ask(world)
    await world.deliver(bob, *votes(bob, post, "tea", content="<p>I like it</p>"))
    assert await standing(world, poll_id) == ([0, 0, 0], 0, 0)
    assert await world.count("statuses", "NOT local") == 1


async def test_whom_the_author_blocks_has_no_vote(world: World, bob: Person) -> None:
    post, poll_id = await ask(world)
    await world.deliver(bob, bob.does("Like", post))
    await world.runtime.db.fetch(
        "INSERT INTO blocks (id, account_id, target_id) SELECT 1, $1, id FROM accounts"
        " WHERE uri = $2",
        world.alice.id,
        bob.uri,
    )
    await world.deliver(bob, *votes(bob, post, "tea"))
    assert await standing(world, poll_id) == ([0, 0, 0], 0, 0)


async def test_nobody_votes_for_others(world: World, bob: Person) -> None:
    post, poll_id = await ask(world)
    mallory = world.far.actor("m.far.test", "mallory")
    await world.deliver(mallory, mallory.does("Create", ballot(bob, post, "tea")))
    stolen = ballot(mallory, post, "tea", id=bob.id("votes"))
    await world.deliver(mallory, mallory.does("Create", stolen))
    assert (await standing(world, poll_id))[1] <= 1
    assert (
        await world.count(
            "poll_votes v JOIN accounts a ON a.id = v.account_id", "a.uri = $1", bob.uri
        )
        == 0
    )


# Polls of other servers.


def question(person: Person, tallies: tuple[int, ...] = (0, 0), **more: Any) -> dict[str, Any]:
    end = (datetime.now(UTC) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    options = [
        {
            "type": "Note",
            "name": name,
            "replies": {"type": "Collection", "totalItems": number},
        }
        for name, number in zip(("tea", "coffee", "water"), tallies, strict=False)
    ]
    fields = {"type": "Question", "oneOf": options, "endTime": end, "votersCount": sum(tallies)}
    return person.note("what shall it be?", **{**fields, **more})


async def bring(world: World, bob: Person, **more: Any) -> tuple[dict[str, Any], int]:
    """A poll of bob's in which alice has voted for tea."""
    await world.follow(bob)
    note = question(bob, **more)
    await world.deliver(bob, bob.creates(note))
    poll_id = await world.value("SELECT poll_id FROM statuses WHERE uri = $1", note["id"])
    async with world.runtime.unit() as unit:
        await vote(unit, world.alice, poll_id, [0])
    assert (await find(world, poll_id)).tallies == [1, 0]
    return note, poll_id


def updates(person: Person, note: dict[str, Any]) -> dict[str, Any]:
    return person.does("Update", note, to=note["to"], cc=note["cc"])


async def test_the_origin_counts(world: World, bob: Person) -> None:
    note, poll_id = await bring(world, bob)
    await world.deliver(bob, updates(bob, {**question(bob, (5, 7)), "id": note["id"]}))
    assert await standing(world, poll_id) == ([5, 7], 12, 12)
    assert (await find(world, poll_id, world.alice.id)).own_votes == (0,)
    assert await world.count("status_edits") == 0
    other = {**question(bob, (1, 1, 1)), "id": note["id"]}
    await world.deliver(bob, updates(bob, other))
    assert (await find(world, poll_id)).options == ["tea", "coffee", "water"]
    assert (await find(world, poll_id, world.alice.id)).voted is False
    mallory = world.far.actor("m.far.test", "mallory")
    await world.deliver(mallory, updates(mallory, {**other, "attributedTo": mallory.uri}))
    await world.deliver(mallory, updates(mallory, {**question(bob, (9, 9)), "id": note["id"]}))
    assert (await find(world, poll_id)).tallies == [1, 1, 1]


def publish(world: World, person: Person, note: dict[str, Any], tallies: tuple[int, ...]) -> None:
    served = {**question(person, tallies), "id": note["id"], "published": note["published"]}
    world.far.documents[note["id"]] = {"@context": AS2, **served}


async def age(world: World, poll_id: int, minutes: int) -> Poll:
    await world.runtime.db.fetch(
        "UPDATE polls SET fetched_at = now() - $2::interval WHERE id = $1",
        poll_id,
        timedelta(minutes=minutes),
    )
    return await find(world, poll_id)


async def test_who_looks_sees_it_counted_anew_but_not_all_the_time(
    world: World, bob: Person
) -> None:
    note, poll_id = await bring(world, bob)
    publish(world, bob, note, (3, 4))
    assert not is_stale(await find(world, poll_id), now())
    old = await age(world, poll_id, 4)
    assert is_stale(old, now())
    looks = [refresh_poll(world.people, old, world.alice.id) for _ in range(5)]
    assert sorted(await asyncio.gather(*looks)) == [False] * 4 + [True]
    assert world.far.asked[note["id"]] == 1
    assert await standing(world, poll_id) == ([3, 4], 7, 7)
    assert not is_stale(await find(world, poll_id), now())


@pytest.mark.parametrize("answer", [404, 500, {"@context": AS2, "id": "https://x.test/1"}])
async def test_an_origin_that_does_not_answer_changes_nothing(
    world: World, bob: Person, answer: Any
) -> None:
    note, poll_id = await bring(world, bob)
    world.far.documents[note["id"]] = answer
    old = await age(world, poll_id, 4)
    assert not await refresh_poll(world.people, old, world.alice.id)
    assert await standing(world, poll_id) == ([1, 0], 1, 1)
    # Nor is it asked again by the next one who looks.
    assert not is_stale(await find(world, poll_id), now())


async def test_what_is_served_under_the_name_of_another_changes_nothing(
    world: World, bob: Person
) -> None:
    note, poll_id = await bring(world, bob)
    mallory = world.far.actor("p.far.test", "mallory")
    served = {**question(mallory, (9, 9)), "id": note["id"]}
    world.far.documents[note["id"]] = {"@context": AS2, **served}
    old = await age(world, poll_id, 4)
    assert not await refresh_poll(world.people, old, world.alice.id)
    assert await standing(world, poll_id) == ([1, 0], 1, 1)


async def test_once_more_after_its_end(world: World, bob: Person) -> None:
    note, poll_id = await bring(world, bob)
    row: Any = {"key": str(poll_id), "attempts": 1}
    world.far.documents[note["id"]] = 500
    (outcome,) = await CHORES["refresh_poll"](People(world.runtime), [row])
    assert isinstance(outcome, Later)
    publish(world, bob, note, (3, 4))
    await world.runtime.db.fetch("UPDATE polls SET expires_at = now(), closed_at = now()")
    assert is_stale(await find(world, poll_id), now())
    people = People(world.runtime)
    assert await CHORES["refresh_poll"](people, [row]) == [Done()]
    assert await standing(world, poll_id) == ([3, 4], 7, 7)
