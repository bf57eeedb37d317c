"""A deleted post that its author took back into the world: asked for where it was."""

import asyncio
from collections.abc import Sequence

import asyncpg

from fedi.ap.authority import host_of, owns
from fedi.ap.parse import parse_note
from fedi.core.accounts.people import People
from fedi.core.chores import Chore, add_chores
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.resolve import resolve_statuses
from fedi.kit.errors import FediError, RemoteDown
from fedi.kit.result import Done, Ignored, Outcome, retry
from fedi.kit.unit import Unit

_WAITS = (240.0, 3600.0)


async def ask_to_restore(unit: Unit, uris: Sequence[str]) -> None:
    """Have posts looked for that are said to be back."""
    chores = [Chore(uri, host=host) for uri in uris if is_storable(uri) and (host := host_of(uri))]
    await add_chores(unit, "restore_post", chores)


async def restore_posts(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore behind it."""
    return await asyncio.gather(*(_restore(people, row) for row in rows))


async def _restore(people: People, row: asyncpg.Record) -> Outcome:
    """Only what its own server serves again, by the same author, leaves its grave."""
    uri: str = row["key"]
    try:
        document = await people.fetcher.document(uri)
        note = parse_note(document)
    except RemoteDown as problem:
        return retry(_WAITS, row["attempts"], f"not available: {problem}"[:200])
    except FediError as problem:
        return Ignored(f"it is not back: {problem}"[:200])
    if note.id != uri or not owns(note.attributed_to, document):
        return Ignored("somebody else's")
    async with people.runtime.unit() as unit:
        await unit.execute(
            "DELETE FROM tombstones WHERE uri = $1 AND actor_uri = $2", uri, note.attributed_to
        )
    found = (await resolve_statuses(people, [uri]))[uri]
    return Ignored(f"not stored: {found}"[:200]) if isinstance(found, FediError) else Done()


CHORES = {"restore_post": restore_posts}
