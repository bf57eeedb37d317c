"""Posts that wait for their moment: drafts with a date.

Publishing takes the row away and makes the post in one transaction, so that each is made once,
whoever dies in between. One that cannot be made any more stays as a draft of the far future,
where its author finds it: nothing that somebody wrote is thrown away.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from fedi.config import Settings
from fedi.core.accounts.people import People
from fedi.core.accounts.queries import get_by_id
from fedi.core.accounts.service import lock_account
from fedi.core.accounts.types import Account
from fedi.core.media import attach
from fedi.core.media import queries as media
from fedi.core.media.types import attachment_of
from fedi.core.statuses.compose import create, prepare
from fedi.core.statuses.heads import get_visible
from fedi.core.statuses.idempotency import Key, claim_key, settle_key
from fedi.core.statuses.policy import NAMES, NUMBERS
from fedi.core.statuses.quoting import POLICIES, find_quotable
from fedi.core.statuses.types import NewPoll, NewStatus
from fedi.core.statuses.wording import check
from fedi.kit.errors import FediError, Invalid, NotFound, Unavailable
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit, Unit

log = logging.getLogger("fedi.scheduled")

# Whoever schedules wants to be able to think again.
SOONEST = timedelta(minutes=5)
MOST = 300
MOST_A_DAY = 50
_AT_ONCE = 50
_PARKED = timedelta(days=3650)

_COLUMNS = "id, account_id, scheduled_at, params, application_id"


@dataclass(frozen=True, slots=True)
class ScheduledStatus:
    """A post that waits, with the files that wait with it."""

    id: int
    account_id: int
    scheduled_at: datetime
    params: dict[str, Any]
    application_id: int | None
    attachments: list[dict[str, Any]]


async def schedule(
    unit: Unit,
    settings: Settings,
    author: Account,
    new: NewStatus,
    moment: datetime,
    *,
    idempotency: Key | None = None,
) -> int:
    """Keep a post for later; the id under which it waits.

    Raises:
        Invalid: it could not be posted like this, it is too soon, or too many are waiting.
        NotFound: what it answers or quotes is not there for its author.
    """
    if idempotency is not None:
        earlier = await claim_key(unit, author.id, idempotency)
        if earlier is not None:
            return earlier
    new = check(settings, new)
    check_moment(moment, unit.now())
    if new.in_reply_to_id is not None:
        await get_visible(unit, author.id, new.in_reply_to_id)
    await find_quotable(unit, author.id, new.quoted_status_id)
    await _check_limits(unit, author.id, moment)
    scheduled_id = await unit.new_id()
    await unit.execute(
        "INSERT INTO scheduled_statuses (id, account_id, scheduled_at, params, application_id,"
        " created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        scheduled_id,
        author.id,
        moment,
        write_params(new),
        new.application_id,
        unit.now(),
    )
    if new.media_ids:
        most = settings.media.per_post
        await attach.take(
            unit, author.id, list(new.media_ids), scheduled_id=scheduled_id, most=most
        )
    if idempotency is not None:
        await settle_key(unit, author.id, idempotency, scheduled_id)
    return scheduled_id


def check_moment(moment: datetime, now: datetime) -> None:
    """Refuse a moment that is too near to think again.

    Raises:
        Invalid: it is.
    """
    if moment < now + SOONEST:
        raise Invalid(
            "Validation failed: Scheduled at The scheduled date must be in the future",
            field="scheduled_at",
        )


async def _check_limits(
    unit: Unit, account_id: int, moment: datetime, *, but: int | None = None
) -> None:
    """Refuse one more than there may be, in all or on that day; `but` does not count.

    Raises:
        Invalid: there are too many.
    """
    await lock_account(unit, account_id)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    row = await unit.row(
        # The last day that there is has a next one here, and none in Python.
        "SELECT count(*), count(*) FILTER (WHERE scheduled_at >= $2"
        "   AND scheduled_at < $2::timestamptz + interval '1 day')"
        " FROM scheduled_statuses WHERE account_id = $1 AND id IS DISTINCT FROM $3",
        account_id,
        day,
        but,
    )
    if row is not None and row[0] >= MOST:
        raise Invalid(f"Validation failed: You have exceeded the limit of {MOST} scheduled posts")
    if row is not None and row[1] >= MOST_A_DAY:
        raise Invalid(
            f"Validation failed: You have exceeded the limit of {MOST_A_DAY} scheduled posts"
            " for today"
        )


async def get_scheduled(read: ReadUnit, account_id: int, scheduled_id: int) -> ScheduledStatus:
    """One waiting post of a member.

    Raises:
        NotFound: there is none.
    """
    rows = await read.fetch(
        f"SELECT {_COLUMNS} FROM scheduled_statuses WHERE id = $1 AND account_id = $2",
        scheduled_id,
        account_id,
    )
    found = await _build(read, rows)
    if not found:
        raise NotFound
    return found[0]


async def is_scheduled(read: ReadUnit, account_id: int, some_id: int) -> bool:
    """Whether an id is that of a waiting post of a member."""
    return bool(
        await read.value(
            "SELECT 1 FROM scheduled_statuses WHERE id = $1 AND account_id = $2",
            some_id,
            account_id,
        )
    )


async def list_scheduled(read: ReadUnit, account_id: int, page: Page) -> list[ScheduledStatus]:
    """The waiting posts of a member, newest first."""
    bounds, values = page.bounds_sql("id", 2)
    rows = await read.fetch(
        f"SELECT {_COLUMNS} FROM scheduled_statuses WHERE account_id = $1{bounds}"
        f" ORDER BY id {page.direction} LIMIT {int(page.limit)}",
        account_id,
        *values,
    )
    return await _build(read, page.newest_first(rows))


async def _build(read: ReadUnit, rows: list[asyncpg.Record]) -> list[ScheduledStatus]:
    files = await media.list_scheduled(read, [r["id"] for r in rows if r["params"]["media_ids"]])
    return [
        ScheduledStatus(
            *row, attachments=[attachment_of(each) for each in files.get(row["id"], ())]
        )
        for row in rows
    ]


async def reschedule(unit: Unit, account_id: int, scheduled_id: int, moment: datetime) -> None:
    """Give a waiting post another moment.

    Raises:
        NotFound: there is no such post.
        Invalid: the moment is too soon, or has too many already.
    """
    row = await unit.row(
        "SELECT id FROM scheduled_statuses WHERE id = $1 AND account_id = $2 FOR UPDATE",
        scheduled_id,
        account_id,
    )
    if row is None:
        raise NotFound
    check_moment(moment, unit.now())
    await _check_limits(unit, account_id, moment, but=scheduled_id)
    await unit.execute(
        "UPDATE scheduled_statuses SET scheduled_at = $2 WHERE id = $1", scheduled_id, moment
    )


async def cancel(unit: Unit, account_id: int, scheduled_id: int) -> None:
    """Post it never; its files are free again.

    Raises:
        NotFound: there is no such post.
    """
    gone = await unit.execute(
        "DELETE FROM scheduled_statuses WHERE id = $1 AND account_id = $2",
        scheduled_id,
        account_id,
    )
    if not gone:
        raise NotFound
    await attach.release_scheduled(unit, scheduled_id)


async def publish_due(people: People) -> int:
    """Post what is due, oldest first; how many were posted."""
    rows = await people.runtime.read().fetch(
        f"SELECT {_COLUMNS} FROM scheduled_statuses WHERE scheduled_at <= $1"
        f" ORDER BY scheduled_at, id LIMIT {_AT_ONCE}",
        people.runtime.read().now(),
    )
    published = 0
    for row in rows:
        try:
            published += await _publish(people, row)
        except Unavailable:
            # The database is away: the next turn finds everything as it is.
            raise
        except FediError as problem:
            await _park(people, row, problem)
    return published


async def _publish(people: People, row: asyncpg.Record) -> bool:
    """Make the post; False if somebody else was faster, or its author thought again."""
    author = await get_by_id(people.runtime.read(), row["account_id"])
    if author.is_gone:
        raise Invalid("the author is suspended or gone")
    new = read_params(row["params"], row["application_id"])
    prepared = await prepare(people, author, new.text)
    async with people.runtime.unit() as unit:
        is_mine = await unit.execute(
            "DELETE FROM scheduled_statuses WHERE id = $1 AND scheduled_at = $2",
            row["id"],
            row["scheduled_at"],
        )
        if not is_mine:
            return False
        status_id = await create(
            unit, people.runtime.settings, author, new, prepared, scheduled_id=row["id"]
        )
        # Whoever asks again with the old key gets the post.
        await unit.execute(
            "UPDATE idempotency_keys SET status_id = $3 WHERE account_id = $1 AND status_id = $2",
            author.id,
            row["id"],
            status_id,
        )
    return True


async def _park(people: People, row: asyncpg.Record, problem: FediError) -> None:
    log.warning("a scheduled post stays a draft", extra={"id": row["id"], "why": problem.public})
    async with people.runtime.unit() as unit:
        await unit.execute(
            "UPDATE scheduled_statuses SET scheduled_at = $3 WHERE id = $1 AND scheduled_at = $2",
            row["id"],
            row["scheduled_at"],
            unit.now() + _PARKED,
        )


_POLICY_NAMES = {number: name for name, number in POLICIES.items()}


def write_params(new: NewStatus) -> dict[str, Any]:
    """A post as its row keeps it, and apps read it."""
    poll = new.poll
    return {
        "text": new.text,
        "poll": None
        if poll is None
        else {
            "options": list(poll.options),
            "expires_in": poll.expires_in,
            "multiple": poll.multiple,
            "hide_totals": poll.hide_totals,
        },
        "media_ids": [str(media_id) for media_id in new.media_ids],
        "sensitive": new.sensitive,
        "spoiler_text": new.spoiler_text,
        "visibility": NAMES[new.visibility],
        "in_reply_to_id": _text(new.in_reply_to_id),
        "language": new.language,
        "quoted_status_id": _text(new.quoted_status_id),
        "quote_approval_policy": _POLICY_NAMES.get(
            -1 if new.quote_policy is None else new.quote_policy
        ),
        "local_only": new.local_only,
        "content_type": new.content_type,
        "allowed_mentions": None
        if new.allowed_mentions is None
        else [str(account_id) for account_id in sorted(new.allowed_mentions)],
    }


def read_params(params: Mapping[str, Any], application_id: int | None) -> NewStatus:
    """What `write_params` wrote."""
    poll, allowed = params["poll"], params["allowed_mentions"]
    return NewStatus(
        text=params["text"],
        visibility=NUMBERS[params["visibility"]],
        spoiler_text=params["spoiler_text"],
        sensitive=params["sensitive"],
        language=params["language"],
        in_reply_to_id=_number(params["in_reply_to_id"]),
        application_id=application_id,
        media_ids=tuple(int(media_id) for media_id in params["media_ids"]),
        poll=None
        if poll is None
        else NewPoll(
            tuple(poll["options"]), poll["expires_in"], poll["multiple"], poll["hide_totals"]
        ),
        quoted_status_id=_number(params["quoted_status_id"]),
        quote_policy=POLICIES.get(params["quote_approval_policy"] or ""),
        local_only=params["local_only"],
        content_type=params["content_type"],
        allowed_mentions=None if allowed is None else frozenset(int(each) for each in allowed),
    )


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
