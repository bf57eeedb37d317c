"""The chores behind a move: the followers here change over, a batch at a time.

The same where an account has another id than before, and the old one is no more.
"""

import asyncio
from collections.abc import Sequence

import asyncpg

from fedi.core.accounts.people import People
from fedi.core.moving import AT_ONCE, carry_followers, carry_wishes, find_pair, merge
from fedi.kit.errors import FediError, RemoteDown, RemoteGone, Unavailable
from fedi.kit.result import Done, Ignored, Later, Outcome, retry

# Batches in one turn; other chores want theirs, too.
_TURNS = 10
_SECONDS = 20.0
# When the host does not answer: after ten minutes, after an hour, after six.
_WAITS = (600.0, 3600.0, 21_600.0)


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


async def merge_renamed(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """One row for each actor whose name has gone to another one of its server."""
    return await asyncio.gather(*(_merge(people, row) for row in rows))


async def _merge(people: People, row: asyncpg.Record) -> Outcome:
    old_id, _, heir = row["key"].partition(" ")
    uri = await people.runtime.db.value("SELECT uri FROM accounts WHERE id = $1", int(old_id))
    try:
        async with asyncio.timeout(_SECONDS):
            is_gone = uri is not None and await _is_gone(people, uri, heir)
        if not is_gone:
            return Ignored("it is still there under its own id")
        async with people.runtime.unit() as unit:
            return await merge(unit, int(old_id), heir)
    except (RemoteDown, Unavailable, TimeoutError) as problem:
        return retry(_WAITS, row["attempts"], f"not available: {problem}"[:200])
    except FediError as problem:
        return Ignored(f"not available: {problem}"[:200])


async def _is_gone(people: People, uri: str, heir: str) -> bool:
    """Whether the old actor is no more, or leads to the new one."""
    people.fetcher.forget(uri)
    try:
        document = await people.fetcher.document(uri)
    except RemoteGone:
        return True
    return document.get("id") == heir


CHORES = {"carry_followers": carry, "merge_renamed": merge_renamed}
