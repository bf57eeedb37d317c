"""Questions about hashtags: a fixed number of statements, however many are asked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fedi.core.tags.types import DAYS, Day, FeaturedTag, Tag
from fedi.kit.ids import id_time, make_id
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit

# So many posts of one day are counted at most: of one tag by itself, and of each among many.
_COUNTED = 2000
_COUNTED_EACH = 100

_TAGS = """
SELECT q.name, t.id,
  EXISTS (SELECT 1 FROM tag_follows f WHERE f.name = q.name AND f.account_id = $1),
  EXISTS (SELECT 1 FROM featured_tags f WHERE f.account_id = $1 AND f.name = q.name)
FROM unnest($2::text[]) WITH ORDINALITY AS q(name, n) LEFT JOIN tags t ON t.name = q.name
ORDER BY q.n
"""
_HISTORY = """
SELECT q.name, d.low, c.uses, c.accounts FROM unnest($1::text[]) AS q(name)
CROSS JOIN unnest($2::bigint[], $3::bigint[]) AS d(low, high)
CROSS JOIN LATERAL (SELECT count(*) AS uses, count(DISTINCT r.account_id) AS accounts
  FROM (SELECT t.account_id FROM status_tags t WHERE t.name = q.name
    AND t.status_id >= d.low AND t.status_id < d.high LIMIT {most}) r) c
WHERE c.uses > 0
"""
_FEATURED = """
SELECT f.id, f.name, c.posts, c.newest FROM featured_tags f
CROSS JOIN LATERAL (SELECT count(*) AS posts, max(t.status_id) AS newest FROM status_tags t
  WHERE t.account_id = f.account_id AND t.name = f.name) c
WHERE f.account_id = $1 ORDER BY f.id
"""


async def find_tags(read: ReadUnit, viewer_id: int | None, names: Sequence[str]) -> list[Tag]:
    """Hashtags by their keys, in the order asked, with their use over the last days."""
    if not names:
        return []
    names = list(dict.fromkeys(names))
    rows = await read.fetch(_TAGS, viewer_id, names)
    used = await _history(read, names)
    is_anybody = viewer_id is None
    return [
        Tag(
            id=row[1],
            name=row[0],
            history=used[row[0]],
            following=None if is_anybody else row[2],
            featuring=None if is_anybody else row[3],
        )
        for row in rows
    ]


async def get_tag(read: ReadUnit, viewer_id: int | None, name: str) -> Tag:
    """One hashtag, whether or not anybody has used it."""
    return (await find_tags(read, viewer_id, [name]))[0]


async def _history(read: ReadUnit, names: Sequence[str]) -> dict[str, tuple[Day, ...]]:
    days = _days(read.now())
    lows = [make_id(day, 0) for day in days]
    highs = [make_id(day + timedelta(days=1), 0) for day in days]
    most = _COUNTED if len(names) == 1 else _COUNTED_EACH
    rows = await read.fetch(_HISTORY.format(most=most), names, lows, highs)
    found = {(row[0], row[1]): (row[2], row[3]) for row in rows}
    return {
        name: tuple(
            Day(day, *found.get((name, low), (0, 0))) for day, low in zip(days, lows, strict=True)
        )
        for name in names
    }


def _days(now: datetime) -> list[datetime]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return [today - timedelta(days=number) for number in range(DAYS)]


async def find_name(read: ReadUnit, tag_id: int) -> str | None:
    """The key of a hashtag by its id."""
    name: str | None = await read.value("SELECT name FROM tags WHERE id = $1", tag_id)
    return name


async def list_followed(read: ReadUnit, account_id: int, page: Page) -> list[tuple[int, str]]:
    """The hashtags that a member follows, newest first, as (cursor, key)."""
    bounds, values = page.bounds_sql("f.id", 2)
    rows = await read.fetch(
        f"SELECT f.id, f.name FROM tag_follows f WHERE f.account_id = $1{bounds}"
        f" ORDER BY f.id {page.direction} LIMIT {int(page.limit)}",
        account_id,
        *values,
    )
    return [(row[0], row[1]) for row in page.newest_first(rows)]


async def list_featured(read: ReadUnit, account_id: int) -> list[FeaturedTag]:
    """The hashtags on a member's profile, in the order in which they came there."""
    rows = await read.fetch(_FEATURED, account_id)
    return [
        FeaturedTag(row[0], row[1], row[2], None if row[3] is None else id_time(row[3]))
        for row in rows
    ]


async def list_used(read: ReadUnit, account_id: int, limit: int = 10) -> list[str]:
    """What a member could feature: the hashtags they use most and do not feature yet."""
    rows = await read.fetch(
        "SELECT t.name FROM status_tags t WHERE t.account_id = $1 AND NOT EXISTS (SELECT 1"
        "   FROM featured_tags f WHERE f.account_id = $1 AND f.name = t.name)"
        " GROUP BY t.name ORDER BY count(*) DESC, t.name LIMIT $2",
        account_id,
        limit,
    )
    return [row[0] for row in rows]
