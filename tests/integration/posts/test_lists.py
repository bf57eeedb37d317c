"""The feeds of lists, and what exclusive ones keep from home."""

from typing import Any

import pytest

from fedi.core import interactions
from fedi.core.accounts.types import Account
from fedi.core.lists import feeds as list_feeds
from fedi.core.lists import queries, service
from fedi.core.lists.types import AccountList, ListChanges
from fedi.core.relationships import service as relationships
from fedi.core.statuses import removal
from fedi.core.timelines import feeds
from fedi.core.timelines.queries import home, listed
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.paging import Page
from tests.checks import check_feeds
from tests.integration.posts.world import World


async def make(world: World, owner: Account, *members: Account, **changes: Any) -> AccountList:
    async with world.runtime.unit() as unit:
        made = await service.create_list(unit, owner.id, ListChanges(title="one", **changes))
        await service.add_members(unit, owner.id, made.id, [member.id for member in members])
    await world.settle()
    return made


async def change(world: World, of: AccountList, **changes: Any) -> None:
    async with world.runtime.unit() as unit:
        await service.change_list(unit, of.account_id, of.id, ListChanges(**changes))
    await world.settle()


async def in_list(world: World, of: AccountList) -> list[int]:
    heads = await listed(world.runtime.read(), of.account_id, of.id, Page())
    return [head.id for head in heads]


async def at_home(world: World, who: Account) -> list[int]:
    return [head.id for head in await home(world.runtime.read(), who.id, Page())]


async def received(world: World, author: Account, **fields: Any) -> int:
    item = world.note(author, **fields)
    await world.receive(item)
    found = await world.status_id(item.note.id)
    assert found is not None
    return found


async def uri_of(world: World, status_id: int) -> str:
    return await world.runtime.read().value("SELECT uri FROM statuses WHERE id = $1", status_id)


async def relate(world: World, deed: Any, who: Account, target: Account) -> None:
    async with world.runtime.unit() as unit:
        await deed(unit, who, target)
    await world.settle()


@pytest.mark.parametrize(
    ("policy", "shown"),
    [("none", ["self", "me"]), ("list", ["self", "me", "in"]), ("followed", ["self", "me", "fo"])],
)
async def test_whose_replies_are_shown(world: World, policy: str, shown: list[str]) -> None:
    anna = await world.member("anna")
    first, second, followed, other = [
        await world.stranger(n) for n in ("first", "second", "followed", "other")
    ]
    for target in (first, followed):
        await world.follow(anna, target)
    await world.follow(anna, second, accepted=False)
    roots = {
        "self": await received(world, first),
        "me": await world.post(anna),
        "in": await received(world, second),
        "fo": await received(world, followed),
        "any": await received(world, other),
    }
    await world.settle()
    made = await make(world, anna, first, second, replies_policy=policy)
    # The past of whom she follows is there at once; whoever has not answered her shows nothing.
    assert await in_list(world, made) == [roots["self"]]
    replies = {
        name: await received(world, first, inReplyTo=await uri_of(world, root))
        for name, root in roots.items()
    }
    direct = await received(
        world, first, to=[anna.uri], cc=None, tag=[{"type": "Mention", "href": anna.uri}]
    )
    await world.settle()
    expected = {roots["self"], *(replies[name] for name in shown)}
    assert set(await in_list(world, made)) == expected
    assert direct not in await in_list(world, made)
    # Another rule makes the feed anew.
    await change(world, made, replies_policy="none" if policy != "none" else "list")
    now = ["self", "me"] + (["in"] if policy == "none" else [])
    assert set(await in_list(world, made)) == {roots["self"], *(replies[name] for name in now)}


async def test_members_come_and_go(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    friend, quiet, stranger = [await world.stranger(n) for n in ("friend", "quiet", "stranger")]
    await world.follow(anna, friend)
    await world.follow(anna, quiet, show_reblogs=False)
    old = await received(world, friend)
    await world.settle()
    made = await make(world, anna, friend, quiet, anna)
    mine = await world.post(anna)
    unwanted = await world.post(bert)
    async with world.runtime.unit() as unit:
        boost = await interactions.reblog(unit, anna, unwanted)
    await world.settle()
    assert set(await in_list(world, made)) == {old, mine, boost}
    with pytest.raises(Invalid, match="Account has already been taken"):
        await make_member(world, made, friend)
    with pytest.raises(NotFound):
        await make_member(world, made, stranger)
    with pytest.raises(NotFound):
        async with world.runtime.unit() as unit:
            await service.add_members(unit, bert.id, made.id, [bert.id])
    # Muted, she is left out, and she comes back.
    await relate(world, relationships.mute, anna, friend)
    assert await stored(world, made) == {mine, boost}
    await relate(world, relationships.unmute, anna, friend)
    assert await stored(world, made) == {old, mine, boost}
    async with world.runtime.unit() as unit:
        await service.remove_members(unit, anna.id, made.id, [anna.id, stranger.id])
    assert await stored(world, made) == {old}
    # Whoever is not followed any more is in no list any more.
    await relate(world, relationships.unfollow, anna, friend)
    assert await stored(world, made) == set()
    members = await queries.list_members(world.runtime.read(), made.id, None)
    assert [account_id for _, account_id in members] == [quiet.id]
    await relate(world, relationships.block, anna, quiet)
    assert await queries.list_members(world.runtime.read(), made.id, None) == []


async def make_member(world: World, of: AccountList, who: Account) -> None:
    async with world.runtime.unit() as unit:
        await service.add_members(unit, of.account_id, of.id, [who.id])


async def stored(world: World, of: AccountList) -> set[int]:
    rows = await world.runtime.read().fetch(
        "SELECT status_id FROM list_entries WHERE list_id = $1", of.id
    )
    return {row[0] for row in rows}


async def test_deleted_posts_and_accounts_leave_nothing(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    await world.follow(anna, bert)
    made = await make(world, anna, bert)
    post = await world.post(bert)
    await world.settle()
    assert await stored(world, made) == {post}
    async with world.runtime.unit() as unit:
        await removal.remove(unit, [post])
    await world.settle()
    assert await stored(world, made) == set()
    await world.post(bert)
    await world.settle()
    async with world.runtime.unit() as unit:
        await service.forget_accounts(unit, [anna.id])
    read = world.runtime.read()
    for table in ("lists", "list_members", "list_entries"):
        assert await read.value(f"SELECT count(*) FROM {table}") == 0


async def test_exclusive_lists_keep_their_members_from_home(world: World) -> None:
    anna, bert, carl = [await world.member(name) for name in ("anna", "bert", "carl")]
    for target in (bert, carl):
        await world.follow(anna, target)
    old, other = await world.post(bert), await world.post(carl)
    await world.settle()
    made = await make(world, anna, bert, exclusive=True)
    assert set(await at_home(world, anna)) == {other}
    kept = await world.post(bert)
    mine = await world.post(anna)
    async with world.runtime.unit() as unit:
        boost = await interactions.reblog(unit, carl, kept)
        apart = await interactions.reblog(unit, bert, mine)
    await world.settle()
    # What others boost of them is what the others say.
    assert set(await at_home(world, anna)) == {other, mine, boost}
    assert set(await in_list(world, made)) == {old, kept, apart}
    await check_feeds(world.runtime.read())
    await change(world, made, exclusive=False)
    assert set(await at_home(world, anna)) == {other, mine, boost, old, kept, apart}
    await change(world, made, exclusive=True)
    async with world.runtime.unit() as unit:
        await feeds.rebuild(unit, anna.id)
    assert set(await at_home(world, anna)) == {other, mine, boost}
    async with world.runtime.unit() as unit:
        await service.remove_members(unit, anna.id, made.id, [bert.id])
    await world.settle()
    assert old in await at_home(world, anna)
    await make_member(world, made, bert)
    await world.settle()
    assert old not in await at_home(world, anna)
    # To follow anew brings nothing home either.
    async with world.runtime.unit() as unit:
        await feeds.fill_after_follow(unit, [(anna.id, bert.id)])
    assert old not in await at_home(world, anna)
    async with world.runtime.unit() as unit:
        await service.delete_list(unit, anna.id, made.id)
    await world.settle()
    assert old in await at_home(world, anna)
    await check_feeds(world.runtime.read())


async def test_fan_out_names_lists_and_owners(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    await world.follow(anna, bert)
    one, two = await make(world, anna, bert), await make(world, anna, bert)
    posts = [await world.post(bert, str(number)) for number in range(3)]
    far = await world.stranger("far")
    await world.follow(anna, far)
    await make(world, anna, far)
    item = world.note(far, published="2026-01-31T12:00:00Z")
    await world.receive(item)
    old = await world.status_id(item.note.id)
    assert old is not None
    async with world.runtime.unit() as unit:
        assert set(await list_feeds.fan_out(unit, [old])) == {old}
        assert await list_feeds.fan_out(unit, [old]) == {}
        fanned = await list_feeds.fan_out(unit, posts)
        # Of what is new they are named again: a fill may have been there first.
        assert await list_feeds.fan_out(unit, posts) == fanned
        found = await list_feeds.find_readers(unit, posts)
    expected = {(one.id, anna.id), (two.id, anna.id)}
    assert {post: set(lists) for post, lists in fanned.items()} == dict.fromkeys(posts, expected)
    assert {post: set(lists) for post, lists in found.items()} == dict.fromkeys(posts, expected)


async def test_feeds_are_trimmed(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    await world.follow(anna, bert)
    made = await make(world, anna, bert)
    posts = [await world.post(bert, str(number)) for number in range(6)]
    await world.settle()
    assert await list_feeds.trim_all(world.runtime, keep=4) == 2
    assert await stored(world, made) == set(posts[2:])
    async with world.runtime.unit() as unit:
        await unit.execute("DELETE FROM lists")
    assert await list_feeds.trim_all(world.runtime, keep=4) == 4


async def test_limits(world: World) -> None:
    anna = await world.member("anna")
    for _ in range(50):
        await make(world, anna)
    with pytest.raises(Invalid, match="maximum number of lists"):
        await make(world, anna)
