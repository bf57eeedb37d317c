"""What happens to posts."""

from dataclasses import dataclass
from typing import ClassVar

from fedi.events.base import Happened


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
