"""The filters of members, whole."""

from collections.abc import Sequence

import asyncpg

from fedi.core.filters.types import Filter, Keyword
from fedi.kit.errors import NotFound
from fedi.kit.unit import ReadUnit

_SELECT = """
SELECT f.id, f.account_id, f.title, f.contexts, f.action, f.expires_at,
  (SELECT coalesce(array_agg(k.id ORDER BY k.id), '{}') FROM filter_keywords k
    WHERE k.filter_id = f.id) AS keyword_ids,
  (SELECT coalesce(array_agg(k.keyword ORDER BY k.id), '{}') FROM filter_keywords k
    WHERE k.filter_id = f.id) AS keywords,
  (SELECT coalesce(array_agg(k.whole_word ORDER BY k.id), '{}') FROM filter_keywords k
    WHERE k.filter_id = f.id) AS whole_words,
  (SELECT coalesce(array_agg(s.id ORDER BY s.id), '{}') FROM filter_statuses s
    WHERE s.filter_id = f.id) AS entry_ids,
  (SELECT coalesce(array_agg(s.status_id ORDER BY s.id), '{}') FROM filter_statuses s
    WHERE s.filter_id = f.id) AS status_ids
FROM filters f
"""


async def list_filters(read: ReadUnit, account_ids: Sequence[int]) -> dict[int, list[Filter]]:
    """All filters of some members, oldest first; whether one has expired is the caller's look-out.

    Every account that was asked for is in the answer.
    """
    found: dict[int, list[Filter]] = {account_id: [] for account_id in account_ids}
    if not found:
        return found
    rows = await read.fetch(
        f"{_SELECT} WHERE f.account_id = ANY($1::bigint[]) ORDER BY f.id", list(found)
    )
    for row in rows:
        found[row["account_id"]].append(_build(row))
    return found


async def get_filter(read: ReadUnit, account_id: int, filter_id: int) -> Filter:
    """One filter of a member.

    Raises:
        NotFound: there is none.
    """
    return await _get(read, "f.id = $1", filter_id, account_id)


async def get_by_keyword(read: ReadUnit, account_id: int, keyword_id: int) -> Filter:
    """The member's filter that has this keyword.

    Raises:
        NotFound: there is none.
    """
    rule = "f.id = (SELECT filter_id FROM filter_keywords WHERE id = $1)"
    return await _get(read, rule, keyword_id, account_id)


async def get_by_entry(read: ReadUnit, account_id: int, entry_id: int) -> Filter:
    """The member's filter that names a single post by this entry.

    Raises:
        NotFound: there is none.
    """
    rule = "f.id = (SELECT filter_id FROM filter_statuses WHERE id = $1)"
    return await _get(read, rule, entry_id, account_id)


async def _get(read: ReadUnit, rule: str, number: int, account_id: int) -> Filter:
    row = await read.row(f"{_SELECT} WHERE {rule} AND f.account_id = $2", number, account_id)
    if row is None:
        raise NotFound
    return _build(row)


def _build(row: asyncpg.Record) -> Filter:
    keywords = zip(row["keyword_ids"], row["keywords"], row["whole_words"], strict=True)
    return Filter(
        id=row["id"],
        account_id=row["account_id"],
        title=row["title"],
        contexts=tuple(row["contexts"]),
        action=row["action"],
        expires_at=row["expires_at"],
        keywords=tuple(Keyword(*keyword) for keyword in keywords),
        status_ids=dict(zip(row["entry_ids"], row["status_ids"], strict=True)),
    )
