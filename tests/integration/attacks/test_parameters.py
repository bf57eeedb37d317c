"""Every parameter of every route, filled with what no app would send: refused, never a failure."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from fedi.api.deps import Route
from fedi.api.openapi.document import find_operation
from fedi.api.routes import ROUTES
from tests.integration.attacks.conftest import Member, Site
from tests.integration.attacks.test_foreign_ids import belongings

HUGE = 10**18
POISON: list[Any] = [
    "",
    "\u202e\u0300" * 3000,
    "-1",
    "99999999999999999999",
    HUGE,
    -(2**63),
    1.5e300,
    True,
    [],
    [[["x"]]],
    [None, {"x": 1}, "y"],
    {"x": {"y": ["z"]}},
    {"0": "a", "1": {"b": "c"}},
    "9999-12-31T23:59:59+00:00",
    "0001-01-01",
    "' \" \\ %00 %s {0} $1 <b> \ud7ff \uffff",
]
QUERY = ["-1", "0", "99999999999999999999", "x" * 5000, "\u202e", "9999-12-31T23:59:59Z", "1e999"]

# What would end the walk: the token goes, or minutes of hashing and deciding.
LEFT_OUT = {"/oauth/revoke", "/api/v1/accounts", "/api/v1/emails/confirmations"}


def fields(route: Route) -> list[list[str]]:
    """The parameters of a route, each as the keys that lead to it."""
    found = find_operation(route)
    names = found[1].takes.split() if found else []
    return [re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name) for name in names]


def nest(keys: list[str], value: Any) -> Any:
    """A JSON body that holds `value` where the keys lead."""
    for key in reversed(keys):
        if key == "":
            value = [value]
        elif key == ":index":
            value = {"0": value}
        else:
            value = {key: value}
    return value


# What makes a request whole, so that the poison is what it fails by.
WHOLE: dict[str, dict[str, Any]] = {
    "POST /api/v1/statuses": {"status": "x"},
    "PUT /api/v1/statuses/{id}": {"status": "x"},
    "POST /api/v2/filters": {"title": "x", "context": ["home"]},
    "POST /api/v1/filters": {"phrase": "x", "context": ["home"]},
    "POST /api/v2/filters/{filter_id}/keywords": {"keyword": "x"},
    "POST /api/v1/lists": {"title": "x"},
    "POST /api/v1/apps": {"client_name": "x", "redirect_uris": "https://x.test/"},
    "POST /api/v1/reports": {"account_id": "1"},
    "POST /oauth/token": {"grant_type": "client_credentials"},
}
POLL = {"options": ["a", "b"], "expires_in": 3600}


def bodies(route: Route) -> Iterator[Any]:
    whole = WHOLE.get(f"{route.method} {route.path}", {})
    for keys in fields(route):
        for value in POISON:
            yield {**whole, **nest(keys, value)}
            if len(keys) > 1:
                yield {**whole, keys[0]: value}
            if keys[0] == "poll":
                yield {**whole, "poll": {**POLL, keys[1]: value}}


ODD = ["0", "-1", "99999999999999999999", "x", "%00", "%F0%9F%A6%86", "a" * 3000, "1.5", "%2e%2e"]


@pytest.mark.parametrize("group", range(8))
async def test_poison_in_every_parameter(site: Site, alice: Member, group: int) -> None:
    """Walk the table; what is not understood is refused with a reason."""
    bad: list[str] = []
    known = await belongings(site, alice)
    for number, route in enumerate(ROUTES):
        if number % 8 != group or route.path in LEFT_OUT:
            continue
        start = route.path.partition("{")[0]
        for ids in (known.get(start, str(alice.account.id)), "home"):
            path = re.sub(r"{[^}]*}", ids, route.path)
            if route.method == "DELETE" and "{" in path:
                break
            if route.method in {"GET", "DELETE"}:
                for keys in fields(route):
                    name = keys[0] + "".join(f"[{key}]" for key in keys[1:])
                    for value in QUERY:
                        answer = await site.client.request(
                            route.method, path, params={name: value}, headers=alice.headers
                        )
                        if answer.status_code >= 500:
                            bad.append(f"{route.method} {path} {name}={value[:30]!a}")
            else:
                for body in bodies(route):
                    answer = await site.client.request(
                        route.method, path, json=body, headers=alice.headers
                    )
                    if answer.status_code >= 500:
                        bad.append(f"{route.method} {path} {str(body)[:120]!a} {answer.text[:80]}")
            if ids == "home" and "{" not in route.path:
                break
        if "{" in route.path:
            for ids in ODD:
                path = re.sub(r"{[^}]*}", ids, route.path)
                answer = await site.client.request(route.method, path, headers=alice.headers)
                if answer.status_code >= 500:
                    bad.append(f"{route.method} {path[:100]}")
    assert not bad, "\n".join(bad)
