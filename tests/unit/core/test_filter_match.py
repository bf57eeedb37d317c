"""Filters find words in linear time, and whole words only where they stand as such."""

from datetime import UTC, datetime, timedelta

import pytest

from fedi.core.filters.match import build_sieve, match, match_all, read_words
from fedi.core.filters.types import Filter, Keyword
from tests.cpu import check_growth

NOW = datetime(2024, 5, 1, tzinfo=UTC)


def make(
    *keywords: tuple[str, bool], statuses: tuple[int, ...] = (), expires_at: datetime | None = None
) -> Filter:
    words = tuple(Keyword(n, text, whole) for n, (text, whole) in enumerate(keywords, 1))
    entries = dict(enumerate(statuses, 1))
    return Filter(1, 2, "title", ("home",), "warn", expires_at, words, entries)


def found(keyword: str, text: str, *, whole: bool) -> bool:
    return match(build_sieve(make((keyword, whole))), [read_words([text])]) is not None


@pytest.mark.parametrize(
    ("keyword", "text", "anywhere", "whole"),
    [
        ("cat", "a cat sat", True, True),
        ("cat", "concatenate", True, False),
        ("cat", "Cat!", True, True),
        ("CAT", "the cat", True, True),
        ("cat", "cat", True, True),
        ("cat", "cats", True, False),
        ("cat", "cat_", True, False),
        # Where a keyword begins or ends with a sign, there is no edge of a word to ask for.
        ("#cat", "my#cat", True, True),
        ("#cat", "my #cats", True, False),
        ("c++", "use c++11", True, True),
        ("c++", "objc++", True, False),
        (":-)", "well:-)done", True, True),
        ("new york", "in New\nYork now", True, True),
        ("new york", "renew yorkers", True, False),
        ("straße", "STRASSE", True, True),
        ("ё", "ЁЖ", True, False),
        ("猫", "黒猫", True, False),
        (".*", "everything", False, False),
        ("a.c", "abc", False, False),
        ("   ", "a   b", False, False),
        ("\0", "ab", False, False),
    ],
)
def test_where_a_keyword_is_found(keyword: str, text: str, anywhere: bool, whole: bool) -> None:
    assert found(keyword, text, whole=False) is anywhere
    assert found(keyword, text, whole=True) is whole


def test_what_is_found_is_told_as_it_was_typed() -> None:
    sieve = build_sieve(make(("CaT", True), ("dog", False), ("bird", True), statuses=(7, 8)))
    result = match(sieve, [read_words(["one cat"]), read_words(["", "hotdogs"])], [8, 9])
    assert result is not None
    assert result.keywords == ("CaT", "dog")
    assert result.status_ids == (8,)
    assert match(sieve, [read_words(["nothing"])], [9]) is None


def test_a_keyword_does_not_reach_from_one_text_into_the_next() -> None:
    sieve = build_sieve(make(("ab", False)))
    assert match(sieve, [read_words(["a"]), read_words(["b"])]) is None


def test_an_expired_filter_finds_nothing() -> None:
    sieves = [
        build_sieve(make(("cat", True), expires_at=NOW + timedelta(seconds=moment)))
        for moment in (-1, 0, 1)
    ]
    words = [read_words(["cat"])]
    assert [r.filter for r in match_all(sieves, words, [], NOW)] == [sieves[2].filter]


ATTACKS = [
    ("a" * 256 + "b", "a"),
    ("ab" * 128 + "c", "ab"),
    ("a a " * 64 + "b", "a "),
    ("((a+)+)+$", "a"),
    ("\u0130" * 200 + "x", "\u0130"),
    ("!" * 255 + "a", "!"),
]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(("keyword", "unit"), ATTACKS)
def test_time_grows_with_the_text_alone(keyword: str, unit: str, whole: bool) -> None:
    sieve = build_sieve(make((keyword, whole)))

    check_growth(
        lambda size: unit * (size // len(unit)),
        lambda text: match(sieve, [read_words([text])]),
        size=200_000,
        limit=0.2,
    )
