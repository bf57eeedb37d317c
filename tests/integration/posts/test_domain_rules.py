"""Rules for a domain hold whichever way a post takes."""

from dataclasses import replace
from typing import Any

import pytest

from fedi.core.accounts.queries import find_by_ids
from fedi.core.accounts.types import Account
from fedi.core.domains.service import Rule, block
from fedi.core.statuses import receive
from tests.integration.posts.world import World

PICTURE = {"type": "Image", "url": "https://far.test/p.png", "mediaType": "image/png"}


async def ruled(world: World) -> Account:
    far = await world.stranger("far")
    rule = Rule(severity="noop", reject_media=True, force_sensitive=True)
    async with world.runtime.unit() as unit:
        await block(unit, "far.test", rule)
        return (await find_by_ids(unit, [far.id]))[far.id]


async def stored(world: World) -> tuple[bool, int]:
    row = await world.runtime.read().row("SELECT sensitive, attachments FROM statuses")
    assert row is not None
    return row["sensitive"], len(row["attachments"])


@pytest.mark.parametrize("are_news", [True, False])
async def test_posts_that_come_and_posts_that_are_fetched(world: World, are_news: bool) -> None:
    far = await ruled(world)
    async with world.runtime.unit() as unit:
        note = world.note(far, attachment=[PICTURE])
        await receive.receive_notes(unit, [note], are_news=are_news)
    assert await stored(world) == (True, 0)


async def test_edits(world: World) -> None:
    far = await ruled(world)
    before = world.note(far)
    await world.receive(before)
    changes: dict[str, Any] = {"content": "<p>with a picture</p>", "attachment": [PICTURE]}
    after = world.note(
        far, id=before.note.id, updated="2999-01-01T00:00:00Z", sensitive=False, **changes
    )
    async with world.runtime.unit() as unit:
        await receive.receive_updates(unit, [replace(after, account=far)])
    assert await stored(world) == (True, 0)
    assert "with a picture" in await world.runtime.read().value("SELECT content FROM statuses")
