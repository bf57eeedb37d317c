"""Calls made of examples, and what must hold of every answer."""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import jsonschema_rs

from fedi.api.deps import Route
from fedi.api.openapi.document import build_document, find_operation
from fedi.api.openapi.notation import schema_of
from fedi.api.routes import ROUTES
from tests.contract.examples import EXAMPLES, PICTURE, Example
from tests.contract.place import Person, Place

DOCUMENT = build_document(ROUTES, "https://a.test")
_counter = itertools.count(1)


def _closed(schema: Any) -> Any:
    """A schema that takes no key that it does not know."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _closed(value) for key, value in schema.items()}
    if isinstance(found.get("properties"), dict) and found.get("type") == "object":
        found["additionalProperties"] = False
    return found


_SCHEMAS = {name: _closed(schema) for name, schema in DOCUMENT["components"]["schemas"].items()}
# What stands in a file tells of its kind: this is left to the tests of media.
_SCHEMAS["MediaAttachment"]["properties"]["meta"] = {"type": ["object", "null"]}


def validator(schema: Mapping[str, Any]) -> jsonschema_rs.Validator:
    """Checks against a schema of the document, in which unknown keys are wrong as well."""
    whole = {**schema, "components": {"schemas": _SCHEMAS}}
    return jsonschema_rs.validator_for(whole, validate_formats=True)


def problems(notation: str, value: Any) -> list[str]:
    """What is wrong with a value."""
    found = validator(schema_of(notation)).iter_errors(value)
    return sorted({f"{_place(each.instance_path)}: {_words(each.message)}" for each in found})


def _place(path: list[Any]) -> str:
    return "/".join("*" if isinstance(part, int) else part for part in path)


def _words(message: str) -> str:
    """The end of a long message: its beginning is the value."""
    return message if len(message) < 400 else f"...{message[-200:]}"


@dataclass
class Request:
    """One call, ready to be sent."""

    method: str
    path: str
    query: str
    body: Mapping[str, Any] | None
    files: bool

    async def send(self, person: Person, *, encoding: str = "json", slash: str = "") -> Any:
        more: dict[str, Any] = {}
        if self.files:
            more = {"files": {"file": PICTURE}, "data": dict(pairs(self.body or {}))}
        elif self.body is not None and encoding == "json":
            more = {"json": self.body}
        elif self.body is not None:
            found = list(pairs(self.body))
            more = encode_form(found) if encoding == "form" else encode_multipart(found)
        return await person.call(self.method, self.path + slash + self.query, **more)


def pairs(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """A body in the bracket grammar of forms."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from pairs(inner, f"{name}[{key}]" if name else key)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            # Lists of objects are counted, as some apps do; plain ones are not.
            is_plain = not isinstance(inner, Mapping)
            yield from pairs(inner, f"{name}[]" if is_plain else f"{name}[{number}]")
    else:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def encode_form(found: list[tuple[str, str]]) -> dict[str, Any]:
    """As browsers send forms."""
    content = urlencode(found).encode()
    return {"content": content, "headers": {"content-type": "application/x-www-form-urlencoded"}}


def encode_multipart(found: list[tuple[str, str]]) -> dict[str, Any]:
    """As browsers send forms with files, without one."""
    parts = [
        f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in found
    ]
    content = ("".join(parts) + "--x--\r\n").encode()
    return {"content": content, "headers": {"content-type": "multipart/form-data; boundary=x"}}


def example_of(route: Route) -> Example:
    """The example of a route."""
    key = f"{route.method} {route.path}"
    example = EXAMPLES.get(key)
    assert example is not None, (
        f"{key} is a new route without an example: add a call that succeeds to EXAMPLES in"
        " tests/contract/examples.py"
    )
    return example


async def prepare(place: Place, route: Route) -> dict[str, str]:
    """The names of the world, and of what was made for this call."""
    example = example_of(route)
    made = await example.prepare(place) if example.prepare else {}
    return {**place.names, **made}


async def build_request(place: Place, route: Route) -> Request:
    """The example of a route as a request."""
    return fill_in(route, await prepare(place, route))


def fill_in(route: Route, names: Mapping[str, str], **ids: str) -> Request:
    """The example of a route with these names; `ids` replace parameters of its path."""
    example = example_of(route)

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return value.format(**names)
        if isinstance(value, Mapping):
            return {key: fill(inner) for key, inner in value.items()}
        return [fill(inner) for inner in value] if isinstance(value, list) else value

    def part(found: re.Match[str]) -> str:
        name = found[1]
        return ids.get(name) or names[example.ids.get(name, name)]

    path = re.sub(r"{([^}]*)}", part, route.path)
    body = None if example.body is None else fill(example.body)
    return Request(route.method, path, fill(example.query), body, example.files)


async def caller(place: Place, example: Example) -> Person:
    """Who calls."""
    if example.who == "app":
        return Person(place.client, await place.token(None, "read write"))
    return place.people[example.who] if example.who else place.anonymous


# For servers of apps and for people, not for scripts of other pages.
NO_CORS = ("/invite/", "/oauth/introspect", "/oauth/token/info")


def check_headers(answer: httpx.Response, route: Route | None = None) -> None:
    """What browsers and apps need of every answer, also when it is an error."""
    place = (str(answer.request.method), str(answer.request.url), answer.status_code)
    headers = answer.headers
    if answer.request.url.path.startswith(NO_CORS):
        return
    assert headers["content-type"].split(";")[0] == "application/json", place
    assert headers["access-control-allow-origin"] == "*", place
    assert "access-control-allow-credentials" not in headers, place
    exposed = headers["access-control-expose-headers"].lower()
    for name in ("link", "x-ratelimit-remaining", "x-request-id"):
        assert name in exposed, place
    assert answer.content, place
    assert answer.status_code != 204, place
    if route is not None:
        for name in ("limit", "remaining", "reset"):
            assert f"x-ratelimit-{name}" in headers, (*place, name)


def check_error(answer: httpx.Response, status: int, route: Route) -> None:
    """An error in its form."""
    assert answer.status_code == status, (route.method, answer.url, answer.status_code, answer.text)
    check_headers(answer)
    assert problems("Error", answer.json()) == [], answer.text
    assert answer.json()["error"]


def check_answer(answer: httpx.Response, route: Route) -> Any:
    """What a route says when it does what it is for: it keeps to the document."""
    example, found = example_of(route), find_operation(route)
    assert found is not None, f"{route.method} {route.path} is not in fedi/api/openapi"
    operation = found[1]
    if example.refuses is not None:
        check_error(answer, example.refuses[0], route)
        return None
    where = (route.method, str(answer.url), answer.status_code, answer.text[:500])
    assert answer.status_code in {200, *operation.also}, where
    check_headers(answer, route)
    value = answer.json()
    wrong = problems(operation.gives, value)
    assert not wrong, (*where[:3], wrong[:5])
    return value
