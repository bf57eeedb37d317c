"""Every parameter of every route, filled with what no app would send: refused, never a failure."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from fedi.api.deps import Route
from fedi.api.openapi.document import find_operation
from fedi.api.routes import ROUTES
from tests.integration.attacks.conftest import Member, Site

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


def bodies(route: Route) -> Iterator[Any]:
    for keys in fields(route):
        for value in POISON:
            yield nest(keys, value)
            if len(keys) > 1:
                yield {keys[0]: value}


ODD = ["0", "-1", "99999999999999999999", "x", "%00", "%F0%9F%A6%86", "a" * 3000, "1.5", "%2e%2e"]


@pytest.mark.parametrize("group", range(8))
async def test_poison_in_every_parameter(site: Site, alice: Member, group: int) -> None:
    """Walk the table; what is not understood is refused with a reason."""
    bad: list[str] = []
    for number, route in enumerate(ROUTES):
        if number % 8 != group or route.path in LEFT_OUT:
            continue
        for ids in (str(alice.account.id), "home"):
            path = re.sub(r"{[^}]*}", ids, route.path)
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
