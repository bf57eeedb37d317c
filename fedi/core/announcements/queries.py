"""The announcements that are shown now."""

from collections.abc import Sequence
from dataclasses import replace

from fedi.core.announcements.types import Announcement, Reaction
from fedi.core.emojis.queries import find_used
from fedi.kit.errors import NotFound
from fedi.kit.unit import ReadUnit

MOST_SHOWN = 100
# An announcement of something that is over goes by itself.
_CURRENT = "n.published_at <= $2 AND (n.ends_at IS NULL OR n.ends_at > $2)"
_SELECT = """
SELECT n.id, n.text, n.content, n.starts_at, n.ends_at, n.all_day, n.published_at, n.updated_at,
  EXISTS (SELECT 1 FROM announcement_reads r WHERE r.announcement_id = n.id
    AND r.account_id = $1) AS read
FROM announcements n
"""
_REACTIONS = """
SELECT r.announcement_id, r.name, count(*), coalesce(bool_or(r.account_id = $1), false) AS me
FROM announcement_reactions r WHERE r.announcement_id = ANY($2::bigint[])
GROUP BY r.announcement_id, r.name ORDER BY r.announcement_id, min(r.created_at), r.name
"""


async def list_announcements(read: ReadUnit, viewer_id: int | None) -> list[Announcement]:
    """What is announced now, with the reactions, oldest first."""
    rows = await read.fetch(
        f"{_SELECT} WHERE {_CURRENT} ORDER BY n.id LIMIT {MOST_SHOWN}", viewer_id, read.now()
    )
    return await _complete(read, viewer_id, [Announcement(*row) for row in rows])


async def get_announcement(
    read: ReadUnit, viewer_id: int | None, announcement_id: int
) -> Announcement:
    """One announcement that is shown now.

    Raises:
        NotFound: there is none.
    """
    row = await read.row(
        f"{_SELECT} WHERE n.id = $3 AND {_CURRENT}", viewer_id, read.now(), announcement_id
    )
    if row is None:
        raise NotFound
    return (await _complete(read, viewer_id, [Announcement(*row)]))[0]


async def list_all(read: ReadUnit) -> list[Announcement]:
    """Every announcement, also those of what is over, for admins."""
    rows = await read.fetch(f"{_SELECT} ORDER BY n.id", None)
    return [Announcement(*row) for row in rows]


async def _complete(
    read: ReadUnit, viewer_id: int | None, found: Sequence[Announcement]
) -> list[Announcement]:
    if not found:
        return []
    rows = await read.fetch(_REACTIONS, viewer_id, [item.id for item in found])
    texts = [item.text for item in found] + [f":{row[1]}:" for row in rows]
    emojis = {emoji["shortcode"]: emoji for emoji in await find_used(read, texts)}
    reactions: dict[int, list[Reaction]] = {}
    for announcement_id, name, count, me in rows:
        reactions.setdefault(announcement_id, []).append(
            Reaction(name, count, me, emojis.get(name))
        )
    return [
        replace(
            item,
            reactions=reactions.get(item.id, []),
            emojis=[emoji for name, emoji in emojis.items() if f":{name}:" in item.text],
        )
        for item in found
    ]
