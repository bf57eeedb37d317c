"""Posts that are elsewhere: found here, or fetched from their origin and stored.

Everything fetched is checked the same way: the document is what its own origin serves, and its
author lives on that origin. No transaction is open while the network is asked.
"""

import asyncio
from collections.abc import Sequence

import asyncpg

from fedi.ap.authority import PUBLIC, host_of, owns
from fedi.ap.parse import parse_note
from fedi.ap.vocabulary import Note
from fedi.core.accounts.people import People
from fedi.core.accounts.resolve import resolve_actors
from fedi.core.accounts.types import Account
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.queries import find_by_uris
from fedi.core.statuses.receive import receive_notes
from fedi.core.statuses.threading import adopt
from fedi.core.statuses.types import ReceivedNote
from fedi.core.urls import is_ours
from fedi.events import StatusCreated
from fedi.kit.errors import FediError, NotFound, RemoteDown, RemoteNonsense, RemoteRefused
from fedi.kit.result import Done, Ignored, Outcome, retry
from fedi.kit.unit import Unit

MAX_ANCESTORS = 100
# When the parent's host does not answer: after 4 minutes, after an hour, then not any more.
_WAITS = (240.0, 3600.0)
_AT_ONCE = 8


async def resolve_statuses(people: People, uris: Sequence[str]) -> dict[str, int | FediError]:
    """For each id: our id of the post, fetched if need be, or why it cannot be had."""
    asked = list(dict.fromkeys(uris))
    found: dict[str, int | FediError] = {}
    for uri, stored in (await find_by_uris(people.runtime.read(), asked)).items():
        found[uri] = stored.id
    missing = [uri for uri in asked if uri not in found]
    fetched = dict(zip(missing, await _fetch_all(people, missing), strict=True))
    notes = {uri: note for uri, note in fetched.items() if isinstance(note, Note)}
    found.update({uri: note for uri, note in fetched.items() if isinstance(note, FediError)})
    if notes:
        found.update(await _store(people, notes))
    return found


async def _fetch_all(people: People, uris: Sequence[str]) -> list[Note | FediError]:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def fetch(uri: str) -> Note | FediError:
        try:
            async with turns:
                return await _fetch(people, uri)
        except FediError as problem:
            return problem

    return await asyncio.gather(*(fetch(uri) for uri in uris))


async def _fetch(people: People, uri: str) -> Note:
    if is_ours(people.runtime.settings.origin, uri):
        raise NotFound
    if not is_storable(uri):
        raise RemoteNonsense("the id is too long")
    document = await people.fetcher.document(uri)
    note = parse_note(document)
    if not owns(note.attributed_to, document):
        raise RemoteNonsense("the author does not live where the post does")
    if is_ours(people.runtime.settings.origin, note.id):
        raise RemoteNonsense("the document has an id of ours")
    if note.is_vote:
        raise RemoteNonsense("a vote is no post")
    return note


async def _store(people: People, notes: dict[str, Note]) -> dict[str, int | FediError]:
    """Store fetched posts with their authors; by the address that was asked for."""
    authors = await resolve_actors(people, [note.attributed_to for note in notes.values()])
    found: dict[str, int | FediError] = {}
    items: list[ReceivedNote] = []
    for uri, note in notes.items():
        author = authors.get(note.attributed_to)
        if isinstance(author, Account) and not author.is_gone:
            # Served to anybody who asks, but addressed to nobody: for all, and not advertised.
            items.append(ReceivedNote(note, author, cc=(PUBLIC,)))
        elif isinstance(author, Account):
            found[uri] = RemoteRefused("the author is suspended or gone")
        else:
            found[uri] = author or NotFound("the author cannot be had")
    async with people.runtime.unit() as unit:
        await receive_notes(unit, items)
        stored = await find_by_uris(unit, [item.note.id for item in items])
    for uri, note in notes.items():
        if uri not in found:
            post = stored.get(note.id)
            found[uri] = post.id if post else NotFound("the post is not stored")
    return found


async def ask_for_parents(unit: Unit, uris: Sequence[str]) -> None:
    """Have the posts fetched that replies are waiting for."""
    # What has no host that anybody could ask is no address, whatever a reply may say.
    hosts = {uri: host_of(uri) for uri in sorted(set(uris)) if is_storable(uri) and host_of(uri)}
    if hosts:
        added = await unit.execute(
            "INSERT INTO chores (kind, key, payload, host)"
            " SELECT 'fetch_parents', u, jsonb_build_object('left', $3::int), h"
            " FROM unnest($1::text[], $2::text[]) AS p(u, h)"
            " ON CONFLICT (kind, key) WHERE state < 2 DO NOTHING",
            list(hosts),
            list(hosts.values()),
            MAX_ANCESTORS,
        )
        if added:
            unit.ring("chores")


async def fetch_parents(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore behind it: from each parent upwards, until something is known or ends."""
    return await asyncio.gather(*(_climb(people, row) for row in rows))


async def _climb(people: People, row: asyncpg.Record) -> Outcome:
    uri: str | None = row["key"]
    left = min(int(row["payload"].get("left", MAX_ANCESTORS)), MAX_ANCESTORS)
    for _ in range(left):
        if uri is None:
            return Done()
        found = (await resolve_statuses(people, [uri]))[uri]
        if isinstance(found, RemoteDown):
            # From the second parent on, the row's own parent is here: the rest has its own row.
            return await _later(people, uri, row, found)
        if isinstance(found, FediError):
            return Ignored(f"not available: {found}"[:200])
        async with people.runtime.unit() as unit:
            await join(unit, [uri])
            uri = await _next_parent(unit, found)
    return Done("far enough")


async def _later(people: People, uri: str, row: asyncpg.Record, why: FediError) -> Outcome:
    if uri != row["key"]:
        async with people.runtime.unit() as unit:
            await ask_for_parents(unit, [uri])
        return Done()
    return retry(_WAITS, row["attempts"], f"not available: {why}"[:200])


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


CHORES = {"fetch_parents": fetch_parents}
