"""What a hashtag is to the rest of the house."""

from dataclasses import dataclass
from datetime import datetime

from fedi.kit.text_compose import find_hashtags, hashtag_key

MAX_FOLLOWED = 200
MAX_FEATURED = 10
# Days of use that are told, today being the first.
DAYS = 7


@dataclass(frozen=True, slots=True)
class Day:
    """How much a tag was used on one day."""

    begins: datetime
    uses: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Tag:
    """A hashtag by its key; without an id as long as nobody has used or followed it."""

    id: int | None
    name: str
    history: tuple[Day, ...]
    # None where nobody in particular looks.
    following: bool | None = None
    featuring: bool | None = None


@dataclass(frozen=True, slots=True)
class FeaturedTag:
    """A hashtag on somebody's profile, and their public posts that have it."""

    id: int
    name: str
    statuses_count: int
    last_status_at: datetime | None


def parse_name(text: str) -> str | None:
    """The key of what a client names as a hashtag, with or without #; None if it cannot be one."""
    text = text.strip().removeprefix("#")
    return hashtag_key(text) if find_hashtags(f"#{text}") == [text] else None
