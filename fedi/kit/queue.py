"""The durable queues: rows in Postgres, claimed under a lease, closed by whoever still owns it.

All four (`inbound`, `events`, `deliveries`, `chores`) have the same columns:

    state        0 ready, 1 parked until `due_at`, 2 done, 3 ignored, 4 refused, 5 given up
    host         fairness: claims go round the hosts, so that a noisy one cannot fill the batch
    lane         rows of one lane never run at the same time, and in the order of their ids
    hold         a parked row holds back later rows with the same hold
    lease        the fencing number of the claim that holds the row, until `leased_until`

A claim is one short transaction. Claims on one queue take turns (an advisory lock), which makes
"is this lane busy?" a question with one answer. The work happens outside of it; its effects and
the closing of the row share a transaction, and closing checks the fencing number: a worker that
was frozen past its lease can no longer do harm.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from fedi.kit.db import Database
from fedi.kit.errors import Conflict
from fedi.kit.result import END_STATE, Later, Outcome, State
from fedi.kit.unit import ReadUnit, Unit

log = logging.getLogger("fedi.queue")

# More hosts than this are served in turns.
HOSTS_PER_CLAIM = 500

_CLAIM = """
WITH RECURSIVE skip AS (
  (SELECT q.host FROM {table} q WHERE q.state = 0 AND q.host >= $1 ORDER BY q.host LIMIT 1)
  UNION ALL
  SELECT (SELECT q.host FROM {table} q WHERE q.state = 0 AND q.host > s.host
          ORDER BY q.host LIMIT 1)
  FROM skip s WHERE s.host IS NOT NULL
),
busy AS MATERIALIZED (
  SELECT b.host, b.lane FROM {table} b
  WHERE b.state = 0 AND b.leased_until > now()
),
turn AS (
  SELECT s.host, {room} AS room
  FROM (SELECT host FROM skip WHERE host IS NOT NULL LIMIT {hosts}) s
  {held}
),
picked AS (
  SELECT c.id FROM turn t CROSS JOIN LATERAL (
    SELECT r.id, row_number() OVER (ORDER BY r.id) AS n FROM (
      SELECT q.id FROM {table} q
      WHERE q.state = 0 AND q.host = t.host
        AND (q.lease IS NULL OR q.leased_until <= now())
        AND (q.lane = '' OR NOT EXISTS (SELECT 1 FROM busy b WHERE b.lane = q.lane))
        AND (q.hold = '' OR NOT EXISTS (
          SELECT 1 FROM {table} p WHERE p.state = 1 AND p.hold = q.hold AND p.id < q.id))
        {alone}
      ORDER BY q.id LIMIT least($2::int, t.room)
    ) r
  ) c
  WHERE t.room > 0
  ORDER BY c.n, c.id LIMIT $2::int
)
UPDATE {table} t
SET lease = $3, leased_until = now() + $4::interval, leased_by = $5, attempts = t.attempts + 1
FROM picked
-- Asked again of the row as it is once it is locked: its last owner may just have closed it.
WHERE t.id = picked.id AND t.state = 0 AND (t.lease IS NULL OR t.leased_until <= now())
RETURNING t.id, t.attempts, t.host, t.lane, t.created_at, {columns}
"""

_ROOM = "$6::int - (SELECT count(*) FROM busy b WHERE b.host = s.host)::int"
_HELD = "WHERE NOT EXISTS (SELECT 1 FROM hosts h WHERE h.host = s.host AND h.held_until > now())"
# A lane is drained strictly one row at a time where its rows leave the box one by one.
_ALONE = (
    "AND (q.lane = '' OR NOT EXISTS (SELECT 1 FROM {table} e"
    " WHERE e.state = 0 AND e.lane = q.lane AND e.id < q.id))"
)


@dataclass(frozen=True, slots=True)
class Queue:
    """One durable queue and how it is claimed."""

    name: str
    columns: tuple[str, ...]
    # At most this many leased rows for one host (0: no limit); such a queue also heeds the
    # breaker (`hosts.held_until`) and takes one row of a lane at a time.
    per_host: int = 0
    max_attempts: int = 3

    @property
    def claim_sql(self) -> str:
        """The statement that claims a batch."""
        return _CLAIM.format(
            table=self.name,
            columns=", ".join(f"t.{column}" for column in self.columns),
            hosts=HOSTS_PER_CLAIM,
            room=_ROOM if self.per_host else "$2::int",
            held=_HELD if self.per_host else "",
            alone=_ALONE.format(table=self.name) if self.per_host else "",
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """Claimed rows and the fencing number that owns them."""

    queue: Queue
    lease: int
    rows: list[asyncpg.Record]

    def only(self, rows: list[asyncpg.Record]) -> "Batch":
        """A part of the batch, under the same lease."""
        return Batch(self.queue, self.lease, rows)

    async def close(
        self, unit: Unit, outcomes: Sequence[tuple[int, Outcome]], *, fenced: bool = True
    ) -> None:
        """Write the outcomes, in the transaction of their effects.

        Raises:
            Conflict: a row is no longer ours; the effects roll back with it.
        """
        closed = await close_rows(unit, self.queue, self.lease, outcomes)
        if fenced and closed != len(outcomes):
            raise Conflict("lease lost", f"{self.queue.name}: lease {self.lease} was taken over")


async def close_rows(
    unit: Unit, queue: Queue, lease: int, outcomes: Sequence[tuple[int, Outcome]]
) -> int:
    """Close or park rows that `lease` still owns; how many those were."""
    if not outcomes:
        return 0
    ended = [(i, END_STATE[type(o)], o.reason) for i, o in outcomes if not isinstance(o, Later)]
    parked = [(i, o) for i, o in outcomes if isinstance(o, Later)]
    closed = 0
    if ended:
        closed += await unit.execute(
            f"UPDATE {queue.name} t SET state = o.state, reason = nullif(o.reason, ''),"
            " lease = NULL, leased_until = NULL, ended_at = now()"
            " FROM unnest($2::bigint[], $3::smallint[], $4::text[]) o(id, state, reason)"
            " WHERE t.id = o.id AND t.lease = $1 AND t.state = 0",
            lease,
            [i for i, _, _ in ended],
            [int(state) for _, state, _ in ended],
            [reason[:500] for _, _, reason in ended],
        )
    if parked:
        closed += await unit.execute(
            f"UPDATE {queue.name} t SET state = 1, reason = nullif(o.reason, ''),"
            " lease = NULL, leased_until = NULL, due_at = now() + o.after * interval '1 second',"
            " attempts = t.attempts - CASE WHEN o.counts THEN 0 ELSE 1 END"
            " FROM unnest($2::bigint[], $3::float8[], $4::text[], $5::bool[])"
            " o(id, after, reason, counts)"
            " WHERE t.id = o.id AND t.lease = $1 AND t.state = 0",
            lease,
            [i for i, _ in parked],
            [o.after for _, o in parked],
            [o.reason[:500] for _, o in parked],
            [o.counts for _, o in parked],
        )
    return closed


async def claim(
    db: Database, queue: Queue, *, worker: str, limit: int, lease_seconds: float, after: str = ""
) -> Batch:
    """Take a fair batch of ready rows."""
    args: list[object] = [after, limit, 0, timedelta(seconds=lease_seconds), worker]
    if queue.per_host:
        args.append(queue.per_host)
    async with db.transaction() as connection:
        lease: int = await connection.fetchval(
            "SELECT nextval('lease_seq') FROM pg_advisory_xact_lock(hashtext($1))",
            f"claim {queue.name}",
        )
        args[2] = lease
        rows = await connection.fetch(queue.claim_sql, *args)
    rows.sort(key=lambda row: row["id"])
    return Batch(queue, lease, rows)


async def has_unclaimed(db: Database, queue: Queue) -> bool:
    """Whether a ready row is in nobody's hands; after an empty claim it waits for its turn."""
    # The host is compared so that the index of ready rows serves.
    found: bool = await db.value(
        f"SELECT EXISTS (SELECT 1 FROM {queue.name} WHERE state = 0 AND host >= ''"
        " AND leased_until IS NULL)"
    )
    return found


async def wake(db: Database, queue: Queue) -> int:
    """Make parked rows whose time has come ready; how many there were."""
    rows = await db.fetch(
        f"WITH woken AS (UPDATE {queue.name} SET state = 0 WHERE state = 1 AND due_at <= now()"
        " RETURNING 1) SELECT count(*) FROM woken"
    )
    return int(rows[0][0])


async def hand_back(db: Database, queue: Queue, worker: str) -> None:
    """Return everything this worker holds, as if it had not been claimed."""
    await db.fetch(
        f"UPDATE {queue.name} SET lease = NULL, leased_until = NULL, attempts = attempts - 1"
        " WHERE state = 0 AND leased_until IS NOT NULL AND leased_by = $1",
        worker,
    )


async def let_go(db: Database, batch: Batch) -> None:
    """Return rows of a batch, as if they had not been claimed."""
    if batch.rows:
        await db.fetch(
            f"UPDATE {batch.queue.name} SET lease = NULL, leased_until = NULL,"
            " attempts = attempts - 1 WHERE id = ANY($2::bigint[]) AND lease = $1 AND state = 0",
            batch.lease,
            [row["id"] for row in batch.rows],
        )


async def prune(db: Database, queue: Queue, keep: timedelta, *, batch: int = 5000) -> int:
    """Delete ended rows older than `keep`, in small steps; how many went."""
    total = 0
    while True:
        rows = await db.fetch(
            f"WITH old AS (SELECT id FROM {queue.name} WHERE state > 1"
            " AND ended_at < now() - $1::interval ORDER BY ended_at LIMIT $2),"
            f" gone AS (DELETE FROM {queue.name} q USING old WHERE q.id = old.id RETURNING 1)"
            " SELECT count(*) FROM gone",
            keep,
            batch,
        )
        gone = int(rows[0][0])
        total += gone
        if gone < batch:
            return total


@dataclass(frozen=True, slots=True)
class Depth:
    """How full a queue is."""

    ready: int
    parked: int
    oldest_ready_seconds: float


async def depth(unit: ReadUnit, queue: Queue) -> Depth:
    """Open rows of a queue, and how long the oldest ready one has waited."""
    row = await unit.row(
        f"SELECT count(*) FILTER (WHERE state = 0) AS ready,"
        " count(*) FILTER (WHERE state = 1) AS parked,"
        " coalesce(extract(epoch FROM now() - min(greatest(created_at, due_at))"
        "   FILTER (WHERE state = 0)), 0)::float8 AS oldest"
        f" FROM {queue.name} WHERE state < 2"
    )
    if row is None:
        return Depth(0, 0, 0.0)
    return Depth(row["ready"], row["parked"], row["oldest"])


def is_quarantine(attempts: int, queue: Queue) -> bool:
    """Whether a row that failed `attempts` times must no longer be tried."""
    return attempts >= queue.max_attempts


__all__ = [
    "Batch",
    "Depth",
    "Queue",
    "State",
    "claim",
    "close_rows",
    "depth",
    "hand_back",
    "has_unclaimed",
    "is_quarantine",
    "let_go",
    "prune",
    "wake",
]
