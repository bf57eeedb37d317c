"""What is said once more, because its Undo meant more to some than it said."""

from typing import Any

import pytest

from fedi.core.interactions import favourite, react, unfavourite, unreact
from tests.integration.outbound.conftest import World
from tests.integration.outbound.test_people import account
from tests.integration.outbound.test_publish import sent
from tests.rig.aftermath import settle

NOTE = "http://bo.peers.test/notes/1"


@pytest.fixture
async def post(world: World) -> int:
    bo = await world.account("bo", "bo.peers.test")
    return await world.status(bo, local=False, uri=NOTE)


async def do(world: World, deed: Any, post: int, *more: str) -> None:
    async with world.runtime.unit() as unit:
        await deed(unit, await account(world, world.alice), post, *more)
    await settle(world.runtime)


def short(document: dict[str, Any]) -> tuple[str, str | None]:
    """The type, and the emoji that is said or taken back."""
    thing = document["object"]
    said = thing if isinstance(thing, dict) else document
    return document["type"], said.get("content")


async def heard(world: World) -> list[tuple[str, str | None]]:
    """What the author's server is told, in this order."""
    rows = await world.runtime.db.fetch("SELECT activity_id FROM deliveries ORDER BY id")
    documents = dict(
        zip(
            [
                row["id"]
                for row in await world.runtime.db.fetch("SELECT id FROM activities ORDER BY id")
            ],
            [document for document, _ in await sent(world)],
            strict=True,
        )
    )
    return [short(documents[row["activity_id"]]) for row in rows]


async def test_of_two_reactions_the_one_that_stands(world: World, post: int) -> None:
    await do(world, react, post, "🐝")
    await do(world, react, post, "🎉")
    before = [document["id"] for document, _ in await sent(world)]
    await do(world, unreact, post, "🐝")
    assert await heard(world) == [("Like", "🐝"), ("Undo", "🐝"), ("Like", "🎉")]
    documents = [document for document, _ in await sent(world)]
    # The same one again: who has kept it knows it.
    assert documents[2]["id"] == before[1]
    await do(world, unreact, post, "🎉")
    assert (await heard(world))[3:] == [("Undo", "🎉")]


async def test_a_like_that_stands(world: World, post: int) -> None:
    await do(world, favourite, post)
    await do(world, react, post, "🐝")
    await do(world, unreact, post, "🐝")
    assert await heard(world) == [("Like", "🐝"), ("Undo", "🐝"), ("Like", None)]


async def test_who_likes_no_more_says_nothing_again(world: World, post: int) -> None:
    for name in ("🐝", "🎉"):
        await do(world, react, post, name)
    await do(world, unfavourite, post)
    assert [kind for kind, _ in await heard(world)] == ["Like", "Like", "Undo", "Undo"]
