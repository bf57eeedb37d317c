"""Poison in JSON and forms: refused at our own API, taken out of other people's documents."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.kit.errors import Malformed, TooLarge
from fedi.kit.scrub import loads_api, loads_remote, safe_int64, scrub, scrub_text
from tests.cpu import tries

BAD_NUMBERS = [
    float("nan"),
    float("inf"),
    float("-inf"),
    2**63,
    -(2**63) - 1,
    10**400,
    1e19,
    -1e300,
]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None, categories=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


def nest(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize("number", BAD_NUMBERS, ids=range(len(BAD_NUMBERS)))
def test_a_number_that_no_column_holds(number: float) -> None:
    for wrap in [lambda x: x, lambda x: {"a": [x]}]:
        with pytest.raises(Malformed):
            scrub(wrap(number))
    assert scrub({"a": [number, 1]}, strict=False) == {"a": [None, 1]}


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\0b", "ab"),
        ("\0", ""),
        ("a\ud800b", "ab"),
        ("\udfff\u00e9", "\u00e9"),
        ("\U0001f600", "\U0001f600"),
        ("\x01\x7f", "\x01\x7f"),
    ],
)
def test_text_loses_nul_and_lone_surrogates(text: str, clean: str) -> None:
    assert scrub_text(text) == clean
    assert scrub({text: [text]}) == {clean: [clean]}
    clean.encode()


def test_a_good_value_is_returned_as_it_is() -> None:
    value = {"a": [1, 2.5, None, True, "x\u00e9", {"b": []}], "c": -(2**63), "d": 2**63 - 1}
    assert scrub(value) is value
    assert scrub(value, strict=False) is value


def test_depth_is_limited_in_every_door() -> None:
    assert scrub(nest(64)) == nest(64)
    for strict in [True, False]:
        with pytest.raises(Malformed):
            scrub(nest(65), strict=strict)
    for depth in [65, 1_100, 500_000]:
        for opening in ["[", '{"a":', '[{"a":']:
            body = (opening * depth).encode()
            closed = (
                body
                + b"1"
                + opening.replace('"a":', "").translate(str.maketrans("[{", "]}"))[::-1].encode()
                * depth
            )
            for text in [body, closed]:
                for load in [loads_api, loads_remote]:
                    with pytest.raises((Malformed, TooLarge)):
                        load(text)
    flat = orjson.dumps([{"a": 1}] * 5000)
    assert loads_api(flat) == loads_remote(flat) == [{"a": 1}] * 5000


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b'"\\u0000a"', "a"),
        (b'{"\\u0000a": "b\\u0000"}', {"a": "b"}),
        (b'"a\x00b"', "ab"),
        (b'"\\ud800a"', "a"),
        (b'"a\\udc00"', "a"),
        (b'"\\\\ud800"', "\\ud800"),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"\xed\xa0\x80a"', "\ufffd\ufffd\ufffda"),
        (b"\xef\xbb\xbf[1]", [1]),
        (b"[NaN, Infinity, -Infinity]", [None] * 3),
        (b"[1e999, -1e999, 1e19, 1E+19]", [None] * 4),
        (b"[" + b"9" * 5000 + b"]", [None]),
        (b"[9223372036854775808, 18446744073709551616]", [None, None]),
        (b"[9223372036854775807, -9223372036854775808]", [2**63 - 1, -(2**63)]),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_a_remote_document_is_cleaned(body: bytes, kept: object) -> None:
    assert loads_remote(body) == kept


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"[NaN]",
        b"[1e999]",
        b"[9223372036854775808]",
        b"9223372036854775808",
        b"[" + b"9" * 5000 + b"]",
        b'"\\ud800"',
        b'"\xff"',
    ],
)
def test_our_own_api_refuses_with_400(body: bytes) -> None:
    with pytest.raises(Malformed):
        loads_api(body)


def test_size_is_limited() -> None:
    for load in [loads_api, loads_remote]:
        assert load(b"[" + b" " * 1_048_574 + b"]") == []
        with pytest.raises(TooLarge):
            load(b"[" + b" " * 1_048_575 + b"]")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1),
        ("1", 1),
        ("-5", -5),
        ("007", 7),
        (2**63 - 1, 2**63 - 1),
        (str(2**63 - 1), 2**63 - 1),
        (2**63, None),
        (str(2**63), None),
        ("9" * 5000, None),
        ("", None),
        (" 1", None),
        ("1_0", None),
        ("\u0661", None),
        ("1.0", None),
        (1.0, None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_safe_int64(value: object, number: int | None) -> None:
    assert safe_int64(value) == number


@given(json_values)
def test_whatever_comes_out_can_be_stored(value: Any) -> None:
    clean = scrub(value, strict=False)
    text = orjson.dumps(clean)
    assert b"\\u0000" not in text
    assert scrub(clean) == clean


@given(st.binary(max_size=300))
def test_any_bytes_are_a_value_or_malformed(body: bytes) -> None:
    for load in [loads_api, loads_remote]:
        try:
            orjson.dumps(load(body))
        except Malformed:
            continue


def test_the_check_is_linear() -> None:
    for piece in [b" 1", b"1", b"[", b"1.", b"-", b",1e1", b'{"a":']:
        text = b"[" + piece * (1_000_000 // len(piece)) + b"]"
        for load in [loads_api, loads_remote]:
            for window in tries(0.5):
                with window, suppress(Malformed):
                    load(text)
