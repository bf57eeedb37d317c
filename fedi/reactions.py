"""THE table: what follows from what.

A reaction takes the unit, the context and a list of events of one type. It only touches Postgres,
in the transaction that closes the events, so each event has its effects exactly once; what must
go outside becomes rows of `deliveries` or `chores`. What open streams shall hear is collected and
said after the commit.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from fedi import events as happened
from fedi.config import Settings
from fedi.core import live
from fedi.core.accounts.people import People
from fedi.core.cards import service as cards
from fedi.core.conversations import service as conversations
from fedi.core.lists import feeds as list_feeds
from fedi.core.lists import service as lists
from fedi.core.live import Message
from fedi.core.media.removal import forget_accounts
from fedi.core.notifications import push, push_delivery, recipients
from fedi.core.notifications import service as notifications
from fedi.core.notifications.service import Notice
from fedi.core.search import index as search
from fedi.core.statuses.policy import DIRECT
from fedi.core.statuses.poll_ends import announce_later
from fedi.core.statuses.resolve import ask_for_parents
from fedi.core.tags import service as tags
from fedi.core.timelines import feeds
from fedi.core.timelines.streamed import Streamed, find_readers, find_streamed
from fedi.federation import publish
from fedi.federation.publish import Publishing
from fedi.kit import faults
from fedi.kit.queue import Batch
from fedi.kit.result import Done, GaveUp, Outcome
from fedi.kit.runtime import Runtime
from fedi.kit.unit import Unit


@dataclass(frozen=True, slots=True)
class Context:
    """What reactions share while one batch is worked on."""

    settings: Settings
    publishing: Publishing
    live: list[Message] = field(default_factory=list[Message])


Events = Sequence[Any]
Reaction = Callable[[Unit, Context, Events], Awaitable[None]]


def outward(tell: Callable[[Unit, Publishing, Events], Awaitable[None]]) -> Reaction:
    """A reaction that writes activities and deliveries."""

    async def reaction(unit: Unit, context: Context, events: Events) -> None:
        await tell(unit, context.publishing, events)

    return reaction


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
        context.live.append(_message("update", post, readers, listed.get(post.id, ())))
    waiting = [post.parent_uri for post in posts_now if post.parent_uri and not post.local]
    await ask_for_parents(unit, waiting)


def _message(
    kind: live.Kind, post: Streamed, users: Iterable[int], lists: Iterable[tuple[int, int]]
) -> Message:
    return Message(
        kind,
        str(post.id),
        post.account_id,
        tuple(dict.fromkeys(users)),
        public=post.public,
        local=post.local,
        media=post.has_media,
        lists=tuple(lists),
        tags=post.tags,
    )


async def notify_of_posts(
    unit: Unit, context: Context, events: Sequence[happened.StatusCreated]
) -> None:
    """Mentioned members are told, and those who asked for every post of an account."""
    notices = await recipients.of_posts(unit, [event.status_id for event in events])
    await _tell(unit, context, notices)


async def notify_of_edits(
    unit: Unit, context: Context, events: Sequence[happened.StatusEdited]
) -> None:
    """Who boosted a post is told that it changed; who is newly mentioned, of the mention."""
    notices = await recipients.of_edits(unit, [event.status_id for event in events])
    await _tell(unit, context, notices)


async def show_edits(
    unit: Unit,
    context: Context,
    events: Sequence[happened.StatusEdited | happened.StatusRefreshed | happened.QuoteRevoked],
) -> None:
    """Open streams replace what was edited."""
    ids = list(dict.fromkeys(event.status_id for event in events))
    await tags.reindex_posts(unit, ids)
    readers = await find_readers(unit, ids)
    listed = await list_feeds.find_readers(unit, ids)
    context.live.extend(
        _message("status.update", post, readers.get(post.id, ()), listed.get(post.id, ()))
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


async def notify_of_boosts(
    unit: Unit, context: Context, events: Sequence[happened.StatusBoosted]
) -> None:
    """The author of a boosted post is told."""
    pairs = [(event.reblog_of_id, event.account_id) for event in events]
    await _tell(unit, context, await recipients.of_deeds(unit, pairs, "reblog"))


async def notify_of_favourites(
    unit: Unit, context: Context, events: Sequence[happened.StatusFavourited]
) -> None:
    """The author of a liked post is told."""
    pairs = [(event.status_id, event.account_id) for event in events]
    await _tell(unit, context, await recipients.of_deeds(unit, pairs, "favourite"))


async def hide_favourites(
    unit: Unit, context: Context, events: Sequence[happened.StatusUnfavourited]
) -> None:
    """A like that was taken back is shown to nobody."""
    del context
    pairs = [(event.status_id, event.account_id) for event in events]
    await notifications.hide(unit, await recipients.of_deeds(unit, pairs, "favourite"))


async def notify_of_requests(
    unit: Unit, context: Context, events: Sequence[happened.FollowRequested]
) -> None:
    """The target of a follow request is told."""
    notices: list[Notice] = [(e.target_id, "follow_request", e.account_id, None) for e in events]
    await _tell(unit, context, notices)
    _changed(context, ((e.account_id, e.target_id) for e in events))


async def begin_follows(
    unit: Unit, context: Context, events: Sequence[happened.FollowAccepted]
) -> None:
    """The target of a follow is told, and its recent posts appear at the follower's home."""
    answered: list[Notice] = [(e.target_id, "follow_request", e.account_id, None) for e in events]
    await notifications.hide(unit, answered)
    notices: list[Notice] = [(e.target_id, "follow", e.account_id, None) for e in events]
    await _tell(unit, context, notices)
    ours = [(e.account_id, e.target_id) for e in events if e.local]
    await feeds.fill_after_follow(unit, ours)
    await list_feeds.follow_relations(unit, ours)
    _changed(context, ((e.account_id, e.target_id) for e in events))


async def end_follows(
    unit: Unit,
    context: Context,
    events: Sequence[happened.FollowEnded | happened.FollowRejected],
) -> None:
    """What came by a follow leaves with it."""
    pairs = [(event.account_id, event.target_id) for event in events]
    notices: list[Notice] = [
        (target, kind, who, None) for who, target in pairs for kind in ("follow", "follow_request")
    ]
    await notifications.hide(unit, notices)
    await feeds.clear_after_unfollow(unit, pairs)
    await list_feeds.follow_relations(unit, pairs)
    _changed(context, pairs)


async def part(unit: Unit, context: Context, events: Sequence[happened.AccountBlocked]) -> None:
    """After a block neither side has anything of the other left."""
    pairs = [(event.account_id, event.target_id) for event in events]
    await feeds.clear_after_block(unit, pairs)
    await list_feeds.follow_relations(unit, [*pairs, *((t, a) for a, t in pairs)])
    await notifications.hide_between(unit, [*pairs, *((t, a) for a, t in pairs)])
    _changed(context, pairs)


async def silence(unit: Unit, context: Context, events: Sequence[happened.AccountMuted]) -> None:
    """What is muted leaves the feed."""
    pairs = [(event.account_id, event.target_id) for event in events]
    await feeds.clear_after_mute(unit, pairs)
    await list_feeds.follow_relations(unit, pairs)
    _changed(context, pairs)


async def refresh_relations(
    unit: Unit,
    context: Context,
    events: Sequence[happened.AccountUnblocked | happened.AccountUnmuted],
) -> None:
    """Open streams read anew whom to leave out; posts that are not hidden any more come back."""
    pairs = [(event.account_id, event.target_id) for event in events]
    await feeds.fill_after_follow(unit, pairs)
    await list_feeds.follow_relations(unit, pairs)
    _changed(context, pairs)


async def bring_tags(unit: Unit, context: Context, events: Sequence[happened.TagFollowed]) -> None:
    """Recent posts with a hashtag come home to those who now follow it."""
    del context
    await feeds.fill_after_tag_follow(unit, [(e.account_id, e.name) for e in events])


async def drop_tags(unit: Unit, context: Context, events: Sequence[happened.TagUnfollowed]) -> None:
    """What only a hashtag has brought leaves with it."""
    del context
    await feeds.clear_after_tag_unfollow(unit, [(e.account_id, e.name) for e in events])


async def keep_apart(unit: Unit, context: Context, events: Sequence[happened.ListChanged]) -> None:
    """Who is in an exclusive list leaves home; who no longer is comes back."""
    del context
    await feeds.clear_exclusive(unit, [event.account_id for event in events])
    pairs = [(event.account_id, target) for event in events for target in event.target_ids]
    await feeds.fill_after_follow(unit, pairs)


async def forget_account(
    unit: Unit, context: Context, events: Sequence[happened.AccountDeleted]
) -> None:
    """A feed that nobody reads any more goes, and what its owner had arranged."""
    del context
    ids = [event.account_id for event in events]
    await unit.execute("DELETE FROM home_entries WHERE account_id = ANY($1::bigint[])", ids)
    await lists.forget_accounts(unit, ids)
    await tags.forget_accounts(unit, ids)
    await notifications.forget_accounts(unit, ids)


async def forget_files(
    unit: Unit, context: Context, events: Sequence[happened.AccountDeleted]
) -> None:
    """What a deleted member uploaded goes."""
    del context
    await forget_accounts(unit, [event.account_id for event in events])


async def close_streams(
    unit: Unit, context: Context, events: Sequence[happened.AccessRevoked]
) -> None:
    """Open streams of revoked tokens end."""
    del unit
    context.live.extend(
        Message("revoked", user=event.user_id, tokens=tuple(event.token_ids)) for event in events
    )


async def forget_subscriptions(
    unit: Unit, context: Context, events: Sequence[happened.AccessRevoked]
) -> None:
    """Apps that were signed out are not told anything any more."""
    del context
    await push.forget_revoked(unit, [event.user_id for event in events])


async def show_merged(
    unit: Unit, context: Context, events: Sequence[happened.NotificationsMerged]
) -> None:
    """Open streams hear that what was held back is in the list now."""
    del unit
    context.live.extend(Message("notifications_merged", users=(e.account_id,)) for e in events)


def telling(find: Callable[[Unit, Events], Awaitable[list[Notice]]]) -> Reaction:
    """A reaction that notifies whom `find` names."""

    async def reaction(unit: Unit, context: Context, events: Events) -> None:
        await _tell(unit, context, await find(unit, events))

    return reaction


async def _tell(unit: Unit, context: Context, notices: Sequence[Notice]) -> None:
    told = await notifications.notify(unit, notices)
    context.live.extend(
        Message("notification", str(notification_id), users=(recipient,))
        for notification_id, recipient in told
    )
    await push_delivery.enqueue(unit, [notification_id for notification_id, _ in told])


async def count_votes(
    unit: Unit, _context: Context, events: Sequence[happened.PollVoted]
) -> None:
    """Others hear of new votes on members' polls, of many at a time."""
    await announce_later(unit, [event.status_id for event in events])


async def follow_talks(
    unit: Unit,
    _context: Context,
    events: Sequence[happened.StatusCreated | happened.StatusEdited],
) -> None:
    """Direct posts come into the conversations of those who take part."""
    await conversations.keep_posts(unit, [event.status_id for event in events])


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


async def forget_filters(
    _unit: Unit, context: Context, events: Sequence[happened.FiltersChanged]
) -> None:
    """Whoever shows posts asks for the filters of these members anew."""
    context.live.extend(Message("filters_changed", users=(e.account_id,)) for e in events)


async def announce(
    _unit: Unit, context: Context, events: Sequence[happened.AnnouncementPublished]
) -> None:
    """Open streams show what the admins say."""
    context.live.extend(Message("announcement", str(e.announcement_id)) for e in events)


async def unannounce(
    _unit: Unit, context: Context, events: Sequence[happened.AnnouncementRemoved]
) -> None:
    """Open streams drop an announcement."""
    context.live.extend(Message("announcement.delete", str(e.announcement_id)) for e in events)


async def show_reactions(
    _unit: Unit, context: Context, events: Sequence[happened.AnnouncementReacted]
) -> None:
    """Open streams count the reactions to an announcement anew."""
    context.live.extend(
        Message("announcement.reaction", str(e.announcement_id), word=e.name) for e in events
    )


def _changed(context: Context, pairs: Iterable[tuple[int, int]]) -> None:
    context.live.extend(Message("changed", users=pair) for pair in pairs)


async def make_findable(
    unit: Unit,
    context: Context,
    events: Sequence[happened.StatusCreated | happened.StatusEdited],
) -> None:
    """Posts are found by their words."""
    del context
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


async def heed_indexable(
    unit: Unit, context: Context, events: Sequence[happened.AccountUpdated]
) -> None:
    """Whoever wants to be found is found, and who does not is not."""
    del context
    await search.follow_accounts(unit, [event.account_id for event in events])


async def link_cards(
    unit: Unit,
    context: Context,
    events: Sequence[happened.StatusCreated | happened.StatusEdited],
) -> None:
    """Links get a preview."""
    await cards.link_posts(unit, context.settings.origin, [event.status_id for event in events])


REACTIONS: dict[type[happened.Event], tuple[Reaction, ...]] = {
    happened.StatusCreated: (
        show_posts,
        follow_talks,
        notify_of_posts,
        link_cards,
        make_findable,
        outward(publish.status_created),
    ),
    happened.StatusEdited: (
        show_edits,
        follow_talks,
        notify_of_edits,
        link_cards,
        make_findable,
        outward(publish.status_edited),
    ),
    happened.StatusDeleted: (hide_deleted, leave_talks, outward(publish.status_deleted)),
    happened.StatusBoosted: (
        show_boosts,
        notify_of_boosts,
        make_boosted_findable,
        outward(publish.status_boosted),
    ),
    happened.StatusFavourited: (
        notify_of_favourites,
        make_kept_findable,
        outward(publish.status_favourited),
    ),
    happened.StatusUnfavourited: (hide_favourites, outward(publish.status_unfavourited)),
    happened.StatusBookmarked: (make_kept_findable,),
    happened.FollowRequested: (notify_of_requests, outward(publish.follow_requested)),
    happened.FollowAccepted: (begin_follows, outward(publish.follow_accepted)),
    happened.FollowRejected: (end_follows, outward(publish.follow_rejected)),
    happened.FollowEnded: (end_follows, outward(publish.follow_ended)),
    happened.AccountBlocked: (part, outward(publish.account_blocked)),
    happened.AccountUnblocked: (refresh_relations, outward(publish.account_unblocked)),
    happened.AccountMuted: (silence,),
    happened.AccountUnmuted: (refresh_relations,),
    happened.AccountUpdated: (heed_indexable, outward(publish.account_updated)),
    happened.AccountDeleted: (forget_account, forget_files, outward(publish.account_deleted)),
    happened.AccessRevoked: (close_streams, forget_subscriptions),
    happened.DomainBlocked: (telling(recipients.of_domain_blocks),),
    happened.PollVoted: (count_votes, outward(publish.poll_voted)),
    happened.PollClosed: (telling(recipients.of_poll_ends),),
    happened.StatusQuoted: (telling(recipients.of_quotes),),
    happened.TagFollowed: (bring_tags,),
    happened.TagUnfollowed: (drop_tags,),
    happened.ListChanged: (keep_apart,),
    happened.FiltersChanged: (forget_filters,),
    happened.NotificationsMerged: (show_merged,),
    happened.UserSignedUp: (telling(recipients.of_sign_ups),),
    happened.ReportFiled: (telling(recipients.of_reports),),
    happened.AnnouncementPublished: (announce,),
    happened.AnnouncementRemoved: (unannounce,),
    happened.AnnouncementReacted: (show_reactions,),
    happened.StatusRefreshed: (show_edits, outward(publish.status_refreshed)),
    happened.StatusPinned: (outward(publish.status_pinned),),
    happened.StatusUnpinned: (outward(publish.status_unpinned),),
    happened.QuoteRevoked: (show_edits,),
}


class Reactor:
    """The work of the events drain."""

    def __init__(self, runtime: Runtime, people: People) -> None:
        self._runtime = runtime
        self._people = people

    async def work(self, batch: Batch) -> None:
        """React to a batch of events and close them, in one transaction."""
        read = [(row["id"], read_event(row["type"], row["payload"])) for row in batch.rows]
        outcomes: list[tuple[int, Outcome]] = [
            # Another release may have written it: it is kept for whoever looks.
            (row_id, Done() if event is not None else GaveUp("an event of an unknown kind"))
            for row_id, event in read
        ]
        known = [(row_id, event) for row_id, event in read if event is not None]
        async with self._runtime.unit() as unit:
            await react(unit, self._runtime.settings, known)
            faults.point("events.applied")
            await batch.close(unit, outcomes)


def read_event(name: str, payload: dict[str, Any]) -> happened.Event | None:
    """The event in a row; None if this release does not know it."""
    kind = happened.EVENTS.get(name)
    if kind is None:
        return None
    try:
        make = cast("Callable[..., happened.Event]", kind)
        return make(**{k: tuple(v) if isinstance(v, list) else v for k, v in payload.items()})
    except TypeError:
        return None


async def react(
    unit: Unit, settings: Settings, events: Sequence[tuple[int, happened.Event]]
) -> None:
    """Run the table for events (row id, event), in their order."""
    ids = {event: row_id for row_id, event in events}
    context = Context(settings, Publishing(settings, ids))
    for group in in_waves([event for _, event in events]):
        for reaction in REACTIONS[type(group[0])]:
            await reaction(unit, context, group)
    live.say(unit, context.live)


def in_waves(events: Sequence[happened.Event]) -> list[list[happened.Event]]:
    """Events grouped by type, as few groups as the order within each lane permits.

    Within a lane an event of another type begins a new wave; waves follow each other.
    """
    last: dict[str, tuple[int, type[happened.Event]]] = {}
    groups: dict[tuple[int, int], list[happened.Event]] = {}
    kinds = {kind: number for number, kind in enumerate(REACTIONS)}
    for event in events:
        kind = type(event)
        wave, before = last.get(event.lane, (0, kind))
        wave += before is not kind
        last[event.lane] = (wave, kind)
        groups.setdefault((wave, kinds[kind]), []).append(event)
    return [groups[key] for key in sorted(groups)]
