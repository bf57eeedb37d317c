"""The recent past of accounts elsewhere that somebody here begins to follow, or looks at.

Nothing of what they wrote before came here, since nobody wanted it. So once, when an account has
its first follower here, its profile is read anew if it is old, and the first page of its outbox is
read: the newest posts come in under their own dates, and nobody is told of them. They show on the
profile and in the homes of those who follow. The same happens when a member looks at a profile,
at most once a day; then they show on the profile alone.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

import asyncpg

from fedi.core import limits
from fedi.core.accounts.people import People
from fedi.core.accounts.types import Account
from fedi.federation.reading.featured import read_featured, read_featured_tags
from fedi.federation.reading.past import MOST, get_anew, read_past, store_past
from fedi.kit.errors import FediError, RemoteDown, TooMany, Unavailable
from fedi.kit.result import Done, Ignored, Later, Outcome, retry
from fedi.kit.unit import Unit

__all__ = ["CHORES", "MOST", "backfill", "backfill_later", "look"]

log = logging.getLogger("fedi.backfill")

Part = Callable[[People, Account], Awaitable[None]]

SECONDS = 25.0
# When the host does not answer: after 10 minutes, after an hour, then not any more.
_WAITS = (600.0, 3600.0)
_DAY = timedelta(days=1)

# For each account: how many follows of ours have just begun; with those it has no others.
_ASK = """
WITH wanted AS (
  SELECT a.id, lower(split_part(a.uri, '/', 3)) AS host
  FROM unnest($1::bigint[], $2::bigint[]) AS t(id, begun) JOIN accounts a ON a.id = t.id
  WHERE a.domain IS NOT NULL AND (SELECT count(*) FROM (SELECT 1 FROM follows f
    WHERE f.target_id = t.id AND f.local AND f.accepted LIMIT t.begun + 1) x) <= t.begun
), counted AS (
  INSERT INTO counters (key, window_start, count)
  SELECT 'backfill of ' || w.id, $3, 1 FROM wanted w ORDER BY w.id
  ON CONFLICT (key, window_start) DO NOTHING RETURNING key
)
INSERT INTO chores (kind, key, host)
SELECT 'backfill_account', w.id::text, w.host FROM counted c
JOIN wanted w ON c.key = 'backfill of ' || w.id ORDER BY w.id
ON CONFLICT (kind, key) WHERE state < 2 DO NOTHING
"""


async def backfill_later(unit: Unit, begun: Mapping[int, int]) -> None:
    """Have the past of accounts fetched that have just got their first followers here.

    Args:
        unit: The transaction in which the follows began.
        begun: How many follows of ours have just begun, by the account that is followed.
    """
    if begun:
        window = limits.window_start(_DAY, unit.now())
        if await unit.execute(_ASK, list(begun), list(begun.values()), window):
            unit.ring("chores")


async def backfill(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore behind it, one row for each account."""
    return await asyncio.gather(*(_backfill(people, row) for row in rows))


async def _backfill(people: People, row: asyncpg.Record) -> Outcome:
    try:
        async with asyncio.timeout(SECONDS):
            account = await get_anew(people, int(row["key"]))
            items = await read_past(people, account)
    except (RemoteDown, Unavailable, TooMany, TimeoutError) as problem:
        reason = f"not available: {type(problem).__name__} {problem}"[:200]
        return retry(_WAITS, row["attempts"], reason)
    except FediError as problem:
        return Ignored(f"not available: {problem}"[:200])
    outcome = await store_past(people, account, items, comes_home=True)
    await _try_each(people, account, (read_featured, read_featured_tags))
    return outcome


async def begin_looks(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore of a profile that a member looks at: begin to read it, beside the queue."""
    return [_begin(people, row) for row in rows]


def _begin(people: People, row: asyncpg.Record) -> Outcome:
    if people.crawls.locked():
        return Later(2.0, "others are being read", counts=False)
    people.runtime.tasks.start(_look_beside(people, int(row["key"])), f"look {row['key']}")
    return Done("begun")


async def _look_beside(people: People, account_id: int) -> None:
    async with people.crawls:
        await look(people, account_id)


async def look(people: People, account_id: int) -> None:
    """Read what a profile shows; what cannot be had is left as it is."""
    people = people.at_leisure()
    try:
        async with asyncio.timeout(SECONDS):
            account = await get_anew(people, account_id)
    except (FediError, TimeoutError) as problem:
        log.info("no profile", extra={"account": account_id, "why": str(problem)})
        return
    # The pins first: they are what a profile begins with.
    await _try_each(people, account, (read_featured, _read_newest, read_featured_tags))


async def _read_newest(people: People, account: Account) -> None:
    await store_past(people, account, await read_past(people, account))


async def _try_each(people: People, account: Account, parts: Sequence[Part]) -> None:
    for part in parts:
        try:
            async with asyncio.timeout(SECONDS):
                await part(people, account)
        except Unavailable:
            raise
        except (FediError, TimeoutError) as problem:
            log.info("part of a profile", extra={"account": account.id, "why": str(problem)})


CHORES = {"backfill_account": backfill, "look_at_account": begin_looks}
