"""Words as search knows them: the same for what is written and for what is looked for.

    fold            letters without case, accents and compatibility forms
    build_vector    a text as the literal of a `tsvector`
    build_phrase    a word or phrase as a piece of a `tsquery`

Postgres parses nothing: what counts as a word is decided here alone. Scripts that put no spaces
between words (Chinese, Japanese, Korean, Thai and their neighbours) are kept as pairs of letters,
with the last letter of a run by itself, so that whatever part of a run is looked for is found.
There are no stems and no stop words: a word is found as it is written.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

MAX_WORD = 64
MAX_TEXT = 40_000
MAX_POSITION = 16_383
# More places than this of one word are not remembered; phrases that begin later are not found.
_PLACES = 64

_DENSE = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e80-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17d3"
    "\u3005-\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
# Vowel signs and points, which are no letters to the pattern language but part of their words.
_SIGNS = (
    "\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0971-\u0df4\u0f18-\u0fbc\u180b-\u180d"
)
_ACCENTS = re.compile("[\u0300-\u036f]+")
_ASCII_WORD = re.compile("[a-z0-9]+")
_WORD = re.compile(f"(?P<dense>[{_DENSE}]+)|(?:[^\\W_{_DENSE}]|[{_SIGNS}])+")


def fold(text: str) -> str:
    """`text` in the letters in which two spellings of a word are equal."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", plain))


def build_vector(parts: Iterable[str], marks: Iterable[str] = ()) -> str:
    """Texts as the literal of a `tsvector`, with `marks` that no word can be mistaken for.

    A phrase is never found across two parts.
    """
    places: dict[str, list[int]] = {}
    at = 1
    left = MAX_TEXT
    for part in parts:
        for word, place in _words(part[:left], at):
            at = place + 1
            if place <= MAX_POSITION:
                found = places.setdefault(word, [])
                if len(found) < _PLACES:
                    found.append(place)
        at += 1
        left -= min(left, len(part))
    words = [f"'{word}':{','.join(map(str, found))}" for word, found in places.items()]
    return " ".join([*words, *(_quote(mark) for mark in marks)])


def build_phrase(text: str) -> str | None:
    """What finds a word, or several in a row, in a `tsquery`; None if there is no word in it."""
    found = _sought(text)
    if not found:
        return None
    query = found[0][0]
    for (_, before), (word, place) in pairwise(found):
        query += f" <{min(place - before, MAX_POSITION)}> {word}"
    return f"({query})" if len(found) > 1 else query


def build_mark(mark: str) -> str:
    """What finds a mark in a `tsquery`."""
    return _quote(mark)


def find_words(text: str) -> list[str]:
    """The words of a text, folded, as people would count them."""
    folded = fold(text)
    return [match[0][:MAX_WORD] for match in _pattern(folded).finditer(folded)]


def _sought(text: str) -> list[tuple[str, int]]:
    folded = fold(text[:MAX_TEXT])
    found: list[tuple[str, int]] = []
    at = 0
    for match in _pattern(folded).finditer(folded):
        run = match[0]
        if not _is_dense(match):
            found.append((f"'{run[:MAX_WORD]}'", at))
            at += 1
        elif len(run) == 1:
            # Wherever the letter stands, a pair or a last letter begins with it.
            found.append((f"'{run}':*", at))
            at += 1
        else:
            found += [(f"'{run[n : n + 2]}'", at + n) for n in range(len(run) - 1)]
            at += len(run)
    return found


def _words(text: str, at: int) -> Iterator[tuple[str, int]]:
    folded = fold(text)
    for match in _pattern(folded).finditer(folded):
        run = match[0]
        if not _is_dense(match):
            yield run[:MAX_WORD], at
            at += 1
            continue
        for n in range(len(run)):
            yield run[n : n + 2], at + n
        at += len(run)


def _pattern(folded: str) -> re.Pattern[str]:
    return _ASCII_WORD if folded.isascii() else _WORD


def _is_dense(match: re.Match[str]) -> bool:
    return match.re is _WORD and match["dense"] is not None


def _quote(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def prefix_end(prefix: str) -> str:
    """What comes after everything that begins with `prefix`, letter by letter."""
    return f"{prefix}\U0010ffff"


__all__: Sequence[str] = (
    "build_mark",
    "build_phrase",
    "build_vector",
    "find_words",
    "fold",
    "prefix_end",
)
