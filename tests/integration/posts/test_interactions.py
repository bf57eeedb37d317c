"""Likes and boosts: single effects, for those who may."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from fedi.core import interactions
from fedi.core.accounts.types import Account
from fedi.core.interactions import (
    receive_announces,
    receive_likes,
    receive_undo_announces,
    receive_undo_likes,
)
from fedi.core.statuses.types import ReceivedAnnounce, ReceivedLike, ReceivedUndo
from fedi.kit.errors import Forbidden, NotFound
from fedi.kit.result import Done, Ignored, Refused
from tests.checks import check_counters, check_feeds
from tests.integration.posts.world import PUBLIC, World


async def run(world: World, act: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    async with world.runtime.unit() as unit:
        return await act(unit, *args)


async def test_double_clicks_are_single_effects(world: World) -> None:
    anna = await world.member("anna")
    people = [await world.member(f"m{n}") for n in range(3)]
    status_id = await world.post(anna)
    acts = [
        interactions.favourite, interactions.unfavourite, interactions.favourite,
        interactions.reblog, interactions.unreblog, interactions.reblog, interactions.bookmark,
    ]  # fmt: skip
    for _ in range(4):
        await asyncio.gather(*(run(world, act, who, status_id) for act in acts for who in people))
    await world.settle()
    await check_counters(world.runtime.read())
    await check_feeds(world.runtime.read())


async def test_flips_tell_once(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    status_id = await world.post(anna)
    for _ in range(5):
        await run(world, interactions.favourite, bert, status_id)
        await world.settle()
        await run(world, interactions.unfavourite, bert, status_id)
    await world.settle()
    rows = await world.runtime.read().fetch("SELECT hidden_at FROM notifications")
    assert len(rows) == 1
    assert rows[0]["hidden_at"] is not None


async def test_acting_on_a_boost_acts_on_the_original(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    status_id = await world.post(anna)
    boost = await run(world, interactions.reblog, bert, status_id)
    assert await run(world, interactions.reblog, bert, boost) == boost
    assert await run(world, interactions.favourite, anna, boost) == status_id
    assert await run(world, interactions.unreblog, bert, status_id) == status_id
    await check_counters(world.runtime.read())


async def test_the_unseen_is_not_there(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    secret = await world.post(anna, visibility=2)
    acts = (
        interactions.favourite, interactions.unfavourite, interactions.reblog,
        interactions.unreblog, interactions.bookmark, interactions.unbookmark,
    )  # fmt: skip
    for act in acts:
        with pytest.raises(NotFound):
            await run(world, act, bert, secret)
    await world.follow(bert, anna)
    await run(world, interactions.favourite, bert, secret)
    with pytest.raises(Forbidden):
        await run(world, interactions.reblog, bert, secret)
    assert await run(world, interactions.reblog, anna, secret)


async def test_received_likes(world: World) -> None:
    anna, far, other = (
        await world.member("anna"), await world.stranger("far"), await world.stranger("other"),
    )  # fmt: skip
    uri = f"{anna.uri}/statuses/{await world.post(anna)}"
    secret = f"{anna.uri}/statuses/{await world.post(anna, visibility=2)}"
    like = ReceivedLike("https://far.test/l/1", far.id, far.uri, uri)
    hidden = ReceivedLike("https://far.test/l/2", far.id, far.uri, secret)
    assert await run(world, receive_likes, [like, like]) == [Ignored("already so"), Done()]
    assert isinstance((await run(world, receive_likes, [like]))[0], Ignored)
    assert isinstance((await run(world, receive_likes, [hidden]))[0], Ignored)

    def undo(who: Account, like_uri: str | None, object_uri: str | None = uri) -> ReceivedUndo:
        return ReceivedUndo(like_uri, who.id, who.uri, object_uri)

    # Somebody else, the same actor about an older like, and at last the right one.
    outcomes = await run(
        world,
        receive_undo_likes,
        [undo(other, like.uri), undo(other, None), undo(far, "https://far.test/l/0")],
    )
    assert [type(outcome) for outcome in outcomes] == [Refused, Ignored, Ignored]
    early = ReceivedLike("https://far.test/l/0", far.id, far.uri, uri)
    assert await run(world, receive_likes, [early]) == [Ignored("undone before")]
    await check_counters(world.runtime.read())
    assert await run(world, receive_undo_likes, [undo(far, like.uri, None)]) == [Done()]
    assert await run(world, receive_likes, [like]) == [Ignored("undone before")]
    await check_counters(world.runtime.read())
    assert await world.runtime.read().value("SELECT count(*) FROM favourites") == 0


async def test_received_boosts(world: World) -> None:
    anna, far = await world.member("anna"), await world.stranger("far")
    await world.follow(anna, far)
    uri = f"{anna.uri}/statuses/{await world.post(anna)}"
    mentioned = await world.post(anna, "@far", visibility=3, mentions={"far": far})
    direct = f"{anna.uri}/statuses/{mentioned}"

    def boost(number: int, target: str = uri, to: tuple[str, ...] = (PUBLIC,)) -> ReceivedAnnounce:
        return ReceivedAnnounce(f"https://far.test/b/{number}", far, target, None, to)

    assert isinstance((await run(world, receive_announces, [boost(9, direct)]))[0], Refused)
    assert await run(world, receive_announces, [boost(1), boost(1)]) == [
        Done(),
        Ignored("already so"),
    ]
    # A repetition renews the id, and the Undo of that id is understood.
    assert await run(world, receive_announces, [boost(2)]) == [Ignored("already so")]
    await world.settle()
    await check_feeds(world.runtime.read())
    undo = ReceivedUndo("https://far.test/b/2", far.id, far.uri, uri)
    assert await run(world, receive_undo_announces, [undo]) == [Done()]
    assert await run(world, receive_announces, [boost(2)]) == [Ignored("undone before")]
    await world.settle()
    read = world.runtime.read()
    assert await read.value("SELECT count(*) FROM statuses WHERE reblog_of_id IS NOT NULL") == 0
    assert await read.value("SELECT count(*) FROM notifications WHERE hidden_at IS NULL") == 0
    await check_counters(read)
    await check_feeds(read)
