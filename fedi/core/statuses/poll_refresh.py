"""Reading polls of other servers anew: while somebody looks at them, and when they are over."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from fedi.ap.authority import owns
from fedi.ap.parse import parse_note
from fedi.core.accounts.people import People
from fedi.core.accounts.queries import get_by_id
from fedi.core.statuses.polls import Poll
from fedi.core.statuses.receive_updates import receive_updates
from fedi.core.statuses.types import ReceivedNote
from fedi.core.urls import INSTANCE_ACTOR_ID
from fedi.kit.errors import FediError, NotFound, RemoteDown, RemoteNonsense, TooMany, Unavailable
from fedi.kit.result import Done, Ignored, Outcome, retry

# What was counted so recently is not counted again.
FRESH = timedelta(minutes=3)
# Whoever looks at a poll does not wait longer than this for its server.
PATIENCE = 4.0
_CHORE_PATIENCE = 20.0
# When the server does not answer at the end: after 5 minutes, after an hour, then not any more.
_WAITS = (300.0, 3600.0)
_AT_ONCE = 4


def is_stale(poll: Poll, now: datetime) -> bool:
    """Whether its server may have counted votes that are not known here; ours are never stale."""
    counted = poll.fetched_at
    if counted is None:
        return False
    if poll.expires_at is not None and poll.expires_at <= now:
        return counted < poll.expires_at
    return counted < now - FRESH


async def refresh_poll(people: People, poll: Poll, viewer_id: int) -> bool:
    """Read a poll anew for a member who looks at it; whether it was.

    One of all who ask at the same time does it, and for some minutes nobody else.
    """
    async with people.runtime.unit() as unit:
        is_claimed = await unit.execute(
            "UPDATE polls SET fetched_at = $3 WHERE id = $1 AND fetched_at = $2",
            poll.id,
            poll.fetched_at,
            unit.now(),
        )
    if not is_claimed:
        return False
    try:
        async with asyncio.timeout(PATIENCE):
            await _read_anew(people, poll.id, viewer_id)
    except (FediError, TimeoutError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Post:
    """Where a poll is, whose it is, and a member who voted in it."""

    id: int
    uri: str
    account_id: int
    voter_id: int | None


_FIND = """
SELECT s.id, s.uri, s.account_id, (SELECT v.account_id FROM poll_votes v
  JOIN accounts a ON a.id = v.account_id
  WHERE v.poll_id = p.id AND a.domain IS NULL ORDER BY v.id LIMIT 1) AS voter_id
FROM polls p JOIN statuses s ON s.id = p.status_id WHERE p.id = $1 AND NOT s.local
"""


async def _read_anew(people: People, poll_id: int, signer_id: int | None = None) -> None:
    row = await people.runtime.read().row(_FIND, poll_id)
    if row is None:
        raise NotFound("there is no such poll any more")
    post = _Post(*row)
    # Not everybody may read every post: who asks for it is somebody who has it.
    asker = signer_id or post.voter_id or INSTANCE_ACTOR_ID
    document = await people.fetcher.document(post.uri, signer_id=asker)
    note = parse_note(document)
    async with people.runtime.unit() as unit:
        author = await get_by_id(unit, post.account_id)
        if note.id != post.uri or not owns(author.uri, document) or note.poll is None:
            raise RemoteNonsense("the answer is not the poll that was asked for")
        await receive_updates(unit, [ReceivedNote(note, author, is_wanted=False)])


async def refresh(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore that reads polls once more after their end."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(row: asyncpg.Record) -> Outcome:
        async with turns:
            return await _refresh(people, row)

    return await asyncio.gather(*(one(row) for row in rows))


async def _refresh(people: People, row: asyncpg.Record) -> Outcome:
    try:
        async with asyncio.timeout(_CHORE_PATIENCE):
            await _read_anew(people, int(row["key"]))
    except (RemoteDown, Unavailable, TooMany, TimeoutError) as problem:
        reason = f"not available: {type(problem).__name__} {problem}"[:200]
        return retry(_WAITS, row["attempts"], reason)
    except FediError as problem:
        return Ignored(f"not available: {problem}"[:200])
    return Done()


CHORES = {"refresh_poll": refresh}
