"""What a search for posts asks for: words, "phrases", -without, +with, and operators.

    from:name from:me mentions:name   has:media image video audio poll link embed
    is:reply sensitive quote          language:code   in:library public all
    before: after: during: (dates)    a minus sign turns any of the first five around

What is no operator is a word, also if it looks like one. One pass from left to right.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from fedi.kit.text_search import build_mark, build_phrase, fold

MAX_QUERY = 2048
MAX_TERMS = 32
_QUOTES = {'"': '"', "\u201c": "\u201d", "\u201e": "\u201c", "\u00ab": "\u00bb"}
_SHORTEST_PREFIX = 3

_HAS = frozenset({"media", "image", "video", "audio", "poll", "link"})
_IS = frozenset({"reply", "sensitive", "quote"})
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})?", re.IGNORECASE)

Scope = Literal["all", "public", "library"]
SCOPES: tuple[Scope, ...] = ("all", "public", "library")


@dataclass(slots=True)
class Query:
    """A search taken apart. `terms` and `without` are pieces of a tsquery."""

    terms: list[str] = field(default_factory=list[str])
    without: list[str] = field(default_factory=list[str])
    # Handles as typed, or "me".
    authors: list[str] = field(default_factory=list[str])
    not_authors: list[str] = field(default_factory=list[str])
    mentioned: list[str] = field(default_factory=list[str])
    not_mentioned: list[str] = field(default_factory=list[str])
    # Whether a link in it opens as something to look at or listen to; None: does not matter.
    embed: bool | None = None
    after: datetime | None = None
    before: datetime | None = None
    scope: Scope = "all"

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for."""
        return self == Query()


def parse_query(text: str) -> Query:
    """Take a search apart; whatever was typed is some search."""
    query = Query()
    for sign, word, is_quoted in _split(text[:MAX_QUERY])[:MAX_TERMS]:
        is_wanted = sign != "-"
        if is_quoted or not _operate(query, word, is_wanted=is_wanted):
            found = build_phrase(word) if is_quoted else _word(word)
            if found is not None:
                (query.terms if is_wanted else query.without).append(found)
    return query


def _word(word: str) -> str | None:
    """A word; with a star at its end, also what only begins so."""
    found = build_phrase(word)
    begins = word.endswith("*") and len(word) > _SHORTEST_PREFIX
    if found is not None and begins and found.endswith("'"):
        found += ":*"
    return found


def _split(text: str) -> list[tuple[str, str, bool]]:
    """The terms: sign, text, and whether it was in quotes."""
    found: list[tuple[str, str, bool]] = []
    at = 0
    while at < len(text) and len(found) < MAX_TERMS:
        if text[at].isspace():
            at += 1
            continue
        sign = text[at] if text[at] in "+-" else ""
        at += len(sign)
        closing = _QUOTES.get(text[at : at + 1])
        if closing is not None:
            end = text.find(closing, at + 1)
            end = len(text) if end < 0 else end
            found.append((sign, text[at + 1 : end], True))
            at = end + 1
        else:
            end = at
            while end < len(text) and not text[end].isspace():
                end += 1
            found.append((sign, text[at:end], False))
            at = end
    return found


def _operate(query: Query, word: str, *, is_wanted: bool) -> bool:
    """Take a term as an operator; False if it is none."""
    name, colon, value = word.partition(":")
    name, value = name.lower(), value.strip('"')
    if not colon or not value:
        return False
    match name:
        case "from":
            (query.authors if is_wanted else query.not_authors).append(value)
        case "mentions":
            (query.mentioned if is_wanted else query.not_mentioned).append(value)
        case "has" | "is" | "language":
            return _mark(query, name, value.lower(), is_wanted=is_wanted)
        case "in":
            return _limit_to(query, value.lower())
        case "before" | "after" | "during":
            return _date(query, name, value)
        case _:
            return False
    return True


def _mark(query: Query, name: str, value: str, *, is_wanted: bool) -> bool:
    if name == "has" and value == "embed":
        query.embed = is_wanted
        return True
    if name == "language" and _LANGUAGE.fullmatch(value):
        mark = language_mark(value)
    elif (name == "has" and value in _HAS) or (name == "is" and value in _IS):
        mark = f"={value}"
    else:
        return False
    (query.terms if is_wanted else query.without).append(build_mark(mark))
    return True


def _limit_to(query: Query, value: str) -> bool:
    for scope in SCOPES:
        if value == scope:
            query.scope = scope
            return True
    return False


def _date(query: Query, name: str, value: str) -> bool:
    """Days begin and end as they do in Greenwich."""
    try:
        day = datetime.combine(date.fromisoformat(value), datetime.min.time(), UTC)
        after = day + timedelta(days=1)
    except (ValueError, OverflowError):
        return False
    if name == "before":
        query.before = min(day, query.before or day)
    elif name == "after":
        query.after = max(after, query.after or after)
    else:
        query.after = max(day, query.after or day)
        query.before = min(after, query.before or after)
    return True


def language_mark(code: str) -> str:
    """The mark of posts in a language, whichever country's."""
    return f"=l:{fold(code).partition('-')[0]}"


def author_mark(account_id: int) -> str:
    """The mark of posts of an account."""
    return f"=a:{account_id}"


def mention_mark(account_id: int) -> str:
    """The mark of posts that name an account."""
    return f"=m:{account_id}"
