"""Everything that can happen: frozen dataclasses, past tense, ids only.

A service records them in its unit; `reactions.py` says what follows. `lane` names the object
whose events are reacted to one after the other, in the order in which they were recorded.
"""

from typing import get_args

from fedi.events.base import Happened
from fedi.events.people import (
    AccessRevoked,
    AccountBlocked,
    AccountDeleted,
    AccountMuted,
    AccountUnblocked,
    AccountUnmuted,
    AccountUpdated,
    FiltersChanged,
    FollowAccepted,
    FollowEnded,
    FollowRejected,
    FollowRequested,
    ListChanged,
    NotificationsMerged,
    TagFollowed,
    TagUnfollowed,
    UserSignedUp,
)
from fedi.events.posts import (
    PollClosed,
    PollVoted,
    QuoteRevoked,
    StatusBookmarked,
    StatusBoosted,
    StatusCreated,
    StatusDeleted,
    StatusEdited,
    StatusFavourited,
    StatusPinned,
    StatusQuoted,
    StatusRefreshed,
    StatusUnfavourited,
    StatusUnpinned,
)
from fedi.events.server import (
    AnnouncementPublished,
    AnnouncementReacted,
    AnnouncementRemoved,
    DomainBlocked,
    ReportFiled,
)

Event = (
    StatusCreated
    | StatusEdited
    | StatusDeleted
    | StatusBoosted
    | StatusFavourited
    | StatusUnfavourited
    | StatusBookmarked
    | PollVoted
    | PollClosed
    | StatusQuoted
    | StatusRefreshed
    | StatusPinned
    | StatusUnpinned
    | QuoteRevoked
    | FollowRequested
    | FollowAccepted
    | FollowRejected
    | FollowEnded
    | AccountBlocked
    | AccountUnblocked
    | AccountMuted
    | AccountUnmuted
    | AccountUpdated
    | AccountDeleted
    | AccessRevoked
    | TagFollowed
    | TagUnfollowed
    | ListChanged
    | FiltersChanged
    | NotificationsMerged
    | UserSignedUp
    | DomainBlocked
    | ReportFiled
    | AnnouncementPublished
    | AnnouncementRemoved
    | AnnouncementReacted
)

EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}

__all__ = [
    "EVENTS",
    "AccessRevoked",
    "AccountBlocked",
    "AccountDeleted",
    "AccountMuted",
    "AccountUnblocked",
    "AccountUnmuted",
    "AccountUpdated",
    "AnnouncementPublished",
    "AnnouncementReacted",
    "AnnouncementRemoved",
    "DomainBlocked",
    "Event",
    "FiltersChanged",
    "FollowAccepted",
    "FollowEnded",
    "FollowRejected",
    "FollowRequested",
    "Happened",
    "ListChanged",
    "NotificationsMerged",
    "PollClosed",
    "PollVoted",
    "QuoteRevoked",
    "ReportFiled",
    "StatusBookmarked",
    "StatusBoosted",
    "StatusCreated",
    "StatusDeleted",
    "StatusEdited",
    "StatusFavourited",
    "StatusPinned",
    "StatusQuoted",
    "StatusRefreshed",
    "StatusUnfavourited",
    "StatusUnpinned",
    "TagFollowed",
    "TagUnfollowed",
    "UserSignedUp",
]
