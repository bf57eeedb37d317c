"""What tests of writing share: files that are ready, and edits."""

from typing import Any

from fedi.core.accounts.types import Account
from fedi.core.statuses import compose
from fedi.core.statuses.types import Prepared, StatusChanges
from tests.integration.posts.world import World


async def upload(world: World, author: Account, kind: str = "image", **columns: Any) -> int:
    """A file that is ready to be posted."""
    async with world.runtime.unit() as unit:
        media_id = await unit.new_id()
        values = {
            "id": media_id,
            "account_id": author.id,
            "type": kind,
            "state": 1,
            "file_key": f"{'a' * 32}.png",
            "preview_key": f"{'b' * 32}.png",
            "content_type": "image/png",
            "description": "a bee",
            "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
            "meta": {"original": {"width": 4, "height": 3}, "focus": {"x": 0.5, "y": -0.25}},
            "created_at": unit.now(),
            **columns,
        }
        await unit.execute(
            f"INSERT INTO media_attachments ({', '.join(values)})"
            f" VALUES ({', '.join(f'${n + 1}' for n in range(len(values)))})",
            *values.values(),
        )
        return media_id


async def change(world: World, author: Account, status_id: int, text: str, **fields: Any) -> None:
    mentions = fields.pop("mentions", {})
    async with world.runtime.unit() as unit:
        await compose.edit(
            unit,
            world.runtime.settings,
            author,
            status_id,
            StatusChanges(text, **fields),
            Prepared(mentions),
        )


async def row(world: World, table: str, row_id: int) -> Any:
    found = await world.runtime.read().row(f"SELECT * FROM {table} WHERE id = $1", row_id)
    assert found is not None
    return found
