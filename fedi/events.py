"""Everything that can happen: frozen dataclasses, past tense, ids only.

A service records them in its unit; `reactions.py` says what follows. `lane` names the object
whose events are reacted to one after the other, in the order in which they were recorded.
"""

from dataclasses import dataclass
from typing import ClassVar, get_args


class Happened:
    """What all events share."""

    __slots__ = ()
    # The object, by the names of the fields that identify it.
    LANE: ClassVar[str]

    @property
    def lane(self) -> str:
        """The object that it is about."""
        return self.LANE.format(self)


@dataclass(frozen=True, slots=True)
class StatusCreated(Happened):
    """A post, local or remote, is there; a boost is announced by `StatusBoosted`."""

    status_id: int
    account_id: int
    local: bool

    LANE: ClassVar[str] = "status:{0.status_id}"


@dataclass(frozen=True, slots=True)
class StatusEdited(Happened):
    """The author changed a post; `status_edits` holds what it was."""

    status_id: int
    account_id: int
    local: bool

    LANE: ClassVar[str] = "status:{0.status_id}"


@dataclass(frozen=True, slots=True)
class StatusDeleted(Happened):
    """A post or boost is gone. Its row is gone too, so the event carries what readers need."""

    status_id: int
    account_id: int
    uri: str
    local: bool
    visibility: int
    # For a boost: the original and the id of the Announce, which an Undo must embed.
    reblog_of_id: int | None = None
    reblog_of_uri: str | None = None
    # Who had been told: inboxes of mentioned, boosting, replying and favouriting remote accounts.
    reach_inboxes: tuple[str, ...] = ()
    # The local accounts whose open streams must hear of it.
    heard_by: tuple[int, ...] = ()
    created_at: str = ""
    # Whether nobody outside ever had it.
    local_only: bool = False

    LANE: ClassVar[str] = "status:{0.status_id}"


@dataclass(frozen=True, slots=True)
class StatusBoosted(Happened):
    """`status_id` is the boost, `reblog_of_id` the original."""

    status_id: int
    account_id: int
    reblog_of_id: int
    local: bool

    LANE: ClassVar[str] = "status:{0.status_id}"


@dataclass(frozen=True, slots=True)
class StatusFavourited(Happened):
    """An account likes a post."""

    favourite_id: int
    status_id: int
    account_id: int
    local: bool

    LANE: ClassVar[str] = "favourite:{0.account_id}:{0.status_id}"


@dataclass(frozen=True, slots=True)
class StatusUnfavourited(Happened):
    """An account no longer likes a post; `uri` is the Like that is undone."""

    status_id: int
    account_id: int
    uri: str
    local: bool

    LANE: ClassVar[str] = "favourite:{0.account_id}:{0.status_id}"


@dataclass(frozen=True, slots=True)
class StatusBookmarked(Happened):
    """A member keeps a post."""

    status_id: int
    account_id: int

    LANE: ClassVar[str] = "bookmark:{0.account_id}:{0.status_id}"


@dataclass(frozen=True, slots=True)
class FollowRequested(Happened):
    """A follow that waits for its target's answer; `local` says whether the follower is ours."""

    follow_id: int
    account_id: int
    target_id: int
    local: bool

    LANE: ClassVar[str] = "follow:{0.account_id}:{0.target_id}"


@dataclass(frozen=True, slots=True)
class FollowAccepted(Happened):
    """A follow is in effect. `answer` says whether the follower's server must be told (again)."""

    follow_id: int
    account_id: int
    target_id: int
    local: bool
    answer: bool = True

    LANE: ClassVar[str] = "follow:{0.account_id}:{0.target_id}"


@dataclass(frozen=True, slots=True)
class FollowRejected(Happened):
    """The target said no, or removed a follower; `uri` is the Follow that is answered."""

    account_id: int
    target_id: int
    uri: str
    local: bool

    LANE: ClassVar[str] = "follow:{0.account_id}:{0.target_id}"


@dataclass(frozen=True, slots=True)
class FollowEnded(Happened):
    """The follower unfollowed or withdrew; `uri` is the Follow that is undone."""

    account_id: int
    target_id: int
    uri: str
    local: bool

    LANE: ClassVar[str] = "follow:{0.account_id}:{0.target_id}"


@dataclass(frozen=True, slots=True)
class AccountBlocked(Happened):
    """`account_id` blocks `target_id`."""

    account_id: int
    target_id: int
    uri: str
    local: bool

    LANE: ClassVar[str] = "block:{0.account_id}:{0.target_id}"


@dataclass(frozen=True, slots=True)
class AccountUnblocked(Happened):
    """`account_id` no longer blocks `target_id`."""

    account_id: int
    target_id: int
    uri: str
    local: bool

    LANE: ClassVar[str] = "block:{0.account_id}:{0.target_id}"


@dataclass(frozen=True, slots=True)
class AccountMuted(Happened):
    """`account_id` (always local) mutes `target_id`."""

    account_id: int
    target_id: int

    LANE: ClassVar[str] = "mute:{0.account_id}:{0.target_id}"


@dataclass(frozen=True, slots=True)
class AccountUnmuted(Happened):
    """`account_id` (always local) no longer mutes `target_id`."""

    account_id: int
    target_id: int

    LANE: ClassVar[str] = "mute:{0.account_id}:{0.target_id}"


@dataclass(frozen=True, slots=True)
class AccountUpdated(Happened):
    """A profile changed."""

    account_id: int
    local: bool

    LANE: ClassVar[str] = "account:{0.account_id}"


@dataclass(frozen=True, slots=True)
class AccountDeleted(Happened):
    """An account is gone for good; its row stays as a tombstone, its key until all are told."""

    account_id: int
    uri: str
    local: bool
    reach_inboxes: tuple[str, ...] = ()

    LANE: ClassVar[str] = "account:{0.account_id}"


@dataclass(frozen=True, slots=True)
class AccessRevoked(Happened):
    """Tokens of a user ended; open streams that used them must close. Empty: all of the user."""

    user_id: int
    token_ids: tuple[int, ...] = ()

    LANE: ClassVar[str] = "user:{0.user_id}"


@dataclass(frozen=True, slots=True)
class DomainBlocked(Happened):
    """An admin cut a domain off; members lost so many followers and followed accounts by it."""

    domain: str
    members: tuple[int, ...] = ()
    followers: tuple[int, ...] = ()
    following: tuple[int, ...] = ()

    LANE: ClassVar[str] = "domain:{0.domain}"


@dataclass(frozen=True, slots=True)
class PollVoted(Happened):
    """Somebody voted; `vote_ids` are the rows that this added."""

    poll_id: int
    status_id: int
    account_id: int
    local: bool
    vote_ids: tuple[int, ...] = ()

    LANE: ClassVar[str] = "status:{0.status_id}"


@dataclass(frozen=True, slots=True)
class PollClosed(Happened):
    """A poll has reached its end."""

    poll_id: int
    status_id: int

    LANE: ClassVar[str] = "status:{0.status_id}"


@dataclass(frozen=True, slots=True)
class StatusQuoted(Happened):
    """`status_id` shows `quoted_status_id`, and may."""

    quote_id: int
    status_id: int
    quoted_status_id: int
    account_id: int
    local: bool

    LANE: ClassVar[str] = "status:{0.status_id}"


@dataclass(frozen=True, slots=True)
class TagFollowed(Happened):
    """A member follows a hashtag."""

    account_id: int
    name: str

    LANE: ClassVar[str] = "tag:{0.account_id}:{0.name}"


@dataclass(frozen=True, slots=True)
class TagUnfollowed(Happened):
    """A member no longer follows a hashtag."""

    account_id: int
    name: str

    LANE: ClassVar[str] = "tag:{0.account_id}:{0.name}"


@dataclass(frozen=True, slots=True)
class ListChanged(Happened):
    """Accounts (`target_ids`) came into or left what keeps them out of a member's home."""

    list_id: int
    account_id: int
    target_ids: tuple[int, ...]

    LANE: ClassVar[str] = "list:{0.list_id}"


@dataclass(frozen=True, slots=True)
class FiltersChanged(Happened):
    """A member's filters are not what they were."""

    account_id: int

    LANE: ClassVar[str] = "filters:{0.account_id}"


@dataclass(frozen=True, slots=True)
class NotificationsMerged(Happened):
    """Notifications that were held back came into a member's list."""

    account_id: int

    LANE: ClassVar[str] = "notifications:{0.account_id}"


@dataclass(frozen=True, slots=True)
class UserSignedUp(Happened):
    """Somebody asked to join, or has joined."""

    account_id: int

    LANE: ClassVar[str] = "account:{0.account_id}"


@dataclass(frozen=True, slots=True)
class ReportFiled(Happened):
    """Somebody told the moderators about an account."""

    report_id: int
    account_id: int
    target_id: int

    LANE: ClassVar[str] = "report:{0.report_id}"


@dataclass(frozen=True, slots=True)
class AnnouncementPublished(Happened):
    """The admins say something to everybody, or have changed what they said."""

    announcement_id: int

    LANE: ClassVar[str] = "announcement:{0.announcement_id}"


@dataclass(frozen=True, slots=True)
class AnnouncementRemoved(Happened):
    """An announcement is over."""

    announcement_id: int

    LANE: ClassVar[str] = "announcement:{0.announcement_id}"


@dataclass(frozen=True, slots=True)
class AnnouncementReacted(Happened):
    """The reactions of one name to an announcement are more or fewer than before."""

    announcement_id: int
    name: str

    LANE: ClassVar[str] = "announcement:{0.announcement_id}"


@dataclass(frozen=True, slots=True)
class StatusRefreshed(Happened):
    """Something about a post is new that is no edit of its words: who may quote it, and so on."""

    status_id: int
    account_id: int
    local: bool

    LANE: ClassVar[str] = "status:{0.status_id}"


@dataclass(frozen=True, slots=True)
class StatusPinned(Happened):
    """A member's post stands on top of their profile."""

    pin_id: int
    status_id: int
    account_id: int

    LANE: ClassVar[str] = "status:{0.status_id}"


@dataclass(frozen=True, slots=True)
class StatusUnpinned(Happened):
    """A member's post no longer stands on top of their profile."""

    pin_id: int
    status_id: int
    account_id: int

    LANE: ClassVar[str] = "status:{0.status_id}"


@dataclass(frozen=True, slots=True)
class QuoteRevoked(Happened):
    """The quoted author takes their post out of `status_id`, by `account_id`."""

    quote_id: int
    status_id: int
    quoted_status_id: int
    account_id: int
    local: bool

    LANE: ClassVar[str] = "status:{0.status_id}"


Event = (
    StatusCreated
    | StatusEdited
    | StatusDeleted
    | StatusBoosted
    | StatusFavourited
    | StatusUnfavourited
    | StatusBookmarked
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
    | DomainBlocked
    | PollVoted
    | PollClosed
    | StatusQuoted
    | TagFollowed
    | TagUnfollowed
    | ListChanged
    | FiltersChanged
    | NotificationsMerged
    | UserSignedUp
    | ReportFiled
    | AnnouncementPublished
    | AnnouncementRemoved
    | AnnouncementReacted
    | StatusRefreshed
    | StatusPinned
    | StatusUnpinned
    | QuoteRevoked
)

EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}
