"""Consent to quotes in writing: reading stamps at their origins, and looking at them again.

A stamp counts when it lies on the origin of the quoted author, says that it is theirs, and names
both posts. Until that has been seen, nothing of the quoted post is shown, and its address is not
kept either.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import asyncpg

from fedi.ap.authority import same_origin
from fedi.ap.lenient import id_of, type_of
from fedi.core import limits
from fedi.core.accounts.people import People
from fedi.core.statuses.consent.asking import check_later
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.quote_states import grant, withdraw
from fedi.core.statuses.quotes import ACCEPTED, PENDING, REVOKED
from fedi.core.statuses.receive_parts import adopt_quotes
from fedi.core.statuses.resolve import resolve_statuses
from fedi.core.urls import INSTANCE_ACTOR_ID
from fedi.kit.errors import (
    FediError,
    RemoteDown,
    RemoteGone,
    RemoteNonsense,
    TooMany,
    Unavailable,
)
from fedi.kit.result import Done, Ignored, Outcome, Refused, retry
from fedi.kit.unit import ReadUnit, Unit

STAMP_TYPE = "QuoteAuthorization"
# A stamp that was seen so recently is not looked at again.
FRESH = timedelta(days=1)
# When the host does not answer: after 5 minutes, after an hour, then not any more.
_WAITS = (300.0, 3600.0)
_SECONDS = 20.0
_AT_ONCE = 4
_HOUR = timedelta(hours=1)
# Posts that quote each other in an endless row are followed no further than this.
_PER_HOST_AND_HOUR = 300


class Written(NamedTuple):
    """What a stamp must say: whose it is, which post quotes, and which one is quoted."""

    author: str
    quoting: str
    quoted: str


def is_stamp(document: Mapping[str, Any], uri: str, written: Written) -> bool:
    """Whether a document is the stamp `uri`, and says just that."""
    return (
        type_of(document, (STAMP_TYPE,)) == STAMP_TYPE
        and id_of(document.get("id")) == uri
        and same_origin(uri, written.author)
        and id_of(document.get("attributedTo")) == written.author
        and id_of(document.get("interactingObject")) == written.quoting
        and id_of(document.get("interactionTarget")) == written.quoted
    )


_STALE = f"""
SELECT q.id, q.approval_uri, q.quoted_uri FROM quotes q
LEFT JOIN statuses o ON o.id = q.quoted_status_id
WHERE q.id = $1 AND (q.checked_at IS NULL OR q.checked_at < $2) AND o.local IS NOT TRUE
  AND q.account_id IS DISTINCT FROM q.quoted_account_id AND q.quoted_uri IS NOT NULL
  AND (q.approval_uri IS NOT NULL OR q.quoted_status_id IS NULL)
  AND q.state IN ({PENDING}, {ACCEPTED})
"""


async def is_stale(read: ReadUnit, quote_id: int) -> bool:
    """Whether somebody should look at the stamp of a quote again, or fetch what it quotes."""
    return await read.row(_STALE, quote_id, read.now() - FRESH) is not None


async def look_again(unit: Unit, quote_id: int) -> None:
    """Have it done, by one of all who see the quote, and not again for a day."""
    row = await unit.row(f"{_STALE} FOR UPDATE OF q", quote_id, unit.now() - FRESH)
    if row is not None:
        await unit.execute("UPDATE quotes SET checked_at = $2 WHERE id = $1", quote_id, unit.now())
        await check_later(unit, {row["id"]: (row["approval_uri"], row["quoted_uri"])})


class _Quote(NamedTuple):
    """A quote as the chore finds it."""

    id: int
    state: int
    quoted_uri: str
    approval_uri: str | None
    account_id: int
    is_local: bool
    uri: str
    # None while it is not here.
    quoted_status_id: int | None
    quoted_is_local: bool | None
    quoted_author: str | None


_FIND = """
SELECT q.id, q.state, q.quoted_uri, q.approval_uri, q.account_id, s.local, s.uri,
  q.quoted_status_id, o.local, a.uri
FROM quotes q JOIN statuses s ON s.id = q.status_id
LEFT JOIN statuses o ON o.id = q.quoted_status_id LEFT JOIN accounts a ON a.id = o.account_id
WHERE q.id = $1 AND q.quoted_uri IS NOT NULL
"""


async def check(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore: fetch what is quoted, read the stamp, and believe it or not."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(row: asyncpg.Record) -> Outcome:
        async with turns:
            return await _check(people, row)

    return await asyncio.gather(*(one(row) for row in rows))


async def _check(people: People, row: asyncpg.Record) -> Outcome:
    runtime = people.runtime
    key = f"quotes of {row['host']}"
    if await limits.hit(runtime.db, key, _HOUR, runtime.read().now()) > _PER_HOST_AND_HOUR:
        return Ignored("too many quotes of one host")
    try:
        async with asyncio.timeout(_SECONDS):
            quote = await _meet(people, int(row["key"]))
            return await _read(people, quote, row["payload"].get("stamp"))
    except (RemoteDown, Unavailable, TooMany, TimeoutError) as problem:
        reason = f"not available: {type(problem).__name__} {problem}"[:200]
        return retry(_WAITS, row["attempts"], reason)
    except FediError as problem:
        return Ignored(f"not available: {problem}"[:200])


async def _meet(people: People, quote_id: int) -> _Quote:
    """The quote, once what it quotes is here."""
    read = people.runtime.read()
    row = await read.row(_FIND, quote_id)
    if row is None:
        raise RemoteNonsense("there is no such quote any more")
    quote = _Quote(*row)
    if quote.quoted_status_id is not None:
        return quote
    found = (await resolve_statuses(people, [quote.quoted_uri]))[quote.quoted_uri]
    if isinstance(found, FediError):
        raise found
    async with people.runtime.unit() as unit:
        tally = Tally()
        await adopt_quotes(unit, [quote.quoted_uri], tally)
        await tally.write(unit)
    row = await read.row(_FIND, quote_id)
    if row is None or row["quoted_status_id"] is None:
        raise RemoteNonsense("what is quoted is no post by that name")
    return _Quote(*row)


async def _read(people: People, quote: _Quote, named: str | None) -> Outcome:
    stamp = named or quote.approval_uri
    if stamp is None or quote.quoted_is_local or quote.quoted_author is None:
        return Done("nothing to be read")
    if quote.state not in (PENDING, ACCEPTED):
        return Ignored("decided before")
    if not same_origin(stamp, quote.quoted_author):
        return Refused("the stamp is not the quoted author's")
    written = Written(quote.quoted_author, quote.uri, quote.quoted_uri)
    signer = quote.account_id if quote.is_local else INSTANCE_ACTOR_ID
    try:
        document = await people.fetcher.document(stamp, signer_id=signer)
        is_good = is_stamp(document, stamp, written)
    except (RemoteGone, RemoteNonsense):
        is_good = False
    async with people.runtime.unit() as unit:
        if is_good:
            return Done() if await grant(unit, {quote.id: stamp}) else Refused("taken back before")
        if quote.state == ACCEPTED and stamp == quote.approval_uri:
            await withdraw(unit, [quote.id], REVOKED)
            return Done("there is no such stamp any more")
    return Refused("that is no stamp for this quote")


CHORES = {"check_quote": check}
