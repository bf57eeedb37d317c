"""Parameters of a request: query and body in any encoding become one mapping.

The bracket grammar of forms: `a[]=1` a list, `a[b]=1` an object, `a[0][name]=x` an object with
numbers for keys, which `items` reads as a list, `a[][k]=x` a list of objects in which a new one
starts when a key comes again. Reading is linear in the input and bounded in depth and number.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, cast
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

from fedi.kit.errors import Malformed, WrongType
from fedi.kit.scrub import MAX_BODY, loads_api, safe_int64, scrub
from fedi.kit.web_body import read_body
from fedi.kit.web_form import Form, Spool, Upload, read_form

Pair = tuple[str, str]

MAX_FIELDS = 1000
MAX_DEPTH = 8
_FALSE = frozenset({"false", "f", "0", "off"})
_NOTHING = frozenset({"", "null", "undefined"})


class Parameters:
    """What the caller sent, read in the type that is wanted.

    A value of a type that cannot be what is wanted is `Malformed`; one that is absent is None.
    """

    __slots__ = ("_form", "_values", "pairs")

    def __init__(
        self, values: Mapping[str, Any], pairs: Sequence[Pair] = (), form: Form | None = None
    ) -> None:
        self._values = values
        # The query string as it was, for the addresses of other pages.
        self.pairs = pairs
        self._form = form

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def digest(self) -> bytes:
        """A hash of everything that was sent: the same for the same request."""
        ordered = orjson.dumps(self._values, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(ordered).digest()

    def get(self, name: str) -> str | None:
        """As `text`, so that parameters can be handed on as a mapping of texts."""
        return self.text(name)

    def text(self, name: str) -> str | None:
        """One text; the last one when there are several."""
        value = self._values.get(name)
        if isinstance(value, list):
            items = cast("list[Any]", value)
            value = items[-1] if items else None
        return _as_text(value, name)

    def file(self, name: str) -> Upload | None:
        """A file of the form, if this route takes files in a field of that name."""
        return None if self._form is None else self._form.files.get(name)

    def close(self) -> None:
        """The request is answered: remove its files."""
        if self._form is not None:
            self._form.close()

    def flag(self, name: str) -> bool | None:
        """Yes or no: false, f, 0 and off are no, anything else but nothing is yes."""
        value = self.text(name)
        if value is None or value.lower() in _NOTHING:
            return None
        return value.lower() not in _FALSE

    def number(self, name: str) -> int | None:
        """A whole number of 64 bits."""
        value = self.text(name)
        if value is None or value.lower() in _NOTHING:
            return None
        number = safe_int64(value)
        if number is None:
            raise Malformed(f"{name} is not a number")
        return number

    def texts(self, name: str) -> list[str]:
        """Several texts, also when only one came or when they came numbered."""
        found = (_as_text(value, name) for value in self._several(name))
        return [text for text in found if text is not None]

    def items(self, name: str) -> list["Parameters"]:
        """Several objects, given as a list or as an object with numbers for keys."""
        values = self._several(name)
        if not all(isinstance(value, Mapping) for value in values):
            raise Malformed(f"{name} must hold objects")
        return [Parameters(value) for value in values]

    def inner(self, name: str) -> "Parameters":
        """One object; an empty one when it is absent."""
        value = self._values.get(name)
        if value is None or value == "":
            return Parameters({})
        if not isinstance(value, Mapping):
            raise Malformed(f"{name} must be an object")
        return Parameters(cast("Mapping[str, Any]", value))

    def _several(self, name: str) -> list[Any]:
        value = self._values.get(name)
        if value is None:
            return []
        if isinstance(value, list):
            return cast("list[Any]", value)
        if isinstance(value, Mapping):
            given = cast("Mapping[str, Any]", value)
            if not all(key.isascii() and key.isdigit() and len(key) < 10 for key in given):
                raise Malformed(f"{name} must be a list")
            return [given[key] for key in sorted(given, key=int)]
        return [value]


def _as_text(value: Any, name: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    raise Malformed(f"{name} must be a single value")


async def read_parameters(request: Request, spool: Spool | None = None) -> Parameters:
    """Query and body of a request, on any verb; the body wins.

    Files are kept only where `spool` says so, until the parameters are closed.

    Raises:
        Malformed: It cannot be read.
        TooLarge: The body, or what is kept of it, is over the limit.
        WrongType: The body is in an encoding that we do not read.
    """
    query = request.scope["query_string"]
    pairs = _read_pairs(query) if query else []
    values = _nest(pairs) if pairs else {}
    if not _has_body(request):
        return Parameters(scrub(values), pairs)
    if _kind(request) != "multipart/form-data":
        return Parameters(scrub({**values, **await _read_body(request)}), pairs)
    form = await read_form(request, spool)
    with ExitStack() as cleaning:
        cleaning.callback(form.close)
        read = Parameters(scrub({**values, **_nest(form.pairs)}), pairs, form)
        cleaning.pop_all()
    return read


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _has_body(request: Request) -> bool:
    headers = request.headers
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


async def _read_body(request: Request) -> Mapping[str, Any]:
    kind = _kind(request)
    body = await read_body(request, MAX_BODY)
    if kind == "application/json" or kind.endswith("+json"):
        value = loads_api(body) if body.strip() else {}
        if not isinstance(value, dict):
            raise Malformed("The request body must be a JSON object")
        return cast("dict[str, Any]", value)
    if kind in {"application/x-www-form-urlencoded", ""}:
        return _nest(_read_pairs(body))
    if not body:
        return {}
    raise WrongType("The request body must be JSON or a form")


def _read_pairs(encoded: bytes) -> list[Pair]:
    try:
        return parse_qsl(
            encoded.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS
        )
    except ValueError as problem:
        raise Malformed("Too many parameters") from problem


def _nest(pairs: Iterable[Pair]) -> dict[str, Any]:
    """The mapping that names with brackets describe."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if "[" not in name:
            _put(values, name, value)
        else:
            _place(values, _split(name), value)
    return values


def _split(name: str) -> list[str]:
    """`a[b][]` as `a`, `b` and an empty text."""
    first, _, rest = name.partition("[")
    if not first or not rest.endswith("]"):
        return [name]
    keys = [first, *rest[:-1].split("][")]
    if len(keys) > MAX_DEPTH:
        raise Malformed("A parameter is nested too deeply")
    return keys


def _put(holder: dict[str, Any], key: str, value: str) -> None:
    """A plain value; several under one name are a list."""
    old = holder.get(key)
    if old is None:
        holder[key] = value
    elif isinstance(old, str):
        holder[key] = [old, value]
    elif isinstance(old, list):
        cast("list[Any]", old).append(value)
    else:
        raise Malformed(f"{key[:50]} is given in two shapes")


def _place(holder: dict[str, Any], keys: list[str], value: str) -> None:
    """Walk down along `keys`, building what is missing, and leave the value at the end."""
    for position, key in enumerate(keys[:-1]):
        rest = keys[position + 1 :]
        if rest[0] == "":
            items = _child(holder, key, list[Any])
            if len(rest) == 1:
                items.append(value)
                return
            if not items or not isinstance(items[-1], dict) or _is_taken(items[-1], rest[1:]):
                items.append({})
            _place_in(items[-1], rest[1:], value)
            return
        holder = _child(holder, key, dict[str, Any])
    _put(holder, keys[-1], value)


def _place_in(holder: dict[str, Any], keys: list[str], value: str) -> None:
    if len(keys) == 1:
        _put(holder, keys[0], value)
    else:
        _place(holder, keys, value)


def _child(holder: dict[str, Any], key: str, kind: Any) -> Any:
    """The list or object under `key`, made if it is not there."""
    found = holder.get(key)
    if found is None:
        found = holder[key] = kind()
    elif kind == list[Any] and isinstance(found, str):
        found = holder[key] = [found]
    if not isinstance(found, dict if kind == dict[str, Any] else list):
        raise Malformed(f"{key[:50]} is given in two shapes")
    return found


def _is_taken(item: dict[str, Any], keys: list[str]) -> bool:
    """Whether an object in a list has the value already, so that the next object begins."""
    found: Any = item
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            return False
        found = found[key]
    return True
