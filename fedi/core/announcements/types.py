"""An announcement, and how a member sees it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Reaction:
    """How many reacted with one name; `emoji` is the stored form of an emoji of this server."""

    name: str
    count: int
    me: bool
    emoji: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something that the admins say to everybody."""

    id: int
    text: str
    content: str
    starts_at: datetime | None
    ends_at: datetime | None
    all_day: bool
    published_at: datetime
    updated_at: datetime
    # Whether the viewer has dismissed it.
    read: bool = False
    emojis: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    reactions: list[Reaction] = field(default_factory=list[Reaction])
