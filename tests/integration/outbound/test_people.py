"""Reactions, moves and reports of members become activities."""

from typing import Any

import orjson
import pytest

from fedi import events
from fedi.core import moving
from fedi.core.accounts.queries import get_by_id
from fedi.core.accounts.types import Account
from fedi.core.interactions import react, unreact
from fedi.core.moderation.reports import NewReport, file_report
from fedi.core.relationships.service import follow
from fedi.kit.errors import Forbidden, Invalid
from tests.integration.outbound.conftest import World
from tests.integration.outbound.test_publish import sent
from tests.rig.aftermath import settle


async def account(world: World, number: int) -> Account:
    return await get_by_id(world.runtime.read(), number)


class TestReactions:
    async def test_a_like_that_says_its_emoji(self, world: World) -> None:
        bo = await world.account("bo", "bo.peers.test")
        post = await world.status(bo, local=False, uri="http://bo.peers.test/notes/1")
        alice = await account(world, world.alice)
        for deed in (react, unreact):
            async with world.runtime.unit() as unit:
                await deed(unit, alice, post, "🐝")
            await settle(world.runtime)
        [(like, inboxes), (undo, _)] = await sent(world)
        assert inboxes == ["http://bo.peers.test/users/bo/inbox"]
        assert (like["type"], like["content"], like["_misskey_reaction"]) == ("Like", "🐝", "🐝")
        assert (like["object"], like["to"]) == (
            "http://bo.peers.test/notes/1",
            ["http://bo.peers.test/users/bo"],
        )
        assert undo["object"] == {name: like[name] for name in like if name != "@context"}
        assert b"_misskey_reaction" in orjson.dumps(like["@context"])

    async def test_with_a_picture(self, world: World) -> None:
        bo = await world.account("bo", "bo.peers.test")
        post = await world.status(bo, local=False, uri="http://bo.peers.test/notes/1")
        async with world.runtime.unit() as unit:
            await unit.execute(
                "INSERT INTO custom_emojis (id, shortcode, file_key, static_key, content_type)"
                " VALUES (1, 'blob', 'b.png', 'b.png', 'image/png')"
            )
            await react(unit, await account(world, world.alice), post, "blob")
        await settle(world.runtime)
        [(like, _)] = await sent(world)
        assert like["content"] == ":blob:"
        [tag] = like["tag"]
        assert (tag["type"], tag["name"]) == ("Emoji", ":blob:")
        assert tag["id"] == "https://a.test/emojis/blob"
        assert tag["icon"]["url"].endswith("/media/b.png")

    async def test_of_ones_own_neighbours_nothing_leaves(self, world: World) -> None:
        post = await world.status(world.alice)
        carol = await world.account("carol")
        async with world.runtime.unit() as unit:
            await react(unit, await account(world, carol), post, "🐝")
        await settle(world.runtime)
        assert await sent(world) == []


class TestMoves:
    @pytest.fixture
    async def bo(self, world: World) -> int:
        number = await world.account("bo", "bo.peers.test")
        uri = (await account(world, world.alice)).uri
        await world.runtime.db.fetch(
            "UPDATE accounts SET also_known_as = ARRAY[$2] WHERE id = $1", number, uri
        )
        return number

    async def move(self, world: World, target: int) -> None:
        async with world.runtime.unit() as unit:
            await moving.move(unit, await account(world, world.alice), await account(world, target))
        await settle(world.runtime)

    async def test_followers_hear_of_it_after_the_profile(self, world: World, bo: int) -> None:
        cy = await world.account("cy", "cy.peers.test")
        await world.follow(cy, world.alice)
        await self.move(world, bo)
        [(update, _), (move, inboxes)] = await sent(world)
        alice, target = await account(world, world.alice), await account(world, bo)
        assert update["object"]["movedTo"] == target.uri
        assert inboxes == ["http://cy.peers.test/inbox"]
        assert {name: move[name] for name in ("type", "actor", "object", "target", "to")} == {
            "type": "Move",
            "actor": alice.uri,
            "object": alice.uri,
            "target": target.uri,
            "to": [f"{alice.uri}/followers"],
        }
        lanes = await world.runtime.db.fetch("SELECT lane FROM deliveries")
        assert len({row["lane"] for row in lanes}) == 1

    async def test_members_go_along_and_nothing_happens_here_any_more(
        self, world: World, bo: int
    ) -> None:
        carol = await world.account("carol")
        await world.follow(carol, world.alice, local=True)
        await self.move(world, bo)
        async with world.runtime.unit() as unit:
            assert await moving.carry_followers(unit, world.alice, bo) == 1
            assert await moving.carry_followers(unit, world.alice, bo) == 0
        rows = await world.runtime.db.fetch("SELECT account_id, target_id FROM follows")
        assert [tuple(row) for row in rows] == [(carol, bo)]
        alice = await account(world, world.alice)
        async with world.runtime.unit() as unit:
            with pytest.raises(Forbidden):
                await follow(unit, await account(world, carol), alice)
        assert alice.moved_to_uri

    async def test_not_twice_in_a_month_but_back_at_any_time(self, world: World, bo: int) -> None:
        await self.move(world, bo)
        async with world.runtime.unit() as unit:
            await moving.cancel_move(unit, await account(world, world.alice))
        await settle(world.runtime)
        assert (await account(world, world.alice)).moved_to_uri is None
        with pytest.raises(Invalid):
            await self.move(world, bo)
        await world.runtime.db.fetch("UPDATE accounts SET moved_at = now() - interval '31 days'")
        await self.move(world, bo)
        with pytest.raises(Invalid):
            async with world.runtime.unit() as unit:
                await moving.cancel_move(unit, await account(world, bo))

    async def test_only_where_it_is_claimed(self, world: World) -> None:
        cy = await world.account("cy", "cy.peers.test")
        for target in (cy, world.alice):
            with pytest.raises(Invalid):
                await self.move(world, target)
        assert await sent(world) == []

    async def test_aliases_are_in_the_profile(self, world: World) -> None:
        cy = await world.account("cy", "cy.peers.test")
        await world.follow(cy, world.alice)
        uri = "http://old.test/users/alice"
        for change, known in ((moving.add_alias, [uri]), (moving.remove_alias, [])):
            async with world.runtime.unit() as unit:
                await change(unit, await account(world, world.alice), uri)
            assert (await account(world, world.alice)).also_known_as == known
            if known:
                await settle(world.runtime)
                [(update, _)] = await sent(world)
                assert update["object"]["alsoKnownAs"] == [uri]
        alice = await account(world, world.alice)
        async with world.runtime.unit() as unit:
            with pytest.raises(Invalid):
                await moving.add_alias(unit, alice, alice.uri)


class TestReports:
    async def file(self, world: World, target: int, posts: list[int], **more: Any) -> Any:
        async with world.runtime.unit() as unit:
            new = NewReport(target, posts, comment="Spam!", **more)
            report = await file_report(unit, world.alice, new)
        await settle(world.runtime)
        return report

    async def test_only_when_asked_and_without_a_name(self, world: World) -> None:
        bo = await world.account("bo", "bo.peers.test")
        post = await world.status(bo, local=False, uri="http://bo.peers.test/notes/1")
        assert not (await self.file(world, bo, [post])).forwarded
        assert await sent(world) == []
        report = await self.file(world, bo, [post], forward=True)
        assert report.forwarded
        [(flag, inboxes)] = await sent(world)
        origin = world.runtime.settings.origin
        assert inboxes == ["http://bo.peers.test/inbox"]
        assert (flag["type"], flag["actor"]) == ("Flag", f"{origin}/actor")
        assert flag["object"] == ["http://bo.peers.test/users/bo", "http://bo.peers.test/notes/1"]
        assert (flag["content"], flag["to"]) == ("Spam!", ["http://bo.peers.test/users/bo"])
        assert str(world.alice) not in orjson.dumps(flag).decode()

    async def test_to_those_who_were_answered(self, world: World) -> None:
        bo = await world.account("bo", "bo.peers.test")
        cy = await world.account("cy", "cy.peers.test")
        post = await world.status(
            bo, local=False, uri="http://bo.peers.test/notes/1", in_reply_to_account_id=cy
        )
        both = ["bo.peers.test", "cy.peers.test", "else.test"]
        await self.file(world, bo, [post], forward=True, forward_to=both)
        [(_, inboxes)] = await sent(world)
        assert inboxes == ["http://bo.peers.test/inbox", "http://cy.peers.test/inbox"]

    async def test_a_forum_is_told_of_one_post(self, world: World) -> None:
        bo = await world.account("bo", "forum.peers.test")
        group = await world.account("garden", "forum.peers.test")
        post = await world.status(
            bo, local=False, uri="http://forum.peers.test/post/7", group_id=group
        )
        await self.file(world, bo, [post], forward=True)
        [(flag, inboxes)] = await sent(world)
        assert inboxes == ["http://forum.peers.test/inbox"]
        uri = "http://forum.peers.test/users/garden"
        assert flag["object"] == "http://forum.peers.test/post/7"
        assert (flag["summary"], flag["to"], flag["audience"]) == ("Spam!", [uri], uri)
        assert "content" not in flag

    async def test_about_a_member_nothing_leaves(self, world: World) -> None:
        carol = await world.account("carol")
        assert not (await self.file(world, carol, [], forward=True)).forwarded
        assert await sent(world) == []
        assert events.ReportFiled(1, 2, 3).forward_to == ()
