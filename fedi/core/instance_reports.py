"""What the server publishes about itself besides its figures: activity, blocks, texts."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from fedi.core import urls
from fedi.kit.clock import clock
from fedi.kit.db import Database
from fedi.kit.ids import make_id
from fedi.kit.runtime import Runtime
from fedi.kit.text import render_markdown
from fedi.kit.unit import ReadUnit

WEEKS = 12
_ACTIVITY_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Week:
    """What happened in one week."""

    start: datetime
    statuses: int
    logins: int
    registrations: int


# Members are counted in the week in which they were last seen: no list of visits is kept.
_WEEKS = """
SELECT w.n,
  (SELECT coalesce(sum(x.posts), 0)::bigint FROM users u CROSS JOIN LATERAL (
    SELECT count(*) AS posts FROM statuses s WHERE s.account_id = u.account_id
      AND s.id >= w.first_id AND s.id < w.last_id) x) AS statuses,
  (SELECT count(*) FROM users u JOIN account_stats n ON n.account_id = u.account_id
    WHERE greatest(n.last_status_at, u.last_sign_in_at, u.created_at) >= w.first
      AND greatest(n.last_status_at, u.last_sign_in_at, u.created_at) < w.last) AS logins,
  (SELECT count(*) FROM users u WHERE u.created_at >= w.first AND u.created_at < w.last
    AND u.confirmed_at IS NOT NULL AND u.approved_at IS NOT NULL) AS registrations
FROM unnest($1::timestamptz[], $2::timestamptz[], $3::bigint[], $4::bigint[])
  WITH ORDINALITY AS w(first, last, first_id, last_id, n)
ORDER BY w.n
"""
_activity: WeakKeyDictionary[Database, tuple[float, list[Week]]] = WeakKeyDictionary()


async def weekly_activity(runtime: Runtime) -> list[Week]:
    """The last weeks, the present one first, as of an hour ago at most."""
    moment = clock.monotonic()
    kept = _activity.get(runtime.db)
    if kept is None or kept[0] <= moment:
        kept = _activity[runtime.db] = (
            moment + _ACTIVITY_SECONDS,
            await _count_weeks(runtime.read()),
        )
    return kept[1]


async def _count_weeks(read: ReadUnit) -> list[Week]:
    today = read.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=number) for number in range(WEEKS)]
    ends = [start + timedelta(weeks=1) for start in starts]
    rows = await read.fetch(
        _WEEKS,
        starts,
        ends,
        [make_id(start, 0) for start in starts],
        [make_id(end, 0) for end in ends],
    )
    return [Week(start, *row[1:]) for start, row in zip(starts, rows, strict=True)]


@dataclass(frozen=True, slots=True)
class PublishedBlock:
    """A rule about another server, without the admins' notes."""

    domain: str
    digest: str
    severity: str
    comment: str


async def published_blocks(read: ReadUnit) -> list[PublishedBlock]:
    """The servers that are cut off or kept out of public timelines."""
    rows = await read.fetch(
        "SELECT domain, severity, obfuscate, public_comment FROM domain_blocks"
        " WHERE severity <> 'noop' ORDER BY severity DESC, domain"
    )
    return [
        PublishedBlock(
            _starred(row["domain"]) if row["obfuscate"] else row["domain"],
            hashlib.sha256(row["domain"].encode()).hexdigest(),
            row["severity"],
            row["public_comment"],
        )
        for row in rows
    ]


def _starred(domain: str) -> str:
    """A name with its middle hidden; dots stay."""
    edge = len(domain) // 4
    return "".join(
        letter if letter == "." or number < edge or number >= len(domain) - edge else "*"
        for number, letter in enumerate(domain)
    )


async def founded_at(read: ReadUnit) -> datetime:
    """When this server began: the date of texts that bear none."""
    found: datetime | None = await read.value(
        "SELECT created_at FROM accounts WHERE id = $1", urls.INSTANCE_ACTOR_ID
    )
    return found or read.now()


def render_text(origin: str, text: str) -> str:
    """A longer text of the admins, typed in Markdown, as HTML."""
    if not text.strip():
        return ""
    return render_markdown(text, {}, lambda name: urls.tag_url(origin, name)).html


async def find_peers(read: ReadUnit, text: str, limit: int) -> list[str]:
    """Servers that we know whose name begins so."""
    name = text.strip().lower().replace("\\", "").replace("%", "").replace("_", "")
    if not name:
        return []
    rows = await read.fetch(
        "SELECT DISTINCT domain FROM accounts WHERE domain >= $1 AND domain < $2"
        " AND suspended_at IS NULL AND deleted_at IS NULL ORDER BY domain LIMIT $3",
        name,
        name + "\U0010ffff",
        limit,
    )
    return [row[0] for row in rows]
