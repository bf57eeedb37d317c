"""Readers that take what others write, and never raise."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.ap import lenient

TEXTS = ["https://a.example/1", "2026-01-01T00:00:00Z", "as:Note"]
KEYS = ["id", "type", "href", "@id", "@type", "@value", "totalItems", "as:content", "x"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
JSON = st.recursive(
    SCALARS | st.sampled_from(TEXTS),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)
URL = "https://a.example/1"


@pytest.mark.parametrize(("value", "found"), [
    (URL, URL), ({"id": URL}, URL), ({"href": URL}, URL), ({"@id": URL}, URL), ([URL, "x"], URL),
    ([None, {"id": URL}], URL), ({"id": [URL]}, URL),
    ("http://a.example", "http://a.example"), ("HTTPS://a.example/", "HTTPS://a.example/"),
    ("https://ü.example/ä", "https://ü.example/ä"),
    ("https://a.example/" + "x" * 2030, "https://a.example/" + "x" * 2030),
    ("bear:?u=https://a.example/1&t=secret", URL),
    ("https://a.example/" + "x" * 2031, None), (None, None), ("", None), (5, None), ({}, None),
    ([], None), ([[URL]], None), ({"id": 5}, None), ({"id": {"id": URL}}, None),
    ("ftp://a.example", None), ("javascript:alert(1)", None), ("//a.example", None),
    ("https://", None), ("https:///x", None), ("https://a.example/ x", None),
    ("https://a.example/\nx", None), (" https://a.example", None),
    ("https://a.example/\ud800", None), ("did:key:z6", None), ("tag:x", None),
    ("https://?x", None), ("https://a.example/\x00", None), ("bear:?t=x", None),
    ("bear:" + "x" * 9000, None),
])  # fmt: skip
def test_ids(value: Any, found: str | None) -> None:
    assert lenient.id_of(value) == found


def test_one_and_many() -> None:
    assert [lenient.one(x) for x in (None, 5, [], [None, 2], [1, 2])] == [None, 5, None, 2, 1]
    assert [lenient.many(x) for x in (None, 5, [], [None, 2], {"a": 1})] == [
        [],
        [5],
        [],
        [2],
        [{"a": 1}],
    ]
    assert lenient.ids_of([URL, {"id": URL}, "x", None, "https://b.example"]) == [
        URL,
        "https://b.example",
    ]


@pytest.mark.parametrize(("text", "moment"), [
    ("2026-07-07T12:00:00Z", (2026, 7, 7, 12)), ("2026-07-07T12:00:00z", (2026, 7, 7, 12)),
    ("2026-07-07t12:00:00+00:00", (2026, 7, 7, 12)),
    ("2026-07-07T14:00:00+02:00", (2026, 7, 7, 12)),
    ("2026-07-07T14:00:00+0200", (2026, 7, 7, 12)), ("2026-07-07 12:00:00", (2026, 7, 7, 12)),
    ("2026-07-07T12:00:00.5Z", (2026, 7, 7, 12, 0, 0, 500000)),
    ("2026-07-07T12:00:00.123456789Z", (2026, 7, 7, 12, 0, 0, 123456)),
    ("2026-07-07T12:00Z", (2026, 7, 7, 12)), ("2026-07-07", (2026, 7, 7)),
    ("2026-12-31T23:59:60Z", (2026, 12, 31, 23, 59, 59)), (["2026-07-07"], (2026, 7, 7)),
    ("9999-12-31T23:59:59-14:00", (3000, 1, 1)), ("0001-01-01T00:00:00+14:00", (1970, 1, 1)),
    ("1969-12-31T23:59:59Z", (1970, 1, 1)), ("1970-01-01T00:00:00Z", (1970, 1, 1)),
])  # fmt: skip
def test_instants(text: Any, moment: tuple[int, ...]) -> None:
    assert lenient.instant(text) == datetime(*moment, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "soon",
        "2026-13-01T00:00:00Z",
        "2026-07-07T25:00:00Z",
        5,
        {},
        [],
        "10000-01-01T00:00:00Z",
        "x" * 100,
        "2026-07-07T12:00:00+99:00",
        "\u0662\u0660\u0662\u0666-07-07",
        True,
    ],
)
def test_no_instants(value: Any) -> None:
    assert lenient.instant(value) is None


def test_flags_and_counts() -> None:
    assert [
        lenient.flag(x)
        for x in (True, "true", "True", 1, "1", [True], False, "false", 0, None, "x", {}, 2, "")
    ] == [True] * 6 + [False] * 8
    assert lenient.flag(None, default=True)
    assert [
        lenient.count(x)
        for x in (0, "5", 5.9, -3, "-3", 2**40, "9" * 5000, [7], float("inf"), "1_000")
    ] == [0, 5, 5, 0, 0, 2**31 - 1, 2**31 - 1, 7, 2**31 - 1, None]
    assert [
        lenient.count(x) for x in (None, "x", "", {}, True, float("nan"), "\u0665", "1e5", "--1")
    ] == [None] * 8 + [None]
    assert lenient.total_of({"totalItems": "4"}) == 4
    assert lenient.total_of(URL) is None


def test_text() -> None:
    assert [
        lenient.text_of(x) for x in ("a", ["b"], {"@value": "c"}, 5, None, {}, True, float("inf"))
    ] == ["a", "b", "c", "5", None, None, None, None]
    assert lenient.text_of("abc", 2) == "ab"


@pytest.mark.parametrize(
    "name",
    [
        "Note",
        "as:Note",
        "https://www.w3.org/ns/activitystreams#Note",
        "http://litepub.social/ns#Note",
        ["X", "as:Note"],
        ["https://x.example/ns#Y", "Note"],
    ],
)
def test_types(name: Any) -> None:
    assert lenient.type_of({"type": name}, ("Note",)) == "Note"
    assert lenient.type_of({"@type": name}, {"Note"}) == "Note"


def test_strange_types() -> None:
    for value in (
        None,
        "Note",
        {"type": None},
        {"type": 5},
        {"type": {"id": "Note"}},
        {},
        {"type": "https://evil.example/ns#Note"},
        {"type": []},
    ):
        assert lenient.type_of(value, ("Note",)) is None
    assert lenient.type_of({"type": "x" * 9000}) == "x" * 255


def test_plain_keys() -> None:
    assert (
        lenient.plain(
            {"@id": 1, "as:content": 2, "https://www.w3.org/ns/activitystreams#to": 3, "toot:x": 4}
        )["content"]
        == 2
    )
    found = lenient.plain({"id": 1, "@id": 2, "as:id": 3})
    assert found["id"] == 1, "the plain spelling wins"
    same = {"id": 1, "@context": 2}
    assert lenient.plain(same) == same


@given(JSON)
def test_nothing_raises(value: Any) -> None:
    for reader in (lenient.one, lenient.many, lenient.id_of, lenient.ids_of, lenient.text_of,
    lenient.instant, lenient.flag, lenient.count,
                   lenient.total_of, lenient.type_of, lenient.types_of, lenient.as_object,
                   lenient.public_iri):  # fmt: skip
        reader(value)
