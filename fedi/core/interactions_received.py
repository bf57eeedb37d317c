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
from fedi.core.statuses.content import clamp_published, is_storable
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.policy import (
    DIRECT,
    UNLISTED,
    may_reblog,
    received_visibility,
    visible_sql,
)
from fedi.core.statuses.removal import remove
from fedi.core.statuses.types import ReceivedAnnounce, ReceivedLike, ReceivedUndo
from fedi.core.undone import Undone
from fedi.events import StatusBoosted, StatusFavourited, StatusUnfavourited
from fedi.kit.result import Done, Ignored, Later, Outcome, Refused
from fedi.kit.unit import Unit

# How long an Undo waits for the deed that it names before it takes the one that is here.
PATIENCE = timedelta(minutes=10)

_ABSENT = Ignored("the post is not here, or not for this actor")
_UNDONE = Ignored("undone before")
_KNOWN = Ignored("already so")

_TARGETS = (
    "SELECT d.n, s.id, s.account_id, s.visibility, s.created_at"
    " FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS d(uri, who, n)"
    " JOIN statuses s ON s.uri = d.uri AND s.reblog_of_id IS NULL"
    f" WHERE {visible_sql('s', 'd.who')} ORDER BY s.id FOR KEY SHARE OF s"
)


@dataclass(frozen=True, slots=True)
class _Target:
    """The post that an activity is about, as the actor may see it."""

    id: int
    account_id: int
    visibility: int
    created_at: datetime


async def _find_targets(unit: Unit, pairs: Sequence[tuple[str, int]]) -> dict[int, _Target]:
    """For each (post, who acts) by position: the post, if it is here and visible to them."""
    rows = await unit.fetch(_TARGETS, [uri for uri, _ in pairs], [who for _, who in pairs])
    return {row[0] - 1: _Target(*row[1:]) for row in rows}


async def receive_likes(unit: Unit, items: Sequence[ReceivedLike]) -> list[Outcome]:
    """Store likes of posts that are here; records StatusFavourited for those that are new."""
    targets = await _find_targets(unit, [(item.object_uri, item.account_id) for item in items])
    deeds = [(item.uri, item.actor_uri, item.object_uri) for item in items]
    over = await _find_over(unit, "Like", deeds)
    outcomes: list[Outcome] = [_KNOWN] * len(items)
    # Of several likes by one actor of one post the last one counts.
    new: dict[tuple[int, int], tuple[int, str | None]] = {}
    for index, item in enumerate(items):
        target = targets.get(index)
        if index in over:
            outcomes[index] = _UNDONE
        elif target is None:
            outcomes[index] = _ABSENT
        else:
            uri = item.uri if is_storable(item.uri) else None
            new[target.id, item.account_id] = (index, uri)
    written = await _insert_likes(unit, new)
    for key, row in written.items():
        if row["is_new"]:
            outcomes[new[key][0]] = Done()
    older = [(row["older"], items[new[key][0]].actor_uri) for key, row in written.items()]
    await _outdate(unit, older)
    return outcomes


async def _find_over(
    unit: Unit, kind: str, deeds: Sequence[tuple[str | None, str, str]]
) -> set[int]:
    """Which of these deeds (id, actor, post) were undone before they came, by position."""
    nameless = [(undone.nameless(kind, post), actor) for _, actor, post in deeds]
    named = [(uri, actor) for uri, actor, _ in deeds if uri]
    before = await undone.find(unit, [*named, *nameless])
    over = {index for index, (uri, actor, _) in enumerate(deeds) if (uri or "", actor) in before}
    # An Undo that waits for its deed need not wait any more, and means nothing else.
    met = {key for key in named if key in before and not before[key].applied}
    spent = await undone.spend(unit, [key for key in nameless if key in before])
    for index, (uri, actor, _) in enumerate(deeds):
        if index in over:
            continue
        if nameless[index] in spent:
            spent.discard(nameless[index])
            met.update([(uri, actor)] if uri and is_storable(uri) else [])
        elif (uri or "", actor) not in met:
            continue
        over.add(index)
    await undone.remember(unit, dict.fromkeys(met, Undone(applied=True, signed_at=None)))
    return over


async def _outdate(unit: Unit, older: Sequence[tuple[str | None, str]]) -> None:
    """Ids (id, actor) that newer ones have replaced: an Undo of these comes too late."""
    keys = [(uri, actor) for uri, actor in older if uri]
    await undone.remember(unit, dict.fromkeys(keys, Undone(applied=True, signed_at=None)))


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
        "   SET uri = excluded.uri, created_at = excluded.created_at"
        "   WHERE excluded.uri IS NOT NULL AND f.uri IS DISTINCT FROM excluded.uri"
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
  f.created_at AS since
FROM favourites f JOIN statuses s ON s.id = f.status_id JOIN accounts a ON a.id = f.account_id
WHERE NOT EXISTS (SELECT 1 FROM accounts l WHERE l.id = f.account_id AND l.domain IS NULL)
  AND (f.uri = ANY($1::text[]) OR (f.account_id = ANY($2::bigint[]) AND s.uri = ANY($3::text[])))
ORDER BY f.status_id, f.id
"""
_BOOSTS = """
SELECT b.id, b.uri, b.account_id, b.reblog_of_id AS status_id, s.uri AS object_uri,
  a.uri AS actor_uri, NULL::timestamptz AS since
FROM statuses b JOIN statuses s ON s.id = b.reblog_of_id JOIN accounts a ON a.id = b.account_id
WHERE NOT b.local
  AND (b.uri = ANY($1::text[]) OR (b.account_id = ANY($2::bigint[]) AND s.uri = ANY($3::text[])))
ORDER BY b.id
"""


async def receive_undo_likes(unit: Unit, items: Sequence[ReceivedUndo]) -> list[Outcome]:
    """Take likes back; records StatusUnfavourited. One that never came is remembered."""
    outcomes, rows = await _find_undone(unit, "Like", items)
    gone = await unit.fetch(
        "DELETE FROM favourites WHERE id = ANY($1::bigint[]) RETURNING id", sorted(rows)
    )
    tally = Tally()
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
    by_pair = {(row["account_id"], row["object_uri"]): row for row in found}
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


async def receive_announces(unit: Unit, items: Sequence[ReceivedAnnounce]) -> list[Outcome]:
    """Store boosts of posts that are here; records StatusBoosted for those that are new."""
    targets = await _find_targets(unit, [(item.object_uri, item.account.id) for item in items])
    deeds = [(item.uri, item.account.uri, item.object_uri) for item in items]
    over = await _find_over(unit, "Announce", deeds)
    taken = {
        (row[0], row[1])
        for row in await unit.fetch(
            "SELECT uri, NULL AS actor FROM statuses WHERE uri = ANY($1::text[])"
            " UNION ALL SELECT uri, actor_uri FROM tombstones WHERE uri = ANY($1::text[])",
            [item.uri for item in items],
        )
    }
    outcomes: list[Outcome] = [_KNOWN] * len(items)
    new: dict[tuple[int, int], int] = {}
    for index, item in enumerate(items):
        target = targets.get(index)
        refusal = _refusal(item, target)
        if index in over:
            outcomes[index] = _UNDONE
        elif not taken.isdisjoint({(item.uri, None), (item.uri, item.account.uri)}):
            outcomes[index] = _KNOWN
        elif refusal is not None or target is None:
            outcomes[index] = refusal or _ABSENT
        else:
            taken.add((item.uri, None))
            new[target.id, item.account.id] = index
    boosts = [(items[index], targets[index], index) for index in new.values()]
    for index in await _insert_boosts(unit, boosts):
        outcomes[index] = Done()
    return outcomes


def _refusal(item: ReceivedAnnounce, target: _Target | None) -> Outcome | None:
    if item.account.is_gone or item.account.is_local:
        return Refused("the booster is suspended or gone")
    if not is_storable(item.uri):
        return Refused("the id is too long")
    if target is None:
        return _ABSENT
    if not may_reblog(target.visibility, is_author=target.account_id == item.account.id):
        return Refused("the post is not for all to see")
    return None


def _visibility(item: ReceivedAnnounce, target: _Target) -> int:
    """Who a boost is for: never more people than its original."""
    if not item.to and not item.cc:
        return max(UNLISTED, target.visibility)
    stated = received_visibility(item.to, item.cc, item.account)
    return stated if stated >= DIRECT or target.visibility <= UNLISTED else target.visibility


async def _insert_boosts(
    unit: Unit, boosts: Sequence[tuple[ReceivedAnnounce, _Target, int]]
) -> list[int]:
    """Store boosts; the positions of those that are new."""
    if not boosts:
        return []
    boosts = sorted(boosts, key=lambda boost: boost[0].uri)
    now = unit.now()
    # A boost is never older than what it boosts.
    created = [max(clamp_published(i.published, now), t.created_at) for i, t, _ in boosts]
    visibility = [_visibility(item, target) for item, target, _ in boosts]
    rows = await unit.fetch(
        "INSERT INTO statuses AS s (id, uri, account_id, local, visibility, reblog_of_id,"
        " created_at) SELECT d.id, d.uri, d.who, false, d.visibility, d.original, d.created_at"
        " FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::smallint[], $5::bigint[],"
        "   $6::timestamptz[]) AS d(id, uri, who, visibility, original, created_at)"
        " ON CONFLICT (reblog_of_id, account_id) WHERE reblog_of_id IS NOT NULL"
        " DO UPDATE SET uri = excluded.uri WHERE NOT s.local"
        " RETURNING s.id, s.uri, xmax = 0 AS is_new,"
        "   (SELECT o.uri FROM statuses o WHERE o.id = s.id) AS older",
        await unit.new_ids_at(created),
        [item.uri for item, _, _ in boosts],
        [item.account.id for item, _, _ in boosts],
        visibility,
        [target.id for _, target, _ in boosts],
        created,
    )
    fresh = {row["uri"]: row["id"] for row in rows if row["is_new"]}
    authors = {item.uri: item.account.uri for item, _, _ in boosts}
    await _outdate(unit, [(row["older"], authors[row["uri"]]) for row in rows])
    tally = Tally()
    done: list[int] = []
    for (item, target, index), moment, seen_by in zip(boosts, created, visibility, strict=True):
        boost_id = fresh.get(item.uri)
        if boost_id is not None:
            tally.reblog(target.id)
            tally.status(item.account.id, seen_by, 1, moment)
            unit.record(StatusBoosted(boost_id, item.account.id, target.id, local=False))
            done.append(index)
    await tally.write(unit)
    return done
