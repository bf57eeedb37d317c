"""Notifications that a policy holds back, one request for each sender."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.core.statuses.policy import visible_sql
from fedi.events import NotificationsMerged
from fedi.kit.errors import NotFound
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit, Unit

# More of one sender are not counted.
MOST = 100


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody whose notifications are held back."""

    id: int
    from_account_id: int
    # The newest post among them that may be seen.
    last_status_id: int | None
    notifications_count: int
    created_at: datetime
    updated_at: datetime


_COUNT = f"""
SELECT k.who, k.sender, c.held, c.last FROM unnest($1::bigint[], $2::bigint[]) AS k(who, sender)
CROSS JOIN LATERAL (SELECT count(*) AS held, max(h.status_id) AS last FROM (
  SELECT n.status_id FROM notifications n WHERE n.account_id = k.who
    AND n.from_account_id = k.sender AND n.filtered AND n.hidden_at IS NULL
  ORDER BY n.id DESC LIMIT {MOST}) h) c
"""
_KEEP = f"""
INSERT INTO notification_requests (id, account_id, from_account_id, last_status_id,
  notifications_count, created_at, updated_at)
SELECT i.id, c.who, c.sender, c.last, c.held, $4, $4
FROM (SELECT x.*, row_number() OVER (ORDER BY x.who, x.sender) AS n FROM ({_COUNT}) x
  WHERE x.held > 0) c
JOIN unnest($3::bigint[]) WITH ORDINALITY AS i(id, n) ON i.n = c.n
ORDER BY c.who, c.sender
ON CONFLICT (account_id, from_account_id) DO UPDATE SET last_status_id = excluded.last_status_id,
  notifications_count = excluded.notifications_count, updated_at = excluded.updated_at
"""
_DROP = f"""
DELETE FROM notification_requests q USING ({_COUNT}) c
WHERE q.account_id = c.who AND q.from_account_id = c.sender AND c.held = 0
"""


async def count_anew(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Bring the requests between members and senders in line with what is held back."""
    pairs = sorted(set(pairs))
    if not pairs:
        return
    whom = [who for who, _ in pairs], [sender for _, sender in pairs]
    await unit.execute(_KEEP, *whom, await unit.new_ids(len(pairs)), unit.now())
    await unit.execute(_DROP, *whom)


_SELECT = (
    "SELECT q.id, q.from_account_id, (SELECT s.id FROM statuses s WHERE s.id = q.last_status_id"
    f"   AND {visible_sql('s', '$1::bigint')}), q.notifications_count, q.created_at, q.updated_at"
    " FROM notification_requests q JOIN accounts a ON a.id = q.from_account_id"
    "   AND a.deleted_at IS NULL AND a.suspended_at IS NULL"
    " WHERE q.account_id = $1::bigint AND EXISTS (SELECT 1 FROM notifications n"
    "   WHERE n.from_account_id = q.from_account_id AND n.account_id = q.account_id"
    "   AND n.filtered AND n.hidden_at IS NULL)"
)


async def list_requests(read: ReadUnit, account_id: int, page: Page) -> list[Request]:
    """A page of the senders who wait."""
    bounds, values = page.bounds_sql("q.id", 2)
    rows = await read.fetch(
        f"{_SELECT}{bounds} ORDER BY q.id {page.direction} LIMIT {int(page.limit)}",
        account_id,
        *values,
    )
    return page.newest_first([Request(*row) for row in rows])


async def get_request(read: ReadUnit, account_id: int, request_id: int) -> Request:
    """One of them.

    Raises:
        NotFound: there is none.
    """
    row = await read.row(f"{_SELECT} AND q.id = $2", account_id, request_id)
    if row is None:
        raise NotFound
    return Request(*row)


async def accept(unit: Unit, account_id: int, ids: Sequence[int]) -> int:
    """Show what was held back, and let these senders through from now on; how many there were."""
    senders = await _take(unit, account_id, ids)
    if not senders:
        return 0
    await unit.execute(
        "INSERT INTO notification_permissions (account_id, from_account_id, created_at)"
        " SELECT $1, s, $3 FROM unnest($2::bigint[]) s ON CONFLICT DO NOTHING",
        account_id,
        senders,
        unit.now(),
    )
    await unit.execute(
        "UPDATE notifications SET filtered = false WHERE account_id = $1"
        " AND from_account_id = ANY($2::bigint[]) AND filtered",
        account_id,
        senders,
    )
    unit.record(NotificationsMerged(account_id))
    return len(senders)


async def dismiss(unit: Unit, account_id: int, ids: Sequence[int]) -> int:
    """Put what was held back away; what comes from these senders is held back as before."""
    senders = await _take(unit, account_id, ids)
    await unit.execute(
        "UPDATE notifications SET hidden_at = $3 WHERE account_id = $1"
        " AND from_account_id = ANY($2::bigint[]) AND filtered AND hidden_at IS NULL",
        account_id,
        senders,
        unit.now(),
    )
    return len(senders)


async def _take(unit: Unit, account_id: int, ids: Sequence[int]) -> list[int]:
    """Remove requests; their senders."""
    rows = await unit.fetch(
        "DELETE FROM notification_requests WHERE account_id = $1 AND id = ANY($2::bigint[])"
        " RETURNING from_account_id",
        account_id,
        list(ids),
    )
    return [row[0] for row in rows]
