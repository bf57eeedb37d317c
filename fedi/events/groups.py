"""What happens in groups of this server."""

from dataclasses import dataclass
from typing import ClassVar

from fedi.events.base import Happened


@dataclass(frozen=True, slots=True)
class GroupHeard(Happened):
    """Somebody elsewhere told a group what they did, and it took effect; `inbound_id` has it."""

    inbound_id: int
    group_id: int
    account_id: int
    kind: str
    object_uri: str

    LANE: ClassVar[str] = "group:{0.group_id}"


@dataclass(frozen=True, slots=True)
class GroupPosted(Happened):
    """A post is in a group, and everybody there is to have it."""

    group_post_id: int
    group_id: int
    status_id: int

    LANE: ClassVar[str] = "status:{0.status_id}"


@dataclass(frozen=True, slots=True)
class GroupModerated(Happened):
    """A moderator of ours did something in a group of ours; `number` tells such deeds apart.

    `kind` is the type of the activity, with "Undo " in front where it is taken back.
    """

    number: int
    group_id: int
    account_id: int
    kind: str
    object_uri: str
    reason: str = ""

    LANE: ClassVar[str] = "group:{0.group_id}"
