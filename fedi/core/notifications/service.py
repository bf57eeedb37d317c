"""Telling members what concerns them: once for each fact, and for good.

The row is its own memory: a like that flips on and off tells nobody twice, because hiding a
notification does not delete it. What a member's policy holds back is stored all the same, behind a
request of its sender; what it drops is not.
"""

from collections.abc import Sequence

from fedi.core.notifications import requests
from fedi.core.notifications.policy import verdict_sql
from fedi.core.notifications.types import GROUPED, OFFICIAL, Kind, Notice, kinds_sql
from fedi.core.statuses.policy import visible_sql
from fedi.kit.errors import NotFound
from fedi.kit.unit import Unit

__all__ = [
    "Kind",
    "Notice",
    "amend",
    "clear",
    "dismiss",
    "dismiss_group",
    "dismiss_many",
    "forget_accounts",
    "hide",
    "hide_between",
    "notify",
]

# Follows and sign-ups of so many seconds are one group.
_BUCKET = 43_200


_GROUP_KEY = f"""
CASE WHEN n.type NOT IN {kinds_sql(GROUPED)} THEN NULL
  WHEN n.status_id IS NOT NULL THEN n.type || '-' || n.status_id
  ELSE n.type || '-' || (extract(epoch FROM $8::timestamptz)::bigint / {_BUCKET}) END
"""
# Whom the recipient does not want to hear of, or of which conversation.
_WELCOME = f"""
(n.type IN {kinds_sql(OFFICIAL)} OR (
  NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = n.who AND b.target_id = n.sender)
  AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = n.sender AND b.target_id = n.who)
  AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = n.who AND m.target_id = n.sender
    AND m.hide_notifications AND (m.expires_at IS NULL OR m.expires_at > $8))
  AND (f.domain IS NULL OR NOT EXISTS (SELECT 1 FROM account_domain_blocks d
    WHERE d.account_id = n.who AND d.domain = lower(f.domain) AND NOT EXISTS (
      SELECT 1 FROM follows y WHERE y.account_id = n.who AND y.target_id = n.sender
      AND y.accepted)))))
"""
_NOTIFY = f"""
INSERT INTO notifications (id, account_id, type, from_account_id, status_id, subject_id, details,
  group_key, filtered, created_at)
SELECT n.id, n.who, n.type, n.sender, n.status_id, n.subject_id, n.details::jsonb, {_GROUP_KEY},
  v.verdict = 1, $8
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
  $7::text[]) AS n(id, who, type, sender, status_id, subject_id, details)
-- OFFSET 0: both are looked up, and not sought among everybody.
CROSS JOIN LATERAL (SELECT x.* FROM accounts x WHERE x.id = n.who AND x.id > 0
  AND x.domain IS NULL AND x.deleted_at IS NULL AND x.suspended_at IS NULL OFFSET 0) r
CROSS JOIN LATERAL (SELECT x.* FROM accounts x WHERE x.id = n.sender AND x.deleted_at IS NULL
  AND x.suspended_at IS NULL OFFSET 0) f
LEFT JOIN statuses s ON s.id = n.status_id
LEFT JOIN notification_policies p ON p.account_id = n.who
CROSS JOIN LATERAL (SELECT {verdict_sql("$8")} AS verdict OFFSET 0) v
WHERE (n.who <> n.sender OR n.type IN {kinds_sql(("poll", *OFFICIAL))})
  AND {_WELCOME}
  AND (n.status_id IS NULL OR (s.id IS NOT NULL AND {visible_sql("s", "n.who")}
    AND (n.type = 'poll' OR NOT EXISTS (SELECT 1 FROM conversation_mutes c
      WHERE c.account_id = n.who AND c.conversation_id = s.conversation_id))))
  AND v.verdict < 2
ORDER BY n.who + 0, n.id
ON CONFLICT (account_id, type, from_account_id, status_id, subject_id)
  DO UPDATE SET hidden_at = NULL
  -- A request that is made again waits for an answer again, so it is shown again; the row and its
  -- place stay, and nobody is told twice.
  WHERE notifications.type = 'follow_request' AND notifications.hidden_at IS NOT NULL
RETURNING id, account_id, from_account_id, status_id, filtered, xmax = 0 AS is_new
"""


async def notify(unit: Unit, notices: Sequence[Notice]) -> list[tuple[int, int]]:
    """Tell members; (notification id, recipient) of what is new and not held back.

    Left out are remote recipients, one's own deeds, blocks, mutes, what policies drop, and posts
    that the recipient may not see.
    """
    asked = [(*notice, None, None)[:6] for notice in dict.fromkeys(notices)]
    if not asked:
        return []
    rows = await unit.fetch(
        _NOTIFY,
        await unit.new_ids(len(asked)),
        *(list(column) for column in zip(*asked, strict=True)),
        unit.now(),
    )
    held = [(row["account_id"], row["from_account_id"]) for row in rows if row["filtered"]]
    await requests.count_anew(unit, held)
    return [(row[0], row[1]) for row in rows if row["is_new"] and not row["filtered"]]


async def amend(unit: Unit, notices: Sequence[Notice]) -> None:
    """What was told before says now what these say."""
    known = [notice for notice in notices if len(notice) == 6]
    if not known:
        return
    await unit.execute(
        "UPDATE notifications n SET details = h.details::jsonb"
        " FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])"
        "   AS h(who, type, sender, status_id, details)"
        " WHERE n.account_id = h.who AND n.type = h.type AND n.from_account_id = h.sender"
        "   AND n.status_id IS NOT DISTINCT FROM h.status_id"
        "   AND n.details IS DISTINCT FROM h.details::jsonb",
        [notice[0] for notice in known],
        [notice[1] for notice in known],
        [notice[2] for notice in known],
        [notice[3] for notice in known],
        [notice[5] for notice in known],
    )


_HIDE = """
UPDATE notifications n SET hidden_at = $5
FROM (SELECT k.id
  FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
    AS h(who, type, sender, status_id)
  -- OFFSET 0: each is looked up, and not sought among all that is shown.
  CROSS JOIN LATERAL (SELECT x.id FROM notifications x WHERE x.account_id = h.who
    AND x.type = h.type AND x.from_account_id = h.sender
    AND x.status_id IS NOT DISTINCT FROM h.status_id AND x.hidden_at IS NULL OFFSET 0) k
  ORDER BY k.id + 0 OFFSET 0) w
WHERE n.id = w.id
RETURNING n.account_id, n.from_account_id, n.filtered
"""


async def hide(unit: Unit, notices: Sequence[Notice]) -> None:
    """Take back what was told, because its cause is undone."""
    if not notices:
        return
    rows = await unit.fetch(
        _HIDE,
        *(list(column) for column in zip(*(notice[:4] for notice in notices), strict=True)),
        unit.now(),
    )
    await requests.count_anew(unit, [(row[0], row[1]) for row in rows if row["filtered"]])


async def hide_between(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Hide everything that each first account was told about each second one."""
    if not pairs:
        return
    await unit.execute(
        "UPDATE notifications n SET hidden_at = $3"
        " FROM unnest($1::bigint[], $2::bigint[]) AS h(who, sender)"
        " WHERE n.account_id = h.who AND n.from_account_id = h.sender"
        "   AND n.hidden_at IS NULL",
        [who for who, _ in pairs],
        [sender for _, sender in pairs],
        unit.now(),
    )
    await requests.count_anew(unit, pairs)


async def dismiss(unit: Unit, account_id: int, notification_id: int) -> None:
    """Put one notification away.

    Raises:
        NotFound: the member has no such notification.
    """
    if not await dismiss_many(unit, account_id, [notification_id]):
        raise NotFound


async def dismiss_many(unit: Unit, account_id: int, ids: Sequence[int]) -> int:
    """Put several notifications away; how many those were."""
    return await _put_away(unit, account_id, "n.id = ANY($3::bigint[])", list(ids))


async def dismiss_group(unit: Unit, account_id: int, key: str) -> None:
    """Put all notifications with a key away; none is as good."""
    await _put_away(unit, account_id, "n.group_key = $3", key)


async def clear(unit: Unit, account_id: int) -> None:
    """Put all notifications of a member away, also those that are held back."""
    await _put_away(unit, account_id, "n.id > $3", 0)


async def _put_away(unit: Unit, account_id: int, which: str, value: object) -> int:
    rows = await unit.fetch(
        "UPDATE notifications n SET hidden_at = $2 WHERE n.account_id = $1"
        f" AND n.hidden_at IS NULL AND {which} RETURNING n.from_account_id, n.filtered",
        account_id,
        unit.now(),
        value,
    )
    await requests.count_anew(unit, [(account_id, row[0]) for row in rows if row["filtered"]])
    return len(rows)


async def forget_accounts(unit: Unit, account_ids: Sequence[int]) -> None:
    """Forget what deleted members had arranged, and what others had arranged about them."""
    for table in ("notification_requests", "notification_permissions"):
        await unit.execute(
            f"DELETE FROM {table} WHERE account_id = ANY($1::bigint[])"
            " OR from_account_id = ANY($1::bigint[])",
            list(account_ids),
        )
    for table in ("notification_policies", "push_subscriptions"):
        await unit.execute(
            f"DELETE FROM {table} WHERE account_id = ANY($1::bigint[])", list(account_ids)
        )
