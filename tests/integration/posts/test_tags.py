"""Hashtags: the index of posts, their timelines, and what following one brings home."""

from typing import Any

import pytest

from fedi.core.accounts.types import Account
from fedi.core.relationships import service as relationships
from fedi.core.statuses import removal
from fedi.core.statuses.types import Head
from fedi.core.tags import queries, service
from fedi.core.tags.types import parse_name
from fedi.core.timelines import feeds
from fedi.core.timelines.queries import Wishes, home, tagged
from fedi.core.timelines.streamed import find_readers
from fedi.kit.errors import Invalid
from fedi.kit.paging import Page
from tests.checks import check_feeds
from tests.integration.posts.world import World


def ids(heads: list[Head]) -> list[int]:
    return [head.id for head in heads]


async def at_home(world: World, who: Account) -> list[int]:
    return ids(await home(world.runtime.read(), who.id, Page()))


async def find(world: World, *names: str, viewer: Account | None = None, **more: Any) -> list[int]:
    page = more.pop("page", Page())
    viewer_id = None if viewer is None else viewer.id
    return ids(await tagged(world.runtime.read(), viewer_id, page, names, **more))


async def received(world: World, author: Account, *names: str, **fields: Any) -> int:
    tags = [{"type": "Hashtag", "name": f"#{name}"} for name in names]
    item = world.note(author, tag=tags, **fields)
    await world.receive(item)
    found = await world.status_id(item.note.id)
    assert found is not None
    return found


async def follow(world: World, who: Account, *names: str) -> None:
    async with world.runtime.unit() as unit:
        for name in names:
            await service.follow_tag(unit, who.id, name)
    await world.settle()


async def unfollow(world: World, who: Account, name: str) -> None:
    async with world.runtime.unit() as unit:
        await service.unfollow_tag(unit, who.id, name)
    await world.settle()


async def test_timelines_of_hashtags(world: World) -> None:
    anna, friend = await world.member("anna"), await world.stranger("friend")
    limited = await world.stranger("limited", silenced_at=world.runtime.read().now())
    both = await world.post(anna, "#Cats and #dogs")
    cats = await received(world, friend, "CATS")
    dogs = await received(world, friend, "dogs", "Tigers")
    await received(world, limited, "cats")
    await received(world, friend, "cats", to=[friend.followers_url], cc=None)
    await world.post(anna, "#cats", visibility=1)
    assert await find(world, "cats") == []
    await world.settle()
    newest = sorted([both, cats, dogs], reverse=True)
    assert await find(world, "cats") == [n for n in newest if n != dogs]
    assert await find(world, "CATS", "dogs", "cats") == newest
    assert await find(world, "cats", every=["dogs"]) == [both]
    assert await find(world, "cats", none=["Dogs"]) == [cats]
    assert await find(world, "cats", "dogs", every=["dogs"], none=["tigers"]) == [both]
    assert await find(world, "cats", wishes=Wishes(local=True)) == [both]
    assert await find(world, "cats", wishes=Wishes(remote=True)) == [cats]
    assert await find(world, "cats", wishes=Wishes(only_media=True)) == []
    assert await find(world, "nobody") == []
    two = Page(limit=2)
    assert await find(world, "cats", "dogs", page=two) == newest[:2]
    assert await find(world, "cats", "dogs", page=Page(max_id=newest[1])) == newest[2:]
    assert await find(world, "cats", "dogs", page=Page(min_id=newest[2], limit=1)) == [newest[1]]
    await world.pair("mutes", anna, friend)
    assert await find(world, "cats", viewer=anna) == [both]


async def test_domains_that_a_reader_shuts_out(world: World) -> None:
    anna, far = await world.member("anna"), await world.stranger("far", "bad.test")
    post = await received(world, far, "cats")
    await world.settle()
    assert await find(world, "cats", viewer=anna) == [post]
    await shut_out(world, anna, "bad.test")
    assert await find(world, "cats", viewer=anna) == []
    assert await find(world, "cats") == [post]


async def shut_out(world: World, who: Account, domain: str) -> None:
    async with world.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO account_domain_blocks (id, account_id, domain) VALUES ($1, $2, $3)",
            await unit.new_id(),
            who.id,
            domain,
        )


async def test_the_index_follows_edits_and_deletions(world: World) -> None:
    friend = await world.stranger("friend")
    first = world.document(friend, tag=[{"type": "Hashtag", "name": "#one"}])
    item = world.note(friend, **first)
    await world.receive(item)
    await world.settle()
    post = await world.status_id(item.note.id)
    assert post is not None
    assert await find(world, "one") == [post]
    async with world.runtime.unit() as unit:
        await unit.execute("UPDATE statuses SET tags = '[\"two\"]' WHERE id = $1", post)
        await service.reindex_posts(unit, [post])
    assert await find(world, "one") == []
    assert await find(world, "two") == [post]
    async with world.runtime.unit() as unit:
        await removal.remove(unit, [post])
    assert await world.runtime.read().value("SELECT count(*) FROM status_tags") == 0
    # The hashtags themselves stay, with their ids.
    assert await world.runtime.read().value("SELECT count(*) FROM tags") == 2


async def test_followed_hashtags_come_home_once(world: World) -> None:
    anna = await world.member("anna")
    friend, other = await world.stranger("friend"), await world.stranger("other")
    limited = await world.stranger("limited", silenced_at=world.runtime.read().now())
    await world.follow(anna, friend)
    old = await received(world, other, "cats")
    await world.settle()
    assert await at_home(world, anna) == []
    await follow(world, anna, "cats", "dogs", "cats")
    assert await at_home(world, anna) == [old]
    new = await received(world, other, "cats", "dogs")
    known = await received(world, friend, "cats")
    await received(world, limited, "cats")
    await received(world, other, "cats", to=[other.followers_url], cc=[anna.uri])
    await received(world, other, "tigers")
    heard = await world.settle()
    assert str(new).encode() in heard[0][1]
    assert sorted(await at_home(world, anna)) == sorted([old, new, known])
    assert await find_readers(world.runtime.read(), [new]) == {new: [anna.id]}
    await check_feeds(world.runtime.read())
    # What another hashtag or a follow has brought stays.
    await unfollow(world, anna, "cats")
    assert sorted(await at_home(world, anna)) == sorted([new, known])
    await unfollow(world, anna, "dogs")
    assert await at_home(world, anna) == [known]
    await check_feeds(world.runtime.read())
    # What a hashtag has brought as well stays after the follow.
    await follow(world, anna, "cats")
    await world_unfollow(world, anna, friend)
    assert sorted(await at_home(world, anna)) == sorted([old, new, known])
    async with world.runtime.unit() as unit:
        await feeds.rebuild(unit, anna.id)
    assert sorted(await at_home(world, anna)) == sorted([old, new, known])


async def world_unfollow(world: World, who: Account, target: Account) -> None:
    async with world.runtime.unit() as unit:
        await relationships.unfollow(unit, who, target)
    await world.settle()


@pytest.mark.parametrize("table", ["blocks", "mutes", "blocked by", "domain", "exclusive"])
async def test_hashtags_bring_nobody_who_is_not_wanted(world: World, table: str) -> None:
    anna, other = await world.member("anna"), await world.stranger("other", "bad.test")
    await follow(world, anna, "cats")
    if table == "domain":
        await shut_out(world, anna, "bad.test")
    elif table == "exclusive":
        async with world.runtime.unit() as unit:
            await unit.execute(
                "INSERT INTO lists (id, account_id, title, exclusive) VALUES (1, $1, 'x', true)",
                anna.id,
            )
            await unit.execute(
                "INSERT INTO list_members (id, list_id, account_id) VALUES (1, 1, $1)", other.id
            )
    elif table == "blocked by":
        await world.pair("blocks", other, anna)
    else:
        await world.pair(table, anna, other)
    await received(world, other, "cats")
    await world.settle()
    read = world.runtime.read()
    assert await read.value("SELECT count(*) FROM home_entries") == 0
    await check_feeds(read)


async def test_a_deleted_post_leaves_the_homes_that_its_hashtag_reached(world: World) -> None:
    anna, other = await world.member("anna"), await world.stranger("other")
    await follow(world, anna, "cats")
    post = await received(world, other, "cats")
    await world.settle()
    async with world.runtime.unit() as unit:
        [event] = await removal.remove(unit, [post])
    assert anna.id in event.heard_by
    assert await world.runtime.read().value("SELECT count(*) FROM home_entries") == 0


async def test_what_is_known_of_a_hashtag(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    for author in (anna, anna, bert):
        await world.post(author, "#cats")
    await world.settle()
    await follow(world, anna, "cats")
    async with world.runtime.unit() as unit:
        await service.feature_tag(unit, anna.id, "cats")
        featured = await service.feature_tag(unit, anna.id, "cats")
    assert (featured.name, featured.statuses_count) == ("cats", 2)
    assert featured.last_status_at is not None
    read = world.runtime.read()
    tag, unknown = await queries.find_tags(read, anna.id, ["cats", "nothing"])
    assert (tag.following, tag.featuring) == (True, True)
    assert [(day.uses, day.accounts) for day in tag.history] == [(3, 2)] + [(0, 0)] * 6
    assert tag.history[0].begins <= read.now()
    assert (unknown.id, unknown.following) == (None, False)
    assert (await queries.get_tag(read, None, "cats")).following is None
    assert await queries.list_used(read, bert.id) == ["cats"]
    assert await queries.list_used(read, anna.id) == []


async def test_limits(world: World) -> None:
    anna = await world.member("anna")
    async with world.runtime.unit() as unit:
        for number in range(200):
            await service.follow_tag(unit, anna.id, f"a{number}")
        for number in range(10):
            await service.feature_tag(unit, anna.id, f"a{number}")
        await service.follow_tag(unit, anna.id, "a1")
        await service.feature_tag(unit, anna.id, "a1")
        with pytest.raises(Invalid):
            await service.follow_tag(unit, anna.id, "one_more")
        with pytest.raises(Invalid):
            await service.feature_tag(unit, anna.id, "one_more")
        await service.forget_accounts(unit, [anna.id])
    read = world.runtime.read()
    assert await read.value("SELECT count(*) FROM tag_follows") == 0
    assert await read.value("SELECT count(*) FROM featured_tags") == 0


@pytest.mark.parametrize(
    ("text", "name"),
    [("Cats", "cats"), ("#Cats", "cats"), ("1a", "1a"), ("12", None), ("a b", None), ("", None)],
)
def test_names(text: str, name: str | None) -> None:
    assert parse_name(text) == name
