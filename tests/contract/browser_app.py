"""What browser apps have in common: code flow without the pages, paging, guarded answers."""

import re
from typing import Any
from urllib.parse import urlsplit

import httpx

from fedi.core.auth.apps import find_app
from fedi.core.auth.codes import issue_code
from tests.contract.place import ORIGIN, Person, Place

SCOPES = "read write follow push"
CALLBACK = f"{ORIGIN}/"


async def ask(who: Person, method: str, path: str, status: int = 200, **more: Any) -> Any:
    """One call from a page: an answer that its scripts may not read is an error there."""
    answer = await send(who, method, path, status, **more)
    kind = answer.headers["content-type"]
    assert kind.startswith("application/json"), (path, kind)
    return answer.json()


async def send(
    who: Person, method: str, path: str, status: int = 200, **more: Any
) -> httpx.Response:
    """One call from a page, with the answer that must come."""
    answer = await who.call(method, path, **more)
    assert answer.status_code == status, (method, path, answer.status_code, answer.text)
    assert answer.headers["access-control-allow-origin"] == "*", path
    assert "link" in answer.headers["access-control-expose-headers"].lower(), path
    return answer


async def authorise(
    place: Place, person: Person, app: dict[str, Any], challenge: str | None = None
) -> str:
    """What the person allows on the page of consent, which has tests of its own."""
    async with place.runtime.unit() as unit:
        found = await find_app(unit, app["client_id"])
        assert found is not None
        return await issue_code(unit, found, person.user_id, CALLBACK, SCOPES, challenge)


def links(answer: httpx.Response) -> dict[str, str]:
    """The `Link` header as masto.js reads it: cut at each comma, `rel` right behind the address."""
    found: dict[str, str] = {}
    for part in answer.headers.get("link", "").split(","):
        if match := re.match(r'\s*<([^>]+)>;\s*rel="?(\w+)"?', part):
            address = urlsplit(match[1])
            assert address.scheme == "https", "an absolute address"
            assert address.netloc == "a.test"
            found[match[2]] = f"{address.path}?{address.query}"
    return found


async def pages(who: Person, path: str, *, most: int = 20) -> list[list[dict[str, Any]]]:
    """Page after page by `rel=next`, until one is empty or leads nowhere."""
    found: list[list[dict[str, Any]]] = []
    following: str | None = path
    while following is not None and len(found) < most:
        answer = await send(who, "GET", following)
        found.append(answer.json())
        following = links(answer).get("next") if found[-1] else None
    assert len(found) < most, "the pages come to an end"
    return found


def has(value: Any, *paths: str) -> None:
    """All these keys are there: apps read them without asking."""
    for path in paths:
        at = value
        for part in path.split("."):
            assert isinstance(at, dict), (path, at)
            assert part in at, (path, part, sorted(at))
            at = at[part]
