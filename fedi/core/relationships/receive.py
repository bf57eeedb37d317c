"""Follows, their answers and their ends, as they come from the network: in batches, in any order.

Everything here is true again when it is repeated, and comes to the same in whatever order it
arrives: an Undo that came first cancels its Follow, an answer counts only for a follow of ours and
only from whom it concerns, and what is in effect already is answered again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from fedi.core import follow_counts, undone, urls
from fedi.core.relationships import facts
from fedi.core.relationships.facts import Facts
from fedi.core.relationships.pairs import Pair, accept_rows, delete_follows, lock_pairs
from fedi.core.relationships.types import ReceivedAnswer, ReceivedFollow, ReceivedUndo
from fedi.core.relationships.undo import plan_undos
from fedi.core.undone import Undone
from fedi.events import FollowAccepted, FollowEnded, FollowRejected, FollowRequested
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit

_LOCAL_FOLLOWS = """
SELECT f.id, f.account_id, f.target_id, f.accepted, f.uri FROM follows f
JOIN unnest($1::text[], $2::bigint[], $3::bigint[]) AS k(uri, target, follower)
  ON f.target_id = k.target AND (f.uri = k.uri OR f.account_id = k.follower)
WHERE f.local
"""


@dataclass(slots=True)
class _Plan:
    """What a batch of follows comes to."""

    facts: Facts
    blocked: set[Pair]
    accepted: set[Pair]
    new: dict[Pair, ReceivedFollow] = field(default_factory=dict[Pair, ReceivedFollow])
    renamed: dict[Pair, str] = field(default_factory=dict[Pair, str])
    answered: set[Pair] = field(default_factory=set[Pair])
    rejected: dict[Pair, str] = field(default_factory=dict[Pair, str])


async def receive_follows(unit: Unit, items: Sequence[ReceivedFollow]) -> list[Outcome]:
    """Remote accounts follow members; one outcome for each."""
    if not items:
        return []
    known = await facts.load(unit, "follows", items)
    pairs = {(item.account_id, item.target_id) for item in items}
    blocked, accepted = await _load_standing(unit, pairs)
    plan = _Plan(known, blocked, accepted)
    outcomes = [_take_follow(plan, item) for item in items]
    await _write_follows(unit, plan)
    return outcomes


async def _load_standing(unit: Unit, pairs: set[Pair]) -> tuple[set[Pair], set[Pair]]:
    """Which pairs are kept apart by a block in either direction, and which follow already."""
    ordered = list(pairs)
    rows = await unit.fetch(
        "SELECT p.a, p.t, EXISTS (SELECT 1 FROM blocks b WHERE (b.account_id = p.t"
        " AND b.target_id = p.a) OR (b.account_id = p.a AND b.target_id = p.t)) AS blocked,"
        " EXISTS (SELECT 1 FROM follows f WHERE f.account_id = p.a AND f.target_id = p.t"
        " AND f.accepted) AS accepted FROM unnest($1::bigint[], $2::bigint[]) AS p(a, t)",
        [account_id for account_id, _ in ordered],
        [target_id for _, target_id in ordered],
    )
    return (
        {(row["a"], row["t"]) for row in rows if row["blocked"]},
        {(row["a"], row["t"]) for row in rows if row["accepted"]},
    )


def _take_follow(plan: _Plan, item: ReceivedFollow) -> Outcome:
    known, pair = plan.facts, (item.account_id, item.target_id)
    wrong = known.wrong_actor(item.account_id) or known.wrong_target(item.target_id)
    if wrong:
        return Refused(wrong)
    past = known.find_undone(item.uri, item.account_id)
    if past is not None and past.forbids(item.signed_at) and known.uris.get(pair) != item.uri:
        return Ignored("undone already")
    if pair in plan.blocked or _turns_away(known.accounts[item.target_id]):
        plan.rejected[pair] = item.uri or ""
        return Refused("the target cannot be followed by this actor")
    if pair in known.uris:
        return _repeat_follow(plan, item, pair)
    plan.new[pair] = item
    known.uris[pair] = item.uri
    return Done()


def _turns_away(target: asyncpg.Record) -> bool:
    """Nobody follows the server itself, or whoever has moved away."""
    return target["id"] == urls.INSTANCE_ACTOR_ID or target["moved_to_uri"] is not None


def _repeat_follow(plan: _Plan, item: ReceivedFollow, pair: Pair) -> Outcome:
    """The pair stands already: note the newer id, and answer again what was answered before."""
    standing = plan.facts.uris[pair]
    if item.uri is not None and standing != item.uri:
        # An Undo of the older Follow that is still on its way must not end the newer one.
        past = Undone(applied=True, signed_at=item.signed_at)
        plan.facts.learn(standing, item.account_id, past)
        plan.facts.uris[pair] = plan.renamed[pair] = item.uri
    if pair in plan.accepted:
        plan.answered.add(pair)
        return Done("already following")
    return Done("asked already")


async def _write_follows(unit: Unit, plan: _Plan) -> None:
    await undone.remember(unit, plan.facts.learned)
    inserted = await _insert_follows(unit, plan)
    ids = await _rename_follows(unit, plan)
    for pair, follow_id in sorted(ids.items()):
        unit.record(FollowAccepted(follow_id, *pair, local=False))
    for pair, uri in sorted(plan.rejected.items()):
        unit.record(FollowRejected(*pair, uri, local=False))
    for row in inserted:
        kind = FollowAccepted if row["accepted"] else FollowRequested
        unit.record(kind(row["id"], row["account_id"], row["target_id"], local=False))
    await follow_counts.begin(
        unit, [(row["account_id"], row["target_id"]) for row in inserted if row["accepted"]]
    )


async def _insert_follows(unit: Unit, plan: _Plan) -> list[asyncpg.Record]:
    if not plan.new:
        return []
    pairs = sorted(plan.new)
    accounts = plan.facts.accounts
    rows = await unit.fetch(
        "INSERT INTO follows (id, account_id, target_id, accepted, local, uri)"
        " SELECT i, a, t, ok, false, u FROM unnest($1::bigint[], $2::bigint[], $3::bigint[],"
        " $4::bool[], $5::text[]) AS x(i, a, t, ok, u)"
        " ON CONFLICT (account_id, target_id) DO NOTHING"
        " RETURNING id, account_id, target_id, accepted",
        await unit.new_ids(len(pairs)),
        [account_id for account_id, _ in pairs],
        [target_id for _, target_id in pairs],
        [not (accounts[t]["locked"] or accounts[a]["silenced_at"]) for a, t in pairs],
        [plan.facts.uris[pair] for pair in pairs],
    )
    return list(rows)


async def _rename_follows(unit: Unit, plan: _Plan) -> dict[Pair, int]:
    """Write newer ids; the row ids of the follows that are to be answered again."""
    touched = sorted((plan.answered | set(plan.renamed)) - set(plan.new))
    if not touched:
        return {}
    rows = await unit.fetch(
        "UPDATE follows f SET uri = coalesce(x.u, f.uri) FROM unnest($1::bigint[], $2::bigint[],"
        " $3::text[]) AS x(a, t, u) WHERE f.account_id = x.a AND f.target_id = x.t"
        " RETURNING f.id, f.account_id, f.target_id",
        [account_id for account_id, _ in touched],
        [target_id for _, target_id in touched],
        [plan.renamed.get(pair) for pair in touched],
    )
    found = {(row["account_id"], row["target_id"]): row["id"] for row in rows}
    return {pair: follow_id for pair, follow_id in found.items() if pair in plan.answered}


async def receive_accepts(unit: Unit, items: Sequence[ReceivedAnswer]) -> list[Outcome]:
    """Remote accounts let members in who asked; nothing else can make a member follow anybody."""
    found = await _find_local_follows(unit, items)
    accepted = await accept_rows(unit, sorted({row["id"] for row in found if row is not None}))
    for pair, row in sorted(accepted.items()):
        unit.record(FollowAccepted(row["id"], *pair, local=True, answer=False))
    outcomes: list[Outcome] = []
    fresh = set(accepted)
    for row in found:
        if row is None:
            outcomes.append(Ignored("no follow of ours that it could answer"))
            continue
        pair = (row["account_id"], row["target_id"])
        outcomes.append(Done() if pair in fresh else Ignored("answered already"))
        fresh.discard(pair)
    return outcomes


async def receive_rejects(unit: Unit, items: Sequence[ReceivedAnswer]) -> list[Outcome]:
    """Remote accounts turn members away, or no longer want them as followers."""
    found = await _find_local_follows(unit, items)
    pairs = [(row["account_id"], row["target_id"]) for row in found if row is not None]
    gone = await delete_follows(unit, pairs)
    for pair, row in sorted(gone.items()):
        unit.record(FollowRejected(*pair, row["uri"] or "", local=True))
    return [
        Done() if row is not None else Ignored("no follow of ours that it could answer")
        for row in found
    ]


async def _find_local_follows(
    unit: Unit, items: Sequence[ReceivedAnswer]
) -> list[asyncpg.Record | None]:
    """The follow of ours that each answer means: by its id, else by the two accounts.

    Only follows of the very account that answers are looked at.
    """
    if not items:
        return []
    args = (
        [item.uri for item in items],
        [item.target_id for item in items],
        [item.follower_id for item in items],
    )
    seen = await unit.fetch(_LOCAL_FOLLOWS, *args)
    await lock_pairs(unit, [(row["account_id"], row["target_id"]) for row in seen])
    rows = await unit.fetch(_LOCAL_FOLLOWS, *args)
    by_uri = {(row["uri"], row["target_id"]): row for row in rows}
    by_pair = {(row["account_id"], row["target_id"]): row for row in rows}
    return [
        by_uri.get((item.uri, item.target_id))
        or by_pair.get((item.follower_id or 0, item.target_id))
        for item in items
    ]


async def receive_undo_follows(unit: Unit, items: Sequence[ReceivedUndo]) -> list[Outcome]:
    """Remote accounts unfollow members, or take requests back."""
    if not items:
        return []
    outcomes, ended = await plan_undos(unit, "follows", items)
    for pair, row in sorted((await delete_follows(unit, ended)).items()):
        unit.record(FollowEnded(*pair, row["uri"] or "", local=False))
    return outcomes


async def end_follows_of(unit: Unit, account_ids: Sequence[int]) -> None:
    """Remote accounts that are no more follow nobody here."""
    rows = await unit.fetch(
        "SELECT f.account_id, f.target_id FROM follows f JOIN accounts a ON a.id = f.account_id"
        " WHERE f.account_id = ANY($1::bigint[]) AND NOT f.local AND a.domain IS NOT NULL",
        list(account_ids),
    )
    pairs = [(row["account_id"], row["target_id"]) for row in rows]
    await lock_pairs(unit, pairs)
    for pair, row in sorted((await delete_follows(unit, pairs)).items()):
        unit.record(FollowEnded(*pair, row["uri"] or "", local=False))
