"""What happens among people, and to what members arrange for themselves."""

from dataclasses import dataclass
from typing import ClassVar

from fedi.events.base import Happened


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
    """A profile changed. `reach_inboxes` hear of it besides the followers."""

    account_id: int
    local: bool
    reach_inboxes: tuple[str, ...] = ()

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
