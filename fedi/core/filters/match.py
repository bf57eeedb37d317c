"""Whether a filter catches a post: by words, or because it names the post.

Nothing here goes back and forth over a text, whatever the keyword and the text are made of: each
keyword is looked for as a plain part of the text. Where it must stand as a word of its own, a mark
is put at every edge of a word, in the text and in the keyword, so that the plain search finds it
only where its own edges are. A keyword that begins or ends with a sign has no edge there.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from fedi.core.filters.types import Filter

_EDGE = re.compile(r"\b")
# No text holds it: it is scrubbed from whatever comes in.
_MARK = "\0"


class Words(NamedTuple):
    """A text made ready to be searched: in one case, and once more with the edges of its words."""

    plain: str
    marked: str


class _Needle(NamedTuple):
    keyword: str
    text: str
    whole_word: bool


@dataclass(frozen=True, slots=True)
class Sieve:
    """A filter made ready to be held against many posts."""

    filter: Filter
    needles: tuple[_Needle, ...]
    statuses: frozenset[int]


@dataclass(frozen=True, slots=True)
class FilterResult:
    """What a filter found in a post: keywords as they were typed, and posts by id."""

    filter: Filter
    keywords: tuple[str, ...]
    status_ids: tuple[int, ...]


def read_words(texts: Iterable[str]) -> Words:
    """The words of a post: all that its author said in it, in one."""
    plain = _fold("\n".join(texts))
    return Words(plain, _mark(plain))


def build_sieve(item: Filter) -> Sieve:
    """A filter made ready; a keyword of nothing catches nothing."""
    needles: list[_Needle] = []
    for keyword in item.keywords:
        text = _fold(keyword.keyword)
        if text:
            text = _mark(text) if keyword.whole_word else text
            needles.append(_Needle(keyword.keyword, text, keyword.whole_word))
    return Sieve(item, tuple(needles), frozenset(item.status_ids.values()))


def match(
    sieve: Sieve, texts: Sequence[Words], status_ids: Sequence[int] = ()
) -> FilterResult | None:
    """What a filter finds in a post of these words that is known by these ids; None for nothing."""
    keywords = tuple(
        needle.keyword
        for needle in sieve.needles
        if any(
            needle.text in (words.marked if needle.whole_word else words.plain) for words in texts
        )
    )
    named = tuple(number for number in status_ids if number in sieve.statuses)
    return FilterResult(sieve.filter, keywords, named) if keywords or named else None


def match_all(
    sieves: Iterable[Sieve], texts: Sequence[Words], status_ids: Sequence[int], now: datetime
) -> list[FilterResult]:
    """What all filters that hold now find in a post."""
    results: list[FilterResult] = []
    for sieve in sieves:
        expires_at = sieve.filter.expires_at
        if expires_at is None or expires_at > now:
            result = match(sieve, texts, status_ids)
            if result is not None:
                results.append(result)
    return results


def _fold(text: str) -> str:
    """In one case, with single spaces."""
    return " ".join(text.replace(_MARK, " ").casefold().split())


def _mark(text: str) -> str:
    return _EDGE.sub(_MARK, text)
