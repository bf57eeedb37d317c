"""Avatars and headers: cut to shape by the child process, under a new name with each change."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from fedi.core.media.child import decode, workbench
from fedi.core.media.processing import keep_with_still
from fedi.core.media.removal import delete_later
from fedi.events import AccountUpdated
from fedi.kit.errors import NotFound
from fedi.kit.runtime import Runtime
from fedi.kit.unit import Unit

Which = Literal["avatar", "header"]

SHAPES: dict[Which, tuple[int, int]] = {"avatar": (400, 400), "header": (1500, 500)}
_SQL: dict[Which, str] = {
    "avatar": "UPDATE accounts a SET avatar_key = $2, revision = revision + 1 FROM old"
    " WHERE a.id = old.id RETURNING old.avatar_key",
    "header": "UPDATE accounts a SET header_key = $2, revision = revision + 1 FROM old"
    " WHERE a.id = old.id RETURNING old.header_key",
}


async def prepare_image(runtime: Runtime, which: Which, source: Path) -> str:
    """Cut and store a picture; the name under which it lies, for `set_images`.

    Raises:
        Invalid: it is no picture that we read, or too large.
    """
    async with workbench(runtime) as folder, runtime.decoders.short:
        made = await decode(runtime, source, folder, "profile", shape=SHAPES[which])
        key, _ = await keep_with_still(runtime, made)
    return key


async def set_images(unit: Unit, account_id: int, keys: Mapping[Which, str | None]) -> None:
    """Show other pictures on a profile; None for none. The old ones are removed."""
    if not keys:
        return
    for which, key in keys.items():
        rows = await unit.fetch(
            "WITH old AS (SELECT id, avatar_key, header_key FROM accounts"
            " WHERE id = $1 AND domain IS NULL FOR UPDATE) " + _SQL[which],
            account_id,
            key,
        )
        if not rows:
            raise NotFound
        await delete_later(unit, [rows[0][0]])
    unit.record(AccountUpdated(account_id, local=True))


async def set_image(runtime: Runtime, account_id: int, which: Which, source: Path | None) -> None:
    """Change one picture of a profile, or take it away.

    Raises:
        Invalid: it is no picture that we read, or too large.
    """
    key = None if source is None else await prepare_image(runtime, which, source)
    async with runtime.unit() as unit:
        await set_images(unit, account_id, {which: key})
