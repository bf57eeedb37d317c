"""A filter, its keywords, and what may be asked of it."""

from dataclasses import dataclass, field
from datetime import datetime

CONTEXTS = ("home", "notifications", "public", "thread", "account")
ACTIONS = ("warn", "hide", "blur")


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word or a phrase, found anywhere or only where it stands as a word of its own."""

    id: int
    keyword: str
    whole_word: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """What a member does not want to see, where, and what is done about it."""

    id: int
    account_id: int
    title: str
    contexts: tuple[str, ...]
    action: str
    expires_at: datetime | None
    keywords: tuple[Keyword, ...] = ()
    # Single posts: the id of the entry and that of the post.
    status_ids: dict[int, int] = field(default_factory=dict[int, int])


@dataclass(frozen=True, slots=True)
class KeywordChange:
    """What is wanted of one keyword: a new one without an id, a change, or its removal."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    remove: bool = False


@dataclass(frozen=True, slots=True)
class FilterChanges:
    """What is to change about a filter; what is None stays."""

    title: str | None = None
    contexts: tuple[str, ...] | None = None
    action: str | None = None
    expires_at: datetime | None = None
    # Whether `expires_at` was said at all: None means "never" then.
    expiry_given: bool = False
    keywords: tuple[KeywordChange, ...] = ()
