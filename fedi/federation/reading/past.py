"""What an account elsewhere wrote before anybody here wanted it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fedi.ap.authority import PUBLIC, owns, recipients_of, same_origin
from fedi.ap.lenient import as_object, id_of, type_of
from fedi.ap.parse import is_activity, parse_note
from fedi.core.accounts.collections import read_first_page
from fedi.core.accounts.people import People
from fedi.core.accounts.queries import find_by_ids
from fedi.core.accounts.resolve import STALE, resolve_actors
from fedi.core.accounts.types import Account
from fedi.core.statuses.policy import UNLISTED, received_visibility
from fedi.core.statuses.queries import find_by_uris
from fedi.core.statuses.receive import receive_notes
from fedi.core.statuses.threading import mark_imported
from fedi.core.statuses.types import ReceivedNote
from fedi.core.tags.service import index_posts
from fedi.core.timelines import feeds
from fedi.kit.errors import FediError, NotFound, RemoteDown, RemoteNonsense, Unavailable
from fedi.kit.result import Done, Outcome

# Posts that are taken; boosts and answers to others take no place.
MOST = 20
# Entries of the page that are looked at.
LOOKED_AT = 100
_AT_ONCE = 4


async def get_anew(people: People, account_id: int) -> Account:
    """The account, as its origin describes it today."""
    account = (await find_by_ids(people.runtime.read(), [account_id])).get(account_id)
    if account is None or account.is_local or account.is_gone:
        raise NotFound("there is no such account any more")
    found = (await resolve_actors(people, [account.uri], max_age=STALE))[account.uri]
    if isinstance(found, FediError):
        raise found
    if found.is_gone:
        raise NotFound("the account is gone")
    return found


async def read_past(people: People, account: Account) -> list[ReceivedNote]:
    """The newest posts of an account, as its outbox lists them.

    Raises:
        FediError: there is no outbox that could be read.
    """
    outbox = account.outbox_url
    if not outbox or not same_origin(outbox, account.uri):
        raise RemoteNonsense("it has no outbox of its own")
    page = await read_first_page(people, outbox)
    turns = asyncio.Semaphore(_AT_ONCE)

    async def take(entry: str | dict[str, Any]) -> ReceivedNote | None:
        async with turns:
            return await take_own(people, account, entry)

    wanted = (entry for entry in page.items[:LOOKED_AT] if _may_be_post(entry))
    found = await asyncio.gather(*(take(entry) for entry in islice(wanted, MOST)))
    return [item for item in found if item is not None]


def _may_be_post(entry: str | dict[str, Any]) -> bool:
    return (
        isinstance(entry, str) or not is_activity(entry) or type_of(entry, ("Create",)) is not None
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """A post on its page, and whom the activity around it names."""

    document: dict[str, Any]
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


async def take_own(
    people: People, account: Account, entry: str | dict[str, Any]
) -> ReceivedNote | None:
    """What an entry comes to: a post of the account for all to see, or nothing.

    Raises:
        RemoteDown, Unavailable: its host has stopped answering.
    """
    try:
        return _judge(account, await _open(people, account, entry))
    except (RemoteDown, Unavailable):
        raise
    except FediError:
        return None


async def _open(people: People, account: Account, entry: str | dict[str, Any]) -> _Entry:
    """The post in an entry: embedded, or fetched where entry or object are mere ids."""
    if isinstance(entry, str):
        entry = await _fetch(people, account, entry)
    if not is_activity(entry):
        return _Entry(entry)
    if type_of(entry, ("Create",)) != "Create" or id_of(entry.get("actor")) != account.uri:
        raise RemoteNonsense("no Create of the account")
    thing = as_object(entry.get("object"))
    if thing is None:
        thing = await _fetch(people, account, id_of(entry.get("object")))
    return _Entry(thing, recipients_of(entry.get("to")), recipients_of(entry.get("cc")))


async def _fetch(people: People, account: Account, uri: str | None) -> dict[str, Any]:
    if uri is None or not same_origin(uri, account.uri):
        raise RemoteNonsense("it lies elsewhere")
    return await people.fetcher.document(uri)


def _judge(account: Account, entry: _Entry) -> ReceivedNote | None:
    note = parse_note(entry.document)
    if not owns(account.uri, entry.document) or note.attributed_to != account.uri:
        raise RemoteNonsense("the post is not the account's own")
    if note.is_vote or note.published is None:
        # What has no date would stand at the top of every home.
        return None
    item = ReceivedNote(note, account, to=entry.to, cc=entry.cc)
    if not (note.to or note.cc or entry.to or entry.cc):
        # Served to anybody who asks, but addressed to nobody.
        item = ReceivedNote(note, account, cc=(PUBLIC,))
    to, cc = (note.to, note.cc) if note.to or note.cc else (item.to, item.cc)
    return item if received_visibility(to, cc, account) <= UNLISTED else None


async def store_past(
    people: People, account: Account, items: Sequence[ReceivedNote], *, comes_home: bool = False
) -> Outcome:
    """Store posts of long ago quietly; with `comes_home` those who follow find them at home."""
    async with people.runtime.unit() as unit:
        outcomes = await receive_notes(unit, items, are_news=False) if items else []
        ended = zip(items, outcomes, strict=True)
        new = [item.note.id for item, outcome in ended if isinstance(outcome, Done)]
        await mark_imported(unit, new)
        stored = await find_by_uris(unit, new)
        await index_posts(unit, [post.id for post in stored.values()])
        if comes_home:
            rows = await unit.fetch(
                "SELECT account_id FROM follows WHERE target_id = $1 AND local AND accepted",
                account.id,
            )
            await feeds.fill_after_follow(unit, [(row["account_id"], account.id) for row in rows])
    return Done(f"{len(new)} posts")
