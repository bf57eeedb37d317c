"""Values from outside, made fit for the database: one place for what no column can hold.

    loads_api      the JSON body of a request to us: poison is the sender's mistake, 400
    loads_remote   a document of another server: poison is taken out, the rest is kept
    scrub          the same rules for values that are parsed already, such as forms
    safe_int64     a number that fits a BIGINT, or None

Postgres takes no NUL and no lone surrogate in text, no NaN, and no integer over 64 bits. A document
without any of these, which is nearly every document, is recognised by one quick look at its
numbers and is handed on untouched.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from fedi.kit.errors import Malformed, TooLarge

MAX_DEPTH = 64
MAX_BODY = 1_048_576
INT64 = 2**63

_POISON = re.compile("[\x00\ud800-\udfff]")
_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)


def loads_api(body: bytes, *, max_bytes: int = MAX_BODY) -> Any:
    """The JSON value of a request body.

    Raises:
        TooLarge: The body is over `max_bytes`.
        Malformed: It is no JSON, nested too deeply, or holds a number that we cannot keep.
    """
    if len(body) > max_bytes:
        raise TooLarge("The request body is too large")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise Malformed("The request body is not valid JSON", str(problem)[:200]) from problem
    return value if _is_clean(body, value) else scrub(value)


def loads_remote(body: bytes, *, max_bytes: int = MAX_BODY) -> Any:
    """The JSON value of a document from another server, without what cannot be kept.

    Raises:
        TooLarge: The body is over `max_bytes`.
        Malformed: It is no JSON, or nested too deeply.
    """
    if len(body) > max_bytes:
        raise TooLarge("document too large")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return scrub(_loads_leniently(body), strict=False)
    return value if _is_clean(body, value) else scrub(value, strict=False)


def scrub(value: Any, *, strict: bool = True) -> Any:
    """`value` without what the database cannot hold; the very same object when nothing changed.

    NUL and lone surrogates are taken out of text. A number that is not finite or needs more than
    64 bits is refused, or with `strict=False` becomes None.

    Raises:
        Malformed: It is nested more than 64 levels deep, or a number was refused.
    """
    return _scrub(value, strict, MAX_DEPTH)


def scrub_text(text: str) -> str:
    """`text` without NUL and lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return _POISON.sub("", text)


def safe_int64(value: object) -> int | None:
    """The integer in `value` (a number or its decimal digits) if 64 bits hold it, else None."""
    if isinstance(value, str):
        value = int(value) if _INTEGER.fullmatch(value) else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -INT64 <= value < INT64 else None


def _is_clean(body: bytes, value: Any) -> bool:
    """Whether `value`, parsed strictly from `body`, needs no scrubbing.

    The parser lets no broken text through but the escaped NUL, so that strings, which are most of
    any document, are not looked at one by one.
    """
    return b"\\u0000" not in body and _has_good_numbers((value,), MAX_DEPTH)


def _has_good_numbers(values: Iterable[Any], depth: int) -> bool:
    for value in values:
        kind = type(value)
        if kind is str:
            continue
        if kind is dict or kind is list:
            inner = value.values() if kind is dict else value
            if depth == 0 or not _has_good_numbers(inner, depth - 1):
                return False
        elif (kind is int or kind is float) and not -INT64 <= value < INT64:
            return False
    return True


def _scrub(value: Any, strict: bool, depth: int) -> Any:  # noqa: FBT001 - private, one caller
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, Mapping):
        return _scrub_mapping(value, strict, _deeper(depth))
    if isinstance(value, (list, tuple)):
        inner = _deeper(depth)
        changed = [_scrub(item, strict, inner) for item in value]
        return value if all(a is b for a, b in zip(changed, value, strict=True)) else changed
    if isinstance(value, (int, float)) and not _is_keepable(value):
        if strict:
            raise Malformed("A number is out of range")
        return None
    return value


def _scrub_mapping(value: Mapping[str, Any], strict: bool, depth: int) -> Mapping[str, Any]:  # noqa: FBT001
    changed: dict[str, Any] = {}
    is_same = True
    for key, item in value.items():
        new_key, new_item = scrub_text(key), _scrub(item, strict, depth)
        is_same = is_same and new_key is key and new_item is item
        changed[new_key] = new_item
    return value if is_same else changed


def _deeper(depth: int) -> int:
    if depth == 0:
        raise Malformed("Nested too deeply")
    return depth - 1


def _is_keepable(number: float) -> bool:
    """Within 64 bits; floats too, since the parser makes one of an integer that is too long."""
    return -INT64 <= number < INT64


def _loads_leniently(body: bytes) -> Any:
    """Read what the strict parser refused: NaN, broken UTF-8, half surrogates, a mark."""
    try:
        return json.loads(
            body.decode("utf-8-sig", errors="replace"),
            strict=False,
            parse_constant=_no_number,
            parse_int=safe_int64,
        )
    except (ValueError, RecursionError) as problem:
        raise Malformed("not valid JSON", str(problem)[:200]) from problem


def _no_number(_name: str) -> None:
    """NaN and Infinity are None."""
