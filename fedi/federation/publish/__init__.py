"""Events of our own people become activities and deliveries; reactions call this, with lists.

Each function writes the `activities` (their bytes as they will be sent, made once) and one
`deliveries` row for each inbox, in the transaction that closes the events. What concerns one post,
one like, or one pair of accounts reaches each inbox in the order of its events.
"""

from fedi.federation.publish.accounts import (
    account_blocked,
    account_deleted,
    account_unblocked,
    account_updated,
    follow_accepted,
    follow_ended,
    follow_rejected,
    follow_requested,
)
from fedi.federation.publish.consent import (
    approval_revoked,
    feature_refused,
    interaction_asked,
    interaction_decided,
    quotes_requested,
)
from fedi.federation.publish.groups import (
    group_deleted,
    group_edited,
    group_heard,
    group_liked,
    group_moderated,
    group_posted,
    group_taking,
    group_unliked,
)
from fedi.federation.publish.moves import account_moved
from fedi.federation.publish.outgoing import Publishing
from fedi.federation.publish.reactions import status_reacted, status_unreacted
from fedi.federation.publish.relays import (
    relay_followed,
    relay_followed_back,
    relay_unfollowed,
    status_relayed,
)
from fedi.federation.publish.reports import report_filed
from fedi.federation.publish.statuses import (
    status_boosted,
    status_created,
    status_deleted,
    status_edited,
    status_favourited,
    status_pinned,
    status_refreshed,
    status_unfavourited,
    status_unpinned,
)
from fedi.federation.publish.votes import poll_voted

__all__ = [
    "Publishing",
    "account_blocked",
    "account_deleted",
    "account_moved",
    "account_unblocked",
    "account_updated",
    "approval_revoked",
    "feature_refused",
    "follow_accepted",
    "follow_ended",
    "follow_rejected",
    "follow_requested",
    "group_deleted",
    "group_edited",
    "group_heard",
    "group_liked",
    "group_moderated",
    "group_posted",
    "group_taking",
    "group_unliked",
    "interaction_asked",
    "interaction_decided",
    "poll_voted",
    "quotes_requested",
    "relay_followed",
    "relay_followed_back",
    "relay_unfollowed",
    "report_filed",
    "status_boosted",
    "status_created",
    "status_deleted",
    "status_edited",
    "status_favourited",
    "status_pinned",
    "status_reacted",
    "status_refreshed",
    "status_relayed",
    "status_unfavourited",
    "status_unpinned",
    "status_unreacted",
]
