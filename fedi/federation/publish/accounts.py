"""Follows, their answers, blocks, and what happens to an account itself become activities."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fedi import events as happened
from fedi.core import urls
from fedi.federation import render
from fedi.federation.facts import load_actors, load_parties
from fedi.federation.publish.audience import Reach
from fedi.federation.publish.outgoing import Outgoing, Publishing, send
from fedi.federation.render.actor import render_actor
from fedi.federation.render.facts import ActorFacts
from fedi.kit.unit import Unit

_Pair = TypeVar(
    "_Pair",
    happened.FollowRequested,
    happened.FollowEnded,
    happened.AccountBlocked,
    happened.AccountUnblocked,
)


async def follow_requested(
    unit: Unit, context: Publishing, events: Sequence[happened.FollowRequested]
) -> None:
    """Follow, to its target."""
    origin = context.settings.origin

    def build(event: happened.FollowRequested, actor: str, target: str) -> dict[str, Any]:
        return render.render_follow(urls.follow_uri(origin, event.follow_id), actor, target)

    await _send_pairs(unit, context, [event for event in events if event.local], build)


async def follow_ended(
    unit: Unit, context: Publishing, events: Sequence[happened.FollowEnded]
) -> None:
    """Undo(Follow), to its target."""

    def build(event: happened.FollowEnded, actor: str, target: str) -> dict[str, Any]:
        return render.render_undo(render.render_follow(event.uri, actor, target))

    await _send_pairs(unit, context, [event for event in events if event.local], build)


async def account_blocked(
    unit: Unit, context: Publishing, events: Sequence[happened.AccountBlocked]
) -> None:
    """Block, to its target."""

    def build(event: happened.AccountBlocked, actor: str, target: str) -> dict[str, Any]:
        return render.render_block(event.uri, actor, target)

    await _send_pairs(unit, context, [event for event in events if event.local], build)


async def account_unblocked(
    unit: Unit, context: Publishing, events: Sequence[happened.AccountUnblocked]
) -> None:
    """Undo(Block), to its target."""

    def build(event: happened.AccountUnblocked, actor: str, target: str) -> dict[str, Any]:
        return render.render_undo(render.render_block(event.uri, actor, target))

    await _send_pairs(unit, context, [event for event in events if event.local], build)


async def follow_accepted(
    unit: Unit, context: Publishing, events: Sequence[happened.FollowAccepted]
) -> None:
    """Accept(Follow), from a member of ours to a follower elsewhere."""
    answered = {event.follow_id: event for event in events if event.answer}
    rows = await unit.fetch(
        "SELECT f.id, f.uri, t.id AS target_id, t.uri AS target, a.id AS follower_id,"
        " a.uri AS follower FROM follows f JOIN accounts a ON a.id = f.account_id"
        " JOIN accounts t ON t.id = f.target_id WHERE f.id = ANY($1::bigint[]) AND f.accepted"
        " AND t.domain IS NULL AND a.domain IS NOT NULL ORDER BY f.id",
        list(answered),
    )
    # Some ask again for what they have, and would take an answer with the old id for a copy.
    numbers = await unit.new_ids(len(rows))
    await send(
        unit,
        context,
        [
            Outgoing(
                answered[row["id"]],
                render.render_answer(
                    "Accept",
                    urls.accept_uri(row["target"], number),
                    row["target"],
                    row["follower"],
                    row["uri"],
                ),
                row["target_id"],
                _order("answer", row["target_id"], row["follower_id"]),
                Reach(people=(row["follower_id"],), personal=True),
            )
            for row, number in zip(rows, numbers, strict=True)
        ],
    )


async def follow_rejected(
    unit: Unit, context: Publishing, events: Sequence[happened.FollowRejected]
) -> None:
    """Reject(Follow), from a member of ours to somebody elsewhere."""
    parties = await load_parties(unit, [i for e in events for i in (e.account_id, e.target_id)])
    numbers = await unit.new_ids(len(events))
    outgoing: list[Outgoing] = []
    for event, number in zip(events, numbers, strict=True):
        follower, target = parties.get(event.account_id), parties.get(event.target_id)
        if follower is None or target is None or follower.is_local or not target.is_local:
            continue
        uri = urls.reject_uri(target.uri, str(number))
        document = render.render_answer("Reject", uri, target.uri, follower.uri, event.uri or None)
        order = _order("answer", target.id, follower.id)
        reach = Reach(people=(follower.id,), personal=True)
        outgoing.append(Outgoing(event, document, target.id, order, reach))
    await send(unit, context, outgoing)


async def account_updated(
    unit: Unit, context: Publishing, events: Sequence[happened.AccountUpdated]
) -> None:
    """Update(Person)."""
    latest = {event.account_id: event for event in events if event.local}
    inboxes: dict[int, set[str]] = {}
    for event in events:
        inboxes.setdefault(event.account_id, set()).update(event.reach_inboxes)
    actors = await load_actors(unit, context.home, list(latest))
    await send(
        unit,
        context,
        [
            Outgoing(
                latest[actor.id],
                render.render_actor_update(render_actor(actor), actor, unit.now()),
                actor.id,
                actor.uri,
                Reach(followers_of=actor.id, inboxes=tuple(sorted(inboxes[actor.id]))),
            )
            for actor in actors.values()
            if _is_published(actor)
        ],
    )


async def account_deleted(
    unit: Unit, context: Publishing, events: Sequence[happened.AccountDeleted]
) -> None:
    """Delete(actor), to everybody who may know the account."""
    await send(
        unit,
        context,
        [
            Outgoing(
                event,
                render.render_actor_delete(event.uri),
                event.account_id,
                event.uri,
                Reach(followers_of=event.account_id, inboxes=tuple(event.reach_inboxes)),
            )
            for event in events
            if event.local
        ],
    )


async def _send_pairs(
    unit: Unit,
    context: Publishing,
    events: Sequence[_Pair],
    build: Callable[[_Pair, str, str], dict[str, Any]],
) -> None:
    """Send what one of our members does to somebody elsewhere."""
    parties = await load_parties(unit, [i for e in events for i in (e.account_id, e.target_id)])
    outgoing: list[Outgoing] = []
    for event in events:
        actor, target = parties.get(event.account_id), parties.get(event.target_id)
        if actor is None or target is None or target.is_local or not actor.is_local:
            continue
        word = event.lane.partition(":")[0]
        document = build(event, actor.uri, target.uri)
        reach = Reach(people=(target.id,), personal=True)
        order = _order(word, actor.id, target.id)
        outgoing.append(Outgoing(event, document, actor.id, order, reach))
    await send(unit, context, outgoing)


def _order(word: str, first: int, second: int) -> str:
    return f"{word} {first} {second}"


def _is_published(actor: ActorFacts) -> bool:
    return not actor.deleted and actor.id != urls.INSTANCE_ACTOR_ID
