"""Posts that are elsewhere: found here, or fetched from their origin and stored.

Everything fetched is checked the same way: the document is what its own origin serves, and its
author lives on that origin. No transaction is open while the network is asked.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fedi.ap.authority import PUBLIC, owns
from fedi.ap.lenient import type_of
from fedi.ap.parse import parse_note
from fedi.ap.vocabulary import Note
from fedi.core.accounts.people import People
from fedi.core.accounts.resolve import resolve_actors
from fedi.core.accounts.types import Account
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.missing import forget_missing
from fedi.core.statuses.queries import find_by_uris
from fedi.core.statuses.receive import receive_notes
from fedi.core.statuses.threading import mark_imported
from fedi.core.statuses.types import ReceivedNote
from fedi.core.urls import is_ours
from fedi.kit.errors import (
    FediError,
    NotFound,
    RemoteGone,
    RemoteNonsense,
    RemoteRefused,
)
from fedi.kit.result import Done

_AT_ONCE = 8


async def resolve_statuses(
    people: People,
    uris: Sequence[str],
    *,
    are_news: bool = True,
    accept: Callable[[Note], bool] | None = None,
) -> dict[str, int | FediError]:
    """For each id: our id of the post, fetched if need be, or why it cannot be had.

    Args:
        people: The parts that reach out.
        uris: The ids.
        accept: Which of the fetched posts are stored; all, if it is not said.
        are_news: Whether somebody may want to hear of what is fetched.
        accept: What to keep of it; the rest is missing from the answer.
    """
    asked = list(dict.fromkeys(uris))
    found: dict[str, int | FediError] = {}
    for uri, stored in (await find_by_uris(people.runtime.read(), asked)).items():
        found[uri] = stored.id
    missing = [uri for uri in asked if uri not in found]
    fetched = dict(zip(missing, await _fetch_all(people, missing), strict=True))
    notes = {
        uri: note
        for uri, note in fetched.items()
        if isinstance(note, Note) and (accept is None or accept(note))
    }
    found.update({uri: note for uri, note in fetched.items() if isinstance(note, FediError)})
    if notes:
        found.update(await store_notes(people, notes, are_news=are_news))
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
    return read_post(people.runtime.settings.origin, await people.fetcher.document(uri))


def read_post(origin: str, document: dict[str, Any]) -> Note:
    """The post in a document that its own origin served.

    Raises:
        RemoteGone: it was deleted.
        RemoteNonsense: it is no post, or says that it belongs to somebody elsewhere.
    """
    if type_of(document, ("Tombstone",)):
        raise RemoteGone("it was deleted", permanent=True)
    note = parse_note(document)
    if not owns(note.attributed_to, document):
        raise RemoteNonsense("the author does not live where the post does")
    if is_ours(origin, note.id) or not is_storable(note.id):
        raise RemoteNonsense("the document has no id that it could have")
    if note.is_vote:
        raise RemoteNonsense("a vote is no post")
    return note


async def store_notes(
    people: People, notes: Mapping[str, Note], *, are_news: bool = True
) -> dict[str, int | FediError]:
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
        outcomes = await receive_notes(unit, items, are_news=are_news)
        stored = await find_by_uris(unit, [item.note.id for item in items])
        if not are_news:
            ended = zip(items, outcomes, strict=True)
            await mark_imported(unit, [i.note.id for i, o in ended if isinstance(o, Done)])
        await forget_missing(unit, list(stored))
    for uri, note in notes.items():
        if uri not in found:
            post = stored.get(note.id)
            found[uri] = post.id if post else NotFound("the post is not stored")
    return found
