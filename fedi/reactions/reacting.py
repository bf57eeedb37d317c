"""What follows from reactions with emojis."""

from collections.abc import Sequence

import orjson

from fedi import events as happened
from fedi.core.lists import feeds as list_feeds
from fedi.core.notifications import recipients
from fedi.core.notifications import service as notifications
from fedi.core.notifications.service import Notice
from fedi.core.search import index as search
from fedi.core.timelines.streamed import find_readers, find_streamed
from fedi.kit.unit import Unit
from fedi.reactions.context import Context, notify, post_message


async def notify_of_reactions(
    unit: Unit, context: Context, events: Sequence[happened.StatusReacted]
) -> None:
    """The author of a post is told as of a like, with the emoji; each person is told of once."""
    said = {(event.status_id, event.account_id): event for event in events}
    notices: list[Notice] = []
    for who, kind, sender, status_id, *_ in await recipients.of_deeds(
        unit, list(said), "favourite"
    ):
        event = said[status_id or 0, sender]
        details = orjson.dumps({"emoji": event.name, "emoji_url": event.url or None}).decode()
        notices.append((who, kind, sender, status_id, None, details))
    await notify(unit, context, notices)
    await notifications.amend(unit, notices)


async def hide_reactions(
    unit: Unit, context: Context, events: Sequence[happened.StatusUnreacted]
) -> None:
    """Who neither likes the post nor reacts to it any more is not told of."""
    del context
    rows = await unit.fetch(
        "SELECT p.status_id, p.who FROM unnest($1::bigint[], $2::bigint[]) AS p(status_id, who)"
        " WHERE NOT EXISTS (SELECT 1 FROM favourites f WHERE f.status_id = p.status_id"
        "   AND f.account_id = p.who)",
        [event.status_id for event in events],
        [event.account_id for event in events],
    )
    pairs = [(row[0], row[1]) for row in rows]
    await notifications.hide(unit, await recipients.of_deeds(unit, pairs, "favourite"))


async def make_reacted_findable(
    unit: Unit, context: Context, events: Sequence[happened.StatusReacted]
) -> None:
    """What a member reacted to, they find again."""
    del context
    await search.index_posts(unit, [event.status_id for event in events if event.local])


async def show_reacted(
    unit: Unit,
    context: Context,
    events: Sequence[happened.StatusReacted | happened.StatusUnreacted],
) -> None:
    """Open streams count the reactions to a post anew."""
    ids = list(dict.fromkeys(event.status_id for event in events))
    readers = await find_readers(unit, ids)
    listed = await list_feeds.find_readers(unit, ids)
    context.live.extend(
        post_message("status.update", post, readers.get(post.id, ()), listed.get(post.id, ()))
        for post in await find_streamed(unit, ids)
    )
