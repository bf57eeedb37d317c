"""Looking up the emojis of this server."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fedi.kit.unit import ReadUnit

_USED = re.compile(r"(?<![A-Za-z0-9_]):([A-Za-z0-9_]{2,64}):(?![A-Za-z0-9_])")
MAX_USED = 100


@dataclass(frozen=True, slots=True)
class CustomEmoji:
    """An emoji of this server."""

    id: int
    shortcode: str
    category: str | None
    file_key: str
    static_key: str
    content_type: str
    visible_in_picker: bool
    disabled: bool


_COLUMNS = (
    "id, shortcode, category, file_key, static_key, content_type, visible_in_picker, disabled"
)


def find_shortcodes(texts: Iterable[str]) -> list[str]:
    """What looks like an emoji, each once."""
    found = {name: None for text in texts if ":" in text for name in _USED.findall(text)}
    return list(found)[:MAX_USED]


async def find_used(read: ReadUnit, texts: Iterable[str]) -> list[dict[str, Any]]:
    """The emojis of this server in these texts, as `statuses.emojis` and `accounts.emojis` hold."""
    names = find_shortcodes(texts)
    if not names:
        return []
    rows = await read.fetch(
        "SELECT shortcode, file_key, static_key, content_type FROM custom_emojis"
        " WHERE shortcode = ANY($1::text[]) AND NOT disabled ORDER BY shortcode",
        names,
    )
    return [
        {"shortcode": row[0], "key": row[1], "static_key": row[2], "media_type": row[3]}
        for row in rows
    ]


async def find_shown(read: ReadUnit, shortcode: str) -> dict[str, Any] | None:
    """An emoji as others may see it, with the moment since which it looks as it does."""
    row = await read.row(
        "SELECT shortcode, file_key, content_type, updated_at FROM custom_emojis"
        " WHERE shortcode = $1 AND NOT disabled",
        shortcode.replace("\0", ""),
    )
    if row is None:
        return None
    return {"shortcode": row[0], "key": row[1], "media_type": row[2], "updated_at": row[3]}


async def list_visible(read: ReadUnit) -> list[CustomEmoji]:
    """The emojis that apps offer, by name."""
    rows = await read.fetch(
        f"SELECT {_COLUMNS} FROM custom_emojis WHERE NOT disabled ORDER BY shortcode"
    )
    return [CustomEmoji(*row) for row in rows]


async def list_all(read: ReadUnit) -> list[CustomEmoji]:
    """All emojis, by name."""
    rows = await read.fetch(f"SELECT {_COLUMNS} FROM custom_emojis ORDER BY shortcode")
    return [CustomEmoji(*row) for row in rows]
