"""Before the transaction: what the database knows of a batch, and what only the network knows.

`know` asks the database once for everything that a batch speaks of. `bring` fetches for one
activity, within a deadline and without a transaction; a fetch that fails for now parks its
activity, one that fails for good ends it.
"""

import asyncio
from collections.abc import Iterable, Sequence

from fedi.core.accounts.people import People
from fedi.core.accounts.queries import find_by_uris
from fedi.core.accounts.resolve import resolve_actors
from fedi.core.statuses.queries import find_by_uris as find_statuses
from fedi.core.urls import parse_actor_uri
from fedi.federation.handlers import HANDLERS
from fedi.federation.inbound.confirm import confirm
from fedi.federation.meaning.incoming import Incoming, Known
from fedi.kit.clock import now
from fedi.kit.errors import (
    FediError,
    RemoteDown,
    RemoteError,
    RemoteNonsense,
    TooMany,
    Unavailable,
)
from fedi.kit.result import GaveUp, Later, Outcome, Refused
from fedi.kit.unit import ReadUnit

# One activity may wait this long for the network; then it is parked and its neighbours go on.
FETCH_SECONDS = 12.0
# (age of the row in seconds, how long to wait then); what is older than the last is given up.
WAITS = ((60.0, 30.0), (1800.0, 300.0), (86_400.0, 3600.0))

_FOLLOWED = """
SELECT DISTINCT f.target_id FROM follows f
WHERE f.target_id = ANY($1::bigint[]) AND f.local AND f.accepted
"""


async def know(people: People, items: Sequence[Incoming]) -> Known:
    """Everything that these activities speak of and that is here."""
    read = people.runtime.read()
    known = Known(people.runtime.settings.origin)
    actors = {item.actor_uri for item in items}
    statuses: set[str] = set()
    keys: set[str] = set()
    for item in items:
        asks = HANDLERS[item.activity.type].asks(item)
        actors.update(_members(known.origin, asks.members))
        statuses.update(asks.statuses)
        keys.update(asks.keys)
        if item.via is not None:
            actors.add(item.signer_uri)
        if not item.believed:
            statuses.update(item.activity.object_ids)
    known.accounts = await find_by_uris(read, list(actors))
    if statuses:
        known.statuses = await find_statuses(read, list(statuses))
    if keys:
        known.keys = await people.keyring.public_keys(list(keys))
    known.relays = await people.relays.load()
    _note_authors(known, items)
    known.followed = await _find_followed(read, known, items)
    return known


def _members(origin: str, uris: Iterable[str]) -> list[str]:
    return [uri for uri in uris if parse_actor_uri(origin, uri) is not None]


def _note_authors(known: Known, items: Sequence[Incoming]) -> None:
    """Posts that come along in this very batch may be answered in it, too."""
    for item in items:
        account = known.accounts.get(item.actor_uri)
        if item.note is not None and item.believed and account is not None:
            known.authors[item.note.id] = account.id


async def _find_followed(read: ReadUnit, known: Known, items: Sequence[Incoming]) -> frozenset[int]:
    """Whom of the actors, and of those to whom they reply, somebody here follows."""
    uris = {uri for item in items for uri in (item.actor_uri, item.signer_uri)}
    asked = {account.id for uri in uris if (account := known.accounts.get(uri)) is not None}
    asked.update(status.account_id for status in known.statuses.values())
    if not asked:
        return frozenset()
    rows = await read.fetch(_FOLLOWED, list(asked))
    return frozenset(row[0] for row in rows)


async def bring(people: People, item: Incoming, known: Known) -> Outcome | None:
    """Fetch what one activity needs; None when it can be applied now."""
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            return await _bring(people, item, known)
    except (RemoteDown, Unavailable, TooMany, TimeoutError) as problem:
        return _later(item, f"{type(problem).__name__}: {problem}")
    except RemoteNonsense as problem:
        return Refused(str(problem))
    except RemoteError as problem:
        return Refused(f"it cannot be had: {problem}")


def _later(item: Incoming, reason: str) -> Outcome:
    """When to ask again. That is no attempt of ours: those count what breaks here."""
    age = (now() - item.received_at).total_seconds()
    wait = next((wait for limit, wait in WAITS if age < limit), None)
    return GaveUp(reason) if wait is None else Later(wait, reason, counts=False)


async def _bring(people: People, item: Incoming, known: Known) -> Outcome | None:
    if not item.believed and (ending := await confirm(people, item, known)):
        return ending
    if ending := await HANDLERS[item.activity.type].fetch(people, item, known):
        return ending
    if item.actor_uri not in known.accounts:
        found = (await resolve_actors(people, [item.actor_uri]))[item.actor_uri]
        if isinstance(found, FediError):
            raise found
    return None
