"""Every route of the client API, called as apps do: it gives what the document says."""

import re
from typing import Any

import pytest

from fedi.api.deps import Route, Who
from fedi.api.openapi.document import find_operation, operations
from fedi.api.routes import ROUTES
from fedi.core.auth.scopes import ALL, allows
from tests.contract.calling import (
    DOCUMENT,
    NO_CORS,
    build_request,
    caller,
    check_answer,
    check_error,
    check_headers,
    example_of,
    fill_in,
    prepare,
)
from tests.contract.examples import EXAMPLES
from tests.contract.place import KNOWN, Person, Place

pytestmark = pytest.mark.xdist_group("contract")

every_route = pytest.mark.parametrize("route", ROUTES, ids=list(KNOWN))
HERE = {route.path for route in ROUTES}


def test_routes_operations_and_examples_are_the_same() -> None:
    known = {f"{r.method} {r.path}" for r in ROUTES}
    missing = [f"{r.method} {r.path}" for r in ROUTES if find_operation(r) is None]
    assert not missing, "routes that fedi/api/openapi does not describe"
    found = {find_operation(route) for route in ROUTES}
    idle = [key for key, operation in operations().items() if operation not in found]
    assert not idle, "operations that no route serves"
    assert not known - set(EXAMPLES), "routes without an example in tests/contract/examples.py"
    assert not set(EXAMPLES) - known, "examples of routes that are not there"


def test_the_document_is_whole() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    wanted = set(re.findall(r"'#/components/schemas/([^']+)'", str(DOCUMENT)))
    assert wanted <= set(schemas)
    ids = [op["operationId"] for path in DOCUMENT["paths"].values() for op in path.values()]
    assert len(ids) == len(set(ids))
    assert set(schemas) - wanted == KEPT, "entities that no operation gives"


# What no operation gives as itself.
KEPT: set[str] = set()


def _walk(value: Any) -> Any:
    yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _walk(inner)


async def test_the_world_is_rich(place: Place) -> None:
    """The checks above saw something: every shape that matters came by."""
    alice = place.people["alice"]
    notifications = await alice.get("/api/v1/notifications?limit=80&include_filtered=true")
    wanted = {"mention", "status", "reblog", "follow", "favourite", "poll", "update", "quote"}
    wanted |= {"quoted_update", "admin.sign_up", "admin.report", "severed_relationships"}
    assert {each["type"] for each in notifications} >= wanted | {"moderation_warning"}
    home = await alice.get("/api/v1/timelines/home?limit=40")
    home += await alice.get(f"/api/v1/accounts/{place.names['far']}/statuses")
    for key in ("reblog", "poll", "card", "quote", "in_reply_to_id", "edited_at", "language"):
        assert any(each[key] for each in home), key
    for key in ("media_attachments", "mentions", "tags", "emojis", "filtered", "spoiler_text"):
        assert any(each[key] for each in home), key
    shapes = [each for each in _walk(home) if isinstance(each, dict)]
    assert any("quoted_status_id" in each for each in shapes)
    assert any(each.get("local_only") for each in shapes)


@every_route
async def test_a_call_does_what_it_is_for(place: Place, route: Route) -> None:
    request = await build_request(place, route)
    check_answer(await request.send(await caller(place, example_of(route))), route)


@every_route
async def test_the_same_in_other_words(place: Place, route: Route) -> None:
    """With a slash at the end, by the other verb, in every encoding."""
    who = await caller(place, example_of(route))
    request = await build_request(place, route)
    check_answer(await request.send(who, slash="/"), route)
    if route.method in {"PUT", "PATCH"}:
        request = await build_request(place, route)
        request.method = "PUT" if route.method == "PATCH" else "PATCH"
        check_answer(await request.send(who), route)
    if request.body is not None and not request.files:
        for encoding in ("form", "multipart"):
            request = await build_request(place, route)
            check_answer(await request.send(who, encoding=encoding), route)


UNKNOWN = ("1", "99999999999999999999999999", "x", "-1", "0x10", "1.5", "%00", "٣", "1%20")


@every_route
async def test_ids_that_are_none(place: Place, route: Route) -> None:
    example = example_of(route)
    who = await caller(place, example)
    if example.refuses is not None:
        return
    for name in re.findall(r"{([^}]*)}", route.path):
        if name in {"name", "hashtag"}:
            continue
        names = await prepare(place, route)
        for bad in UNKNOWN:
            answer = await fill_in(route, names, **{name: bad}).send(who)
            if example.any_id and answer.status_code == 200:
                check_answer(answer, route)
                continue
            check_error(answer, 404, route)


def _places(**ids: str) -> list[tuple[Route, str]]:
    return [(route, re.sub(r"{[^}]*}", "1", route.path)) for route in ROUTES]


async def test_without_a_token_or_with_a_bad_one(place: Place) -> None:
    for route, path in _places():
        strangers = [place.anonymous, Person(place.client, "wrong")]
        for stranger in strangers[route.who in {Who.OPEN, Who.ANYONE} :]:
            answer = await stranger.call(route.method, path)
            if route.who is Who.OPEN:
                check_headers(answer)
                assert answer.status_code < 500
                continue
            check_error(answer, 401, route)
            assert answer.json() == {"error": "The access token is invalid"}


async def test_with_a_scope_that_is_not_enough(place: Place) -> None:
    alice = place.people["alice"]
    for route, path in _places():
        if not route.scopes or route.who is Who.OPEN:
            continue
        wrong = [s for s in ALL if not any(allows({s}, wanted) for wanted in route.scopes)]
        # One that says the contrary is the likeliest mistake.
        chosen = max(wrong, key=lambda scope: len(set(scope) & set(route.scopes[0])))
        token = await place.token(alice.user_id, chosen)
        answer = await Person(place.client, token).call(route.method, path)
        check_error(answer, 403, route)
        assert answer.json() == {"error": "This action is outside the authorized scopes"}


async def test_the_token_of_an_app_is_nobody(place: Place) -> None:
    app = Person(place.client, await place.token(None))
    for route, path in _places():
        if route.who in {Who.MEMBER, Who.PERSON}:
            answer = await app.call(route.method, path)
            check_error(answer, 422, route)
            assert answer.json() == {"error": "This method requires an authenticated user"}


async def test_browsers_are_let_in(place: Place) -> None:
    for route, path in _places():
        if path.startswith(NO_CORS):
            continue
        headers = {
            "Access-Control-Request-Method": route.method,
            "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
        }
        answer = await place.anonymous.call("OPTIONS", path, headers=headers)
        said = {key: value.lower() for key, value in answer.headers.items()}
        assert answer.status_code in {200, 204}, path
        assert said["access-control-allow-origin"] == "*"
        assert route.method.lower() in said["access-control-allow-methods"], path
        allowed = said["access-control-allow-headers"]
        assert allowed == "*" or "idempotency-key" in allowed


async def test_what_is_not_there(place: Place) -> None:
    alice = place.people["alice"]
    for path in ("/api/v1/nothing", "/api/v9/instance", "/api/v1/statuses/1/2/3/4"):
        for method in ("GET", "POST", "DELETE"):
            answer = await alice.call(method, path)
            assert answer.status_code == 404, (method, path)
            check_headers(answer)
