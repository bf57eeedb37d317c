"""Votes: by members on any poll, and from the network on polls of members.

Whoever votes holds the poll's row, so that votes of one poll come one after the other and its
counters are changed together with them. A choice counts once for each account, by a unique
constraint; a poll with a single choice takes one vote of each.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from fedi.core.accounts.types import Account
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.policy import visible_sql
from fedi.events import PollVoted
from fedi.kit.errors import Forbidden, Invalid, NotFound
from fedi.kit.result import Done, Ignored, Outcome
from fedi.kit.scrub import scrub_text
from fedi.kit.unit import ReadUnit, Unit

EXPIRED = "Validation failed: The poll has already ended"
NO_CHOICE = "Validation failed: The chosen vote option does not exist"
VOTED = "Validation failed: You have already voted on this poll"
OWN = "Validation failed: You cannot vote in your own polls"

_FIND = (
    "SELECT p.id, p.status_id, p.account_id, cardinality(p.options) AS options, p.multiple,"
    " p.expires_at, s.local,"
    " EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = $1::bigint"
    "   AND b.target_id = p.account_id) AS is_blocked,"
    " EXISTS (SELECT 1 FROM poll_votes v WHERE v.poll_id = p.id"
    "   AND v.account_id = $1::bigint) AS has_voted"
    " FROM polls p JOIN statuses s ON s.id = p.status_id"
    f" WHERE p.id = $2 AND {visible_sql('s', '$1::bigint')}"
)
_INSERT = """
INSERT INTO poll_votes (id, poll_id, account_id, choice, uri, created_at)
SELECT v.id, v.poll_id, v.account_id, v.choice, v.uri, $6
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::int[], $5::text[])
  AS v(id, poll_id, account_id, choice, uri)
ON CONFLICT (poll_id, account_id, choice) DO NOTHING
RETURNING id, poll_id, account_id, choice
"""
# What another server counted may be all that a column holds.
_COUNT = """
WITH cast_votes AS (
  SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[]) AS v(poll_id, choice, voters)
)
UPDATE polls p SET
  tallies = ARRAY(SELECT least(t.votes + (SELECT count(*) FROM cast_votes c
      WHERE c.poll_id = p.id AND c.choice = t.number - 1), 2147483647)::int
    FROM unnest(p.tallies) WITH ORDINALITY AS t(votes, number) ORDER BY t.number),
  votes_count = least(p.votes_count + n.votes, 2147483647)::int,
  voters_count = CASE WHEN p.voters_count IS NOT NULL
    THEN least(p.voters_count + n.voters, 2147483647)::int END
FROM (SELECT poll_id, count(*) AS votes, sum(voters) AS voters
  FROM cast_votes GROUP BY poll_id) n
WHERE p.id = n.poll_id
"""


@dataclass(frozen=True, slots=True)
class _Ballot:
    """One choice of one account; `uri` is what it is called on the wire."""

    poll_id: int
    account_id: int
    choice: int
    uri: str | None


async def vote(unit: Unit, account: Account, poll_id: int, choices: Sequence[int]) -> None:
    """Vote as a member; records PollVoted.

    Raises:
        NotFound: there is no such poll for this account.
        Forbidden: its author is blocked.
        Invalid: it is over, their own, voted in before, or has no such choices.
    """
    # Two requests at once see the votes of each other: this waits, and the next one looks anew.
    await unit.execute("SELECT 1 FROM polls WHERE id = $1 FOR UPDATE", poll_id)
    row = await unit.row(_FIND, account.id, poll_id)
    if row is None:
        raise NotFound
    chosen = list(dict.fromkeys(choices))
    _check(row, account.id, chosen, unit.now())
    ids = await unit.new_ids(len(chosen))
    ballots = {
        vote_id: _Ballot(
            poll_id, account.id, choice, None if row["local"] else f"{account.uri}#votes/{vote_id}"
        )
        for vote_id, choice in zip(ids, chosen, strict=True)
    }
    await _insert(unit, ballots)
    await _count(unit, ballots.values(), set())
    unit.record(PollVoted(poll_id, row["status_id"], account.id, local=True, vote_ids=tuple(ids)))


def _check(row: asyncpg.Record, account_id: int, chosen: Sequence[int], now: datetime) -> None:
    if row["is_blocked"]:
        raise Forbidden("This action is not allowed")
    if row["account_id"] == account_id:
        raise Invalid(OWN)
    if _is_over(row, now):
        raise Invalid(EXPIRED)
    if not chosen or any(not 0 <= choice < row["options"] for choice in chosen):
        raise Invalid(NO_CHOICE)
    if row["has_voted"] or (len(chosen) > 1 and not row["multiple"]):
        raise Invalid(VOTED)


def _is_over(row: asyncpg.Record, now: datetime) -> bool:
    return row["expires_at"] is not None and row["expires_at"] <= now


async def _insert(unit: Unit, ballots: dict[int, _Ballot]) -> list[asyncpg.Record]:
    cast = ballots.values()
    return await unit.fetch(
        _INSERT,
        list(ballots),
        [ballot.poll_id for ballot in cast],
        [ballot.account_id for ballot in cast],
        [ballot.choice for ballot in cast],
        [ballot.uri for ballot in cast],
        unit.now(),
    )


async def _count(unit: Unit, ballots: Iterable[_Ballot], earlier: set[tuple[int, int]]) -> None:
    """Change the counters for new ballots; `earlier` are the (poll, account) that voted before."""
    seen = set(earlier)
    polls: list[int] = []
    choices: list[int] = []
    voters: list[int] = []
    for ballot in ballots:
        voter = (ballot.poll_id, ballot.account_id)
        polls.append(ballot.poll_id)
        choices.append(ballot.choice)
        voters.append(int(voter not in seen))
        seen.add(voter)
    await unit.execute(_COUNT, polls, choices, voters)


@dataclass(frozen=True, slots=True)
class ReceivedVote:
    """A vote from the network, its authority already checked: `name` is the text of an option."""

    uri: str
    account_id: int
    status_uri: str
    name: str


_RECEIVE = (
    "SELECT d.n, p.id, p.status_id, p.options, p.multiple, p.expires_at"
    " FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS d(uri, who, n)"
    " JOIN statuses s ON s.uri = d.uri AND s.local"
    " JOIN polls p ON p.id = s.poll_id"
    f" WHERE {visible_sql('s', 'd.who')} ORDER BY p.id + 0, d.n FOR UPDATE OF p"
)
_ABSENT = Ignored("no poll of ours, or not for this actor")
_OVER = Ignored("the poll is over")
_UNKNOWN = Ignored("the poll has no such option")
_KNOWN = Ignored("voted before")


async def receive_votes(unit: Unit, items: Sequence[ReceivedVote]) -> list[Outcome]:
    """Count votes on polls of members, first come, first served; records PollVoted."""
    found = await unit.fetch(
        _RECEIVE, [item.status_uri for item in items], [item.account_id for item in items]
    )
    polls = {row["n"] - 1: row for row in found}
    pairs = {(row["id"], items[index].account_id) for index, row in polls.items()}
    earlier = await _find_votes(unit, sorted(pairs))
    standing = {voter: set(choices) for voter, choices in earlier.items()}
    outcomes: list[Outcome] = []
    accepted: list[tuple[_Ballot, int]] = []
    for index, item in enumerate(items):
        row = polls.get(index)
        if row is None:
            outcomes.append(_ABSENT)
            continue
        judged = _judge(row, item, standing, unit.now())
        if isinstance(judged, _Ballot):
            standing.setdefault((judged.poll_id, judged.account_id), set()).add(judged.choice)
            accepted.append((judged, row["status_id"]))
            outcomes.append(Done())
        else:
            outcomes.append(judged)
    if accepted:
        await _accept(unit, accepted, set(earlier))
    return outcomes


async def _find_votes(
    read: ReadUnit, pairs: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], list[int]]:
    """What these (poll, account) have chosen; those that have not voted are missing."""
    rows = await read.fetch(
        "SELECT v.poll_id, v.account_id, array_agg(v.choice) AS choices"
        " FROM unnest($1::bigint[], $2::bigint[]) AS d(poll_id, account_id)"
        " JOIN poll_votes v ON v.poll_id = d.poll_id AND v.account_id = d.account_id"
        " GROUP BY v.poll_id, v.account_id",
        [poll_id for poll_id, _ in pairs],
        [account_id for _, account_id in pairs],
    )
    return {(row["poll_id"], row["account_id"]): row["choices"] for row in rows}


def _judge(
    row: asyncpg.Record,
    item: ReceivedVote,
    standing: dict[tuple[int, int], set[int]],
    now: datetime,
) -> _Ballot | Outcome:
    if _is_over(row, now):
        return _OVER
    name = scrub_text(item.name).strip()
    if name not in row["options"]:
        return _UNKNOWN
    choice: int = row["options"].index(name)
    before = standing.get((row["id"], item.account_id), set[int]())
    if choice in before or (before and not row["multiple"]):
        return _KNOWN
    uri = item.uri if is_storable(item.uri) else None
    return _Ballot(row["id"], item.account_id, choice, uri)


async def _accept(
    unit: Unit, accepted: Sequence[tuple[_Ballot, int]], earlier: set[tuple[int, int]]
) -> None:
    ids = await unit.new_ids(len(accepted))
    ballots = {vote_id: ballot for vote_id, (ballot, _) in zip(ids, accepted, strict=True)}
    await _insert(unit, ballots)
    await _count(unit, ballots.values(), earlier)
    votes: dict[tuple[int, int, int], list[int]] = {}
    for vote_id, (ballot, status_id) in zip(ids, accepted, strict=True):
        votes.setdefault((ballot.poll_id, status_id, ballot.account_id), []).append(vote_id)
    unit.record(
        *(PollVoted(*key, local=False, vote_ids=tuple(mine)) for key, mine in votes.items())
    )
