"""Members follow, answer, block and mute."""

from datetime import timedelta

import pytest

from fedi.core.relationships import queries, service
from fedi.core.relationships.service import FollowOptions
from fedi.kit.errors import Forbidden, NotFound
from fedi.kit.paging import Page
from tests.integration.people.conftest import World


class TestFollow:
    async def test_of_an_open_member_is_in_effect_at_once(self, world: World) -> None:
        alice, bob = await world.local("alice"), await world.local("bob")
        found = await world.do(service.follow, alice, bob)
        assert found.following
        assert found.showing_reblogs
        assert not found.requested
        [(kind, event)] = await world.events()
        assert kind == "FollowAccepted"
        assert event["local"] is True
        assert event["answer"] is False
        assert await world.counts(alice) == (0, 1)
        assert await world.counts(bob) == (1, 0)

    async def test_of_a_locked_member_waits(self, world: World) -> None:
        alice, bob = await world.local("alice"), await world.local("bob", locked=True)
        found = await world.do(service.follow, alice, bob)
        assert found.requested
        assert not found.following
        assert [kind for kind, _ in await world.events()] == ["FollowRequested"]
        assert await world.counts(bob) == (0, 0)

    async def test_of_a_stranger_waits_for_their_server(self, world: World) -> None:
        alice, eve = await world.local("alice"), await world.remote("eve@b.test")
        found = await world.do(service.follow, alice, eve)
        assert found.requested
        [(kind, event)] = await world.events()
        assert kind == "FollowRequested"
        assert event["local"] is True
        [row] = await world.sql("SELECT id, uri FROM follows")
        assert row["uri"] == f"https://a.test/ap/follows/{row['id']}"

    async def test_again_changes_the_options_only(self, world: World) -> None:
        alice, bob = await world.local("alice"), await world.local("bob")
        await world.do(service.follow, alice, bob)
        await world.events()
        options = FollowOptions(show_reblogs=False, notify=True, languages=["de"])
        found = await world.do(service.follow, alice, bob, options)
        assert found.following
        assert found.notifying
        assert not found.showing_reblogs
        assert found.languages == ["de"]
        found = await world.do(service.follow, alice, bob, FollowOptions(languages=[]))
        assert found.notifying
        assert found.languages is None
        assert await world.events() == []
        assert await world.counts(bob) == (1, 0)

    async def test_is_not_possible(self, world: World) -> None:
        alice, bob = await world.local("alice"), await world.local("bob")
        for column in ("deleted_at", "suspended_at"):
            gone = await world.local(f"gone_{column[:3]}", **{column: alice.created_at})
            with pytest.raises(NotFound):
                await world.do(service.follow, alice, gone)
        with pytest.raises(NotFound):
            await world.do(service.follow, alice, alice)
        with pytest.raises(NotFound):
            await world.do(service.follow, alice, await world.get(-1))
        moved = await world.local("moved", moved_to_uri="https://b.test/m")
        with pytest.raises(Forbidden):
            await world.do(service.follow, alice, moved)
        await world.do(service.block, bob, alice)
        for one, other in ((alice, bob), (bob, alice)):
            with pytest.raises(Forbidden):
                await world.do(service.follow, one, other)
        assert await world.follows() == set()

    async def test_ends(self, world: World) -> None:
        alice, eve = await world.local("alice"), await world.remote("eve@b.test")
        await world.do(service.follow, alice, eve)
        await world.events()
        found = await world.do(service.unfollow, alice, eve)
        assert not found.requested
        [(kind, event)] = await world.events()
        assert kind == "FollowEnded"
        assert event["uri"].startswith("https://a.test/ap/follows/")
        await world.do(service.unfollow, alice, eve)
        assert await world.events() == []


class TestAnswers:
    async def test_letting_a_member_in(self, world: World) -> None:
        alice, bob = await world.local("alice"), await world.local("bob", locked=True)
        await world.do(service.follow, alice, bob)
        await world.events()
        found = await world.do(service.accept_follow, bob.id, alice.id)
        assert found.followed_by
        assert await world.counts(bob) == (1, 0)
        [(kind, event)] = await world.events()
        assert kind == "FollowAccepted"
        assert event["answer"] is False
        with pytest.raises(NotFound):
            await world.do(service.accept_follow, bob.id, alice.id)

    async def test_turning_a_member_away(self, world: World) -> None:
        alice, bob = await world.local("alice"), await world.local("bob", locked=True)
        await world.do(service.follow, alice, bob)
        await world.events()
        await world.do(service.reject_follow, bob.id, alice.id)
        assert [kind for kind, _ in await world.events()] == ["FollowRejected"]
        with pytest.raises(NotFound):
            await world.do(service.reject_follow, bob.id, alice.id)
        assert await world.follows() == set()

    async def test_opening_up_lets_everybody_in(self, world: World) -> None:
        bob = await world.local("bob", locked=True)
        for name in ("a1", "a2", "a3"):
            await world.do(service.follow, await world.local(name), bob)
        assert await queries.count_follow_requests(world.runtime.read(), bob.id) == 3
        assert await world.do(service.accept_all, bob.id) == 3
        assert await world.counts(bob) == (3, 0)

    async def test_removing_a_follower(self, world: World) -> None:
        alice, bob = await world.local("alice"), await world.local("bob")
        await world.do(service.follow, alice, bob)
        await world.do(service.remove_follower, bob.id, alice.id)
        assert await world.counts(bob) == (0, 0)
        assert await world.counts(alice) == (0, 0)


class TestBlockAndMute:
    async def test_a_block_ends_follows_both_ways(self, world: World) -> None:
        alice, bob = await world.local("alice"), await world.local("bob")
        await world.do(service.follow, alice, bob)
        await world.do(service.follow, bob, alice)
        await world.events()
        found = await world.do(service.block, alice, bob)
        assert found.blocking
        assert not found.following
        assert not found.followed_by
        kinds = [kind for kind, _ in await world.events()]
        assert kinds == ["FollowEnded", "FollowRejected", "AccountBlocked"]
        assert await world.counts(alice) == (0, 0)
        assert await world.counts(bob) == (0, 0)
        seen = await queries.relationships(world.runtime.read(), bob.id, [alice.id])
        assert seen[alice.id].blocked_by

    async def test_again_says_nothing_new(self, world: World) -> None:
        alice, eve = await world.local("alice"), await world.remote("eve@b.test")
        await world.do(service.block, alice, eve)
        [(_, first)] = await world.events()
        await world.do(service.block, alice, eve)
        assert await world.events() == []
        await world.do(service.unblock, alice, eve)
        [(kind, event)] = await world.events()
        assert kind == "AccountUnblocked"
        assert event["uri"] == first["uri"]
        await world.do(service.unblock, alice, eve)
        assert await world.events() == []

    async def test_a_mute_may_run_out(self, world: World) -> None:
        alice, bob = await world.local("alice"), await world.local("bob")
        found = await world.do(service.mute, alice, bob, notifications=False)
        assert found.muting
        assert not found.muting_notifications
        found = await world.do(service.mute, alice, bob, duration=timedelta(hours=1))
        assert found.muting_expires_at is not None
        await world.sql("UPDATE mutes SET expires_at = now() - interval '1 second'")
        seen = await queries.relationships(world.runtime.read(), alice.id, [bob.id])
        assert not seen[bob.id].muting
        page = Page(limit=10)
        assert await queries.list_mutes(world.runtime.read(), alice.id, page) == []
        await world.do(service.unmute, alice, bob)
        kinds = [kind for kind, _ in await world.events()]
        assert kinds == ["AccountMuted", "AccountMuted", "AccountUnmuted"]


class TestLists:
    async def test_are_paged_by_the_row_that_joins(self, world: World) -> None:
        bob = await world.local("bob")
        names = [await world.local(f"f{n}") for n in range(5)]
        for one in names:
            await world.do(service.follow, one, bob)
        read = world.runtime.read()
        first = await queries.list_followers(read, bob.id, Page(limit=2))
        assert [account_id for _, account_id in first] == [names[4].id, names[3].id]
        older = Page(max_id=first[-1][0], limit=2)
        rest = await queries.list_followers(read, bob.id, older)
        assert [account_id for _, account_id in rest] == [names[2].id, names[1].id]
        newer = Page(min_id=rest[0][0], limit=1)
        assert await queries.list_followers(read, bob.id, newer) == [first[1]]
        following = await queries.list_following(read, names[0].id, Page())
        assert [account_id for _, account_id in following] == [bob.id]

    async def test_relationships_keep_the_order_asked(self, world: World) -> None:
        alice, bob, carol = [await world.local(name) for name in ("alice", "bob", "carol")]
        asked = [carol.id, 999, bob.id]
        found = await queries.relationships(world.runtime.read(), alice.id, asked)
        assert list(found) == [carol.id, bob.id]
