"""Everything that can happen: frozen dataclasses, past tense, ids only.

A service records them in its unit; `reactions.py` says what follows. `lane` names the object
whose events are reacted to one after the other, in the order in which they were recorded.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StatusCreated:
    """A post, local or remote, is there; a boost is announced by `StatusBoosted`."""

    status_id: int
    account_id: int
    local: bool

    @property
    def lane(self) -> str:
        """The post."""
        return f"status:{self.status_id}"


@dataclass(frozen=True, slots=True)
class StatusEdited:
    """The author changed a post; `status_edits` holds what it was."""

    status_id: int
    account_id: int
    local: bool

    @property
    def lane(self) -> str:
        """The post."""
        return f"status:{self.status_id}"


@dataclass(frozen=True, slots=True)
class StatusDeleted:
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

    @property
    def lane(self) -> str:
        """The post."""
        return f"status:{self.status_id}"


@dataclass(frozen=True, slots=True)
class StatusBoosted:
    """`status_id` is the boost, `reblog_of_id` the original."""

    status_id: int
    account_id: int
    reblog_of_id: int
    local: bool

    @property
    def lane(self) -> str:
        """The boost."""
        return f"status:{self.status_id}"


@dataclass(frozen=True, slots=True)
class StatusFavourited:
    """An account likes a post."""

    favourite_id: int
    status_id: int
    account_id: int
    local: bool

    @property
    def lane(self) -> str:
        """Liker and post."""
        return f"favourite:{self.account_id}:{self.status_id}"


@dataclass(frozen=True, slots=True)
class StatusUnfavourited:
    """An account no longer likes a post; `uri` is the Like that is undone."""

    status_id: int
    account_id: int
    uri: str
    local: bool

    @property
    def lane(self) -> str:
        """Liker and post."""
        return f"favourite:{self.account_id}:{self.status_id}"


@dataclass(frozen=True, slots=True)
class FollowRequested:
    """A follow that waits for its target's answer; `local` says whether the follower is ours."""

    follow_id: int
    account_id: int
    target_id: int
    local: bool

    @property
    def lane(self) -> str:
        """The pair."""
        return f"follow:{self.account_id}:{self.target_id}"


@dataclass(frozen=True, slots=True)
class FollowAccepted:
    """A follow is in effect. `answer` says whether the follower's server must be told (again)."""

    follow_id: int
    account_id: int
    target_id: int
    local: bool
    answer: bool = True

    @property
    def lane(self) -> str:
        """The pair."""
        return f"follow:{self.account_id}:{self.target_id}"


@dataclass(frozen=True, slots=True)
class FollowRejected:
    """The target said no, or removed a follower; `uri` is the Follow that is answered."""

    account_id: int
    target_id: int
    uri: str
    local: bool

    @property
    def lane(self) -> str:
        """The pair."""
        return f"follow:{self.account_id}:{self.target_id}"


@dataclass(frozen=True, slots=True)
class FollowEnded:
    """The follower unfollowed or withdrew; `uri` is the Follow that is undone."""

    account_id: int
    target_id: int
    uri: str
    local: bool

    @property
    def lane(self) -> str:
        """The pair."""
        return f"follow:{self.account_id}:{self.target_id}"


@dataclass(frozen=True, slots=True)
class AccountBlocked:
    """`account_id` blocks `target_id`."""

    account_id: int
    target_id: int
    uri: str
    local: bool

    @property
    def lane(self) -> str:
        """The pair."""
        return f"block:{self.account_id}:{self.target_id}"


@dataclass(frozen=True, slots=True)
class AccountUnblocked:
    """`account_id` no longer blocks `target_id`."""

    account_id: int
    target_id: int
    uri: str
    local: bool

    @property
    def lane(self) -> str:
        """The pair."""
        return f"block:{self.account_id}:{self.target_id}"


@dataclass(frozen=True, slots=True)
class AccountMuted:
    """`account_id` (always local) mutes `target_id`."""

    account_id: int
    target_id: int

    @property
    def lane(self) -> str:
        """The pair."""
        return f"mute:{self.account_id}:{self.target_id}"


@dataclass(frozen=True, slots=True)
class AccountUnmuted:
    """`account_id` (always local) no longer mutes `target_id`."""

    account_id: int
    target_id: int

    @property
    def lane(self) -> str:
        """The pair."""
        return f"mute:{self.account_id}:{self.target_id}"


@dataclass(frozen=True, slots=True)
class AccountUpdated:
    """A profile changed."""

    account_id: int
    local: bool

    @property
    def lane(self) -> str:
        """The account."""
        return f"account:{self.account_id}"


@dataclass(frozen=True, slots=True)
class AccountDeleted:
    """An account is gone for good; its row stays as a tombstone, its key until all are told."""

    account_id: int
    uri: str
    local: bool
    reach_inboxes: tuple[str, ...] = ()

    @property
    def lane(self) -> str:
        """The account."""
        return f"account:{self.account_id}"


@dataclass(frozen=True, slots=True)
class AccessRevoked:
    """Tokens of a user ended; open streams that used them must close. Empty: all of the user."""

    user_id: int
    token_ids: tuple[int, ...] = ()

    @property
    def lane(self) -> str:
        """The user."""
        return f"user:{self.user_id}"


@dataclass(frozen=True, slots=True)
class DomainBlocked:
    """An admin cut a domain off."""

    domain: str

    @property
    def lane(self) -> str:
        """The domain."""
        return f"domain:{self.domain}"


@dataclass(frozen=True, slots=True)
class PollVoted:
    """Somebody voted; `vote_ids` are the rows that this added."""

    poll_id: int
    status_id: int
    account_id: int
    local: bool
    vote_ids: tuple[int, ...] = ()

    @property
    def lane(self) -> str:
        """The post."""
        return f"status:{self.status_id}"


@dataclass(frozen=True, slots=True)
class PollClosed:
    """A poll has reached its end."""

    poll_id: int
    status_id: int

    @property
    def lane(self) -> str:
        """The post."""
        return f"status:{self.status_id}"


@dataclass(frozen=True, slots=True)
class StatusQuoted:
    """`status_id` shows `quoted_status_id`, and may."""

    quote_id: int
    status_id: int
    quoted_status_id: int
    account_id: int
    local: bool

    @property
    def lane(self) -> str:
        """The post that quotes."""
        return f"status:{self.status_id}"


@dataclass(frozen=True, slots=True)
class TagFollowed:
    """A member follows a hashtag."""

    account_id: int
    name: str

    @property
    def lane(self) -> str:
        """Member and tag."""
        return f"tag:{self.account_id}:{self.name}"


@dataclass(frozen=True, slots=True)
class TagUnfollowed:
    """A member no longer follows a hashtag."""

    account_id: int
    name: str

    @property
    def lane(self) -> str:
        """Member and tag."""
        return f"tag:{self.account_id}:{self.name}"


@dataclass(frozen=True, slots=True)
class FiltersChanged:
    """A member's filters are not what they were."""

    account_id: int

    @property
    def lane(self) -> str:
        """The member."""
        return f"filters:{self.account_id}"


@dataclass(frozen=True, slots=True)
class NotificationsMerged:
    """Notifications that were held back came into a member's list."""

    account_id: int

    @property
    def lane(self) -> str:
        """The member."""
        return f"notifications:{self.account_id}"


@dataclass(frozen=True, slots=True)
class UserSignedUp:
    """Somebody asked to join, or has joined."""

    account_id: int

    @property
    def lane(self) -> str:
        """The account."""
        return f"account:{self.account_id}"


@dataclass(frozen=True, slots=True)
class ReportFiled:
    """Somebody told the moderators about an account."""

    report_id: int
    account_id: int
    target_id: int

    @property
    def lane(self) -> str:
        """The report."""
        return f"report:{self.report_id}"


@dataclass(frozen=True, slots=True)
class AnnouncementPublished:
    """The admins say something to everybody, or have changed what they said."""

    announcement_id: int

    @property
    def lane(self) -> str:
        """The announcement."""
        return f"announcement:{self.announcement_id}"


@dataclass(frozen=True, slots=True)
class AnnouncementRemoved:
    """An announcement is over."""

    announcement_id: int

    @property
    def lane(self) -> str:
        """The announcement."""
        return f"announcement:{self.announcement_id}"


@dataclass(frozen=True, slots=True)
class AnnouncementReacted:
    """The reactions of one name to an announcement are more or fewer than before."""

    announcement_id: int
    name: str

    @property
    def lane(self) -> str:
        """The announcement."""
        return f"announcement:{self.announcement_id}"


Event = (
    StatusCreated
    | StatusEdited
    | StatusDeleted
    | StatusBoosted
    | StatusFavourited
    | StatusUnfavourited
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
    | FiltersChanged
    | NotificationsMerged
    | UserSignedUp
    | ReportFiled
    | AnnouncementPublished
    | AnnouncementRemoved
    | AnnouncementReacted
)

EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        StatusCreated,
        StatusEdited,
        StatusDeleted,
        StatusBoosted,
        StatusFavourited,
        StatusUnfavourited,
        FollowRequested,
        FollowAccepted,
        FollowRejected,
        FollowEnded,
        AccountBlocked,
        AccountUnblocked,
        AccountMuted,
        AccountUnmuted,
        AccountUpdated,
        AccountDeleted,
        AccessRevoked,
        DomainBlocked,
        PollVoted,
        PollClosed,
        StatusQuoted,
        TagFollowed,
        TagUnfollowed,
        FiltersChanged,
        NotificationsMerged,
        UserSignedUp,
        ReportFiled,
        AnnouncementPublished,
        AnnouncementRemoved,
        AnnouncementReacted,
    )
}
