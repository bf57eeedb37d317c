"""The table of routes and the lookup in it."""

import pytest
from starlette.responses import Response

from fedi.api.deps import Call, Route, Who
from fedi.api.dispatch import build_tree, find_route
from fedi.api.routes import ROUTES


async def handler(_call: Call) -> Response:
    return Response()


def route(method: str, path: str) -> Route:
    return Route(method, path, handler, Who.OPEN)


TREE = build_tree(
    [
        route("GET", "/api/v1/accounts/search"),
        route("GET", "/api/v1/accounts/{id}"),
        route("POST", "/api/v1/accounts/{id}/follow"),
        route("PATCH", "/api/v1/profile"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "found", "names"),
    [
        ("GET", "/api/v1/accounts/search", "/api/v1/accounts/search", {}),
        ("HEAD", "/api/v1/accounts/search", "/api/v1/accounts/search", {}),
        ("GET", "/api/v1/accounts/5", "/api/v1/accounts/{id}", {"id": "5"}),
        # A spelled-out part that leads nowhere gives way to a named one.
        (
            "POST",
            "/api/v1/accounts/search/follow",
            "/api/v1/accounts/{id}/follow",
            {"id": "search"},
        ),
        ("PUT", "/api/v1/profile", "/api/v1/profile", {}),
        ("PATCH", "/api/v1/profile", "/api/v1/profile", {}),
    ],
)
def test_lookup(method: str, path: str, found: str, names: dict[str, str]) -> None:
    hit = find_route(TREE, method, path)
    assert hit is not None
    assert (hit[0].path, hit[1]) == (found, names)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/accounts/5"),
        ("OPTIONS", "/api/v1/accounts/5"),
        ("GET", "/api/v1/accounts"),
        ("GET", "/api/v1/accounts/"),
        ("GET", "/api/v1/accounts/*/x"),
        ("GET", "/api/v1/accounts/5/follow/x"),
        ("GET", "/"),
        ("GET", "/api/v1/" + "x/" * 100_000),
    ],
)
def test_nothing_there(method: str, path: str) -> None:
    assert find_route(TREE, method, path) is None


def test_a_route_is_there_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        build_tree([route("PUT", "/a"), route("PATCH", "/a")])
    build_tree(ROUTES)


def test_what_members_do_needs_a_scope() -> None:
    for item in ROUTES:
        if item.who is Who.MEMBER:
            assert item.scopes, item.path
        if item.who is Who.OPEN:
            assert not item.scopes, item.path
        if item.method != "GET" and item.who is not Who.OPEN and item.path != "/oauth/userinfo":
            kinds = {word for scope in item.scopes for word in scope.split(":")}
            assert kinds & {"write", "push"} or item.path.endswith("/translate"), item.path
