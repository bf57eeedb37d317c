"""Pages of posts by one account or kept by one, and of accounts that like or boost a post."""

from dataclasses import dataclass

from fedi.core.statuses.heads import (
    HEAD_TABLES,
    HEAD_WIDTH,
    PLAIN_TABLES,
    build_heads,
    get_visible,
    head_columns,
    head_visible,
    plain_visible,
)
from fedi.core.statuses.types import Head, JoinRow
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class StatusFilters:
    """What to leave out of the posts of an account."""

    exclude_replies: bool = False
    exclude_reblogs: bool = False
    only_media: bool = False
    tagged: str | None = None
    # Only what the account has pinned, the latest pin first.
    pinned: bool = False


NO_FILTERS = StatusFilters()


async def account_statuses(
    read: ReadUnit,
    viewer_id: int | None,
    account_id: int,
    page: Page,
    filters: StatusFilters = NO_FILTERS,
) -> list[Head]:
    """The posts of an account that the viewer may see."""
    if filters.pinned:
        return await _pinned(read, viewer_id, account_id, page)
    wishes = ""
    if filters.exclude_replies:
        # Who goes on in a thread of their own is not replying to somebody.
        wishes += " AND (s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id = s.account_id)"
    if filters.only_media:
        wishes += " AND s.attachments <> '[]'::jsonb"
    bounds, values = page.bounds_sql("s.id", 3)
    args: list[object] = [viewer_id, account_id, *values]
    if filters.tagged is not None:
        args.append(filters.tagged.lower())
        wishes += f" AND s.tags ? ${len(args)}"
    plain = filters.exclude_reblogs or filters.only_media
    tables = PLAIN_TABLES if plain else HEAD_TABLES
    visible = plain_visible("$1::bigint") if plain else head_visible("$1::bigint")
    rows = await read.fetch(
        f"SELECT {head_columns('$1::bigint', boosts=not plain)} FROM statuses s{tables}"
        f" WHERE s.account_id = $2::bigint{bounds} AND {visible}{wishes}"
        f" ORDER BY s.id {page.direction} LIMIT {int(page.limit)}",
        *args,
    )
    return page.newest_first(build_heads(rows))


async def _pinned(read: ReadUnit, viewer_id: int | None, account_id: int, page: Page) -> list[Head]:
    bounds, values = page.bounds_sql("s.id", 3)
    rows = await read.fetch(
        f"SELECT {head_columns('$1::bigint', boosts=False)} FROM (SELECT j.id, j.status_id"
        "   FROM status_pins j WHERE j.account_id = $2::bigint ORDER BY j.id DESC) p"
        f" JOIN statuses s ON s.id = p.status_id{PLAIN_TABLES}"
        f" WHERE {plain_visible('$1::bigint')}{bounds}"
        f" ORDER BY p.id DESC LIMIT {int(page.limit)}",
        viewer_id,
        account_id,
        *values,
    )
    return build_heads(rows)


async def favourited_by(
    read: ReadUnit, viewer_id: int | None, status_id: int, page: Page
) -> list[JoinRow]:
    """Who likes a post, newest first; the cursor is the id of the like.

    Raises:
        NotFound: there is no such post for this viewer.
    """
    head = await get_visible(read, viewer_id, status_id)
    return await _accounts(read, "favourites j WHERE j.status_id = $1", head.original_id, page)


async def reblogged_by(
    read: ReadUnit, viewer_id: int | None, status_id: int, page: Page
) -> list[JoinRow]:
    """Who boosted a post for all to see, newest first; the cursor is the id of the boost.

    Raises:
        NotFound: there is no such post for this viewer.
    """
    head = await get_visible(read, viewer_id, status_id)
    return await _accounts(
        read,
        "statuses j WHERE j.reblog_of_id = $1 AND j.visibility <= 1",
        head.original_id,
        page,
    )


async def _accounts(read: ReadUnit, source: str, key: int, page: Page) -> list[JoinRow]:
    bounds, values = page.bounds_sql("j.id", 2)
    rows = await read.fetch(
        f"SELECT k.id, k.account_id FROM (SELECT j.id, j.account_id FROM {source}{bounds}) k"
        " JOIN accounts a ON a.id = k.account_id"
        " WHERE a.deleted_at IS NULL AND a.suspended_at IS NULL"
        f" ORDER BY k.id {page.direction} LIMIT {int(page.limit)}",
        key,
        *values,
    )
    return page.newest_first([JoinRow(*row) for row in rows])


async def bookmarks(read: ReadUnit, viewer_id: int, page: Page) -> tuple[list[Head], list[int]]:
    """Posts that a member keeps, with the ids of the bookmarks as cursors."""
    return await _kept(read, "bookmarks", viewer_id, page)


async def favourites(read: ReadUnit, viewer_id: int, page: Page) -> tuple[list[Head], list[int]]:
    """Posts that a member likes, with the ids of the likes as cursors."""
    return await _kept(read, "favourites", viewer_id, page)


async def _kept(
    read: ReadUnit, table: str, viewer_id: int, page: Page
) -> tuple[list[Head], list[int]]:
    bounds, values = page.bounds_sql("j.id", 2)
    rows = await read.fetch(
        f"SELECT {head_columns('$1::bigint')}, j.id FROM {table} j"
        f" JOIN statuses s ON s.id = j.status_id{HEAD_TABLES}"
        f" WHERE j.account_id = $1::bigint{bounds} AND {head_visible('$1::bigint')}"
        f" ORDER BY j.id {page.direction} LIMIT {int(page.limit)}",
        viewer_id,
        *values,
    )
    rows = page.newest_first(rows)
    return build_heads(rows), [row[HEAD_WIDTH] for row in rows]
