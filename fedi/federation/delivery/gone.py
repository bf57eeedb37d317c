"""Inboxes that answer 410: the actors behind them are asked, and followers who are gone let go.

One answer proves little: an inbox moves, a server is set up wrongly for an hour. Only what the
actor's own document says ends a follow, and nothing but follows ends here.
"""

import asyncio
from collections.abc import Iterable, Sequence

import asyncpg

from fedi.ap.authority import host_of
from fedi.core.accounts.people import People
from fedi.core.chores import Chore, add_chores
from fedi.core.relationships.receive import end_follows_of
from fedi.federation.reading.refresh import read_anew
from fedi.kit.errors import FediError, RemoteGone
from fedi.kit.result import Done, GaveUp, Later, Outcome
from fedi.kit.unit import Unit

# Behind a shared inbox there may be thousands; so many are asked about at a time.
AT_ONCE = 20
_SECONDS = 20.0
# Whoever was read after this long ago has answered for the inbox already.
_FRESH = "interval '1 hour'"
_RETRY = 3600.0
_TRIES = 3

_FOLLOWERS = f"""
SELECT a.id, a.uri FROM accounts a
WHERE (a.inbox_url = $1 OR a.shared_inbox_url = $1) AND a.domain IS NOT NULL
  AND a.deleted_at IS NULL AND coalesce(a.fetched_at < now() - {_FRESH}, true)
  AND EXISTS (SELECT 1 FROM follows f WHERE f.account_id = a.id AND NOT f.local)
ORDER BY a.id LIMIT {AT_ONCE}
"""


async def ask_after(unit: Unit, inboxes: Iterable[str]) -> None:
    """Have the actors behind these inboxes asked whether they are still there."""
    chores = (Chore(url, host=host_of(url) or "") for url in inboxes)
    await add_chores(unit, "ask_after", chores)


async def let_go(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore behind it, one row for each inbox."""
    return await asyncio.gather(*(_let_go(people, row) for row in rows))


async def _let_go(people: People, row: asyncpg.Record) -> Outcome:
    found = await people.runtime.read().fetch(_FOLLOWERS, row["key"])
    try:
        async with asyncio.timeout(_SECONDS):
            answers = await asyncio.gather(*(_is_gone(people, actor["uri"]) for actor in found))
    except TimeoutError:
        answers = [None] * len(found)
    gone = [actor["id"] for actor, answer in zip(found, answers, strict=True) if answer]
    if gone:
        async with people.runtime.unit() as unit:
            await end_follows_of(unit, gone)
    if None in answers:
        reason = "its host does not answer for all"
        return GaveUp(reason) if row["attempts"] > _TRIES else Later(_RETRY, reason)
    if len(found) == AT_ONCE:
        return Later(1.0, "there are more", counts=False)
    return Done(f"{len(gone)} gone")


async def _is_gone(people: People, uri: str) -> bool | None:
    """Whether the actor is no more; None while nobody says."""
    people.fetcher.forget(uri)
    try:
        await read_anew(people, uri)
    except RemoteGone:
        return True
    except FediError:
        return None
    return False


CHORES = {"ask_after": let_go}
