"""What follows from what happens to posts."""

from collections.abc import Sequence

from fedi import events as happened
from fedi.core.cards import service as cards
from fedi.core.conversations import service as conversations
from fedi.core.lists import feeds as list_feeds
from fedi.core.live import Message
from fedi.core.notifications import recipients
from fedi.core.notifications import service as notifications
from fedi.core.search import index as search
from fedi.core.statuses.policy import DIRECT
from fedi.core.statuses.poll_ends import announce_later
from fedi.core.tags import service as tags
from fedi.core.threads.asking import ask_for_threads
from fedi.core.threads.parents import ask_for_parents
from fedi.core.timelines import feeds
from fedi.core.timelines.streamed import find_readers, find_streamed
from fedi.kit.unit import Unit
from fedi.reactions.context import Context, notify, post_message


async def show_posts(
    unit: Unit, context: Context, events: Sequence[happened.StatusCreated]
) -> None:
    """New posts come into home feeds, and into open streams."""
    await _show(unit, context, [event.status_id for event in events])


async def show_boosts(
    unit: Unit, context: Context, events: Sequence[happened.StatusBoosted]
) -> None:
    """Boosts come into home feeds, and into open streams."""
    await _show(unit, context, [event.status_id for event in events])


async def _show(unit: Unit, context: Context, ids: Sequence[int]) -> None:
    ids = list(dict.fromkeys(ids))
    posts_now = await find_streamed(unit, ids)
    # Followers of hashtags are found by them, so these come first.
    await tags.index_posts(unit, [post.id for post in posts_now if post.tags])
    fanned = await feeds.fan_out(unit, ids)
    listed = await list_feeds.fan_out(unit, ids)
    for post in posts_now:
        readers = fanned.get(post.id, [])
        if post.local:
            # Their own feed has it since they posted; other windows of theirs do not know yet.
            readers = [*readers, post.account_id]
        context.live.append(post_message("update", post, readers, listed.get(post.id, ())))
    waiting = [post.parent_uri for post in posts_now if post.parent_uri and not post.local]
    await ask_for_parents(unit, waiting)


async def show_edits(
    unit: Unit,
    context: Context,
    events: Sequence[happened.StatusEdited | happened.StatusRefreshed],
) -> None:
    """Open streams replace what was edited."""
    ids = list(dict.fromkeys(event.status_id for event in events))
    await tags.reindex_posts(unit, ids)
    readers = await find_readers(unit, ids)
    listed = await list_feeds.find_readers(unit, ids)
    context.live.extend(
        post_message("status.update", post, readers.get(post.id, ()), listed.get(post.id, ()))
        for post in await find_streamed(unit, ids)
    )


async def hide_deleted(
    unit: Unit, context: Context, events: Sequence[happened.StatusDeleted]
) -> None:
    """Open streams drop what was deleted; nobody has "boosted" any more what was taken back."""
    context.live.extend(
        Message(
            "delete",
            str(event.status_id),
            event.account_id,
            tuple(event.heard_by),
            public=event.visibility == 0 and event.reblog_of_id is None,
            local=event.local,
        )
        for event in events
    )
    gone = [(event.account_id, event.status_id) for event in events]
    await feeds.clear_deleted(unit, gone)
    await list_feeds.clear_deleted(unit, gone)
    boosts = [(e.reblog_of_id, e.account_id) for e in events if e.reblog_of_id is not None]
    notices = await recipients.of_deeds(unit, boosts, "reblog")
    await notifications.hide(unit, notices)


async def notify_of_posts(
    unit: Unit, context: Context, events: Sequence[happened.StatusCreated]
) -> None:
    """Mentioned members are told, and those who asked for every post of an account."""
    notices = await recipients.of_posts(unit, [event.status_id for event in events])
    await notify(unit, context, notices)


async def notify_of_edits(
    unit: Unit, context: Context, events: Sequence[happened.StatusEdited]
) -> None:
    """Who boosted a post is told that it changed; who is newly mentioned, of the mention."""
    notices = await recipients.of_edits(unit, [event.status_id for event in events])
    await notify(unit, context, notices)


async def notify_of_boosts(
    unit: Unit, context: Context, events: Sequence[happened.StatusBoosted]
) -> None:
    """The author of a boosted post is told."""
    pairs = [(event.reblog_of_id, event.account_id) for event in events]
    await notify(unit, context, await recipients.of_deeds(unit, pairs, "reblog"))


async def notify_of_favourites(
    unit: Unit, context: Context, events: Sequence[happened.StatusFavourited]
) -> None:
    """The author of a liked post is told."""
    pairs = [(event.status_id, event.account_id) for event in events]
    await notify(unit, context, await recipients.of_deeds(unit, pairs, "favourite"))


async def hide_favourites(
    unit: Unit, context: Context, events: Sequence[happened.StatusUnfavourited]
) -> None:
    """A like that was taken back is shown to nobody."""
    del context
    pairs = [(event.status_id, event.account_id) for event in events]
    await notifications.hide(unit, await recipients.of_deeds(unit, pairs, "favourite"))


async def count_votes(unit: Unit, _context: Context, events: Sequence[happened.PollVoted]) -> None:
    """Others hear of new votes on members' polls, of many at a time."""
    await announce_later(unit, [event.status_id for event in events])


async def follow_talks(
    unit: Unit,
    context: Context,
    events: Sequence[happened.StatusCreated | happened.StatusEdited],
) -> None:
    """Direct posts come into the conversations of those who take part, and into open streams."""
    kept = await conversations.keep_posts(unit, [event.status_id for event in events])
    context.live.extend(
        Message("conversation", str(heard.conversation_id), users=(heard.account_id,))
        for heard in (await conversations.heard_by(unit, kept) if kept else [])
    )


async def leave_talks(
    unit: Unit, _context: Context, events: Sequence[happened.StatusDeleted]
) -> None:
    """Conversations end with the direct posts that are left, or go with the last one."""
    hearers = [
        (account_id, event.status_id)
        for event in events
        if event.visibility >= DIRECT
        for account_id in event.heard_by
    ]
    await conversations.drop_posts(unit, hearers)


async def complete_threads(
    unit: Unit,
    _context: Context,
    events: Sequence[happened.StatusCreated | happened.StatusBoosted],
) -> None:
    """Where a member answers or boosts, the whole conversation is read at its origins."""
    await ask_for_threads(
        unit,
        [
            e.reblog_of_id if isinstance(e, happened.StatusBoosted) else e.status_id
            for e in events
            if e.local
        ],
    )


async def make_findable(
    unit: Unit, _context: Context, events: Sequence[happened.StatusCreated]
) -> None:
    """New posts are found by their words."""
    await search.index_new_posts(unit, [event.status_id for event in events])


async def make_findable_anew(
    unit: Unit, _context: Context, events: Sequence[happened.StatusEdited]
) -> None:
    """Edited posts are found by what they say now."""
    await search.index_posts(unit, [event.status_id for event in events])


async def make_kept_findable(
    unit: Unit,
    context: Context,
    events: Sequence[happened.StatusFavourited | happened.StatusBookmarked],
) -> None:
    """What a member likes or keeps, they find again."""
    del context
    ours = [e for e in events if isinstance(e, happened.StatusBookmarked) or e.local]
    await search.index_posts(unit, [event.status_id for event in ours])


async def make_boosted_findable(
    unit: Unit, context: Context, events: Sequence[happened.StatusBoosted]
) -> None:
    """What a member boosted, they find again."""
    del context
    await search.index_posts(unit, [event.reblog_of_id for event in events if event.local])


async def link_cards(
    unit: Unit,
    context: Context,
    events: Sequence[happened.StatusCreated | happened.StatusEdited],
) -> None:
    """Links get a preview."""
    await cards.link_posts(unit, context.settings.origin, [event.status_id for event in events])
