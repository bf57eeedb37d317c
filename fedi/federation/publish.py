"""Events of our own people become activities and deliveries; reactions call this, with lists.

Each function writes the `activities` (their bytes as they will be sent, made once) and one
`deliveries` row for each inbox, in the transaction that closes the events. What concerns one post,
one like, or one pair of accounts reaches each inbox in the order of its events.
"""

from fedi.federation.outgoing import Publishing
from fedi.federation.publish_accounts import (
    account_blocked,
    account_deleted,
    account_unblocked,
    account_updated,
    follow_accepted,
    follow_ended,
    follow_rejected,
    follow_requested,
)
from fedi.federation.publish_statuses import (
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
from fedi.federation.votes import poll_voted

__all__ = [
    "Publishing",
    "account_blocked",
    "account_deleted",
    "account_unblocked",
    "account_updated",
    "follow_accepted",
    "follow_ended",
    "follow_rejected",
    "follow_requested",
    "poll_voted",
    "status_boosted",
    "status_created",
    "status_deleted",
    "status_edited",
    "status_favourited",
    "status_pinned",
    "status_refreshed",
    "status_unfavourited",
    "status_unpinned",
]
