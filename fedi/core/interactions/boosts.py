"""Boosts from the network. What was undone never takes effect later; repetitions renew the id."""

from collections.abc import Sequence

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
from fedi.core.statuses.content import clamp_published, is_storable
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.policy import DIRECT, UNLISTED, may_reblog, received_visibility
from fedi.core.statuses.types import ReceivedAnnounce
from fedi.events import StatusBoosted
from fedi.kit.result import Done, Outcome, Refused
from fedi.kit.unit import Unit


async def receive_announces(unit: Unit, items: Sequence[ReceivedAnnounce]) -> list[Outcome]:
    """Store boosts of posts that are here; records StatusBoosted for those that are new."""
    targets = await find_targets(unit, [(item.object_uri, item.account.id) for item in items])
    deeds = [(item.uri, item.account.uri, item.object_uri) for item in items]
    over = await find_over(unit, "Announce", deeds)
    ended = dict.fromkeys(over, UNDONE) | await hold_received(
        unit,
        "announce",
        [(item.uri, item.account.id, item.account.uri, item.object_uri) for item in items],
        targets,
        over,
    )
    taken = {
        (row[0], row[1])
        for row in await unit.fetch(
            "SELECT uri, NULL AS actor FROM statuses WHERE uri = ANY($1::text[])"
            " UNION ALL SELECT uri, actor_uri FROM tombstones WHERE uri = ANY($1::text[])",
            [item.uri for item in items],
        )
    }
    outcomes: list[Outcome] = [KNOWN] * len(items)
    new: dict[tuple[int, int], int] = {}
    for index, item in enumerate(items):
        target = targets.get(index)
        refusal = _refusal(item, target)
        if index in ended:
            outcomes[index] = ended[index]
        elif not taken.isdisjoint({(item.uri, None), (item.uri, item.account.uri)}):
            outcomes[index] = KNOWN
        elif refusal is not None or target is None:
            outcomes[index] = refusal or ABSENT
        else:
            taken.add((item.uri, None))
            new[target.id, item.account.id] = index
    boosts = [(items[index], targets[index], index) for index in new.values()]
    for index in await _insert_boosts(unit, boosts):
        outcomes[index] = Done()
    return outcomes


def _refusal(item: ReceivedAnnounce, target: Target | None) -> Outcome | None:
    if item.account.is_gone or item.account.is_local:
        return Refused("the booster is suspended or gone")
    if not is_storable(item.uri):
        return Refused("the id is too long")
    if target is None:
        return ABSENT
    if not may_reblog(target.visibility, is_author=target.account_id == item.account.id):
        return Refused("the post is not for all to see")
    return None


def _visibility(item: ReceivedAnnounce, target: Target) -> int:
    """Who a boost is for: never more people than its original."""
    if not item.to and not item.cc:
        return max(UNLISTED, target.visibility)
    stated = received_visibility(item.to, item.cc, item.account)
    return stated if stated >= DIRECT or target.visibility <= UNLISTED else target.visibility


async def _insert_boosts(
    unit: Unit, boosts: Sequence[tuple[ReceivedAnnounce, Target, int]]
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
    await outdate(unit, [(row["older"], authors[row["uri"]]) for row in rows])
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
