"""Reactions of members with an emoji become activities, for the author of the post.

They are sent as a Like that says its emoji in two ways: that is the one form which everybody makes
something of. Servers that know reactions show the emoji, whether they call it a Like (Misskey and
its kin) or an EmojiReact (which the same proposal treats alike); all others see a like, where an
EmojiReact would be nothing to them.
"""

from collections.abc import Callable, Sequence
from typing import Any

from fedi import events as happened
from fedi.core import urls
from fedi.federation import render
from fedi.federation.publish.audience import Reach
from fedi.federation.publish.outgoing import Outgoing, Publishing, send
from fedi.federation.publish.statuses import status_favourited
from fedi.federation.render.actor import render_emoji
from fedi.kit.unit import Unit

_Event = happened.StatusReacted | happened.StatusUnreacted


async def status_reacted(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusReacted]
) -> None:
    """Like with an emoji, to the author."""
    await _send(unit, context, events, lambda like: like)


async def status_unreacted(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusUnreacted]
) -> None:
    """Undo of such a Like, to the author; what still stands is said once more.

    Servers that know one like of one person to a post forget it with the first Undo.
    """
    await _send(unit, context, events, render.render_undo)
    await _say_again(unit, context, [event for event in events if event.local])


# The newest reaction that still stands, or the like without an emoji.
_STANDING = """
SELECT p.status_id, p.who, r.id, r.name, r.url, v.id AS like_id, v.uri AS like_uri
FROM (SELECT DISTINCT status_id, who FROM unnest($1::bigint[], $2::bigint[]) AS d(status_id, who)) p
JOIN favourites v ON v.status_id = p.status_id AND v.account_id = p.who
LEFT JOIN LATERAL (SELECT * FROM status_reactions o WHERE o.status_id = p.status_id
  AND o.account_id = p.who ORDER BY o.id DESC LIMIT 1) r ON true
WHERE r.id IS NOT NULL OR NOT v.by_reaction
"""


async def _say_again(
    unit: Unit, context: Publishing, ended: Sequence[happened.StatusUnreacted]
) -> None:
    if not ended:
        return
    rows = await unit.fetch(
        _STANDING, [event.status_id for event in ended], [event.account_id for event in ended]
    )
    reacted = [row for row in rows if row["id"] is not None]
    liked = [row for row in rows if row["id"] is None]
    origin = context.settings.origin
    uris = [urls.reaction_uri(origin, row["id"]) for row in reacted]
    uris += [row["like_uri"] or urls.like_uri(origin, row["like_id"]) for row in liked]
    # An activity is sent once, and this one has to come after the Undo.
    await unit.execute("DELETE FROM activities WHERE uri = ANY($1::text[])", uris)
    await status_reacted(
        unit,
        context,
        [
            happened.StatusReacted(
                row["id"],
                row["status_id"],
                row["who"],
                local=True,
                name=row["name"],
                url=row["url"] or "",
            )
            for row in reacted
        ],
    )
    await status_favourited(
        unit,
        context,
        [
            happened.StatusFavourited(row["like_id"], row["status_id"], row["who"], local=True)
            for row in liked
        ],
    )


async def _send(
    unit: Unit,
    context: Publishing,
    events: Sequence[_Event],
    wrap: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    ours = [event for event in events if event.local]
    if not ours:
        return
    rows = await unit.fetch(
        "SELECT s.id, s.uri AS object, o.uri AS author, o.id AS author_id"
        " FROM statuses s JOIN accounts o ON o.id = s.account_id"
        " WHERE s.id = ANY($1::bigint[]) AND o.domain IS NOT NULL",
        [event.status_id for event in ours],
    )
    posts = {row["id"]: row for row in rows}
    await send(
        unit,
        context,
        [
            Outgoing(
                event,
                wrap(_render(context, event, post["object"], post["author"])),
                event.account_id,
                f"like {event.account_id} {event.status_id}",
                Reach(people=(post["author_id"],), personal=True),
            )
            for event in ours
            if (post := posts.get(event.status_id))
        ],
    )


def _render(context: Publishing, event: _Event, post: str, author: str) -> dict[str, Any]:
    origin = context.settings.origin
    uri = urls.reaction_uri(origin, event.reaction_id)
    like = render.render_like(uri, urls.actor_uri(origin, event.account_id), post, author)
    shortcode = event.name.partition("@")[0]
    said = f":{shortcode}:" if event.url else event.name
    like |= {"content": said, "_misskey_reaction": said}
    if event.url:
        emoji: dict[str, Any] = {"shortcode": shortcode, "url": event.url}
        if shortcode == event.name:
            emoji["uri"] = urls.emoji_uri(origin, shortcode)
        like["tag"] = [render_emoji(emoji)]
    return like
