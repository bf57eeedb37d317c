"""THE table: what follows from what.

A reaction takes the unit, the context and a list of events of one type. It only touches Postgres,
in the transaction that closes the events, so each event has its effects exactly once; what must
go outside becomes rows of `deliveries` or `chores`. What open streams shall hear is collected and
said after the commit.
"""

from fedi import events as happened
from fedi.core.notifications import recipients
from fedi.federation import publish
from fedi.reactions.context import Reaction, outward, telling
from fedi.reactions.people import (
    announce,
    begin_follows,
    bring_tags,
    close_streams,
    drop_tags,
    end_follows,
    forget_account,
    forget_files,
    forget_filters,
    forget_subscriptions,
    heed_indexable,
    keep_apart,
    notify_of_requests,
    part,
    refresh_relations,
    show_merged,
    show_reactions,
    silence,
    unannounce,
)
from fedi.reactions.posts import (
    count_votes,
    follow_talks,
    hide_deleted,
    hide_favourites,
    leave_talks,
    link_cards,
    make_boosted_findable,
    make_findable,
    make_findable_anew,
    make_kept_findable,
    notify_of_boosts,
    notify_of_edits,
    notify_of_favourites,
    notify_of_posts,
    show_boosts,
    show_edits,
    show_posts,
)

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
        make_findable_anew,
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
