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
    )
}
