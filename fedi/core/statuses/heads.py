"""Heads: what a page of posts needs beyond cached renderings, always by one statement."""

from collections.abc import Sequence

import asyncpg

from fedi.core.accounts.heads import counter_columns
from fedi.core.statuses.policy import quoting_sql, seen_sql, wanted_sql
from fedi.core.statuses.types import Head
from fedi.kit.errors import NotFound
from fedi.kit.unit import ReadUnit

_POST_TABLES = (
    " JOIN accounts a ON a.id = s.account_id"
    " LEFT JOIN account_stats n ON n.account_id = s.account_id"
)
# The post is `s`, its author `a` with counters `n`; of a boost the original is `o`, `oa`, `on_`.
HEAD_TABLES = (
    f"{_POST_TABLES} LEFT JOIN statuses o ON o.id = s.reblog_of_id"
    " LEFT JOIN accounts oa ON oa.id = o.account_id"
    " LEFT JOIN account_stats on_ ON on_.account_id = o.account_id"
    " LEFT JOIN status_stats c ON c.status_id = coalesce(s.reblog_of_id, s.id)"
)
# The same for pages without boosts, at two thirds of the cost; `plain_visible` is their rule.
PLAIN_TABLES = f"{_POST_TABLES} LEFT JOIN status_stats c ON c.status_id = s.id"
# And where there may be no post at all; then the first column is NULL.
LEFT_PLAIN_TABLES = PLAIN_TABLES.replace(" JOIN accounts a ", " LEFT JOIN accounts a ", 1)

_ORIGINAL = (
    "s.reblog_of_id, o.account_id, o.revision, oa.revision,"
    f" {counter_columns('on_')}, on_.last_status_at"
)
_NO_ORIGINAL = "NULL::bigint, NULL::bigint, NULL::int, NULL::int, 0, 0, 0, NULL::timestamptz"


def head_columns(viewer: str, *, boosts: bool = True) -> str:
    """The columns of a `Head`, in its order, over `HEAD_TABLES` (without boosts: `PLAIN_TABLES`).

    OFFSET 0: one index probe for each flag, instead of a hash of all that the viewer ever liked.
    Threads that are muted are few, so they are looked up once for the whole page.
    """
    target = "coalesce(s.reblog_of_id, s.id)" if boosts else "s.id"
    said = "coalesce(o.{0}, s.{0})" if boosts else "s.{0}"
    author, thread = said.format("account_id"), said.format("conversation_id")
    return (
        f"s.id, s.account_id, s.revision, a.revision, {counter_columns('n')}, n.last_status_at,"
        f" {_ORIGINAL if boosts else _NO_ORIGINAL},"
        " coalesce(c.replies_count, 0), coalesce(c.reblogs_count, 0),"
        " coalesce(c.favourites_count, 0),"
        f" EXISTS (SELECT 1 FROM favourites hf WHERE hf.status_id = {target}"
        f"   AND hf.account_id = {viewer} OFFSET 0),"
        f" EXISTS (SELECT 1 FROM statuses hr WHERE hr.reblog_of_id = {target}"
        f"   AND hr.account_id = {viewer} OFFSET 0),"
        f" EXISTS (SELECT 1 FROM bookmarks hb WHERE hb.status_id = {target}"
        f"   AND hb.account_id = {viewer} OFFSET 0),"
        f" {thread} IS NOT NULL AND {thread} = ANY(ARRAY(SELECT hm.conversation_id"
        f"   FROM conversation_mutes hm WHERE hm.account_id = {viewer})),"
        f" {author} = {viewer} IS TRUE AND EXISTS (SELECT 1 FROM status_pins hp"
        f"   WHERE hp.status_id = {target} AND hp.account_id = {viewer} OFFSET 0),"
        f" {said.format('poll_id')}, {said.format('quote_id')}, coalesce(c.quotes_count, 0),"
        f" {_quoting(viewer, said)}, coalesce(c.reactions_count, 0),"
        " c.origin_replies_count, c.origin_reblogs_count, c.origin_favourites_count"
    )


def _quoting(viewer: str, said: str) -> str:
    return quoting_sql(
        viewer,
        author=said.format("account_id"),
        visibility=said.format("visibility"),
        policy=said.format("quote_policy"),
        manual=said.format("quote_manual"),
    )


def head_visible(viewer: str) -> str:
    """The visibility rule over `HEAD_TABLES`, for the post and the original of a boost."""
    return (
        f"{seen_sql('s', 'a', viewer)}"
        f" AND (s.reblog_of_id IS NULL OR {seen_sql('o', 'oa', viewer)})"
    )


def plain_visible(viewer: str) -> str:
    """The visibility rule over `PLAIN_TABLES`; boosts are left out."""
    return f"s.reblog_of_id IS NULL AND {seen_sql('s', 'a', viewer)}"


HEAD_WIDTH = len(Head._fields)


def build_heads(rows: Sequence[asyncpg.Record]) -> list[Head]:
    """The heads in rows that begin with `head_columns`."""
    return [Head(*row[:HEAD_WIDTH]) for row in rows]


_VIEWER = "$1::bigint"
_ASKED = (
    " FROM unnest($2::bigint[]) WITH ORDINALITY AS asked(id, n) JOIN statuses s ON s.id = asked.id"
)
_HEADS = (
    f"SELECT {head_columns(_VIEWER)}{_ASKED}{HEAD_TABLES}"
    f" WHERE {head_visible(_VIEWER)} ORDER BY asked.n"
)
_WANTED_POSTS = (
    f"SELECT {head_columns(_VIEWER, boosts=False)}{_ASKED}{PLAIN_TABLES}"
    f" WHERE {plain_visible(_VIEWER)} AND ({_VIEWER} IS NULL"
    f"   OR {wanted_sql(_VIEWER, ('s.account_id',), ('a.domain',))}) ORDER BY asked.n"
)
_POST = (
    f"SELECT {head_columns(_VIEWER, boosts=False)} FROM statuses s{PLAIN_TABLES}"
    f" WHERE s.id = $2 AND {plain_visible(_VIEWER)}"
)


async def heads(read: ReadUnit, viewer_id: int | None, ids: Sequence[int]) -> list[Head]:
    """Those of the posts that the viewer may see, in the order of `ids`."""
    if not ids:
        return []
    return build_heads(await read.fetch(_HEADS, viewer_id, list(ids)))


async def wanted_posts(read: ReadUnit, viewer_id: int | None, ids: Sequence[int]) -> list[Head]:
    """The same, without boosts and without whom the viewer blocks, mutes or shuts out."""
    if not ids:
        return []
    return build_heads(await read.fetch(_WANTED_POSTS, viewer_id, list(ids)))


async def get_visible(read: ReadUnit, viewer_id: int | None, status_id: int) -> Head:
    """One post.

    Raises:
        NotFound: there is none, or not for this viewer: the two are never told apart.
    """
    # Hardly anybody asks for a boost by itself.
    found = build_heads(await read.fetch(_POST, viewer_id, status_id))
    if not found:
        found = await heads(read, viewer_id, [status_id])
    if not found:
        raise NotFound
    return found[0]
