"""Likes and boosts from the network, and their Undos, in any order of arrival.

What was undone never takes effect later. A repetition under another id only renews the id, so
that the Undo which follows it is understood, and one that speaks of the older id comes too late.

Some servers give what they undo a new id each time, so that an Undo names a Like that nobody has
ever seen. It may as well be on its way: only when it has not come after a while, the Undo means
what stands for this actor and this post.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg

from fedi.core import undone
from fedi.core.interactions import reactions
from fedi.core.interactions.reactions import NewReaction
from fedi.core.interactions.targets import (
    ABSENT,
    KNOWN,
    UNDONE,
    Target,
    find_over,
    find_targets,
    outdate,
)
from fedi.core.statuses.consent.deeds import hold_received
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.reactions import Emoji
from fedi.core.statuses.removal import remove
from fedi.core.statuses.types import ReceivedLike, ReceivedUndo
from fedi.core.undone import Undone
from fedi.events import StatusFavourited, StatusUnfavourited
from fedi.kit.result import Done, Ignored, Later, Outcome, Refused
from fedi.kit.unit import Unit

# How long an Undo waits for the deed that it names before it takes the one that is here.
PATIENCE = timedelta(minutes=10)


async def receive_likes(
    unit: Unit, items: Sequence[ReceivedLike], kind: str = "Like"
) -> list[Outcome]:
    """Store likes of posts that are here, and reactions to them.

    Records StatusFavourited for likes that are new, StatusReacted for reactions. `kind` is how the
    activities are called, and so their Undos.
    """
    targets = await find_targets(unit, [(item.object_uri, item.account_id) for item in items])
    deeds = [(item.uri, item.actor_uri, item.object_uri) for item in items]
    over = await find_over(unit, kind, deeds)
    ended = dict.fromkeys(over, UNDONE) | await hold_received(
        unit,
        "like",
        [(item.uri, item.account_id, item.actor_uri, item.object_uri) for item in items],
        targets,
        over,
    )
    outcomes: list[Outcome] = [KNOWN] * len(items)
    # Of several likes by one actor of one post the last one counts.
    new: dict[tuple[int, int], tuple[int, str | None]] = {}
    reacted: dict[int, NewReaction] = {}
    for index, item in enumerate(items):
        target = targets.get(index)
        if index in ended:
            outcomes[index] = ended[index]
        elif target is None:
            outcomes[index] = ABSENT
        elif item.emoji is not None:
            if item.alone:
                new.pop((target.id, item.account_id), None)
            reacted[index] = _reaction(item, item.emoji, target)
        else:
            uri = item.uri if is_storable(item.uri) else None
            new[target.id, item.account_id] = (index, uri)
    if reacted or any(items[index].alone for index, _ in new.values()):
        for index in await _store_reactions(unit, items, new, reacted):
            outcomes[index] = Done()
    written = await _insert_likes(unit, new)
    for key, row in written.items():
        if row["is_new"]:
            outcomes[new[key][0]] = Done()
    older = [(row["older"], items[new[key][0]].actor_uri) for key, row in written.items()]
    await outdate(unit, older)
    return outcomes


def _reaction(item: ReceivedLike, emoji: Emoji, target: Target) -> NewReaction:
    return NewReaction(target.id, item.account_id, emoji, item.uri, local=False, alone=item.alone)


async def _store_reactions(
    unit: Unit,
    items: Sequence[ReceivedLike],
    new: dict[tuple[int, int], tuple[int, str | None]],
    reacted: dict[int, NewReaction],
) -> list[int]:
    """Store reactions, and end those that plain likes replace; the positions of new ones."""
    # A like that came later in the same batch stands in the place of a reaction before it.
    plain = {pair: index for pair, (index, _) in new.items() if items[index].alone}
    rest = {index: each for index, each in reacted.items() if plain.get(each.pair, -1) < index}
    stored = await reactions.store(unit, list(rest.values()))
    tally = Tally()
    await reactions.end_others(unit, dict.fromkeys(plain, ""), tally)
    await tally.write(unit)
    return [
        index
        for index, each in rest.items()
        if (each.status_id, each.account_id, each.emoji.name) in stored
    ]


async def _insert_likes(
    unit: Unit, new: dict[tuple[int, int], tuple[int, str | None]]
) -> dict[tuple[int, int], asyncpg.Record]:
    keys = sorted(new)
    if not keys:
        return {}
    rows = await unit.fetch(
        "INSERT INTO favourites AS f (id, account_id, status_id, uri, created_at)"
        " SELECT d.id, d.who, d.status_id, d.uri, $5"
        " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])"
        "   AS d(id, who, status_id, uri)"
        " ON CONFLICT (status_id, account_id) DO UPDATE"
        "   SET uri = excluded.uri, created_at = excluded.created_at, by_reaction = false"
        "   WHERE f.by_reaction"
        "     OR excluded.uri IS NOT NULL AND f.uri IS DISTINCT FROM excluded.uri"
        " RETURNING f.id, f.status_id, f.account_id, xmax = 0 AS is_new,"
        # As it was before this statement.
        "   (SELECT o.uri FROM favourites o WHERE o.id = f.id) AS older",
        await unit.new_ids(len(keys)),
        [who for _, who in keys],
        [status_id for status_id, _ in keys],
        [new[key][1] for key in keys],
        unit.now(),
    )
    tally = Tally()
    for row in rows:
        if row["is_new"]:
            tally.favourite(row["status_id"])
            unit.record(
                StatusFavourited(row["id"], row["status_id"], row["account_id"], local=False)
            )
    await tally.write(unit)
    return {(row["status_id"], row["account_id"]): row for row in rows}


_LIKES = """
SELECT f.id, f.uri, f.account_id, f.status_id, s.uri AS object_uri, a.uri AS actor_uri,
  f.created_at AS since, f.by_reaction
FROM (
  SELECT u.id FROM favourites u WHERE u.uri = ANY($1::text[])
  UNION SELECT p.id FROM statuses o JOIN favourites p ON p.status_id = o.id
    AND p.account_id = ANY($2::bigint[]) WHERE o.uri = ANY($3::text[])
) w JOIN favourites f ON f.id = w.id JOIN statuses s ON s.id = f.status_id
JOIN accounts a ON a.id = f.account_id AND a.domain IS NOT NULL
ORDER BY f.status_id + 0, f.id
"""
_BOOSTS = """
SELECT b.id, b.uri, b.account_id, b.reblog_of_id AS status_id, s.uri AS object_uri,
  a.uri AS actor_uri, NULL::timestamptz AS since, false AS by_reaction
FROM (
  SELECT u.id FROM statuses u WHERE u.uri = ANY($1::text[])
  UNION SELECT p.id FROM statuses o JOIN statuses p ON p.reblog_of_id = o.id
    AND p.account_id = ANY($2::bigint[]) WHERE o.uri = ANY($3::text[])
) w JOIN statuses b ON b.id = w.id AND NOT b.local JOIN statuses s ON s.id = b.reblog_of_id
JOIN accounts a ON a.id = b.account_id
ORDER BY b.id + 0
"""


# Who has reacted, too, goes on to count as one who likes the post.
_UNLIKE = """
WITH kept AS (
  UPDATE favourites f SET by_reaction = true, uri = NULL
  WHERE f.id = ANY($1::bigint[]) AND NOT f.by_reaction AND EXISTS (SELECT 1
    FROM status_reactions r WHERE r.status_id = f.status_id AND r.account_id = f.account_id)
)
DELETE FROM favourites f WHERE f.id = ANY($1::bigint[]) AND (f.by_reaction OR NOT EXISTS (SELECT 1
  FROM status_reactions r WHERE r.status_id = f.status_id AND r.account_id = f.account_id))
RETURNING f.id
"""


async def receive_undo_likes(unit: Unit, items: Sequence[ReceivedUndo]) -> list[Outcome]:
    """Take likes back; records StatusUnfavourited. One that never came is remembered."""
    outcomes, rows = await _find_undone(unit, "Like", items)
    gone = await unit.fetch(_UNLIKE, sorted(rows))
    tally = Tally()
    # Likes that were reactions, as some servers write them.
    reacted = {(r["status_id"], r["account_id"]): "" for r in rows.values() if r["by_reaction"]}
    await reactions.end_others(unit, reacted, tally)
    for favourite_id in sorted(row["id"] for row in gone):
        row = rows[favourite_id]
        tally.favourite(row["status_id"], -1)
        unit.record(
            StatusUnfavourited(row["status_id"], row["account_id"], row["uri"] or "", local=False)
        )
    await tally.write(unit)
    return outcomes


async def receive_undo_announces(unit: Unit, items: Sequence[ReceivedUndo]) -> list[Outcome]:
    """Take boosts back; records StatusDeleted. One that never came is remembered."""
    outcomes, rows = await _find_undone(unit, "Announce", items)
    await remove(unit, sorted(rows))
    return outcomes


_STANDING = {"Like": _LIKES, "Announce": _BOOSTS}


@dataclass(slots=True)
class _Undos:
    """What a batch of Undos comes to."""

    before: dict[undone.Key, Undone]
    now: datetime
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    doomed: dict[int, asyncpg.Record] = field(default_factory=dict[int, asyncpg.Record])
    memory: dict[undone.Key, Undone] = field(default_factory=dict[undone.Key, Undone])
    early: list[undone.Key] = field(default_factory=list[undone.Key])


async def _find_undone(
    unit: Unit, kind: str, items: Sequence[ReceivedUndo]
) -> tuple[list[Outcome], dict[int, asyncpg.Record]]:
    """What Undos end: by id if they give one that we know, else by actor and post."""
    found = await unit.fetch(
        _STANDING[kind],
        [item.uri for item in items if item.uri],
        [item.account_id for item in items if item.account_id is not None],
        [item.object_uri for item in items if item.object_uri],
    )
    by_uri = {row["uri"]: row for row in found if row["uri"]}
    # A like without an id that is there for reactions ends with them.
    likes = (row for row in found if row["uri"] or not row["by_reaction"])
    by_pair = {(row["account_id"], row["object_uri"]): row for row in likes}
    before = await undone.find(unit, [(i.uri, i.actor_uri) for i in items if i.uri])
    plan = _Undos(before, unit.now())
    for item in items:
        row = by_uri.get(item.uri) if item.uri else None
        if row is None and item.account_id is not None and item.object_uri:
            row = by_pair.get((item.account_id, item.object_uri))
        plan.outcomes.append(_take_undo(plan, kind, item, row))
    await undone.remember(unit, plan.memory)
    await undone.expect(unit, plan.early)
    return plan.outcomes, plan.doomed


def _take_undo(plan: _Undos, kind: str, item: ReceivedUndo, row: asyncpg.Record | None) -> Outcome:
    if row is not None and row["actor_uri"] != item.actor_uri:
        return Refused("it is not the actor's to undo")
    if row is None and not item.uri and item.object_uri:
        name = undone.nameless(kind, item.object_uri)
        plan.early += [(name, item.actor_uri)] if is_storable(name) else []
    instead = row is not None and item.uri and row["uri"] and row["uri"] != item.uri
    ending = _judge_unheard_of(plan, item, row["since"]) if row is not None and instead else None
    ends = row is not None and ending is None
    if item.uri and is_storable(item.uri):
        plan.memory[item.uri, item.actor_uri] = Undone(ends, item.signed_at)
    if row is None or not ends:
        return ending or Ignored("not here")
    if row["uri"]:
        # Under whatever name it was undone, it does not come back under its own.
        plan.memory[row["uri"], item.actor_uri] = Undone(applied=True, signed_at=item.signed_at)
    plan.doomed[row["id"]] = row
    return Done()


def _judge_unheard_of(plan: _Undos, item: ReceivedUndo, since: datetime | None) -> Outcome | None:
    """Why an Undo that names one deed does not end another by the same actor, to the same post.

    None where it does: what it names never came, and so has no other name than what is here.
    """
    past = plan.before.get((item.uri or "", item.actor_uri))
    came = item.received_at
    if came is None or (past and (past.applied or past.noted_at is None or past.noted_at < came)):
        return Ignored("it speaks of an older one")
    if since is not None and since > came:
        return Ignored("what is here came later")
    left = (came + PATIENCE - plan.now).total_seconds()
    if left > 0:
        return Later(left, "what it names may be on its way", counts=False)
    return None
