"""What counts as a word, where it stands, and that looking for it takes no longer than it must."""

import pytest

from fedi.core.search.grammar import parse_query
from fedi.kit.text_search import build_phrase, build_vector, find_words, fold
from tests.cpu import check_growth


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Straße", "strasse"),
        ("Ångström", "angstrom"),
        ("ﬁne", "fine"),
        ("ПРИВЕТ Ёлка", "привет елка"),
        ("がぎ", "がぎ"),
        ("한국", "한국"),
        ("ΟΔΟΣ", fold("οδος")),
    ],
)
def test_spellings_of_one_word_are_equal(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_a_vector_knows_the_places_of_words() -> None:
    assert build_vector(["a cat, a dog"]) == "'a':1,3 'cat':2 'dog':4"
    assert build_vector(["日本語 go"]) == "'日本':1 '本語':2 '語':3 'go':4"
    assert build_vector(["one", "two"], ["=poll"]) == "'one':1 'two':3 '=poll'"
    assert build_vector(["", "!?"]) == ""


@pytest.mark.parametrize(
    ("sought", "expected"),
    [
        ("Cat", "'cat'"),
        ("a dog", "('a' <1> 'dog')"),
        ("日本語", "('日本' <1> '本語')"),
        ("日本 go", "('日本' <2> 'go')"),
        ("語", "'語':*"),
        ("snake_case", "('snake' <1> 'case')"),
        ("ไทย", "('ไท' <1> 'ทย')"),
        ("हिन्दी", "'हिन्दी'"),
        ("...", None),
        ("it's \\ ' :* & | !", "('it' <1> 's')"),
    ],
)
def test_a_phrase_is_what_the_vector_has(sought: str, expected: str | None) -> None:
    assert build_phrase(sought) == expected


def test_words_are_counted_as_people_count_them() -> None:
    assert find_words("Hello, wörld 日本") == ["hello", "world", "日本"]


def test_a_search_is_taken_apart() -> None:
    query = parse_query('cats "warm milk" -dogs +fish from:me -has:poll language:de-AT rain*')
    assert query.terms == ["'cats'", "('warm' <1> 'milk')", "'fish'", "'=l:de'", "'rain':*"]
    assert query.without == ["'dogs'", "'=poll'"]
    assert query.authors == ["me"]
    query = parse_query(
        "in:library has:embed before:2024-02-01 after:2024-01-01 mentions:@b@c.test"
    )
    assert (query.scope, query.embed, query.mentioned) == ("library", True, ["@b@c.test"])
    assert query.after is not None
    assert query.before is not None
    assert (query.after.isoformat()[:10], query.before.isoformat()[:10]) == (
        "2024-01-02",
        "2024-02-01",
    )
    assert not query.terms


@pytest.mark.parametrize("text", ["has:wings", "before:soon", "is:it", "foo:bar", "in:space"])
def test_what_is_no_operator_is_words(text: str) -> None:
    first, _, second = text.partition(":")
    assert parse_query(text).terms == [f"('{first}' <1> '{second}')"]


@pytest.mark.parametrize("text", ["", "  ", "-", '"', '""', "- - -", "!", "+"])
def test_nothing_asks_for_nothing(text: str) -> None:
    assert parse_query(text).is_empty


@pytest.mark.parametrize(
    "piece",
    ['"', "-", "from:", 'a"', "-\u201c", "日", "\u0301", "before:9", "'", "\\", "has:", "ﷺ"],
)
def test_time_grows_with_length_alone(piece: str) -> None:
    """Both the grammar and the words, for pieces that slow parsers stumble over."""

    def work(text: str) -> None:
        parse_query(text)
        build_vector([text])

    check_growth(lambda size: piece * size, work, size=8000, limit=0.1)
