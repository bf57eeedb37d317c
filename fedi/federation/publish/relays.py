"""What this server says to relays, as itself."""

from collections.abc import Sequence
from typing import Any

from fedi import events as happened
from fedi.core import urls
from fedi.core.relays import ACCEPTED
from fedi.core.urls import INSTANCE_ACTOR_ID
from fedi.federation import render
from fedi.federation.publish.audience import Reach
from fedi.federation.publish.outgoing import Outgoing, Publishing, send
from fedi.federation.render.facts import PUBLIC
from fedi.kit.unit import Unit

_PUBLIC_POSTS = """
SELECT s.id, s.uri FROM statuses s
WHERE s.id = ANY($1::bigint[]) AND s.local AND s.visibility = 0 AND NOT s.local_only
  AND s.reblog_of_id IS NULL
ORDER BY s.id
"""


async def relay_followed(
    unit: Unit, context: Publishing, events: Sequence[happened.RelayFollowed]
) -> None:
    """Follow: of everything public, or of the actor of the relay."""
    by_id = {event.relay_id: event for event in events}
    rows = await unit.fetch(
        "SELECT id, style, inbox_url, actor_uri, follow_uri FROM relays"
        " WHERE id = ANY($1::bigint[]) ORDER BY id",
        list(by_id),
    )
    await send(
        unit,
        context,
        [
            Outgoing(
                by_id[row["id"]],
                _follow(context, row["style"], row["actor_uri"], row["follow_uri"]),
                INSTANCE_ACTOR_ID,
                f"relay {row['inbox_url']}",
                Reach(inboxes=(row["inbox_url"],)),
            )
            for row in rows
        ],
    )


async def relay_unfollowed(
    unit: Unit, context: Publishing, events: Sequence[happened.RelayUnfollowed]
) -> None:
    """Undo(Follow)."""
    await send(
        unit,
        context,
        [
            Outgoing(
                event,
                render.render_undo(
                    _follow(context, event.style, event.actor_uri, event.follow_uri)
                ),
                INSTANCE_ACTOR_ID,
                f"relay {event.inbox_url}",
                Reach(inboxes=(event.inbox_url,)),
            )
            for event in events
        ],
    )


async def relay_followed_back(
    unit: Unit, context: Publishing, events: Sequence[happened.RelayFollowedBack]
) -> None:
    """Accept(Follow)."""
    us = _actor(context)
    numbers = await unit.new_ids(len(events))
    await send(
        unit,
        context,
        [
            Outgoing(
                event,
                render.render_answer(
                    "Accept", urls.accept_uri(us, number), us, event.actor_uri, event.follow_uri
                ),
                INSTANCE_ACTOR_ID,
                f"relay {event.inbox_url}",
                Reach(inboxes=(event.inbox_url,)),
            )
            for event, number in zip(events, numbers, strict=True)
        ],
    )


async def status_relayed(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusCreated]
) -> None:
    """Announce(id), by the server itself, to relays that pass ids on; the others get the Create."""
    ours = {event.status_id: event for event in events if event.local}
    inboxes = await _find_inboxes(unit) if ours else ()
    if not inboxes:
        return
    rows = await unit.fetch(_PUBLIC_POSTS, list(ours))
    us = _actor(context)
    await send(
        unit,
        context,
        [
            Outgoing(
                ours[row["id"]],
                _announce(us, row["uri"]),
                INSTANCE_ACTOR_ID,
                row["uri"],
                Reach(inboxes=inboxes),
                row["id"],
            )
            for row in rows
        ],
    )


async def _find_inboxes(unit: Unit) -> tuple[str, ...]:
    rows = await unit.fetch(
        f"SELECT inbox_url FROM relays WHERE style = 'litepub' AND state = {ACCEPTED} AND sends"
    )
    return tuple(row["inbox_url"] for row in rows)


def _actor(context: Publishing) -> str:
    return urls.actor_uri(context.settings.origin, INSTANCE_ACTOR_ID)


def _follow(
    context: Publishing, style: str, actor_uri: str | None, follow_uri: str
) -> dict[str, Any]:
    target = actor_uri if style == "litepub" and actor_uri else PUBLIC
    return render.render_follow(follow_uri, _actor(context), target)


def _announce(actor: str, uri: str) -> dict[str, Any]:
    # What follows the `#` keeps it apart from the boosts that members make of the post.
    return {
        "id": f"{uri}#relayed",
        "type": "Announce",
        "actor": actor,
        "to": [f"{actor}/followers"],
        "cc": [PUBLIC],
        "object": uri,
    }
