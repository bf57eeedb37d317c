"""The chore behind a move: the followers here change over, a batch at a time."""

from collections.abc import Sequence

import asyncpg

from fedi.core.accounts.people import People
from fedi.core.moving import AT_ONCE, carry_followers, carry_wishes, find_pair
from fedi.kit.result import Done, Ignored, Later, Outcome

# Batches in one turn; other chores want theirs, too.
_TURNS = 10


async def carry(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """One row for each move."""
    return [await _carry(people, row) for row in rows]


async def _carry(people: People, row: asyncpg.Record) -> Outcome:
    pair = await find_pair(people.runtime.read(), row["key"])
    if pair is None:
        return Ignored("nobody has moved there, or has come back")
    async with people.runtime.unit() as unit:
        await carry_wishes(unit, *pair)
    done = 0
    for _ in range(_TURNS):
        async with people.runtime.unit() as unit:
            moved = await carry_followers(unit, *pair)
        done += moved
        if moved < AT_ONCE:
            return Done(f"{done} followers")
    return Later(0.1, "there are more", counts=False)


CHORES = {"carry_followers": carry}
