"""Parents of replies: fetched upwards until something is known, or ends, or it is enough."""

import asyncio
from collections.abc import Sequence

import asyncpg

from fedi.ap.authority import host_of
from fedi.core.accounts.people import People
from fedi.core.accounts.turns import Allowance
from fedi.core.chores import Chore, add_chores
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.missing import reason_of, remember_missing
from fedi.core.statuses.resolve import resolve_statuses
from fedi.core.statuses.threading import adopt
from fedi.core.tags.service import index_posts
from fedi.events import StatusCreated
from fedi.kit.errors import FediError, RemoteDown, TooMany
from fedi.kit.result import Done, GaveUp, Ignored, Outcome, retry
from fedi.kit.unit import Unit

# Requests that may follow from one reply whose parent is not here.
MAX_REQUESTS = 100
# When the parent's host does not answer: after 4 minutes, after an hour, then not any more.
_WAITS = (240.0, 3600.0)


async def ask_for_parents(unit: Unit, uris: Sequence[str], *, requests: int = MAX_REQUESTS) -> None:
    """Have the posts fetched that replies are waiting for, and theirs, with so many requests."""
    # What has no host that anybody could ask is no address, whatever a reply may say.
    chores = [
        Chore(uri, {"left": requests}, host)
        for uri in uris
        if is_storable(uri) and (host := host_of(uri))
    ]
    await add_chores(unit, "fetch_parents", chores)


async def fetch_parents(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore behind it: from each parent upwards, until something is known or ends.

    Whatever shape the chain has, no more than a hundred requests follow from one reply.
    """
    return await asyncio.gather(*(_climb(people, row) for row in rows))


async def _climb(people: People, row: asyncpg.Record) -> Outcome:
    uri: str | None = row["key"]
    allowance = Allowance(min(int(row["payload"].get("left", MAX_REQUESTS)), MAX_REQUESTS))
    asker = people.at_leisure(allowance)
    while uri is not None:
        found = (await resolve_statuses(asker, [uri], are_news=False))[uri]
        if isinstance(found, TooMany):
            return Done("far enough")
        if isinstance(found, RemoteDown):
            # From the second parent on, the row's own parent is here: the rest has its own row.
            return await _later(people, uri, row, found, allowance.left)
        if isinstance(found, FediError):
            await _miss(people, uri, found)
            return Ignored(f"not available: {found}"[:200])
        async with people.runtime.unit() as unit:
            await join(unit, [uri])
            await index_posts(unit, [found])
            uri = await _next_parent(unit, found)
    return Done()


async def _later(
    people: People, uri: str, row: asyncpg.Record, why: FediError, left: int
) -> Outcome:
    if uri != row["key"]:
        async with people.runtime.unit() as unit:
            await ask_for_parents(unit, [uri], requests=left)
        return Done()
    ending = retry(_WAITS, row["attempts"], f"not available: {why}"[:200])
    if isinstance(ending, GaveUp):
        await _miss(people, uri, why)
    return ending


async def _miss(people: People, uri: str, why: FediError) -> None:
    """Remember that a post cannot be had, for the conversation in which it is missing."""
    async with people.runtime.unit() as unit:
        thread = await unit.value(
            "SELECT coalesce(conversation_id, id) FROM statuses WHERE in_reply_to_uri = $1"
            " AND in_reply_to_id IS NULL ORDER BY id LIMIT 1",
            uri,
        )
        if thread is not None:
            await remember_missing(unit, thread, {uri: reason_of(why)})


async def join(unit: Unit, uris: Sequence[str]) -> None:
    """Join replies to parents that are here; records StatusCreated for those that were remote."""
    tally = Tally()
    adopted = await adopt(unit, uris, tally)
    await tally.write(unit)
    unit.record(*(StatusCreated(a.id, a.account_id, local=False) for a in adopted if not a.local))


async def _next_parent(unit: Unit, status_id: int) -> str | None:
    return await unit.value(
        "SELECT in_reply_to_uri FROM statuses WHERE id = $1 AND in_reply_to_id IS NULL", status_id
    )
