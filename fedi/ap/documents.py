"""Reading JSON from the network, strictly.

`loads` is the only way in. What it gives back is a tree of at most 64 levels without NUL
characters, lone surrogates or numbers beyond reason, so that it can be stored and written again.
The caller then hands parts of it to `parse`; text that arrives in another way than through here
(forms, headers) goes through `kit.scrub` instead.
"""

import json
import re
from itertools import accumulate
from typing import Any

import orjson

from fedi.kit.errors import Malformed, TooLarge

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64

_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# Brackets as signed bytes: one level in, one level out.
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_CONTAINERS = (dict, list)
_GUARDED = ("id", "type", "actor")
# Nobody writes lower-case ASCII letters as escapes, except to hide a second `id` from a scan.
_HIDDEN = (b"\\u006", b"\\u007")


def loads(body: bytes, *, limit: int = MAX_BYTES) -> Any:
    """The value in a JSON body.

    Raises:
        TooLarge: the body is over `limit` bytes.
        Malformed: not JSON, nested too deeply, or `id`, `type` or `actor` given twice.
    """
    if len(body) > limit:
        raise TooLarge(f"document over {limit} bytes")
    _check_depth(body)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = _loads_poisoned(body)
    _check_duplicates(body, value)
    return _without_nul(value) if b"\\u0000" in body else value


def loads_object(body: bytes, *, limit: int = MAX_BYTES) -> dict[str, Any]:
    """The JSON object in a body; anything else than an object is Malformed."""
    value = loads(body, limit=limit)
    if not isinstance(value, dict):
        raise Malformed("the document is not a JSON object")
    return value


def _check_depth(body: bytes) -> None:
    """Refuse nesting beyond the limit in linear time, before any parser sees the body."""
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return
    steps = _STRINGS.sub(b"", body).translate(_STEPS, _NOT_BRACKETS)
    if max(accumulate(memoryview(steps).cast("b")), default=0) > MAX_DEPTH:
        raise Malformed("the document is nested too deeply")


def _check_duplicates(body: bytes, value: Any) -> None:
    """Refuse a document that says twice who it is: two readers could see two different ones."""
    if not isinstance(value, _CONTAINERS) or orjson.dumps(value) == body:
        # What is written again byte by byte has lost nothing, so it had nothing twice.
        return
    written = [body.count(b'"id"'), body.count(b'"type"'), body.count(b'"actor"')]
    hidden = any(escape in body for escape in _HIDDEN)
    if max(written) <= 1 and not hidden:
        return
    if hidden or written != _count_keys(value):
        # A value that is the very word "id" also comes here; this slow reading is exact.
        _loads_slowly(body)


def _count_keys(value: Any) -> list[int]:
    """How many objects of the tree have each guarded key."""
    ids = types = actors = 0
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            ids += "id" in node
            types += "type" in node
            actors += "actor" in node
            stack.extend([item for item in node.values() if isinstance(item, _CONTAINERS)])
        else:
            stack.extend([item for item in node if isinstance(item, _CONTAINERS)])
    return [ids, types, actors]


def _loads_poisoned(body: bytes) -> Any:
    """Read what the fast parser refuses for single values only: those are replaced, not the rest.

    A lone surrogate becomes a question mark, a number beyond a double becomes null.
    """
    cleaned = json.dumps(_loads_slowly(body), ensure_ascii=False, allow_nan=False)
    return orjson.loads(cleaned.encode("utf-8", "replace"))


def _loads_slowly(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode(),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_bounded_float,
            parse_int=_bounded_int,
        )
    except ValueError as error:
        raise Malformed("the document is not JSON", str(error)) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        for name in _GUARDED:
            if sum(key == name for key, _ in pairs) > 1:
                raise Malformed(f"the document has {name} twice")
    return found


def _refuse_constant(name: str) -> Any:
    raise Malformed(f"the document has {name}, which is not JSON")


def _bounded_float(digits: str) -> float | None:
    number = float(digits)
    return number if abs(number) < float("inf") else None


def _bounded_int(digits: str) -> int | float | None:
    return int(digits) if len(digits) <= 18 else _bounded_float(digits)


def _without_nul(value: Any) -> Any:
    """The tree without NUL characters, which no text column can hold; depth is bounded above."""
    if isinstance(value, str):
        return value.replace("\0", "") if "\0" in value else value
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        # A key with a NUL goes with its value: cleaned, it could turn into a second `id`.
        return {key: _without_nul(item) for key, item in value.items() if "\0" not in key}
    return value
