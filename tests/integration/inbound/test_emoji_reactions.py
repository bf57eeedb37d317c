"""Reactions with emojis, as all kinds of servers write them, and their Undos."""

from typing import Any

import pytest

from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import Person
from tests.rig.aftermath import settle

REFUSED = 4


@pytest.fixture
async def bob(world: World) -> Person:
    return world.far.actor("p.far.test", "bob")


@pytest.fixture
async def post(world: World) -> str:
    """A post of Alice's."""
    origin = world.runtime.settings.origin
    async with world.runtime.unit() as unit:
        number = await unit.new_id()
        uri = f"{origin}/ap/users/{world.alice.id}/statuses/{number}"
        await unit.execute(
            "INSERT INTO statuses (id, uri, account_id, local, visibility, content, created_at)"
            " VALUES ($1, $2, $3, true, 0, 'x', now())",
            number,
            uri,
            world.alice.id,
        )
    return uri


def custom(name: str = ":blob:", **more: Any) -> dict[str, Any]:
    icon = {"type": "Image", "url": "https://p.far.test/blob.png"}
    return {"content": name, "tag": [{"type": "Emoji", "name": name, "icon": icon, **more}]}


def like(person: Person, post: str, content: str, **more: Any) -> dict[str, Any]:
    return person.does("Like", post, content=content, _misskey_reaction=content, **more)


async def state(world: World) -> tuple[list[str], list[bool], int, int]:
    """Emojis, likes (whether only for the sake of reactions), and both counters."""
    read = world.runtime.db
    names = [r[0] for r in await read.fetch("SELECT name FROM status_reactions ORDER BY name")]
    likes = [r[0] for r in await read.fetch("SELECT by_reaction FROM favourites ORDER BY id")]
    row = await read.row("SELECT favourites_count, reactions_count FROM status_stats")
    favourites, reactions = row or (0, 0)
    return names, likes, favourites, reactions


async def told(world: World) -> list[Any]:
    await settle(world.runtime)
    return [
        (row["type"], row["details"], row["hidden_at"] is not None)
        for row in await world.runtime.db.fetch(
            "SELECT type, details, hidden_at FROM notifications ORDER BY id"
        )
    ]


@pytest.mark.parametrize("kind", ["EmojiReact", "http://litepub.social/ns#EmojiReact"])
async def test_an_emoji_react_is_one_like_and_told_of_once(
    world: World, bob: Person, post: str, kind: str
) -> None:
    one = bob.does(kind, post, content="🐝")
    two = bob.does(kind, post, **custom(id=None))
    for activity in (one, two, one):
        await world.deliver(bob, activity)
    assert await state(world) == (["blob@p.far.test", "🐝"], [True], 1, 2)
    [(what, details, hidden)] = await told(world)
    assert (what, hidden) == ("favourite", False)
    assert details["emoji"] in {"🐝", "blob@p.far.test"}


async def test_what_is_no_emoji_is_refused(world: World, bob: Person, post: str) -> None:
    for said in ({"content": "nice"}, {"content": ":blob:"}, {}):
        [(ended, _)] = await world.deliver(bob, bob.does("EmojiReact", post, **said))
        assert ended == REFUSED
    assert await state(world) == ([], [], 0, 0)


async def test_one_actor_has_so_many_and_no_more(world: World, bob: Person, post: str) -> None:
    signs = [chr(0x1F400 + n) for n in range(14)]
    await world.deliver(bob, *(bob.does("EmojiReact", post, content=s) for s in signs[:8]))
    await world.deliver(bob, *(bob.does("EmojiReact", post, content=s) for s in signs[8:]))
    names, likes, favourites, reactions = await state(world)
    assert (len(names), likes, favourites, reactions) == (10, [True], 1, 10)


async def test_of_likes_with_emojis_the_last_one_counts(
    world: World, bob: Person, post: str
) -> None:
    await world.deliver(bob, like(bob, post, "🐝"))
    assert await state(world) == (["🐝"], [True], 1, 1)
    await world.deliver(bob, like(bob, post, "🎉"))
    assert await state(world) == (["🎉"], [True], 1, 1)
    await world.deliver(bob, like(bob, post, "❤"))
    assert await state(world) == ([], [False], 1, 0)
    await world.deliver(bob, like(bob, post, "🐝"))
    assert await state(world) == (["🐝"], [True], 1, 1)
    assert [(what, hidden) for what, _, hidden in await told(world)] == [("favourite", False)]


async def test_a_like_and_reactions_stand_beside_each_other(
    world: World, bob: Person, post: str
) -> None:
    liked = bob.does("Like", post)
    await world.deliver(bob, liked)
    reacted = bob.does("EmojiReact", post, content="🐝")
    await world.deliver(bob, reacted)
    assert await state(world) == (["🐝"], [False], 1, 1)
    await world.deliver(bob, bob.does("Undo", liked))
    assert await state(world) == (["🐝"], [True], 1, 1)
    await world.deliver(bob, bob.does("Undo", liked))
    assert await state(world) == (["🐝"], [True], 1, 1)
    await world.deliver(bob, bob.does("Undo", reacted))
    assert await state(world) == ([], [], 0, 0)
    assert [hidden for _, _, hidden in await told(world)] == [True]


def undos(deed: dict[str, Any]) -> dict[str, Any]:
    """The ways to name what is undone."""
    bare = {name: deed[name] for name in ("type", "actor", "object")}
    emoji = {"content": deed["content"]}
    return {
        "id": deed["id"],
        "embedded": deed,
        "partial": {**bare, "id": deed["id"]},
        "nameless": {**bare, **emoji},
    }


@pytest.mark.parametrize("how", ["id", "embedded", "partial", "nameless"])
@pytest.mark.parametrize("content", ["🐝", ":blob:"])
@pytest.mark.parametrize("kind", ["EmojiReact", "Like"])
async def test_undo_in_any_form_and_any_order(
    world: World, bob: Person, post: str, kind: str, content: str, how: str
) -> None:
    more = custom() if content == ":blob:" else {"content": content}
    deed = bob.does(kind, post, **more)
    await world.deliver(bob, deed)
    assert len((await state(world))[0]) == 1
    await world.deliver(bob, bob.does("Undo", undos(deed)[how]))
    assert await state(world) == ([], [], 0, 0)
    # It does not come back; one that is new does.
    await world.runtime.db.fetch("DELETE FROM inbound")
    await world.deliver(bob, deed)
    assert await state(world) == ([], [], 0, 0)
    await world.deliver(bob, bob.does(kind, post, **more))
    assert len((await state(world))[0]) == 1


@pytest.mark.parametrize("kind", ["EmojiReact", "Like"])
async def test_an_undo_that_came_first(world: World, bob: Person, post: str, kind: str) -> None:
    await world.deliver(bob, bob.does("Like", "https://a.test/nothing"))
    deed = bob.does(kind, post, content="🐝")
    await world.deliver(bob, bob.does("Undo", deed))
    await world.deliver(bob, deed)
    assert await state(world) == ([], [], 0, 0)


async def test_nobody_takes_back_what_others_said(world: World, bob: Person, post: str) -> None:
    deed = bob.does("EmojiReact", post, content="🐝")
    await world.deliver(bob, deed)
    eve = world.far.actor("p.far.test", "eve")
    await world.deliver(eve, eve.does("Undo", deed["id"]))
    await world.deliver(eve, eve.does("Undo", {**deed, "actor": eve.uri}))
    assert (await state(world))[0] == ["🐝"]


async def test_whom_the_author_blocks_does_not_react(world: World, bob: Person, post: str) -> None:
    await world.deliver(bob, bob.does("Like", "https://a.test/nothing"))
    await world.runtime.db.fetch(
        "INSERT INTO blocks (id, account_id, target_id)"
        " SELECT 1, $1, id FROM accounts WHERE uri = $2",
        world.alice.id,
        bob.uri,
    )
    await world.deliver(bob, bob.does("EmojiReact", post, content="🐝"))
    assert await state(world) == ([], [], 0, 0)


async def test_an_emoji_is_ours_only_where_it_lies_here(
    world: World, bob: Person, post: str
) -> None:
    icon = {"type": "Image", "url": "https://p.far.test/evil.png"}
    tag = [{"type": "Emoji", "name": ":blob@a.test:", "icon": icon}]
    await world.deliver(bob, bob.does("EmojiReact", post, content=":blob@a.test:", tag=tag))
    icon["url"] = "https://a.test/media/x.png"
    await world.deliver(bob, bob.does("EmojiReact", post, content=":blob@a.test:", tag=tag))
    assert (await state(world))[0] == ["blob", "blob@p.far.test"]
