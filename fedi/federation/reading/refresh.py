"""Reading actors anew at their origin: at once and hearing when it fails, or some time later."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta

import asyncpg

from fedi.ap.authority import host_of
from fedi.core.accounts.people import People
from fedi.core.accounts.resolve import STALE, resolve_actors
from fedi.core.accounts.types import Account
from fedi.core.chores import Chore, add_chores
from fedi.kit.clock import now
from fedi.kit.errors import FediError
from fedi.kit.result import Done, Ignored, Outcome
from fedi.kit.unit import Unit

# Old acquaintances tend to write at the same hour: they are asked spread over this time, which is
# also how often one that does not answer is asked.
SPREAD = timedelta(hours=6)

# What an actor said of itself under a key that we knew, and that is being worked on. Had the key
# been new, it would have been read anew, and be known, before the row was written.
_VOUCHED = """
SELECT EXISTS (SELECT 1 FROM inbound i WHERE i.state = 0 AND i.host = $2 AND i.signer_uri = $1
  AND i.authentic AND i.type = 'Update' AND i.object_uri = $1)
"""


async def read_anew(people: People, uri: str) -> Account:
    """The actor as its origin describes it now.

    Raises:
        FediError: its origin does not answer, or with nothing that can be used; what we have
            stands, but it is not what was asked for.
    """
    started = now()
    vouched = (uri,) if await people.runtime.db.value(_VOUCHED, uri, host_of(uri)) else ()
    found = (await resolve_actors(people, [uri], refresh=True, vouched=vouched))[uri]
    if isinstance(found, FediError):
        raise found
    if found.fetched_at is None or found.fetched_at < started:
        # The stored account outlived a failure, which the fetcher remembers and tells here.
        await people.fetcher.document(uri)
    return found


async def refresh_later(unit: Unit, accounts: Iterable[Account]) -> None:
    """Have those of these accounts read anew, in the next hours, that we know from long ago."""
    oldest = unit.now() - STALE
    old = [each.uri for each in accounts if each.fetched_at is None or each.fetched_at < oldest]
    chores = (Chore(uri, host=host_of(uri) or "") for uri in old)
    await add_chores(unit, "refresh_actor", chores, spread=SPREAD)


async def refresh_actors(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore behind it."""
    return await asyncio.gather(*(_refresh(people, row["key"]) for row in rows))


async def _refresh(people: People, uri: str) -> Outcome:
    try:
        await read_anew(people, uri)
    except FediError as problem:
        return Ignored(f"not available: {problem}"[:200])
    return Done()


CHORES = {"refresh_actor": refresh_actors}
