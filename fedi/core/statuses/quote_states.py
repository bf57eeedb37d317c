"""How quotes change their state: all that follows from a yes or a no of the quoted author."""

from collections.abc import Mapping, Sequence

from fedi.core.statuses.counters import Tally
from fedi.core.statuses.quotes import ACCEPTED, PENDING
from fedi.core.statuses.refreshing import refresh
from fedi.events import StatusQuoted, StatusRefreshed
from fedi.kit.unit import Unit

_GRANT = f"""
UPDATE quotes q SET state = {ACCEPTED}, approval_uri = d.stamp, checked_at = $3
FROM (SELECT k.id, k.state, d.stamp FROM unnest($1::bigint[], $2::text[]) AS d(id, stamp)
  JOIN quotes k ON k.id = d.id WHERE k.state IN ({PENDING}, {ACCEPTED})
  -- Taken back before it came.
  AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.uri = d.stamp)
  ORDER BY k.id FOR UPDATE OF k) d
JOIN quotes o ON o.id = d.id JOIN statuses s ON s.id = o.status_id
WHERE q.id = d.id
RETURNING q.id, q.status_id, q.quoted_status_id, q.account_id, d.state AS before, s.local
"""


async def grant(unit: Unit, stamps: Mapping[int, str]) -> set[int]:
    """Take over consent in writing: quote → address of the stamp; the quotes that have it now.

    What was refused or taken back once stays so.
    """
    if not stamps:
        return set()
    keys = sorted(stamps)
    rows = await unit.fetch(_GRANT, keys, [stamps[key] for key in keys], unit.now())
    tally = Tally()
    for row in rows:
        if row["before"] == PENDING:
            tally.quote(row["quoted_status_id"])
            if row["quoted_status_id"] is not None:
                unit.record(
                    StatusQuoted(
                        row["id"],
                        row["status_id"],
                        row["quoted_status_id"],
                        row["account_id"],
                        local=row["local"],
                    )
                )
        if row["before"] == PENDING or row["local"]:
            unit.record(StatusRefreshed(row["status_id"], row["account_id"], local=row["local"]))
    await refresh(unit, [row["status_id"] for row in rows])
    await tally.write(unit)
    return {row["id"] for row in rows}


async def withdraw(unit: Unit, quote_ids: Sequence[int], state: int) -> set[int]:
    """End quotes whose authors refuse, or take back what they allowed; those that were standing."""
    if not quote_ids:
        return set()
    rows = await unit.fetch(
        "UPDATE quotes q SET state = $2, checked_at = $3"
        " FROM (SELECT k.id, k.state FROM quotes k WHERE k.id = ANY($1::bigint[])"
        f"   AND k.state IN ({PENDING}, {ACCEPTED}) ORDER BY k.id FOR UPDATE OF k) d"
        " JOIN quotes o ON o.id = d.id JOIN statuses s ON s.id = o.status_id WHERE q.id = d.id"
        " RETURNING q.id, q.status_id, q.quoted_status_id, q.account_id, d.state AS before,"
        "   s.local",
        sorted(set(quote_ids)),
        state,
        unit.now(),
    )
    tally = Tally()
    for row in rows:
        if row["before"] == ACCEPTED:
            tally.quote(row["quoted_status_id"], -1)
        unit.record(StatusRefreshed(row["status_id"], row["account_id"], local=row["local"]))
    await refresh(unit, [row["status_id"] for row in rows])
    await tally.write(unit)
    return {row["id"] for row in rows}
