"""Two servers compare who of ours follows somebody of theirs, and both lists become one.

Who is not on their list follows nobody there, whatever we believed; who waits for an answer and is
on it has it; who is on it and does not follow is taken off it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from fedi.core import urls
from fedi.core.relationships.pairs import accept_rows, delete_follows, lock_pairs
from fedi.events import FollowAccepted, FollowEnded, FollowRejected
from fedi.kit.unit import ReadUnit, Unit

# A follow that began just now may be on its way into their list.
_FRESH = "interval '5 minutes'"

_OURS = f"""
SELECT f.account_id, f.id, f.accepted, a.uri, f.created_at > now() - {_FRESH} AS fresh
FROM follows f JOIN accounts a ON a.id = f.account_id
WHERE f.target_id = $1 AND f.local AND a.domain IS NULL
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """How many follows ended, began, and were taken back."""

    ended: int = 0
    begun: int = 0
    undone: int = 0


async def list_followers(read: ReadUnit, target_id: int) -> list[str]:
    """The ids of our members who follow somebody elsewhere."""
    return [row["uri"] for row in await read.fetch(_OURS, target_id) if row["accepted"]]


async def settle_followers(
    unit: Unit, origin: str, target_id: int, listed: Collection[str]
) -> Settled:
    """Make our follows of an account be those that its server lists."""
    wanted = {number for uri in listed if (number := urls.parse_actor_uri(origin, uri)) is not None}
    rows = await unit.fetch(_OURS, target_id)
    await lock_pairs(unit, [(row["account_id"], target_id) for row in rows])
    rows = await unit.fetch(_OURS, target_id)
    stray = [
        (row["account_id"], target_id)
        for row in rows
        if row["accepted"] and not row["fresh"] and row["account_id"] not in wanted
    ]
    gone = await delete_follows(unit, stray)
    for pair, row in sorted(gone.items()):
        unit.record(FollowRejected(*pair, row["uri"] or "", local=True))
    waiting = [row["id"] for row in rows if not row["accepted"] and row["account_id"] in wanted]
    begun = await accept_rows(unit, sorted(waiting))
    for pair, row in sorted(begun.items()):
        unit.record(FollowAccepted(row["id"], *pair, local=True, answer=False))
    unknown = sorted(wanted - {row["account_id"] for row in rows})
    undone = await _take_back(unit, origin, target_id, unknown)
    return Settled(len(gone), len(begun), undone)


async def _take_back(unit: Unit, origin: str, target_id: int, account_ids: list[int]) -> int:
    """Undo follows that only the other side knows of; their ids are gone, the pair tells which."""
    if not account_ids:
        return 0
    rows = await unit.fetch(
        "SELECT id FROM accounts WHERE id = ANY($1::bigint[]) AND domain IS NULL"
        " AND deleted_at IS NULL ORDER BY id",
        account_ids,
    )
    numbers = await unit.new_ids(len(rows))
    for row, number in zip(rows, numbers, strict=True):
        uri = urls.follow_uri(origin, number)
        unit.record(FollowEnded(row["id"], target_id, uri, local=True))
    return len(rows)
