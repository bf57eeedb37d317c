"""What becomes of polls in the course of time: new votes are told now and then, ends once.

Every vote would be an Update to all followers, so that those of some minutes are told together.
"""

from collections.abc import Sequence
from datetime import timedelta

import asyncpg

from fedi.core.accounts.people import People
from fedi.core.chores import Chore, add_chores
from fedi.events import PollClosed, StatusRefreshed
from fedi.kit.result import Done, Ignored, Outcome
from fedi.kit.runtime import Runtime
from fedi.kit.unit import Unit

# Votes of this time are told together.
PAUSE = timedelta(minutes=3)
# A poll that is over is read once more after at most this time, when its server has counted.
SPREAD = timedelta(minutes=1)
_AT_ONCE = 500

_CLOSE = f"""
WITH due AS (
  SELECT p.id, p.status_id FROM polls p WHERE p.closed_at IS NULL AND p.expires_at <= $1
  ORDER BY p.expires_at LIMIT {_AT_ONCE} FOR UPDATE OF p SKIP LOCKED
)
UPDATE polls p SET closed_at = $1
FROM (SELECT due.id, s.local FROM due JOIN statuses s ON s.id = due.status_id OFFSET 0) d
WHERE p.id = d.id
RETURNING p.id, p.status_id, p.account_id, d.local, EXISTS (SELECT 1 FROM poll_votes v
  JOIN accounts a ON a.id = v.account_id WHERE v.poll_id = p.id AND a.domain IS NULL) AS is_ours
"""


async def close_due(runtime: Runtime) -> int:
    """Close all polls whose time is over; how many those were."""
    total = 0
    while True:
        async with runtime.unit() as unit:
            closed = await close_some(unit)
        total += closed
        if closed < _AT_ONCE:
            return total


async def close_some(unit: Unit) -> int:
    """Close polls whose time is over, as many as one transaction should; records PollClosed.

    Those of members are told to others once more. Those of others in which members have voted are
    read once more, a moment later.
    """
    rows = await unit.fetch(_CLOSE, unit.now())
    for row in rows:
        unit.record(PollClosed(row["id"], row["status_id"]))
        if row["local"]:
            unit.record(StatusRefreshed(row["status_id"], row["account_id"], local=True))
    voted = [Chore(str(row["id"])) for row in rows if row["is_ours"] and not row["local"]]
    await add_chores(unit, "refresh_poll", voted, spread=SPREAD)
    return len(rows)


async def announce_later(unit: Unit, status_ids: Sequence[int]) -> None:
    """Have the votes in these posts, as far as they are members', told to others in a while."""
    await unit.execute(
        "INSERT INTO chores (kind, key, state, due_at)"
        " SELECT 'announce_poll', s.id::text, 1, now() + $2::interval FROM statuses s"
        " WHERE s.id = ANY($1::bigint[]) AND s.local AND NOT s.local_only ORDER BY s.id"
        " ON CONFLICT (kind, key) WHERE state < 2 DO NOTHING",
        sorted(set(status_ids)),
        PAUSE,
    )


async def announce(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore behind it, one row for each post; a poll that is over has been told already."""
    async with people.runtime.unit() as unit:
        open_polls = await unit.fetch(
            "SELECT p.status_id, p.account_id FROM polls p"
            " WHERE p.status_id = ANY($1::bigint[]) AND p.closed_at IS NULL",
            [int(row["key"]) for row in rows],
        )
        unit.record(*(StatusRefreshed(row[0], row[1], local=True) for row in open_polls))
    told = {row[0] for row in open_polls}
    return [
        Done() if int(row["key"]) in told else Ignored("the poll is over or gone") for row in rows
    ]


CHORES = {"announce_poll": announce}
