"""Whose notifications a member wants at once, later, or not at all."""

from dataclasses import dataclass
from typing import Any, cast

from fedi.core.auth.users import STAFF_SQL
from fedi.core.notifications.types import UNFILTERED, kinds_sql
from fedi.core.statuses.policy import DIRECT
from fedi.kit.errors import Invalid
from fedi.kit.unit import ReadUnit, Unit

VERDICTS = ("accept", "filter", "drop")
FIELDS = (
    "for_not_following",
    "for_not_followers",
    "for_new_accounts",
    "for_private_mentions",
    "for_limited_accounts",
    "for_bots",
)
# Of a member who never said anything; the same as the defaults of the columns.
_DEFAULTS = {"for_private_mentions": 1, "for_limited_accounts": 1}
# Numbers beyond this mean "many" to everybody.
MOST = 100


@dataclass(frozen=True, slots=True)
class Policy:
    """The verdict for each kind of sender, as a number; and what is held back so far."""

    verdicts: dict[str, int]
    pending_requests: int
    pending_notifications: int


def verdict_sql(now: str) -> str:
    """The verdict of the recipient's policy on one notice: 0 accept, 1 filter, 2 drop.

    Over `n` (the notice: who, type, sender), `f` (the sender's account), `s` (the post, if any) and
    `p` (the policy, if any). A follow counts as one of a follower only after three days, so that
    nobody gets through by following first.
    """
    follows = "SELECT 1 FROM follows x WHERE x.account_id = {} AND x.target_id = {} AND x.accepted"
    stranger = f"NOT EXISTS ({follows.format('n.who', 'n.sender')})"
    unmet = (
        f"NOT EXISTS ({follows.format('n.sender', 'n.who')}"
        f" AND x.created_at < {now}::timestamptz - interval '3 days')"
    )
    is_answer = (
        "EXISTS (SELECT 1 FROM statuses q WHERE q.id = s.in_reply_to_id AND q.account_id = n.who"
        " AND EXISTS (SELECT 1 FROM status_mentions qm WHERE qm.status_id = q.id"
        "   AND qm.account_id = n.sender))"
    )
    known = "f.domain IS NULL AND EXISTS (SELECT 1 FROM users u WHERE u.account_id = f.id"
    cases = {
        "for_not_following": stranger,
        "for_not_followers": unmet,
        "for_new_accounts": f"f.created_at > {now}::timestamptz - interval '30 days'"
        f" AND {stranger}",
        "for_private_mentions": f"n.type = 'mention' AND s.visibility = {DIRECT} AND {stranger}"
        f" AND NOT {is_answer}",
        "for_limited_accounts": f"f.silenced_at IS NOT NULL AND {stranger}",
        "for_bots": f"(f.bot OR f.actor_type IN ('Service', 'Application')) AND {stranger}",
    }
    verdicts = ", ".join(
        f"CASE WHEN coalesce(p.{name}, {_DEFAULTS.get(name, 0)}) > 0 AND {rule}"
        f" THEN coalesce(p.{name}, {_DEFAULTS.get(name, 0)}) ELSE 0 END"
        for name, rule in cases.items()
    )
    return (
        f"CASE WHEN n.type IN {kinds_sql(UNFILTERED)}"
        " OR EXISTS (SELECT 1 FROM notification_permissions np WHERE np.account_id = n.who"
        "   AND np.from_account_id = n.sender)"
        f" OR ({known} AND u.role IN {STAFF_SQL}))"
        f" THEN 0 ELSE greatest({verdicts}) END"
    )


_FIND = f"""
SELECT {", ".join(f"p.{name}" for name in FIELDS)}, r.requests, r.held
FROM (SELECT count(*) AS requests, coalesce(sum(k.notifications_count), 0)::bigint AS held FROM (
  SELECT q.notifications_count FROM notification_requests q
  JOIN accounts a ON a.id = q.from_account_id AND a.suspended_at IS NULL AND a.deleted_at IS NULL
  WHERE q.account_id = $1 LIMIT {MOST}) k) r
LEFT JOIN notification_policies p ON p.account_id = $1
"""


async def get_policy(read: ReadUnit, account_id: int) -> Policy:
    """What a member has said, or what holds for those who said nothing."""
    row = cast("dict[str, Any]", await read.row(_FIND, account_id))
    verdicts = {name: _DEFAULTS.get(name, 0) if row[name] is None else row[name] for name in FIELDS}
    return Policy(verdicts, row["requests"], row["held"])


async def set_policy(unit: Unit, account_id: int, changes: dict[str, int]) -> None:
    """Change some verdicts; those that are not named stay."""
    kept = {name: verdict for name, verdict in changes.items() if name in FIELDS}
    if not kept:
        return
    names = list(kept)
    await unit.execute(
        f"INSERT INTO notification_policies (account_id, {', '.join(names)})"
        f" VALUES ($1, {', '.join(f'${n + 2}' for n in range(len(names)))})"
        " ON CONFLICT (account_id) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in names),
        account_id,
        *kept.values(),
    )


def read_verdict(name: str, text: str) -> int:
    """The number of a verdict.

    Raises:
        Invalid: it is none.
    """
    if text not in VERDICTS:
        raise Invalid(f"Validation failed: {name} must be one of {', '.join(VERDICTS)}", field=name)
    return VERDICTS.index(text)
