"""What members have been told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.core.statuses.heads import bounds_sql
from fedi.core.statuses.policy import visible_sql, wanted_sql
from fedi.kit.errors import NotFound
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class Notification:
    """Who did what, about which post."""

    id: int
    type: str
    from_account_id: int
    status_id: int | None
    created_at: datetime


_SELECT = (
    "SELECT n.id, n.type, n.from_account_id, n.status_id, n.created_at FROM notifications n"
    " JOIN accounts f ON f.id = n.from_account_id AND f.deleted_at IS NULL"
    "   AND f.suspended_at IS NULL"
    " WHERE n.account_id = $1::bigint AND n.hidden_at IS NULL"
    " AND (n.status_id IS NULL OR EXISTS (SELECT 1 FROM statuses s"
    f"   WHERE s.id = n.status_id AND {visible_sql('s', '$1::bigint')}))"
)


async def list_notifications(
    read: ReadUnit,
    account_id: int,
    page: Page,
    *,
    types: Sequence[str] = (),
    exclude_types: Sequence[str] = (),
    from_account_id: int | None = None,
) -> list[Notification]:
    """A page of what a member was told, newest first; whom they block or mute is left out."""
    bounds, values = bounds_sql(page, "n.id", 2)
    args: list[object] = [account_id, *values]
    wishes = ""
    for value, wish in (
        (list(types), "n.type = ANY({}::text[])"),
        (list(exclude_types), "NOT n.type = ANY({}::text[])"),
        (from_account_id, "n.from_account_id = {}::bigint"),
    ):
        if value:
            args.append(value)
            wishes += f" AND {wish.format(f'${len(args)}')}"
    rows = await read.fetch(
        f"{_SELECT}{bounds}{wishes} AND {wanted_sql('$1::bigint', ('n.from_account_id',))}"
        f" ORDER BY n.id {page.direction} LIMIT {int(page.limit)}",
        *args,
    )
    return page.newest_first([Notification(*row) for row in rows])


async def get_notification(read: ReadUnit, account_id: int, notification_id: int) -> Notification:
    """One notification of a member.

    Raises:
        NotFound: there is none.
    """
    row = await read.row(f"{_SELECT} AND n.id = $2", account_id, notification_id)
    if row is None:
        raise NotFound
    return Notification(*row)


async def find_by_ids(read: ReadUnit, account_id: int, ids: Sequence[int]) -> list[Notification]:
    """Those of the notifications that the member may still see, oldest first."""
    rows = await read.fetch(
        f"{_SELECT} AND n.id = ANY($2::bigint[]) ORDER BY n.id", account_id, list(ids)
    )
    return [Notification(*row) for row in rows]


async def count_unread(read: ReadUnit, account_id: int, above: int, most: int) -> int:
    """How many notifications are newer than `above`, counted up to `most`."""
    return await read.value(
        f"SELECT count(*) FROM ({_SELECT} AND n.id > $2 LIMIT $3) c", account_id, above, most
    )
