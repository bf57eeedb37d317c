"""Follows and blocks from the network: whatever the order, the same end."""

import asyncio
import itertools

import pytest

from fedi.core.accounts.types import Account
from fedi.core.relationships import blocks, receive, service
from fedi.core.relationships.types import (
    ReceivedAnswer,
    ReceivedBlock,
    ReceivedFollow,
    ReceivedUndo,
)
from fedi.kit.result import Done, Ignored, Outcome, Refused
from tests.integration.people.conftest import World, moment

F1 = "https://b.test/follows/1"
F2 = "https://b.test/follows/2"


@pytest.fixture
async def eve(world: World) -> Account:
    return await world.remote("eve@b.test")


@pytest.fixture
async def bob(world: World) -> Account:
    return await world.local("bob")


async def follow(
    world: World, one: Account, other: Account, uri: str = F1, at: str = "10:00"
) -> Outcome:
    item = ReceivedFollow(uri, one.id, other.id, moment(at))
    return (await world.do(receive.receive_follows, [item]))[0]


async def undo(
    world: World, one: Account, other: Account | None, uri: str = F1, at: str = "11:00"
) -> Outcome:
    target = other.id if other else None
    item = ReceivedUndo(one.id, uri, target, moment(at))
    return (await world.do(receive.receive_undo_follows, [item]))[0]


class TestFollow:
    async def test_is_let_in_and_answered(self, world: World, eve: Account, bob: Account) -> None:
        assert await follow(world, eve, bob) == Done()
        [(kind, event)] = await world.events()
        assert kind == "FollowAccepted"
        assert event["local"] is False
        assert event["answer"] is True
        assert await world.counts(bob) == (1, 0)
        assert await world.counts(eve) == (0, 1)

    async def test_again_is_answered_again_and_counted_once(
        self, world: World, eve: Account, bob: Account
    ) -> None:
        await follow(world, eve, bob)
        await follow(world, eve, bob)
        await follow(world, eve, bob, F2)
        kinds = [kind for kind, _ in await world.events()]
        assert kinds == ["FollowAccepted"] * 3
        assert await world.counts(bob) == (1, 0)
        assert [row["uri"] for row in await world.sql("SELECT uri FROM follows")] == [F2]

    async def test_in_one_batch(self, world: World, eve: Account, bob: Account) -> None:
        carol = await world.remote("carol@c.test")
        items = [
            ReceivedFollow(F1, eve.id, bob.id, moment("10:00")),
            ReceivedFollow(F1, eve.id, bob.id, moment("10:00")),
            ReceivedFollow("https://c.test/1", carol.id, bob.id, moment("10:00")),
            ReceivedFollow(None, carol.id, 12345, moment("10:00")),
        ]
        found = await world.do(receive.receive_follows, items)
        assert [type(one) for one in found] == [Done, Done, Done, Refused]
        assert await world.counts(bob) == (2, 0)

    async def test_of_a_locked_member_waits_for_the_answer(
        self, world: World, eve: Account
    ) -> None:
        locked = await world.local("locked", locked=True)
        await follow(world, eve, locked)
        assert [kind for kind, _ in await world.events()] == ["FollowRequested"]
        await follow(world, eve, locked, F2)
        assert await world.events() == []
        await world.do(service.accept_follow, locked.id, eve.id)
        [(kind, event)] = await world.events()
        assert kind == "FollowAccepted"
        assert event["answer"] is True
        assert await world.counts(locked) == (1, 0)

    async def test_by_somebody_silenced_waits(self, world: World, bob: Account) -> None:
        quiet = await world.remote("quiet@b.test", silenced_at=bob.created_at)
        await follow(world, quiet, bob)
        assert [kind for kind, _ in await world.events()] == ["FollowRequested"]

    async def test_is_turned_away(self, world: World, eve: Account, bob: Account) -> None:
        await world.do(service.block, bob, eve)
        await world.events()
        assert isinstance(await follow(world, eve, bob), Refused)
        assert isinstance(await follow(world, eve, await world.get(-1)), Refused)
        kinds = [kind for kind, _ in await world.events()]
        assert kinds == ["FollowRejected", "FollowRejected"]
        assert await world.follows() == set()

    async def test_has_no_effect(self, world: World, eve: Account, bob: Account) -> None:
        gone = await world.local("gone", deleted_at=bob.created_at)
        ghost = await world.remote("ghost@b.test", suspended_at=bob.created_at)
        for one, other in ((eve, gone), (ghost, bob), (bob, gone), (eve, ghost)):
            assert isinstance(await follow(world, one, other), Refused)
        assert await world.events() == []
        assert await world.follows() == set()


class TestUndo:
    async def test_ends_a_follow(self, world: World, eve: Account, bob: Account) -> None:
        await follow(world, eve, bob)
        await world.events()
        assert await undo(world, eve, None) == Done()
        assert [kind for kind, _ in await world.events()] == ["FollowEnded"]
        assert await world.counts(bob) == (0, 0)

    async def test_that_came_first_cancels_for_good(
        self, world: World, eve: Account, bob: Account
    ) -> None:
        assert isinstance(await undo(world, eve, bob), Ignored)
        # Delivered late, and again with a fresh signature: it was undone all the same.
        for at in ("10:00", "12:00", "13:00"):
            assert isinstance(await follow(world, eve, bob, at=at), Ignored)
        assert await world.follows() == set()
        assert isinstance(await follow(world, eve, bob, F2, at="12:00"), Done)

    async def test_lets_an_id_be_used_again_later_only(
        self, world: World, eve: Account, bob: Account
    ) -> None:
        await follow(world, eve, bob, at="10:00")
        await undo(world, eve, bob, at="11:00")
        assert isinstance(await follow(world, eve, bob, at="10:30"), Ignored)
        assert isinstance(await follow(world, eve, bob, at="11:00"), Ignored)
        assert await follow(world, eve, bob, at="11:30") == Done()
        # The first Undo, delivered once more, is older than the second follow.
        assert isinstance(await undo(world, eve, bob, at="11:00"), Ignored)
        assert await world.counts(bob) == (1, 0)
        assert await undo(world, eve, bob, at="12:00") == Done()
        assert await world.counts(bob) == (0, 0)

    async def test_of_an_older_follow_leaves_the_newer(
        self, world: World, eve: Account, bob: Account
    ) -> None:
        await follow(world, eve, bob, F1, at="10:00")
        await follow(world, eve, bob, F2, at="12:00")
        for at in ("11:00", "13:00"):
            assert isinstance(await undo(world, eve, bob, F1, at=at), Ignored)
        assert await world.counts(bob) == (1, 0)
        assert await undo(world, eve, bob, F2, at="14:00") == Done()

    async def test_with_an_id_of_its_own_is_matched_by_the_pair(
        self, world: World, eve: Account, bob: Account
    ) -> None:
        await follow(world, eve, bob)
        assert await undo(world, eve, bob, "https://b.test/odd/9") == Done()
        assert isinstance(await follow(world, eve, bob, at="10:00"), Ignored)

    async def test_by_somebody_else_does_nothing(
        self, world: World, eve: Account, bob: Account
    ) -> None:
        mallory = await world.remote("mallory@b.test")
        await follow(world, eve, bob)
        assert isinstance(await undo(world, mallory, bob), Ignored)
        assert isinstance(await undo(world, mallory, None), Ignored)
        assert await world.counts(bob) == (1, 0)
        # Nor can it forbid what is not its own.
        assert await follow(world, eve, bob) == Done("already following")

    async def test_any_order_of_any_repetition_ends_the_same(
        self, world: World, bob: Account
    ) -> None:
        steps = {"follow": "10:00", "undo": "11:00", "again": "12:00"}
        for number, order in enumerate(itertools.permutations([*steps, "follow", "undo"])):
            if order.index("again") < max(i for i, s in enumerate(order) if s == "undo"):
                continue
            one = await world.remote(f"p{number}@b.test")
            first, second = f"{one.uri}/f1", f"{one.uri}/f2"
            for step in order:
                if step == "undo":
                    await undo(world, one, bob, first, at=steps[step])
                else:
                    uri = second if step == "again" else first
                    await follow(world, one, bob, uri, at=steps[step])
            assert await world.counts(one) == (0, 1), order


class TestAnswers:
    async def ask(self, world: World, target: Account, name: str = "alice") -> tuple[Account, str]:
        alice = await world.local(name)
        await world.do(service.follow, alice, target)
        await world.events()
        [row] = await world.sql("SELECT uri FROM follows WHERE account_id = $1", alice.id)
        return alice, row["uri"]

    async def test_accept_by_id(self, world: World, eve: Account) -> None:
        alice, uri = await self.ask(world, eve)
        items = [ReceivedAnswer(eve.id, uri, None)] * 2
        found = await world.do(receive.receive_accepts, items)
        assert found == [Done(), Ignored("answered already")]
        [(kind, event)] = await world.events()
        assert kind == "FollowAccepted"
        assert (event["local"], event["answer"]) == (True, False)
        assert await world.counts(alice) == (0, 1)

    async def test_accept_by_pair_with_a_strange_id(self, world: World, eve: Account) -> None:
        alice, _ = await self.ask(world, eve)
        found = await world.do(receive.receive_accepts, [ReceivedAnswer(eve.id, "9", alice.id)])
        assert found == [Done()]

    async def test_accept_by_the_wrong_actor_or_for_nothing(
        self, world: World, eve: Account, bob: Account
    ) -> None:
        mallory = await world.remote("mallory@b.test")
        alice, uri = await self.ask(world, eve)
        items = [
            ReceivedAnswer(mallory.id, uri, None),
            ReceivedAnswer(mallory.id, uri, alice.id),
            ReceivedAnswer(mallory.id, None, bob.id),
            ReceivedAnswer(eve.id, None, bob.id),
            ReceivedAnswer(eve.id, "https://a.test/ap/follows/1", None),
        ]
        found = await world.do(receive.receive_accepts, items)
        assert {type(one) for one in found} == {Ignored}
        assert await world.events() == []
        assert await world.counts(alice) == (0, 0)

    async def test_reject_of_a_request_and_of_a_follow(self, world: World, eve: Account) -> None:
        alice, uri = await self.ask(world, eve)
        carol, other = await self.ask(world, eve, "carol")
        await world.do(receive.receive_accepts, [ReceivedAnswer(eve.id, other, None)])
        await world.events()
        items = [ReceivedAnswer(eve.id, uri, None), ReceivedAnswer(eve.id, None, carol.id)]
        assert await world.do(receive.receive_rejects, items) == [Done(), Done()]
        assert [kind for kind, _ in await world.events()] == ["FollowRejected"] * 2
        assert await world.counts(carol) == (0, 0)
        late = await world.do(receive.receive_accepts, [ReceivedAnswer(eve.id, uri, alice.id)])
        assert isinstance(late[0], Ignored)
        assert await world.follows() == set()


class TestBlocks:
    async def block(
        self,
        world: World,
        one: Account,
        other: Account,
        uri: str = "https://b.test/blocks/1",
        at: str = "10:00",
    ) -> Outcome:
        item = ReceivedBlock(uri, one.id, other.id, moment(at))
        return (await world.do(blocks.receive_blocks, [item]))[0]

    async def test_end_follows_and_requests_both_ways(
        self, world: World, eve: Account, bob: Account
    ) -> None:
        await follow(world, eve, bob)
        await world.do(service.follow, bob, eve)
        await world.events()
        assert await self.block(world, eve, bob) == Done()
        assert await self.block(world, eve, bob) == Done("blocked already")
        assert [kind for kind, _ in await world.events()] == ["AccountBlocked"]
        assert await world.follows() == set()
        assert await world.counts(bob) == (0, 0)
        assert await world.counts(eve) == (0, 0)

    async def test_are_undone_also_in_advance(
        self, world: World, eve: Account, bob: Account
    ) -> None:
        uri = "https://b.test/blocks/1"
        item = ReceivedUndo(eve.id, uri, bob.id, moment("11:00"))
        await world.do(blocks.receive_undo_blocks, [item])
        assert isinstance(await self.block(world, eve, bob), Ignored)
        other = "https://b.test/blocks/2"
        assert await self.block(world, eve, bob, other) == Done()
        item = ReceivedUndo(eve.id, other, None, moment("12:00"))
        assert await world.do(blocks.receive_undo_blocks, [item]) == [Done()]
        kinds = [kind for kind, _ in await world.events()]
        assert kinds == ["AccountBlocked", "AccountUnblocked"]
        assert await world.sql("SELECT 1 FROM blocks") == []

    async def test_of_strangers_are_none_of_our_business(self, world: World, eve: Account) -> None:
        other = await world.remote("other@c.test")
        assert isinstance(await self.block(world, eve, other), Refused)


async def test_a_crowd_at_once_is_counted_exactly(world: World, bob: Account) -> None:
    people = [await world.remote(f"p{n}@b.test") for n in range(12)]
    answers = [await world.local(f"m{n}") for n in range(3)]

    workers = asyncio.Semaphore(4)

    async def busy(one: Account, number: int) -> None:
        async with workers:
            await rounds(one, number)

    async def rounds(one: Account, number: int) -> None:
        for round_ in range(3):
            uri = f"{one.uri}/{round_}"
            for target in (bob, *answers):
                await follow(world, one, target, f"{uri}/{target.id}", at=f"1{round_}:00")
            if number % 2:
                await undo(world, one, bob, f"{uri}/{bob.id}", at=f"1{round_}:30")

    await asyncio.gather(*(busy(one, number) for number, one in enumerate(people)))
    assert await world.counts(bob) == (6, 0)
    for member in answers:
        assert await world.counts(member) == (12, 0)


async def test_a_block_and_a_follow_at_once_never_both_stand(world: World, bob: Account) -> None:
    for number in range(8):
        one = await world.remote(f"q{number}@b.test")
        await asyncio.gather(
            follow(world, one, bob, f"{one.uri}/1"), world.do(service.block, bob, one)
        )
    assert await world.follows() == set()
    assert await world.counts(bob) == (0, 0)
