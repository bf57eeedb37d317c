"""Heads: what a page of posts needs beyond cached renderings, always by one statement."""

from collections.abc import Sequence

import asyncpg

from fedi.core.statuses.policy import seen_sql, wanted_sql
from fedi.core.statuses.types import Head
from fedi.kit.errors import NotFound
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit

# The post is `s`, its author `a` with counters `n`; of a boost the original is `o`, `oa`, `on_`.
HEAD_TABLES = (
    " JOIN accounts a ON a.id = s.account_id"
    " LEFT JOIN account_stats n ON n.account_id = s.account_id"
    " LEFT JOIN statuses o ON o.id = s.reblog_of_id"
    " LEFT JOIN accounts oa ON oa.id = o.account_id"
    " LEFT JOIN account_stats on_ ON on_.account_id = o.account_id"
    " LEFT JOIN status_stats c ON c.status_id = coalesce(s.reblog_of_id, s.id)"
)


def head_columns(viewer: str) -> str:
    """The columns of a `Head`, in its order, over `HEAD_TABLES`.

    OFFSET 0: one index probe for each flag, instead of a hash of all that the viewer ever liked.
    """
    target = "coalesce(s.reblog_of_id, s.id)"
    return (
        "s.id, s.account_id, s.revision, a.revision, coalesce(n.followers_count, 0),"
        " coalesce(n.following_count, 0), coalesce(n.statuses_count, 0), n.last_status_at,"
        " s.reblog_of_id, o.account_id, o.revision, oa.revision,"
        " coalesce(on_.followers_count, 0), coalesce(on_.following_count, 0),"
        " coalesce(on_.statuses_count, 0), on_.last_status_at,"
        " coalesce(c.replies_count, 0), coalesce(c.reblogs_count, 0),"
        " coalesce(c.favourites_count, 0),"
        f" EXISTS (SELECT 1 FROM favourites hf WHERE hf.status_id = {target}"
        f"   AND hf.account_id = {viewer} OFFSET 0),"
        f" EXISTS (SELECT 1 FROM statuses hr WHERE hr.reblog_of_id = {target}"
        f"   AND hr.account_id = {viewer} OFFSET 0),"
        f" EXISTS (SELECT 1 FROM bookmarks hb WHERE hb.status_id = {target}"
        f"   AND hb.account_id = {viewer} OFFSET 0),"
        " false"
    )


def head_visible(viewer: str) -> str:
    """The visibility rule over `HEAD_TABLES`, for the post and the original of a boost."""
    return (
        f"{seen_sql('s', 'a', viewer)}"
        f" AND (s.reblog_of_id IS NULL OR {seen_sql('o', 'oa', viewer)})"
    )


def bounds_sql(page: Page, column: str, number: int) -> tuple[str, list[int]]:
    """The cursors of a page as conditions, with their values from parameter `number` on.

    A bound that the page does not have is not written: the planner would take it for a filter
    that leaves few rows, and would not read from the end of the index.
    """
    text = ""
    values: list[int] = []
    for sign, value, is_bound in (
        (">", page.above, page.above > 0),
        ("<", page.below, page.max_id is not None),
    ):
        if is_bound:
            text += f" AND {column} {sign} ${number + len(values)}"
            values.append(value)
    return text, values


HEAD_WIDTH = len(Head._fields)


def build_heads(rows: Sequence[asyncpg.Record]) -> list[Head]:
    """The heads in rows that begin with `head_columns`."""
    return [Head(*row[:HEAD_WIDTH]) for row in rows]


_HEADS = (
    f"SELECT {head_columns('$1::bigint')}"
    " FROM unnest($2::bigint[]) WITH ORDINALITY AS asked(id, n)"
    f" JOIN statuses s ON s.id = asked.id{HEAD_TABLES}"
    f" WHERE {head_visible('$1::bigint')} ORDER BY asked.n"
)
_WANTED_HEADS = _HEADS.replace(
    " ORDER BY",
    " AND ($1::bigint IS NULL OR "
    + wanted_sql("$1::bigint", ("s.account_id", "o.account_id"))
    + ") ORDER BY",
)


async def heads(
    read: ReadUnit, viewer_id: int | None, ids: Sequence[int], *, wanted: bool = False
) -> list[Head]:
    """Those of the posts that the viewer may see, in the order of `ids`.

    `wanted` also leaves out whom the viewer blocks or mutes.
    """
    if not ids:
        return []
    sql = _WANTED_HEADS if wanted else _HEADS
    return build_heads(await read.fetch(sql, viewer_id, list(ids)))


async def get_visible(read: ReadUnit, viewer_id: int | None, status_id: int) -> Head:
    """One post.

    Raises:
        NotFound: there is none, or not for this viewer: the two are never told apart.
    """
    found = await heads(read, viewer_id, [status_id])
    if not found:
        raise NotFound
    return found[0]
