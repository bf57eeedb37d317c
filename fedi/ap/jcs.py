"""The JSON Canonicalization Scheme, RFC 8785: one spelling for equal documents."""

from decimal import Decimal
from typing import Any

import orjson

from fedi.kit.errors import Malformed

MAX_DEPTH = 64
_EXACT = 2**53
_SIMPLE = frozenset({str, bool, type(None)})


def canonical(value: Any) -> bytes:
    """The canonical bytes of a JSON value.

    Raises:
        Malformed: too deep, or something that JSON cannot say.
    """
    if _is_simple(value):
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        except TypeError as error:
            raise Malformed("the document holds text that is not Unicode") from error
    return _canonical(value, MAX_DEPTH)


def _is_simple(value: Any) -> bool:
    """Whether orjson writes it as the scheme does.

    So it is without fractions and numbers beyond a double, and with keys of plain letters: of
    others the scheme has an order of its own. Nearly all documents are of this kind.
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for node in level:
            kind = type(node)
            if kind is dict:
                if not _has_plain_keys(node):
                    return False
                below += node.values()
            elif kind is list:
                below += node
            elif kind not in _SIMPLE and not (kind is int and -_EXACT <= node <= _EXACT):
                return False
        if not below:
            return True
        level = below
    return False


def _has_plain_keys(node: dict[Any, Any]) -> bool:
    return all(type(key) is str and key.isascii() for key in node)


def _canonical(value: Any, depth: int) -> bytes:
    if depth < 0:
        raise Malformed("the document is nested too deeply")
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        pairs = sorted(
            value.items(), key=lambda pair: str(pair[0]).encode("utf-16-be", "surrogatepass")
        )
        inner = [_text(key) + b":" + _canonical(item, depth - 1) for key, item in pairs]
        return b"{" + b",".join(inner) + b"}"
    if isinstance(value, list | tuple):
        return b"[" + b",".join([_canonical(item, depth - 1) for item in value]) + b"]"
    if value is None or isinstance(value, bool):
        return {None: b"null", True: b"true", False: b"false"}[value]
    if isinstance(value, int | float):
        return _number(value).encode()
    raise Malformed("the document holds something that is not JSON")


def _text(value: Any) -> bytes:
    """A string; orjson escapes exactly what the scheme escapes."""
    if not isinstance(value, str):
        raise Malformed("the document holds a key that is not text")
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise Malformed("the document holds text that is not Unicode") from error


def _number(value: float) -> str:
    """A number as ECMAScript writes it."""
    if isinstance(value, int) and abs(value) <= _EXACT:
        return str(value)
    try:
        sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    except OverflowError as error:
        raise Malformed("the document holds a number beyond reason") from error
    if not isinstance(exponent, int):
        raise Malformed("the document holds a number that is none")
    text = "".join(map(str, digits))
    point = len(text) + exponent
    minus = "-" if sign and text != "0" else ""
    if text == "0":
        return "0"
    if 0 < point <= 21:
        whole = text.ljust(point, "0")
        return minus + whole[:point] + (f".{whole[point:]}" if len(whole) > point else "")
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    mantissa = text[0] + (f".{text[1:]}" if len(text) > 1 else "")
    return f"{minus}{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"
