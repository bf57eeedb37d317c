"""Questions about lists; a list is never told to anybody but its owner."""

from fedi.core.lists.types import AccountList
from fedi.kit.errors import NotFound
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit

_COLUMNS = "l.id, l.account_id, l.title, l.replies_policy, l.exclusive"


async def list_lists(read: ReadUnit, account_id: int) -> list[AccountList]:
    """All lists of a member, the oldest first."""
    rows = await read.fetch(
        f"SELECT {_COLUMNS} FROM lists l WHERE l.account_id = $1 ORDER BY l.id", account_id
    )
    return [AccountList(*row) for row in rows]


async def list_lists_with(read: ReadUnit, account_id: int, target_id: int) -> list[AccountList]:
    """The lists of a member that somebody is in."""
    rows = await read.fetch(
        f"SELECT {_COLUMNS} FROM lists l"
        " JOIN list_members m ON m.list_id = l.id AND m.account_id = $2"
        " WHERE l.account_id = $1 ORDER BY l.id",
        account_id,
        target_id,
    )
    return [AccountList(*row) for row in rows]


async def get_list(read: ReadUnit, account_id: int, list_id: int) -> AccountList:
    """One list.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = await read.row(
        f"SELECT {_COLUMNS} FROM lists l WHERE l.id = $2 AND l.account_id = $1",
        account_id,
        list_id,
    )
    if row is None:
        raise NotFound
    return AccountList(*row)


async def list_members(read: ReadUnit, list_id: int, page: Page | None) -> list[tuple[int, int]]:
    """Who is in a list, newest first, as (cursor, account); all of them without a page."""
    page_or_all, limit = page or Page(), "ALL" if page is None else int(page.limit)
    bounds, values = page_or_all.bounds_sql("m.id", 2)
    rows = await read.fetch(
        "SELECT m.id, m.account_id FROM list_members m JOIN accounts a ON a.id = m.account_id"
        f" WHERE m.list_id = $1{bounds} AND a.suspended_at IS NULL AND a.deleted_at IS NULL"
        f" ORDER BY m.id {page_or_all.direction} LIMIT {limit}",
        list_id,
        *values,
    )
    return [(row[0], row[1]) for row in page_or_all.newest_first(rows)]
