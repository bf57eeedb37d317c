"""What a group is to the rest of the house."""

from dataclasses import dataclass
from datetime import datetime

ANYBODY, MEMBERS, MODERATORS = range(3)
POSTING = ("anybody", "members", "moderators")

WAITING, ANNOUNCED, REMOVED = range(3)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of this server, and what somebody is in it ("owner", "moderator" or None)."""

    id: int
    uri: str
    username: str
    display_name: str
    note_source: str
    posting: int
    approval: bool
    role: str | None = None


@dataclass(frozen=True, slots=True)
class GroupChanges:
    """What is to be different; None leaves a part as it is."""

    display_name: str | None = None
    note: str | None = None
    posting: int | None = None
    approval: bool | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """What a moderator elsewhere says about a post of a group.

    `group_id` is the group that passed it on; None where a group of ours heard it itself.
    """

    account_id: int
    account_uri: str
    object_uri: str
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class Ban:
    """Somebody says of somebody that they are banned from a group, for good or until then."""

    account_id: int
    account_uri: str
    group_id: int
    target_uri: str
    until: datetime | None = None
