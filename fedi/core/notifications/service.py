"""Telling members what concerns them: once for each fact, and for good.

The row is its own memory: a like that flips on and off tells nobody twice, because hiding a
notification does not delete it.
"""

from collections.abc import Sequence
from typing import Literal

from fedi.core.statuses.policy import visible_sql
from fedi.kit.errors import NotFound
from fedi.kit.unit import Unit

Kind = Literal["mention", "reblog", "follow", "follow_request", "favourite", "status", "update"]
# (recipient, kind, from whom, about which post)
Notice = tuple[int, Kind, int, int | None]

_NOTIFY = f"""
INSERT INTO notifications (id, account_id, type, from_account_id, status_id, created_at)
SELECT n.id, n.who, n.type, n.sender, n.status_id, $6
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[])
  AS n(id, who, type, sender, status_id)
JOIN accounts r ON r.id = n.who AND r.id > 0 AND r.domain IS NULL AND r.deleted_at IS NULL
  AND r.suspended_at IS NULL
JOIN accounts f ON f.id = n.sender AND f.deleted_at IS NULL AND f.suspended_at IS NULL
WHERE n.who <> n.sender
  AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = n.who AND b.target_id = n.sender)
  AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = n.sender AND b.target_id = n.who)
  AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = n.who AND m.target_id = n.sender
    AND m.hide_notifications AND (m.expires_at IS NULL OR m.expires_at > $6))
  AND (n.status_id IS NULL OR EXISTS (SELECT 1 FROM statuses s
    WHERE s.id = n.status_id AND {visible_sql("s", "n.who")}))
ORDER BY n.who, n.id
ON CONFLICT (account_id, type, from_account_id, status_id) DO UPDATE SET hidden_at = NULL
  -- A request that is made again waits for an answer again, so it is shown again; the row and its
  -- place stay, and nobody is told twice.
  WHERE notifications.type = 'follow_request' AND notifications.hidden_at IS NOT NULL
RETURNING id, account_id, xmax = 0 AS is_new
"""


async def notify(unit: Unit, notices: Sequence[Notice]) -> list[tuple[int, int]]:
    """Tell members; (notification id, recipient) of what is new.

    Left out are remote recipients, one's own deeds, blocks, mutes, and posts that the recipient
    may not see.
    """
    notices = list(dict.fromkeys(notices))
    if not notices:
        return []
    rows = await unit.fetch(
        _NOTIFY,
        await unit.new_ids(len(notices)),
        [notice[0] for notice in notices],
        [notice[1] for notice in notices],
        [notice[2] for notice in notices],
        [notice[3] for notice in notices],
        unit.now(),
    )
    return [(row[0], row[1]) for row in rows if row["is_new"]]


async def hide(unit: Unit, notices: Sequence[Notice]) -> None:
    """Take back what was told, because its cause is undone."""
    if notices:
        await unit.execute(
            "UPDATE notifications n SET hidden_at = $5"
            " FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])"
            "   AS h(who, type, sender, status_id)"
            " WHERE n.account_id = h.who AND n.type = h.type AND n.from_account_id = h.sender"
            "   AND n.status_id IS NOT DISTINCT FROM h.status_id AND n.hidden_at IS NULL",
            [notice[0] for notice in notices],
            [notice[1] for notice in notices],
            [notice[2] for notice in notices],
            [notice[3] for notice in notices],
            unit.now(),
        )


async def hide_between(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Hide everything that each first account was told about each second one."""
    if pairs:
        await unit.execute(
            "UPDATE notifications n SET hidden_at = $3"
            " FROM unnest($1::bigint[], $2::bigint[]) AS h(who, sender)"
            " WHERE n.account_id = h.who AND n.from_account_id = h.sender"
            "   AND n.hidden_at IS NULL",
            [who for who, _ in pairs],
            [sender for _, sender in pairs],
            unit.now(),
        )


async def dismiss(unit: Unit, account_id: int, notification_id: int) -> None:
    """Put one notification away.

    Raises:
        NotFound: the member has no such notification.
    """
    gone = await unit.execute(
        "UPDATE notifications SET hidden_at = $3"
        " WHERE id = $1 AND account_id = $2 AND hidden_at IS NULL",
        notification_id,
        account_id,
        unit.now(),
    )
    if not gone:
        raise NotFound


async def clear(unit: Unit, account_id: int) -> None:
    """Put all notifications of a member away."""
    await unit.execute(
        "UPDATE notifications SET hidden_at = $2 WHERE account_id = $1 AND hidden_at IS NULL",
        account_id,
        unit.now(),
    )
