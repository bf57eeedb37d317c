"""What all that happens between two accounts needs: locks on pairs, and taking follows away."""

from collections.abc import Iterable, Sequence

import asyncpg

from fedi.core import follow_counts
from fedi.kit.unit import Unit

Pair = tuple[int, int]


async def lock_pairs(unit: Unit, pairs: Iterable[Pair]) -> None:
    """Let nobody else change how these pairs stand to each other until this transaction ends.

    A follow and a block of the same two people could otherwise be decided side by side, each
    without seeing the other. Whoever comes first in a pair does not matter.
    """
    keys = sorted({(min(pair), max(pair)) for pair in pairs})
    if not keys:
        return
    await unit.fetch(
        "SELECT pg_advisory_xact_lock(hashtextextended(k, 7)) FROM unnest($1::text[]) AS k",
        [f"{low} {high}" for low, high in keys],
    )


async def delete_follows(unit: Unit, pairs: Sequence[Pair]) -> dict[Pair, asyncpg.Record]:
    """Take follows and requests, as (follower, target), away; the rows that were there."""
    if not pairs:
        return {}
    ordered = sorted(set(pairs))
    rows = await unit.fetch(
        "DELETE FROM follows f USING unnest($1::bigint[], $2::bigint[]) AS p(a, t)"
        " WHERE f.account_id = p.a AND f.target_id = p.t"
        " RETURNING f.id, f.account_id, f.target_id, f.accepted, f.local, f.uri",
        [account_id for account_id, _ in ordered],
        [target_id for _, target_id in ordered],
    )
    gone = {(row["account_id"], row["target_id"]): row for row in rows}
    await follow_counts.end(unit, [pair for pair, row in gone.items() if row["accepted"]])
    await _end_endorsements(unit, [pair for pair, row in gone.items() if row["local"]])
    return gone


async def _end_endorsements(unit: Unit, pairs: Sequence[Pair]) -> None:
    """Nobody recommends whom they do not follow any more."""
    if pairs:
        await unit.execute(
            "DELETE FROM endorsements e USING unnest($1::bigint[], $2::bigint[]) AS p(a, t)"
            " WHERE e.account_id = p.a AND e.target_id = p.t",
            [account_id for account_id, _ in pairs],
            [target_id for _, target_id in pairs],
        )


async def accept_rows(unit: Unit, follow_ids: Sequence[int]) -> dict[Pair, asyncpg.Record]:
    """Put waiting follows into effect; the rows for which that was news."""
    if not follow_ids:
        return {}
    rows = await unit.fetch(
        "UPDATE follows SET accepted = true WHERE id IN (SELECT id FROM follows"
        " WHERE id = ANY($1::bigint[]) AND NOT accepted ORDER BY id FOR UPDATE)"
        " RETURNING id, account_id, target_id, local, uri",
        list(follow_ids),
    )
    found = {(row["account_id"], row["target_id"]): row for row in rows}
    await follow_counts.begin(unit, found)
    return found
