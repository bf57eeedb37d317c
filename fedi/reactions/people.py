"""What follows from what happens among people, and from what members arrange."""

from collections.abc import Sequence

from fedi import events as happened
from fedi.core.lists import feeds as list_feeds
from fedi.core.lists import service as lists
from fedi.core.live import Message
from fedi.core.media.removal import forget_accounts
from fedi.core.notifications import push
from fedi.core.notifications import service as notifications
from fedi.core.notifications.service import Notice
from fedi.core.search import index as search
from fedi.core.tags import service as tags
from fedi.core.timelines import feeds
from fedi.kit.unit import Unit
from fedi.reactions.context import Context, notify, say_changed


async def notify_of_requests(
    unit: Unit, context: Context, events: Sequence[happened.FollowRequested]
) -> None:
    """The target of a follow request is told."""
    notices: list[Notice] = [(e.target_id, "follow_request", e.account_id, None) for e in events]
    await notify(unit, context, notices)
    say_changed(context, ((e.account_id, e.target_id) for e in events))


async def begin_follows(
    unit: Unit, context: Context, events: Sequence[happened.FollowAccepted]
) -> None:
    """The target of a follow is told, and its recent posts appear at the follower's home."""
    answered: list[Notice] = [(e.target_id, "follow_request", e.account_id, None) for e in events]
    await notifications.hide(unit, answered)
    notices: list[Notice] = [(e.target_id, "follow", e.account_id, None) for e in events]
    await notify(unit, context, notices)
    ours = [(e.account_id, e.target_id) for e in events if e.local]
    await feeds.fill_after_follow(unit, ours)
    await list_feeds.follow_relations(unit, ours)
    say_changed(context, ((e.account_id, e.target_id) for e in events))


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
    say_changed(context, pairs)


async def part(unit: Unit, context: Context, events: Sequence[happened.AccountBlocked]) -> None:
    """After a block neither side has anything of the other left."""
    pairs = [(event.account_id, event.target_id) for event in events]
    await feeds.clear_after_block(unit, pairs)
    await list_feeds.follow_relations(unit, [*pairs, *((t, a) for a, t in pairs)])
    await notifications.hide_between(unit, [*pairs, *((t, a) for a, t in pairs)])
    say_changed(context, pairs)


async def silence(unit: Unit, context: Context, events: Sequence[happened.AccountMuted]) -> None:
    """What is muted leaves the feed."""
    pairs = [(event.account_id, event.target_id) for event in events]
    await feeds.clear_after_mute(unit, pairs)
    await list_feeds.follow_relations(unit, pairs)
    say_changed(context, pairs)


async def refresh_relations(
    unit: Unit,
    context: Context,
    events: Sequence[happened.AccountUnblocked | happened.AccountUnmuted],
) -> None:
    """Open streams read anew whom to leave out; posts that are not hidden any more come back."""
    pairs = [(event.account_id, event.target_id) for event in events]
    await feeds.fill_after_follow(unit, pairs)
    await list_feeds.follow_relations(unit, pairs)
    say_changed(context, pairs)


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
    await feeds.forget_accounts(unit, ids)
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


async def heed_indexable(
    unit: Unit, context: Context, events: Sequence[happened.AccountUpdated]
) -> None:
    """Whoever wants to be found is found, and who does not is not."""
    del context
    await search.follow_accounts(unit, [event.account_id for event in events])
