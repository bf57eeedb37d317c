"""Everything that can happen: frozen dataclasses, past tense, ids only.

A service records them in its unit; `reactions.py` says what follows. `lane` names the object
whose events are reacted to one after the other, in the order in which they were recorded.
"""

from typing import get_args

from fedi.events.base import Happened
from fedi.events.consent import (
    ApprovalRevoked,
    FeatureRefused,
    InteractionAsked,
    InteractionDecided,
    InteractionRequested,
)
from fedi.events.groups import GroupHeard, GroupModerated, GroupPosted
from fedi.events.moves import AccountMoved
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
from fedi.events.reactions import StatusReacted, StatusUnreacted
from fedi.events.relays import RelayFollowed, RelayFollowedBack, RelayUnfollowed
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
    | StatusReacted
    | StatusUnreacted
    | StatusBookmarked
    | PollVoted
    | PollClosed
    | StatusQuoted
    | StatusRefreshed
    | StatusPinned
    | StatusUnpinned
    | InteractionAsked
    | InteractionRequested
    | InteractionDecided
    | ApprovalRevoked
    | FeatureRefused
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
    | AccountMoved
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
    | GroupHeard
    | GroupPosted
    | GroupModerated
    | RelayFollowed
    | RelayUnfollowed
    | RelayFollowedBack
)

EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}

__all__ = [
    "EVENTS",
    "AccessRevoked",
    "AccountBlocked",
    "AccountDeleted",
    "AccountMoved",
    "AccountMuted",
    "AccountUnblocked",
    "AccountUnmuted",
    "AccountUpdated",
    "AnnouncementPublished",
    "AnnouncementReacted",
    "AnnouncementRemoved",
    "ApprovalRevoked",
    "DomainBlocked",
    "Event",
    "FeatureRefused",
    "FiltersChanged",
    "FollowAccepted",
    "FollowEnded",
    "FollowRejected",
    "FollowRequested",
    "GroupHeard",
    "GroupModerated",
    "GroupPosted",
    "Happened",
    "InteractionAsked",
    "InteractionDecided",
    "InteractionRequested",
    "ListChanged",
    "NotificationsMerged",
    "PollClosed",
    "PollVoted",
    "RelayFollowed",
    "RelayFollowedBack",
    "RelayUnfollowed",
    "ReportFiled",
    "StatusBookmarked",
    "StatusBoosted",
    "StatusCreated",
    "StatusDeleted",
    "StatusEdited",
    "StatusFavourited",
    "StatusPinned",
    "StatusQuoted",
    "StatusReacted",
    "StatusRefreshed",
    "StatusUnfavourited",
    "StatusUnpinned",
    "StatusUnreacted",
    "TagFollowed",
    "TagUnfollowed",
    "UserSignedUp",
]
