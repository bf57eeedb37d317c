"""How two accounts stand to each other, and what the network says about it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Relationship:
    """How a viewer stands to another account (`id`), field by field as apps want it."""

    id: int
    following: bool = False
    showing_reblogs: bool = False
    notifying: bool = False
    languages: list[str] | None = None
    followed_by: bool = False
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False
    muting_notifications: bool = False
    muting_expires_at: datetime | None = None
    requested: bool = False
    requested_by: bool = False
    domain_blocking: bool = False
    endorsed: bool = False
    # What the viewer wrote down about the account, for nobody else to see.
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReceivedFollow:
    """A Follow by `account_id` (remote) of `target_id` (local)."""

    uri: str | None
    account_id: int
    target_id: int
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReceivedAnswer:
    """An Accept or Reject of a Follow by `target_id` (remote, the one who signed it).

    `uri` is the id of the Follow that it names, `follower_id` the local account that an embedded
    Follow names as its actor; at least one of both is known.
    """

    target_id: int
    uri: str | None
    follower_id: int | None


@dataclass(frozen=True, slots=True)
class ReceivedBlock:
    """A Block by `account_id` (remote) of `target_id` (local)."""

    uri: str | None
    account_id: int
    target_id: int
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReceivedUndo:
    """An Undo, by `account_id`, of its Follow or Block: named by id, by target, or by both."""

    account_id: int
    uri: str | None
    target_id: int | None
    signed_at: datetime | None
