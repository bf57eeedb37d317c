"""The delivery ledger: what became of every (activity, inbox), asked, repaired and compacted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fedi.federation.queues import DELIVERIES
from fedi.kit.queue import Depth, depth
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit, Unit

STATE_NAMES = ("pending", "waiting", "delivered", "superseded", "refused", "given up")
_BATCH = 1000

_COMPACT = """
WITH old AS (
  SELECT a.id FROM activities a
  WHERE a.created_at < now() - $1::interval AND a.receipt IS NULL
    AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.activity_id = a.id
                    AND (d.state < 2 OR d.ended_at > now() - $1::interval))
  ORDER BY a.created_at LIMIT $2
), counted AS (
  SELECT o.id, coalesce((
    SELECT jsonb_object_agg(c.name, c.count) FROM (
      SELECT ($3::text[])[d.state + 1] AS name, count(*) AS count
      FROM deliveries d WHERE d.activity_id = o.id GROUP BY d.state) c), '{}'::jsonb) AS receipt
  FROM old o
), gone AS (
  DELETE FROM deliveries d USING old o WHERE d.activity_id = o.id
)
UPDATE activities a SET receipt = c.receipt, body = NULL FROM counted c WHERE a.id = c.id
"""


async def compact(runtime: Runtime) -> int:
    """Replace the rows of old, finished activities by their counts; how many activities it was."""
    await give_up_old(runtime)
    keep = timedelta(days=runtime.settings.queue.delivery_retention_days)
    total = 0
    while True:
        async with runtime.unit() as unit:
            done = await unit.execute(_COMPACT, keep, _BATCH, list(STATE_NAMES))
        total += done
        if done < _BATCH:
            return total


async def give_up_old(runtime: Runtime) -> int:
    """End what has waited too long for a host that nobody may knock at; how much it was.

    While the breaker of a host is open its rows are not claimed, so nothing else ends them.
    """
    days = runtime.settings.queue.delivery_give_up_days
    async with runtime.unit() as unit:
        return await unit.execute(
            "UPDATE deliveries SET state = 5, ended_at = now(), reason ="
            " left('gave up after ' || $2 || ' days' || coalesce(': ' || reason, ''), 500)"
            " WHERE state < 2 AND created_at < now() - $1::interval AND lease IS NULL"
            " AND host IN (SELECT host FROM hosts WHERE held_until > now())",
            timedelta(days=days),
            f"{days:g}",
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """The state of all deliveries."""

    queue: Depth
    ended: dict[str, int]
    held_hosts: int


async def summarise(read: ReadUnit) -> Summary:
    """How deliveries stand."""
    rows = await read.fetch(
        "SELECT state, count(*) AS count FROM deliveries WHERE state > 1 GROUP BY state"
    )
    held = await read.value("SELECT count(*) FROM hosts WHERE held_until > now()")
    return Summary(
        await depth(read, DELIVERIES),
        {STATE_NAMES[row["state"]]: row["count"] for row in rows},
        int(held),
    )


async def list_hosts(read: ReadUnit, limit: int = 100) -> list[dict[str, Any]]:
    """Hosts that have trouble or work waiting, the worst first."""
    rows = await read.fetch(
        "SELECT coalesce(h.host, q.host) AS host, coalesce(q.pending, 0) AS pending, q.oldest,"
        " coalesce(h.failures, 0) AS failures, h.held_until, h.last_success_at,"
        " h.last_failure_at, h.last_error, h.dialect FROM hosts h FULL JOIN ("
        "   SELECT host, count(*) AS pending, min(created_at) AS oldest FROM deliveries"
        "   WHERE state < 2 GROUP BY host) q ON q.host = h.host"
        " WHERE q.pending > 0 OR h.failures > 0 OR h.held_until > now()"
        " ORDER BY h.held_until DESC NULLS LAST, pending DESC, host LIMIT $1",
        limit,
    )
    return [dict(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Line:
    """One inbox of a receipt."""

    inbox_url: str
    state: str
    reason: str | None
    status_code: int | None
    attempts: int
    first_tried_at: datetime | None
    last_tried_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one activity."""

    activity: str
    type: str
    created_at: datetime
    lines: Sequence[Line]
    # Counts by state, once the single lines have been compacted.
    counts: dict[str, int]


async def receipts(read: ReadUnit, post: str) -> list[Receipt]:
    """All activities about a post, given by its id, its URI or URL, or an activity's URI."""
    number = int(post) if post.isascii() and post.isdigit() and len(post) < 20 else 0
    rows = await read.fetch(
        "SELECT a.id, a.uri, a.type, a.created_at, a.receipt, d.inbox_url, d.state, d.reason,"
        " d.status_code, d.attempts, d.first_tried_at, d.last_tried_at, d.due_at"
        " FROM activities a LEFT JOIN deliveries d ON d.activity_id = a.id"
        " WHERE a.id IN (SELECT id FROM activities WHERE uri = $1"
        "   UNION SELECT b.id FROM activities b WHERE b.status_id = $2 OR b.status_id IN"
        "     (SELECT id FROM statuses WHERE uri = $1 OR (local AND url = $1)))"
        " ORDER BY a.id, d.inbox_url",
        post,
        number,
    )
    found: dict[int, Receipt] = {}
    lines: dict[int, list[Line]] = {}
    for row in rows:
        kept = lines.setdefault(row["id"], [])
        found.setdefault(
            row["id"],
            Receipt(row["uri"], row["type"], row["created_at"], kept, row["receipt"] or {}),
        )
        if row["inbox_url"] is not None:
            kept.append(
                Line(
                    row["inbox_url"],
                    STATE_NAMES[row["state"]],
                    row["reason"],
                    row["status_code"],
                    row["attempts"],
                    row["first_tried_at"],
                    row["last_tried_at"],
                    row["due_at"] if row["state"] == 1 else None,
                )
            )
    return list(found.values())


async def retry_host(unit: Unit, host: str) -> int:
    """Try everything for a host again now, what was given up included; how much it is."""
    await unit.execute(
        "UPDATE hosts SET held_until = NULL, failures = 0, failing_since = NULL WHERE host = $1",
        host,
    )
    count = await unit.execute(
        "UPDATE deliveries d SET state = 0, due_at = now(), ended_at = NULL, created_at ="
        " CASE WHEN d.state = 5 THEN now() ELSE d.created_at END"
        " FROM activities a WHERE a.id = d.activity_id AND a.body IS NOT NULL"
        " AND d.host = $1 AND (d.state = 1 OR d.state = 5)",
        host,
    )
    unit.ring("deliveries")
    return count
