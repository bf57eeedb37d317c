"""Who has what at home, page by page."""

from typing import Any

from fedi.core import interactions
from fedi.core.accounts.types import Account
from fedi.core.timelines import feeds
from fedi.core.timelines.queries import home, public
from fedi.events import AccountBlocked, FollowAccepted, FollowEnded
from fedi.kit.paging import Page
from tests.checks import check_feeds
from tests.integration.posts.world import World


async def at_home(world: World, who: Account, page: Page | None = None) -> list[int]:
    return [head.id for head in await home(world.runtime.read(), who.id, page or Page())]


async def received(world: World, author: Account, **fields: Any) -> int:
    item = world.note(author, **fields)
    await world.receive(item)
    found = await world.status_id(item.note.id)
    assert found is not None
    return found


async def test_what_belongs_home(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    friend, other, third = [await world.stranger(n) for n in ("friend", "other", "third")]
    for target in (friend, bert):
        await world.follow(anna, target)
    mine = await world.post(anna)
    theirs = await received(world, friend)
    unknown = await received(world, other)
    other_uri = await world.runtime.read().value("SELECT uri FROM statuses WHERE id = $1", unknown)
    my_uri = f"{anna.uri}/statuses/{mine}"
    to_me = await received(world, friend, inReplyTo=my_uri)
    await received(world, friend, inReplyTo=other_uri)
    await received(world, friend, inReplyTo="https://nowhere.test/1")
    private = await received(world, friend, to=[friend.followers_url], cc=None)
    direct = await received(
        world, friend, to=[anna.uri], cc=None, tag=[{"type": "Mention", "href": anna.uri}]
    )
    await received(world, friend, to=[third.uri], cc=None)
    async with world.runtime.unit() as unit:
        boost = await interactions.reblog(unit, bert, unknown)
    await world.settle()
    assert sorted(await at_home(world, anna)) == sorted(
        [mine, theirs, to_me, private, direct, boost]
    )
    await check_feeds(world.runtime.read())
    # Muting whom others boost hides the boost, at once.
    await world.pair("mutes", anna, other)
    assert boost not in await at_home(world, anna)


async def test_a_follow_may_choose_languages(world: World) -> None:
    anna, friend = await world.member("anna"), await world.stranger("friend")
    await world.follow(anna, friend)
    async with world.runtime.unit() as unit:
        await unit.execute("UPDATE follows SET languages = '{de,fr}'")
    german, english = "<p>Guten Tag</p>", "<p>Good day</p>"
    wanted = await received(world, friend, content=german, contentMap={"de": german})
    await received(world, friend, content=english, contentMap={"en": english})
    unsaid = await received(world, friend)
    await world.settle()
    assert await at_home(world, anna) == [unsaid, wanted]


async def test_a_parent_that_comes_late_brings_its_replies_home(world: World) -> None:
    anna, friend = await world.member("anna"), await world.stranger("friend")
    await world.follow(anna, friend)
    parent = world.note(friend)
    reply = await received(world, friend, inReplyTo=parent.note.id)
    await world.settle()
    assert await at_home(world, anna) == []
    chores = await world.runtime.read().fetch("SELECT kind, key FROM chores")
    assert [tuple(row) for row in chores] == [("fetch_parents", parent.note.id)]
    await world.receive(parent)
    heard = await world.settle()
    assert str(reply).encode() in heard[0][1]
    assert len(await at_home(world, anna)) == 2


async def test_private_posts_leave_with_the_follow(world: World) -> None:
    anna, friend = await world.member("anna"), await world.stranger("friend")
    await world.follow(anna, friend)
    await received(world, friend, to=[friend.followers_url], cc=None)
    await world.settle()
    assert len(await at_home(world, anna)) == 1
    async with world.runtime.unit() as unit:
        await unit.execute("DELETE FROM follows")
        unit.record(FollowEnded(anna.id, friend.id, "x", local=True))
    assert await at_home(world, anna) == []
    await world.settle()
    await check_feeds(world.runtime.read())
    await world.follow(anna, friend)
    async with world.runtime.unit() as unit:
        unit.record(FollowAccepted(1, anna.id, friend.id, local=True, answer=False))
    await world.settle()
    assert len(await at_home(world, anna)) == 1


async def test_a_block_leaves_nothing(world: World) -> None:
    anna, bert, carl = [await world.member(n) for n in ("anna", "bert", "carl")]
    await world.follow(anna, carl)
    await world.follow(bert, carl)
    post = await world.post(anna, "@bert", mentions={"bert": bert})
    async with world.runtime.unit() as unit:
        await interactions.reblog(unit, carl, post)
    await world.settle()
    assert len(await at_home(world, bert)) == 1
    await world.pair("blocks", anna, bert)
    assert await at_home(world, bert) == []
    async with world.runtime.unit() as unit:
        unit.record(AccountBlocked(anna.id, bert.id, "x", local=True))
    await world.settle()
    read = world.runtime.read()
    assert await read.value("SELECT count(*) FROM home_entries WHERE account_id = $1", bert.id) == 0
    assert (
        await read.value(
            "SELECT count(*) FROM notifications WHERE hidden_at IS NULL AND account_id = $1",
            bert.id,
        )
        == 0
    )
    assert await public(read, bert.id, Page()) == []
    assert len(await public(read, None, Page())) == 1


async def test_pages(world: World) -> None:
    anna = await world.member("anna")
    ids = sorted([await world.post(anna, str(n)) for n in range(12)], reverse=True)
    assert await at_home(world, anna, Page(limit=5)) == ids[:5]
    assert await at_home(world, anna, Page(max_id=ids[4], limit=5)) == ids[5:10]
    assert await at_home(world, anna, Page(since_id=ids[7], limit=5)) == ids[:5]
    assert await at_home(world, anna, Page(min_id=ids[7], limit=5)) == ids[2:7]
    assert await at_home(world, anna, Page(min_id=ids[7], max_id=ids[3], limit=5)) == ids[4:7]
    assert await at_home(world, anna, Page(min_id=ids[7], since_id=ids[2], limit=5)) == ids[2:7]


async def test_trimming_and_rebuilding(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    await world.follow(bert, anna)
    for n in range(10):
        await world.post(anna, str(n))
    await world.settle()
    assert await feeds.trim_all(world.runtime, keep=4) == 12
    assert len(await at_home(world, bert)) == 4
    async with world.runtime.unit() as unit:
        assert await feeds.rebuild(unit, bert.id) == 10
    await check_feeds(world.runtime.read(), complete=False)
