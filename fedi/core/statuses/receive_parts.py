"""Polls and quotes of posts from the network: stored with their posts, many by one statement."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from fedi.ap.authority import PUBLIC, same_origin
from fedi.ap.parse.policies import quote_policy_of
from fedi.ap.vocabulary import Note, Poll
from fedi.core.statuses.consent.asking import check_later
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.origin_counts import counts_of, write_origin_counts
from fedi.core.statuses.policy import AUTOMATIC, quoting_sql
from fedi.core.statuses.quotes import ACCEPTED, PENDING, REJECTED
from fedi.core.statuses.types import ReceivedNote
from fedi.events import StatusQuoted
from fedi.kit.scrub import scrub_text
from fedi.kit.unit import Unit

MAX_OPTIONS = 50
_MAX_COUNT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Parts:
    """What one received post brings along: ids of its poll and its quote, and who may do what."""

    poll_id: int | None = None
    quote_id: int | None = None
    quote_policy: int | None = None
    quote_manual: int | None = None
    # As JSON.
    policy: str | None = None


def own_replies(note: Note) -> str | None:
    """Where the origin lists the answers; nobody speaks for the answers on another origin."""
    uri = note.replies
    return uri if is_storable(uri) and same_origin(uri, note.id) else None


def policy_json(note: Note) -> str | None:
    """Who may like, answer and boost a post, where that is not everybody: the other rules."""
    policy = note.interaction_policy
    if policy is None:
        return None
    rules = {"like": policy.like, "reply": policy.reply, "announce": policy.announce}
    told = {
        name: {"automatic": rule.automatic, "manual": rule.manual}
        for name, rule in rules.items()
        if rule is not None and PUBLIC not in rule.automatic
    }
    return orjson.dumps(told).decode() if told else None


async def number_parts(unit: Unit, items: Sequence[ReceivedNote]) -> list[Parts]:
    """Give ids to what posts bring along; a batch without polls and quotes asks for none."""
    wanted = sum((item.note.poll is not None) + (_quoted(item) is not None) for item in items)
    ids = iter(await unit.new_ids(wanted) if wanted else ())
    return [
        Parts(
            next(ids) if item.note.poll is not None else None,
            next(ids) if _quoted(item) is not None else None,
            *quote_policy_of(item.note.raw, item.account.followers_url),
            policy_json(item.note),
        )
        for item in items
    ]


def _quoted(item: ReceivedNote) -> str | None:
    uri = item.note.quote
    return uri if uri and uri != item.note.id and is_storable(uri) else None


@dataclass(frozen=True, slots=True)
class Stored:
    """A post that has just been stored, and what it brought along."""

    status_id: int
    item: ReceivedNote
    parts: Parts


async def insert_parts(unit: Unit, posts: Sequence[Stored], tally: Tally) -> None:
    """Store the polls and quotes of new posts; records StatusQuoted for quotes that may be."""
    await write_polls(
        unit,
        [
            (post.parts.poll_id, post.status_id, post.item.account.id, post.item.note.poll)
            for post in posts
            if post.parts.poll_id is not None and post.item.note.poll is not None
        ],
    )
    await _insert_quotes(unit, [post for post in posts if post.parts.quote_id is not None], tally)


_FORGET_VOTES = """
DELETE FROM poll_votes v USING polls p, unnest($1::bigint[], $2::text[]) AS d(status_id, options)
WHERE p.status_id = d.status_id AND v.poll_id = p.id AND to_jsonb(p.options) <> d.options::jsonb
"""
_WRITE_POLLS = """
INSERT INTO polls (id, status_id, account_id, options, tallies, votes_count, voters_count,
  multiple, expires_at, closed_at, fetched_at, created_at)
SELECT d.id, d.status_id, d.account_id,
  ARRAY(SELECT o FROM jsonb_array_elements_text(d.options::jsonb) WITH ORDINALITY AS t(o, n)
    ORDER BY n),
  ARRAY(SELECT o::int FROM jsonb_array_elements_text(d.tallies::jsonb) WITH ORDINALITY AS t(o, n)
    ORDER BY n),
  d.votes, d.voters, d.multiple, d.ends_at, CASE WHEN d.ends_at <= $10 THEN $10 END, $10, $10
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::int[],
  $7::int[], $8::bool[], $9::timestamptz[])
  AS d(id, status_id, account_id, options, tallies, votes, voters, multiple, ends_at)
ORDER BY d.status_id
ON CONFLICT (status_id) DO UPDATE SET options = excluded.options, tallies = excluded.tallies,
  votes_count = excluded.votes_count,
  voters_count = coalesce(excluded.voters_count, polls.voters_count),
  multiple = excluded.multiple, expires_at = coalesce(excluded.expires_at, polls.expires_at),
  fetched_at = excluded.fetched_at
"""


async def write_polls(unit: Unit, polls: Sequence[tuple[int, int, int, Poll]]) -> None:
    """Store polls (id, post, author, poll) as their origin tells of them; votes here stay.

    A post that has a poll already keeps its id. Other options are another poll: nobody has voted
    in it yet.
    """
    if not polls:
        return
    now = unit.now()
    options = [[scrub_text(option.name) for option in poll.options] for *_, poll in polls]
    counts = [[min(option.votes, _MAX_COUNT) for option in poll.options] for *_, poll in polls]
    texts = [orjson.dumps(names[:MAX_OPTIONS]).decode() for names in options]
    status_ids = [status_id for _, status_id, _, _ in polls]
    await unit.execute(_FORGET_VOTES, status_ids, texts)
    await unit.execute(
        _WRITE_POLLS,
        [poll_id for poll_id, *_ in polls],
        status_ids,
        [account_id for _, _, account_id, _ in polls],
        texts,
        [orjson.dumps(votes[:MAX_OPTIONS]).decode() for votes in counts],
        [min(sum(votes), _MAX_COUNT) for votes in counts],
        [None if poll.voters is None else min(poll.voters, _MAX_COUNT) for *_, poll in polls],
        [poll.multiple for *_, poll in polls],
        [poll.ends_at or (now if poll.closed else None) for *_, poll in polls],
        now,
    )


_MAY_QUOTE = quoting_sql(
    "d.account_id",
    author="q.account_id",
    visibility="q.visibility",
    policy="q.quote_policy",
    manual="q.quote_manual",
)
# What was decided about this quote before it came.
_DECIDED = f"""
SELECT CASE r.state WHEN 1 THEN {ACCEPTED} WHEN 2 THEN {REJECTED} END
FROM statuses z JOIN interaction_requests r ON r.object_uri = z.uri
WHERE z.id = d.status_id AND r.kind = 'quote' AND r.status_id = q.id AND r.actor_id = d.account_id
"""
# `q` is the quoted post, `d` the quote. Members' posts may be quoted as they say; all others agree
# in writing, which `core.consent.stamps` looks into.
_STATE = f"""
CASE WHEN q.id IS NULL THEN {PENDING}
  WHEN q.account_id = d.account_id THEN {ACCEPTED}
  WHEN EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = q.account_id
    AND b.target_id = d.account_id) THEN {REJECTED}
  WHEN NOT q.local OR q.local_only THEN {PENDING}
  ELSE coalesce(({_DECIDED}),
    CASE WHEN {_MAY_QUOTE} = {AUTOMATIC} THEN {ACCEPTED} ELSE {PENDING} END) END
"""
_INSERT_QUOTES = f"""
INSERT INTO quotes AS k (id, status_id, account_id, quoted_status_id, quoted_account_id,
  quoted_uri, state, created_at)
SELECT d.id, d.status_id, d.account_id, q.id, q.account_id, d.uri, {_STATE}, $5
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])
  AS d(id, status_id, account_id, uri)
LEFT JOIN statuses q ON q.uri = d.uri AND q.reblog_of_id IS NULL
ORDER BY d.id
ON CONFLICT (status_id) DO NOTHING
RETURNING id, status_id, quoted_status_id, account_id, state,
  (SELECT o.local FROM statuses o WHERE o.id = k.quoted_status_id) AS is_ours
"""


async def _insert_quotes(unit: Unit, posts: Sequence[Stored], tally: Tally) -> None:
    if not posts:
        return
    notes = {post.parts.quote_id: post.item.note for post in posts}
    rows = await unit.fetch(
        _INSERT_QUOTES,
        [post.parts.quote_id for post in posts],
        [post.status_id for post in posts],
        [post.item.account.id for post in posts],
        [post.item.note.quote for post in posts],
        unit.now(),
    )
    unread: dict[int, tuple[str | None, str]] = {}
    for quote_id, status_id, quoted_id, account_id, state, is_ours in rows:
        stamp, quoted = notes[quote_id].quote_authorization, notes[quote_id].quote or ""
        if state == ACCEPTED:
            tally.quote(quoted_id)
            unit.record(StatusQuoted(quote_id, status_id, quoted_id, account_id, local=False))
        elif state == PENDING and not is_ours and (stamp or quoted_id is None):
            unread[quote_id] = (stamp, quoted)
    await check_later(unit, unread)


_ADOPT_QUOTES = f"""
UPDATE quotes d SET quoted_status_id = q.id, quoted_account_id = q.account_id, state = {_STATE}
FROM statuses q
WHERE q.uri = ANY($1::text[]) AND q.reblog_of_id IS NULL AND d.quoted_uri = q.uri
  AND d.quoted_status_id IS NULL AND d.state = {PENDING}
RETURNING d.quoted_status_id, d.state
"""


async def adopt_quotes(unit: Unit, uris: Sequence[str], tally: Tally) -> None:
    """Join quotes to the posts `uris` that they have been waiting for."""
    for quoted_id, state in await unit.fetch(_ADOPT_QUOTES, list(uris)):
        if state == ACCEPTED:
            tally.quote(quoted_id)


_REFRESH = """
UPDATE statuses s SET quote_policy = coalesce(d.policy, s.quote_policy),
  quote_manual = coalesce(d.manual, s.quote_manual), poll_id = p.id,
  replies_uri = coalesce(d.replies_uri, s.replies_uri), interaction_policy = d.rules::jsonb
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::text[], $5::text[])
  AS d(id, policy, manual, replies_uri, rules)
LEFT JOIN polls p ON p.status_id = d.id
WHERE s.id = d.id AND (s.quote_policy, s.quote_manual, s.poll_id, s.replies_uri,
    s.interaction_policy)
  IS DISTINCT FROM (coalesce(d.policy, s.quote_policy), coalesce(d.manual, s.quote_manual), p.id,
    coalesce(d.replies_uri, s.replies_uri), d.rules::jsonb)
"""


async def refresh_parts(unit: Unit, posts: Sequence[tuple[int, ReceivedNote]]) -> set[int]:
    """Bring polls, policies and counts of known posts up to date; those whose polls were counted.

    What the origin counts is taken over silently: nobody is told of a like of strangers.
    """
    if not posts:
        return set()
    polls = [(status_id, item) for status_id, item in posts if item.note.poll is not None]
    ids = await unit.new_ids(len(polls)) if polls else []
    await write_polls(
        unit,
        [
            (poll_id, status_id, item.account.id, item.note.poll)
            for poll_id, (status_id, item) in zip(ids, polls, strict=True)
            if item.note.poll is not None
        ],
    )
    policies = [quote_policy_of(item.note.raw, item.account.followers_url) for _, item in posts]
    await unit.execute(
        _REFRESH,
        [status_id for status_id, _ in posts],
        [policy for policy, _ in policies],
        [manual for _, manual in policies],
        [own_replies(item.note) for _, item in posts],
        [policy_json(item.note) for _, item in posts],
    )
    await write_origin_counts(unit, {each: counts_of(item.note) for each, item in posts})
    return {status_id for status_id, _ in polls}
