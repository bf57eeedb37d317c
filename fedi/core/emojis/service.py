"""Adding and removing the emojis of this server."""

import re
from pathlib import Path

from fedi.core.media.child import decode, size_of, workbench
from fedi.core.media.limits import content_type
from fedi.core.media.processing import keep_with_still
from fedi.core.media.removal import delete_later
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.runtime import Runtime
from fedi.kit.unit import Unit

SHORTCODE = re.compile(r"[A-Za-z0-9_]{2,64}")
# What other servers still take.
MAX_BYTES = 262_144
_SIDE = 256


async def add_emoji(
    runtime: Runtime, shortcode: str, source: Path, category: str | None = None
) -> int:
    """Store an emoji, in place of the one that had this name; its id.

    Raises:
        Invalid: the name cannot be typed as an emoji, or the file is no picture that we read.
    """
    if not SHORTCODE.fullmatch(shortcode):
        raise Invalid("A shortcode has 2 to 64 letters, digits and underscores", field="shortcode")
    if size_of(source) > MAX_BYTES:
        raise Invalid(f"An emoji has at most {MAX_BYTES // 1024} kB", field="file")
    async with workbench(runtime) as folder, runtime.decoders.short:
        # Made anew: nothing of the file is believed.
        made = await decode(runtime, source, folder, "emoji", shape=(_SIDE, _SIDE))
        file_key, static_key = await keep_with_still(runtime, made)
    async with runtime.unit() as unit:
        await _forget(unit, shortcode)
        emoji_id = await unit.new_id()
        now = unit.now()
        await unit.execute(
            "INSERT INTO custom_emojis (id, shortcode, category, file_key, static_key,"
            " content_type, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
            emoji_id,
            shortcode,
            category,
            file_key,
            static_key,
            content_type(file_key),
            now,
        )
    return emoji_id


async def remove_emoji(unit: Unit, shortcode: str) -> None:
    """Take an emoji away; posts that have it show its name from now on.

    Raises:
        NotFound: there is none of this name.
    """
    if not await _forget(unit, shortcode):
        raise NotFound(f"There is no emoji {shortcode!r} here.")


async def _forget(unit: Unit, shortcode: str) -> bool:
    row = await unit.row(
        "DELETE FROM custom_emojis WHERE shortcode = $1 RETURNING file_key, static_key", shortcode
    )
    if row is not None:
        await delete_later(unit, [row["file_key"], row["static_key"]])
    return row is not None
