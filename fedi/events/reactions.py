"""What happens between people and posts with emojis."""

from dataclasses import dataclass
from typing import ClassVar

from fedi.events.base import Happened


@dataclass(frozen=True, slots=True)
class StatusReacted(Happened):
    """An account reacts to a post; `name` is the emoji, `url` its picture or nothing."""

    reaction_id: int
    status_id: int
    account_id: int
    local: bool
    name: str
    url: str

    LANE: ClassVar[str] = "favourite:{0.account_id}:{0.status_id}"


@dataclass(frozen=True, slots=True)
class StatusUnreacted(Happened):
    """An account takes a reaction to a post back, or another takes its place."""

    reaction_id: int
    status_id: int
    account_id: int
    local: bool
    name: str
    url: str

    LANE: ClassVar[str] = "favourite:{0.account_id}:{0.status_id}"
