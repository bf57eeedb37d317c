"""Answers and boosts of members that waited for somebody's word: how the waiting ends."""

from collections.abc import Mapping, Sequence

import asyncpg

from fedi.core.statuses.consent.policy import ASKED, GRANTED, REFUSED
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.refreshing import refresh
from fedi.events import StatusBoosted, StatusCreated, StatusRefreshed
from fedi.kit.unit import Unit

_COLUMNS = "s.id, s.account_id, s.visibility, s.reblog_of_id, s.in_reply_to_id"
# What stands below a waiting answer waits only for that.
_BELOW = f"""
UPDATE statuses s SET approval = NULL, revision = s.revision + 1
WHERE s.in_reply_to_id = ANY($1::bigint[]) AND s.local AND s.approval = {ASKED}
RETURNING {_COLUMNS}
"""


async def release(unit: Unit, approvals: Mapping[int, str]) -> None:
    """Let what was allowed (post or boost → where that is written) be seen, as if it came now."""
    if not approvals:
        return
    keys = sorted(approvals)
    rows = await unit.fetch(
        f"UPDATE statuses s SET approval = {GRANTED}, approval_uri = d.uri,"
        "  revision = s.revision + 1 FROM unnest($1::bigint[], $2::text[]) AS d(id, uri)"
        f" WHERE s.id = d.id AND s.local AND s.approval = {ASKED} RETURNING {_COLUMNS}",
        keys,
        [approvals[key] for key in keys],
    )
    tally = Tally()
    while rows:
        _announce(unit, rows, tally)
        rows = await unit.fetch(_BELOW, [row["id"] for row in rows])
    await tally.write(unit)


def _announce(unit: Unit, rows: Sequence[asyncpg.Record], tally: Tally) -> None:
    for row in rows:
        if row["reblog_of_id"] is not None:
            tally.reblog(row["reblog_of_id"])
            boosted = row["reblog_of_id"]
            unit.record(StatusBoosted(row["id"], row["account_id"], boosted, local=True))
        else:
            tally.reply(row["in_reply_to_id"], row["visibility"])
            unit.record(StatusCreated(row["id"], row["account_id"], local=True))


async def turn_down(unit: Unit, status_ids: Sequence[int]) -> None:
    """Let nobody but their authors see answers and boosts that are not wanted, or not any more."""
    if not status_ids:
        return
    rows = await unit.fetch(
        "UPDATE statuses s SET approval = $2 FROM (SELECT k.id, k.approval FROM statuses k"
        "   WHERE k.id = ANY($1::bigint[]) AND k.local AND k.approval <> $2"
        "   ORDER BY k.id FOR UPDATE OF k) d WHERE s.id = d.id"
        f" RETURNING {_COLUMNS}, d.approval AS before",
        sorted(set(status_ids)),
        REFUSED,
    )
    tally = Tally()
    for row in rows:
        if row["before"] == GRANTED:
            tally.reblog(row["reblog_of_id"], -1)
            tally.reply(row["in_reply_to_id"], row["visibility"], -1)
        unit.record(StatusRefreshed(row["id"], row["account_id"], local=True))
    await refresh(unit, [row["id"] for row in rows])
    await tally.write(unit)
