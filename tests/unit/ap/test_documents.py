"""Strict reading: too deep, too large, twice the same name; what is only poisoned is cleaned."""

import json
from contextlib import nullcontext
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.ap.documents import loads, loads_object
from fedi.kit.errors import Malformed, TooLarge
from tests.cpu import tries


def nested(depth: int, opening: str, closing: str) -> bytes:
    return (opening * depth + closing * depth).encode()


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_depth(opening: str, closing: str) -> None:
    levels = opening.count("[") + opening.count("{")
    inner = "1" if opening.endswith(":") else ""
    for depth, good in (
        (64 // levels, True),
        (64 // levels + 1, False),
        (1100, False),
        (170_000, False),
    ):
        body = (opening * depth + inner + closing * depth).encode()
        refused = nullcontext() if good else pytest.raises(Malformed)
        for window in tries(0.5):
            with window, refused:
                loads(body, limit=2**21)


def test_brackets_in_text_are_not_depth() -> None:
    value = {"a": "[" * 500 + '\\"{' * 500, "b": ["}"] * 100}
    assert loads(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"{",
        b"[1,]",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b"'a'",
        b'"\xff"',
        b"[}",
        b"]" * 100,
        b"[" * 100,
        b'{"a" 1}',
        b"\x00",
        b"\xef\xbb\xbf{}",
        b'"' * 3,
        b"[1]2",
    ],
)
def test_what_is_not_json(body: bytes) -> None:
    with pytest.raises(Malformed):
        loads(body)


def test_size() -> None:
    assert loads(b'"' + b"x" * (1024 * 1024 - 2) + b'"')
    with pytest.raises(TooLarge):
        loads(b'"' + b"x" * (1024 * 1024 - 1) + b'"')


@pytest.mark.parametrize("body", [
    b'{"id":"a","id":"b"}', b'{"id":"a" , "x":1, "id" :"a"}', b'{"type":"a","type":"a"}',
    b'{"actor":1,"x":{"actor":2},"actor":3}',
    b'{"id":"a","\\u0069d":"b"}', b'{"\\u0069\\u0064":"a","id":"b"}',
    b'{"object":{"id":1,"id":2}}', b'[{"type":1,"type":2}]',
])  # fmt: skip
def test_saying_twice_who_it_is(body: bytes) -> None:
    with pytest.raises(Malformed):
        loads(body)


@pytest.mark.parametrize("value", [
    {"id": "id", "type": "type", "actor": "actor"},
    {"id": "a", "object": {"id": "b", "type": "id"}, "actor": {"id": "c"}},
    {"content": 'say "id": "type": "actor"', "x": ["id", "id"]}, ["id", "type", "id"], "id",
    {"\\u0069d": 1, "id": 2},
])  # fmt: skip
def test_the_words_may_stand_elsewhere(value: Any) -> None:
    for body in (
        orjson.dumps(value),
        json.dumps(value, indent=2).encode(),
        json.dumps(value).encode(),
    ):
        assert loads(body) == value


def test_other_names_may_come_twice() -> None:
    assert loads(b'{"x":1,"x":2}') == {"x": 2}


def test_poisoned_values_are_cleaned() -> None:
    assert loads(b'{"a":"x\\u0000y","b":["\\u0000"],"c":"\\\\u0000"}') == {
        "a": "xy",
        "b": [""],
        "c": "\\u0000",
    }
    assert loads(b'{"i\\u0000d":"evil","id":"good"}') == {"id": "good"}
    assert loads(b'{"a":"\\ud800","b":1e999,"c":-1e999,"d":2}') == {
        "a": "?",
        "b": None,
        "c": None,
        "d": 2,
    }
    assert loads(b'{"a":' + b"9" * 5000 + b"}") == {"a": None}
    assert loads(b'{"a":"\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_objects_only() -> None:
    assert loads_object(b"{}") == {}
    for body in (b"[]", b"1", b'"x"', b"null"):
        with pytest.raises(Malformed):
            loads_object(body)


@given(
    st.binary(max_size=80)
    | st.text(alphabet='{}[]":,\\u0069dtypeactor1e9\x00', max_size=80).map(str.encode)
)
def test_nothing_else_is_raised_and_all_can_be_written(body: bytes) -> None:
    try:
        value = loads(body)
    except Malformed:
        return
    assert b"\\u0000" not in orjson.dumps(value)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
        lambda x: (
            st.lists(x, max_size=3)
            | st.dictionaries(st.sampled_from(["id", "type", "actor", "x"]), x, max_size=4)
        ),
    )
)
def test_what_is_written_is_read(value: Any) -> None:
    assert loads(orjson.dumps(value)) == value
    assert loads(json.dumps(value, indent=1).encode()) == value
