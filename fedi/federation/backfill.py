"""The recent past of an account that somebody here has begun to follow.

Nothing of what it wrote before came here, since nobody wanted it. So once, when it has its first
follower here, its profile is read anew if it is old, and the first page of its outbox is read: the
newest posts come in under their own dates, and nobody is told of them. They show on the profile
and in the homes of those who follow.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

import asyncpg

from fedi.ap.authority import PUBLIC, owns, recipients_of, same_origin
from fedi.ap.lenient import as_object, id_of, type_of
from fedi.ap.parse import is_activity, parse_collection, parse_note
from fedi.ap.vocabulary import CollectionPage
from fedi.core import limits
from fedi.core.accounts.people import People
from fedi.core.accounts.queries import find_by_ids
from fedi.core.accounts.resolve import STALE, resolve_actors
from fedi.core.accounts.types import Account
from fedi.core.statuses.policy import UNLISTED, received_visibility
from fedi.core.statuses.queries import find_by_uris
from fedi.core.statuses.receive import receive_notes
from fedi.core.statuses.types import ReceivedNote
from fedi.core.tags.service import index_posts
from fedi.core.timelines import feeds
from fedi.kit.errors import FediError, NotFound, RemoteDown, RemoteNonsense, TooMany, Unavailable
from fedi.kit.result import Done, Ignored, Outcome, retry
from fedi.kit.unit import Unit

# Posts that are taken; boosts and answers to others take no place.
MOST = 20
# Entries of the page that are looked at.
LOOKED_AT = 100
SECONDS = 25.0
# When the host does not answer: after 10 minutes, after an hour, then not any more.
_WAITS = (600.0, 3600.0)
_AT_ONCE = 4
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
            account = await _meet(people, int(row["key"]))
            items = await _read_past(people, account)
    except (RemoteDown, Unavailable, TooMany, TimeoutError) as problem:
        reason = f"not available: {type(problem).__name__} {problem}"[:200]
        return retry(_WAITS, row["attempts"], reason)
    except FediError as problem:
        return Ignored(f"not available: {problem}"[:200])
    return await _store(people, account, items)


async def _meet(people: People, account_id: int) -> Account:
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


async def _read_past(people: People, account: Account) -> list[ReceivedNote]:
    outbox = account.outbox_url
    if not outbox or not same_origin(outbox, account.uri):
        raise RemoteNonsense("it has no outbox of its own")
    page = await _read_page(people, outbox)
    turns = asyncio.Semaphore(_AT_ONCE)

    async def take(entry: str | dict[str, Any]) -> ReceivedNote | None:
        async with turns:
            return await _take(people, account, entry)

    wanted = (entry for entry in page.items[:LOOKED_AT] if _may_be_post(entry))
    found = await asyncio.gather(*(take(entry) for entry in islice(wanted, MOST)))
    return [item for item in found if item is not None]


async def _read_page(people: People, outbox: str) -> CollectionPage:
    """The first page, whichever way the outbox has it."""
    found = parse_collection(await people.fetcher.document(outbox, needs_id=False))
    if found.items:
        return found
    if found.first_page is not None:
        return found.first_page
    if found.first is None:
        return found
    if not same_origin(found.first, outbox):
        raise RemoteNonsense("the first page is elsewhere")
    return parse_collection(await people.fetcher.document(found.first, needs_id=False))


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


async def _take(
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


async def _store(people: People, account: Account, items: Sequence[ReceivedNote]) -> Outcome:
    async with people.runtime.unit() as unit:
        outcomes = await receive_notes(unit, items, are_news=False) if items else []
        rows = await unit.fetch(
            "SELECT account_id FROM follows WHERE target_id = $1 AND local AND accepted",
            account.id,
        )
        stored = await find_by_uris(unit, [item.note.id for item in items])
        await index_posts(unit, [post.id for post in stored.values()])
        await feeds.fill_after_follow(unit, [(row["account_id"], account.id) for row in rows])
    new = sum(isinstance(outcome, Done) for outcome in outcomes)
    return Done(f"{new} posts")


CHORES = {"backfill_account": backfill}
