"""Small readers for signature headers: comma-separated parameters and structured fields.

Structured fields are read after RFC 9651 as far as signatures need them. Every reader walks once
from left to right; each pattern is anchored at the position and has no two ways to match, so that
time grows with the length of the header and with nothing else.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fedi.kit.errors import Malformed

MAX_HEADER = 16 * 1024
MAX_MEMBERS = 16
MAX_ITEMS = 64

_PAIR = re.compile(
    r'([A-Za-z][A-Za-z0-9_-]*)[ \t]*=[ \t]*(?:"([^"]*)"|([^",\s]++))[ \t]*(?:,[ \t]*|$)'
)
_SPACE = re.compile(r"[ \t]*+")
_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*+")
_STRING = re.compile(r'"((?:[ !#-\[\]-~]++|\\["\\])*+)"')
_BYTES = re.compile(r":([A-Za-z0-9+/=]*+):")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,3})?")
_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*+")
_BOOLEAN = re.compile(r"\?([01])")


def parse_parameters(value: str, required: Sequence[str] = ()) -> dict[str, str]:
    """`name="value"` pairs, separated by commas, each name once; values quoted or bare.

    Raises:
        Malformed: for anything else.
    """
    if len(value) > MAX_HEADER:
        raise Malformed("header too long")
    text = value.strip()
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        pair = _PAIR.match(text, position)
        if not pair or pair[1] in found or len(found) == MAX_MEMBERS:
            raise Malformed("header parameters cannot be read")
        found[pair[1]] = pair[2] if pair[2] is not None else pair[3]
        position = pair.end()
    for name in required:
        if not found.get(name):
            raise Malformed(f"header lacks {name}")
    return found


def decode_base64(value: str) -> bytes:
    """Strict base64, or Malformed."""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("base64 cannot be read") from error


class Token(str):
    """A bare word of a structured field, as opposed to a quoted string."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A value (or the items of an inner list), its parameters, and the very text it came from."""

    value: Any
    parameters: dict[str, Any]
    raw: str

    @property
    def bare(self) -> str:
        """The value without its parameters, written strictly."""
        return serialise_value(self.value)


def parse_dictionary(text: str) -> dict[str, Item]:
    """A dictionary of items and inner lists.

    A name that comes twice is refused although the standard lets the last one win: nobody honest
    does it, and two readers may choose differently.
    """
    if len(text) > MAX_HEADER:
        raise Malformed("header too long")
    found: dict[str, Item] = {}
    text = text.strip(" \t")
    position = 0
    while position < len(text):
        name = _KEY.match(text, position)
        if not name or name[0] in found or len(found) == MAX_MEMBERS:
            raise Malformed("structured field cannot be read")
        position = name.end()
        if text.startswith("=", position):
            found[name[0]], position = _item(text, position + 1, inner=True)
        else:
            parameters, end = _parameters(text, position)
            found[name[0]] = Item(True, parameters, text[position:end])  # noqa: FBT003 - a bare name means true
            position = end
        position = _after_comma(text, position)
    return found


def _after_comma(text: str, position: int) -> int:
    """The start of the next member; a comma must be followed by one."""
    position = _skip(text, position)
    if position == len(text):
        return position
    if text[position] != ",":
        raise Malformed("structured field cannot be read")
    position = _skip(text, position + 1)
    if position == len(text):
        raise Malformed("structured field ends with a comma")
    return position


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _item(text: str, start: int, *, inner: bool) -> tuple[Item, int]:
    if inner and text.startswith("(", start):
        value, position = _inner_list(text, start + 1)
    else:
        value, position = _value(text, start)
    parameters, end = _parameters(text, position)
    return Item(value, parameters, text[start:end]), end


def _inner_list(text: str, position: int) -> tuple[tuple[Item, ...], int]:
    items: list[Item] = []
    while True:
        position = _skip(text, position)
        if text.startswith(")", position):
            return tuple(items), position + 1
        if len(items) == MAX_ITEMS or (items and text[position - 1] not in " \t"):
            raise Malformed("structured field cannot be read")
        item, position = _item(text, position, inner=False)
        items.append(item)


def _value(text: str, position: int) -> tuple[Any, int]:
    if found := _STRING.match(text, position):
        return re.sub(r"\\(.)", r"\1", found[1]), found.end()
    if found := _BYTES.match(text, position):
        return decode_base64(found[1]), found.end()
    if found := _NUMBER.match(text, position):
        return (float(found[0]) if "." in found[0] else int(found[0])), found.end()
    if found := _TOKEN.match(text, position):
        return Token(found[0]), found.end()
    if found := _BOOLEAN.match(text, position):
        return found[1] == "1", found.end()
    raise Malformed("structured field cannot be read")


def _parameters(text: str, position: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while text.startswith(";", position):
        name = _KEY.match(text, _skip(text, position + 1))
        if not name or name[0] in found or len(found) == MAX_MEMBERS:
            raise Malformed("structured field cannot be read")
        position = name.end()
        value: Any = True
        if text.startswith("=", position):
            value, position = _value(text, position + 1)
        found[name[0]] = value
    return found, position


def serialise_value(value: Any) -> str:
    """A value, or an inner list, in the one strict spelling of the standard."""
    if isinstance(value, tuple):
        return "(" + " ".join(serialise_item(item) for item in value) + ")"
    if isinstance(value, bool):
        return "?1" if value else "?0"
    if isinstance(value, bytes):
        return f":{base64.b64encode(value).decode()}:"
    if isinstance(value, Token) or not isinstance(value, str):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def serialise_item(item: Item) -> str:
    """An item with its parameters in strict spelling."""
    written = [
        f";{name}" if value is True else f";{name}={serialise_value(value)}"
        for name, value in item.parameters.items()
    ]
    return serialise_value(item.value) + "".join(written)


def serialise_dictionary(members: dict[str, Item]) -> str:
    """A dictionary in strict spelling; a bare true is written by its name alone."""
    return ", ".join(
        f"{name}{serialise_item(item)[2:]}"
        if item.value is True
        else f"{name}={serialise_item(item)}"
        for name, item in members.items()
    )
