"""What members have been told.

A page is one statement: the notifications, what changes often of the accounts they are from, and
the heads of the posts they are about, with the visibility rule inside it.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg

from fedi.core.accounts.heads import counter_columns
from fedi.core.notifications.types import Group, Notification, Wishes
from fedi.core.statuses.heads import (
    HEAD_TABLES,
    HEAD_WIDTH,
    head_columns,
    head_visible,
)
from fedi.core.statuses.policy import wanted_sql
from fedi.core.statuses.types import Head
from fedi.kit.errors import NotFound
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit

__all__ = [
    "Group",
    "Notification",
    "Wishes",
    "count_groups_unread",
    "count_unread",
    "find_by_ids",
    "get_group",
    "get_notification",
    "list_group_accounts",
    "list_groups",
    "list_notifications",
]

_ME = "$1::bigint"
_WIDTH = 14
# A notification is `t`, the account that it is from `f`. About the post see `HEAD_TABLES`.
_TABLES = (
    " FROM notifications t"
    " JOIN accounts f ON f.id = t.from_account_id AND f.deleted_at IS NULL"
    "   AND f.suspended_at IS NULL"
)
_POSTS = (
    " LEFT JOIN account_stats fn ON fn.account_id = f.id"
    " LEFT JOIN statuses s ON s.id = t.status_id"
    + HEAD_TABLES.replace(" JOIN accounts a ON", " LEFT JOIN accounts a ON", 1)
)
_COLUMNS = (
    "t.id, t.type, t.from_account_id, t.status_id, t.group_key, t.filtered, t.subject_id,"
    " t.details, t.created_at, f.revision, "
    f" {counter_columns('fn')}, fn.last_status_at"
)
_MINE = f" WHERE t.account_id = {_ME} AND t.hidden_at IS NULL"
_VISIBLE = f" AND (t.status_id IS NULL OR (s.id IS NOT NULL AND {head_visible(_ME)}))"
_SELECT = f"SELECT {_COLUMNS}, {head_columns(_ME)}{_TABLES}{_POSTS}{_MINE}{_VISIBLE}"
# Without the heads: for counting.
_COUNTED = (
    f"{_TABLES} LEFT JOIN statuses s ON s.id = t.status_id"
    " LEFT JOIN accounts a ON a.id = s.account_id"
    " LEFT JOIN statuses o ON o.id = s.reblog_of_id LEFT JOIN accounts oa ON oa.id = o.account_id"
    f"{_MINE}{_VISIBLE}"
)


def _build(row: asyncpg.Record) -> Notification:
    head = Head(*row[_WIDTH : _WIDTH + HEAD_WIDTH]) if row[3] is not None else None
    known: tuple[Any, ...] = row[:_WIDTH]
    return Notification(*known, head=head)


def _wishes_sql(wishes: Wishes, row: str, number: int) -> tuple[str, list[object]]:
    """What is wanted as conditions, with their values from parameter `number` on."""
    text, values = "", list[object]()
    for value, wish in (
        (list(wishes.types), "{row}.type = ANY({place}::text[])"),
        (list(wishes.exclude_types), "NOT {row}.type = ANY({place}::text[])"),
        (wishes.from_account_id, "{row}.from_account_id = {place}::bigint"),
    ):
        if value:
            text += f" AND {wish.format(row=row, place=f'${number + len(values)}')}"
            values.append(value)
    if not wishes.include_filtered:
        text += f" AND NOT {row}.filtered"
    return text, values


def _unwanted(row: str) -> str:
    return f" AND {wanted_sql(_ME, (f'{row}.from_account_id',))}"


async def list_notifications(
    read: ReadUnit, account_id: int, page: Page, wishes: Wishes
) -> list[Notification]:
    """A page of what a member was told, newest first; whom they block or mute is left out."""
    bounds, values = page.bounds_sql("t.id", 2)
    wanted, more = _wishes_sql(wishes, "t", 2 + len(values))
    rows = await read.fetch(
        f"{_SELECT}{bounds}{wanted}{_unwanted('t')}"
        f" ORDER BY t.id {page.direction} LIMIT {int(page.limit)}",
        account_id,
        *values,
        *more,
    )
    return page.newest_first([_build(row) for row in rows])


async def get_notification(read: ReadUnit, account_id: int, notification_id: int) -> Notification:
    """One notification of a member.

    Raises:
        NotFound: there is none.
    """
    found = await find_by_ids(read, account_id, [notification_id])
    if not found:
        raise NotFound
    return found[0]


async def find_by_ids(read: ReadUnit, account_id: int, ids: Sequence[int]) -> list[Notification]:
    """Those of the notifications that the member may still see, oldest first."""
    rows = await read.fetch(
        f"{_SELECT} AND t.id = ANY($2::bigint[]) ORDER BY t.id", account_id, list(ids)
    )
    return [_build(row) for row in rows]


def _key_sql(row: str, grouped: str) -> str:
    """The key of a row; what is of none of the types in `grouped` stands by itself."""
    return (
        f"CASE WHEN {row}.group_key IS NOT NULL AND {row}.type = ANY({grouped}::text[])"
        f" THEN {row}.group_key ELSE 'ungrouped-' || {row}.id END"
    )


async def list_groups(
    read: ReadUnit, account_id: int, page: Page, wishes: Wishes, grouped: Sequence[str]
) -> list[Group]:
    """A page of groups, newest first; a group that goes on below the page comes again there.

    A row stands for its group if none of the same key lies nearer to the end from which the page
    is read. Those are one index probe for each row that is passed.
    """
    bounds, values = page.bounds_sql("t.id", 3)
    nearer, _ = page.bounds_sql("x.id", 3)
    wanted, more = _wishes_sql(wishes, "t", 3 + len(values))
    also, _ = _wishes_sql(wishes, "x", 3 + len(values))
    order = "<" if page.is_upward else ">"
    rows = await read.fetch(
        f"SELECT t.id, {_key_sql('t', '$2')} {_COUNTED}{bounds}{wanted}{_unwanted('t')}"
        " AND (t.group_key IS NULL OR NOT t.type = ANY($2::text[]) OR NOT EXISTS ("
        f"SELECT 1 FROM notifications x JOIN accounts xf ON xf.id = x.from_account_id"
        f" AND xf.deleted_at IS NULL AND xf.suspended_at IS NULL WHERE x.account_id = {_ME}"
        f" AND x.group_key = t.group_key AND x.hidden_at IS NULL AND x.id {order} t.id"
        f"{nearer}{also}{_unwanted('x')} OFFSET 0))"
        f" ORDER BY t.id {page.direction} LIMIT {int(page.limit)}",
        account_id,
        list(grouped),
        *values,
        *more,
    )
    found = page.newest_first([(row[0], row[1]) for row in rows])
    if not found:
        return []
    groups = await _load_groups(
        read, account_id, [key for _, key in found], found[-1][0], found[0][0], wishes
    )
    return sorted(groups, key=lambda group: group.newest.id, reverse=True)


_SAMPLES = 8
# Of each key: what lies on the page, and all up to its upper end.
_GROUPS = (
    "SELECT k.key, g.newest, g.count, g.lowest, g.highest, g.latest, g.samples"
    " FROM unnest($2::text[]) WITH ORDINALITY AS k(key, n)"
    " CROSS JOIN LATERAL (SELECT max(t.id) AS newest, count(*) AS count,"
    "   min(t.id) FILTER (WHERE t.id >= $3) AS lowest, max(t.id) AS highest,"
    "   max(t.created_at) AS latest,"
    f"   (array_agg(t.from_account_id ORDER BY t.id DESC))[1:{_SAMPLES}] AS samples"
    f"   {_TABLES}{_MINE} AND t.group_key = k.key AND t.id <= $4{{wishes}}{_unwanted('t')}) g"
    " WHERE g.newest >= $3 ORDER BY k.n"
)


async def _load_groups(
    read: ReadUnit, account_id: int, keys: Sequence[str], low: int, high: int, wishes: Wishes
) -> list[Group]:
    """The groups of these keys, whose page reaches from `low` to `high`."""
    wanted, values = _wishes_sql(wishes, "t", 5)
    named = [key for key in keys if single_id(key) is None]
    rows = (
        await read.fetch(_GROUPS.format(wishes=wanted), account_id, named, low, high, *values)
        if named
        else []
    )
    by_key = {row[0]: row for row in rows}
    singles = {key: single for key in keys if (single := single_id(key)) is not None}
    ids = [*singles.values(), *(row[1] for row in rows)]
    items = {item.id: item for item in await find_by_ids(read, account_id, ids)}
    groups: list[Group] = []
    for key in keys:
        row = by_key.get(key)
        item = items.get(singles.get(key, row[1] if row is not None else 0))
        if item is None:
            continue
        if row is None:
            sample = [item.from_account_id]
            groups.append(Group(item, key, 1, item.id, item.id, item.created_at, sample))
        else:
            groups.append(Group(item, key, *row[2:]))
    return groups


def single_id(key: str) -> int | None:
    """The notification that a key of one stands for; None for other keys."""
    prefix, _, number = key.partition("-")
    if prefix != "ungrouped" or not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    return int(number)


_EVER = 2**63 - 1


async def get_group(read: ReadUnit, account_id: int, key: str) -> Group:
    """One group, whole.

    Raises:
        NotFound: there is none.
    """
    found = await _load_groups(read, account_id, [key], 0, _EVER, Wishes(include_filtered=True))
    if not found:
        raise NotFound
    return found[0]


async def list_group_accounts(
    read: ReadUnit, account_id: int, key: str, page: Page
) -> list[tuple[int, int]]:
    """A page of whom a group is from: (notification id, account id)."""
    bounds, values = page.bounds_sql("t.id", 3)
    single = single_id(key)
    which = "t.group_key = $2" if single is None else "t.id = $2"
    rows = await read.fetch(
        f"SELECT t.id, t.from_account_id {_COUNTED} AND {which}{bounds}{_unwanted('t')}"
        f" ORDER BY t.id {page.direction} LIMIT {int(page.limit)}",
        account_id,
        key if single is None else single,
        *values,
    )
    return page.newest_first([(row[0], row[1]) for row in rows])


async def count_unread(
    read: ReadUnit, account_id: int, above: int, most: int, wishes: Wishes
) -> int:
    """How many notifications are newer than `above`, counted up to `most`."""
    wanted, values = _wishes_sql(wishes, "t", 4)
    return await read.value(
        f"SELECT count(*) FROM (SELECT 1 {_COUNTED} AND t.id > $2{wanted}{_unwanted('t')}"
        " ORDER BY t.id DESC LIMIT $3) c",
        account_id,
        above,
        most,
        *values,
    )


async def count_groups_unread(
    read: ReadUnit,
    account_id: int,
    above: int,
    most: int,
    wishes: Wishes,
    grouped: Sequence[str],
) -> int:
    """The same for groups."""
    wanted, values = _wishes_sql(wishes, "t", 5)
    return await read.value(
        f"SELECT count(*) FROM (SELECT DISTINCT {_key_sql('t', '$4')} {_COUNTED} AND t.id > $2"
        f"{wanted}{_unwanted('t')} LIMIT $3) c",
        account_id,
        above,
        most,
        list(grouped),
        *values,
    )
