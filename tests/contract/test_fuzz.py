"""Calls that nobody would make: by the document, against the document, and good ones spoilt.

Nothing of it may end in an error of ours, and whatever is said keeps to the document. Examples are
derived from the code alone, so that a failure comes back; it names the call.
"""

import os
import re
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from fedi.api.deps import Route
from fedi.api.openapi.document import find_operation
from fedi.api.routes import ROUTES
from tests.contract.abundance import fill
from tests.contract.calling import (
    DOCUMENT,
    Request,
    caller,
    check_headers,
    encode_form,
    encode_multipart,
    example_of,
    fill_in,
    pairs,
    problems,
)
from tests.contract.conftest import MakeSettings
from tests.contract.place import Person, Place, open_place

pytestmark = pytest.mark.xdist_group("contract")

SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
# What would end the calls that follow, or leave this machine.
HARMFUL = {"/oauth/revoke"}
FUZZED = [route for route in ROUTES if route.path not in HARMFUL]
GROUPS = [FUZZED[number::8] for number in range(8)]
in_groups = pytest.mark.parametrize("routes", GROUPS, ids=range(len(GROUPS)))


def bounded(examples: int) -> Any:
    """So many examples, the same each time."""
    return settings(
        max_examples=examples * (20 if os.environ.get("FEDI_TEST_SOAK") else 1),
        # Calls leave traces: a failure cannot be made smaller by calling again.
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.filter_too_much,
            HealthCheck.data_too_large,
        ],
    )


@pytest.fixture(scope="session")
async def field(make_settings: MakeSettings, quiet: None) -> AsyncGenerator[Place, None]:
    """A world of its own: nothing stays as it was."""
    async with open_place(make_settings("fuzz")) as built:
        await fill(built)
        yield built


def check(answer: httpx.Response, route: Route, said: object) -> None:
    """No error of ours, and what is said is in the document."""
    place = (route.method, str(answer.url), said, answer.status_code, answer.text[:300])
    assert answer.status_code < 500, place
    found = find_operation(route)
    assert found is not None
    operation = found[1]
    good = answer.status_code in {200, *operation.also}
    assert good or 400 <= answer.status_code < 500, place
    check_headers(answer)
    wrong = problems(operation.gives if good else "Error", answer.json())
    assert not wrong, (*place, wrong)


def encode(body: Any, kind: str | None) -> dict[str, Any]:
    """A body as the tool made it."""
    if isinstance(body, NotSet):
        return {}
    if isinstance(body, bytes) or (isinstance(body, str) and kind != "application/json"):
        return {"content": body, "headers": {"content-type": kind or "text/plain"}}
    if kind == "application/json":
        return {"json": body}
    found = [(_clean(name), _clean(value)) for name, value in pairs(body)] if body else []
    return encode_multipart(found) if kind == "multipart/form-data" else encode_form(found)


def _clean(text: str) -> str:
    """What can be written as UTF-8."""
    return text.encode(errors="replace").decode()


def names_in(place: Place, route: Route) -> Mapping[str, str]:
    """Names for what would have been made anew: what there is will do."""
    example = example_of(route)
    named = re.findall(r"{(\w+)}", f"{example.body} {example.query}")
    wanted = [*example.ids.values(), *named, "new", "group"]
    return {**dict.fromkeys(wanted, place.names["reply"]), **place.names}


def draw_request(data: st.DataObject, place: Place, route: Route) -> Request:
    """The example of a route; its path is right, or nearly so."""
    ids: dict[str, str] = {}
    if "{" in route.path and data.draw(st.integers(0, 4)) == 0:
        name = data.draw(st.sampled_from(re.findall(r"{([^}]*)}", route.path)))
        ids[name] = data.draw(st.sampled_from(["0", "9" * 19, "%00", "%ff", "%20", "a" * 300]))
    return fill_in(route, names_in(place, route), **ids)


def _operation(route: Route) -> Mapping[str, Any]:
    return DOCUMENT["paths"][route.path][route.method.lower()]


async def call_fuzzed(data: st.DataObject, place: Place, route: Route, mode: Any) -> None:
    request = draw_request(data, place, route)
    operation = SCHEMA[route.path][route.method]
    case = data.draw(operation.as_strategy(generation_mode=mode))
    more = encode(case.body, case.media_type) if case.media_type else {}
    query = list(pairs(dict(case.query or {})))
    params = [(_clean(name), _clean(value)) for name, value in query]
    who = await caller(place, example_of(route))
    answer = await who.call(request.method, request.path, params=params, **more)
    check(answer, route, (params, more))


@in_groups
@bounded(40)
@given(data=st.data())
async def test_what_the_document_allows(
    data: st.DataObject, field: Place, routes: list[Route]
) -> None:
    await call_fuzzed(data, field, data.draw(st.sampled_from(routes)), GenerationMode.POSITIVE)


@in_groups
@bounded(30)
@given(data=st.data())
async def test_what_the_document_forbids(
    data: st.DataObject, field: Place, routes: list[Route]
) -> None:
    writing = [route for route in routes if route.method in {"POST", "PUT", "PATCH"}]
    writing = [route for route in writing if "requestBody" in _operation(route)]
    await call_fuzzed(data, field, data.draw(st.sampled_from(writing)), GenerationMode.NEGATIVE)


NASTY: list[Any] = [
    *("", " ", "\x00", "\u202e", "\U0001f469\u200d\U0001f467", "%", "'\"<>", "a" * 6000, "é" * 70),
    *("-1", "0", "1", "99999999999999999999", "1e9", "NaN", "true", "null", "undefined", "٣"),
    *("https://[::1", "@", "@@", "#", "a@b@c", "public", "2026-13-41", "2026-11-21", "9999-12-31"),
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "home", "mention", "ungrouped-1"),
    *(None, True, -1, 0, 2**63, 1.5, 1e308, [], {}, [[]], [None], {"": ""}, ["a", 1], {"0": "x"}),
    *([{}], [{"id": None}], ["x"] * 60, {"a": {"b": {"c": {}}}}),
]
PARAMETERS = (
    *("limit", "offset", "max_id", "since_id", "min_id", "id[]", "q", "type", "account_id"),
    *("types[]", "exclude_types[]", "only_media", "local", "remote", "tagged", "pinned", "any[]"),
    *("timeline[]", "expand_accounts", "grouped_types[]", "acct", "url", "domain", "order"),
)
nasty = st.sampled_from(NASTY) | st.text(max_size=20)


def spoil(data: st.DataObject, value: Any) -> Any:
    """A body with something else at one place."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 5)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: spoil(data, value[key])}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        return [spoil(data, value[0]), *value[1:]]
    return data.draw(nasty)


@in_groups
@bounded(120)
@given(data=st.data())
async def test_good_calls_spoilt(data: st.DataObject, field: Place, routes: list[Route]) -> None:
    route = data.draw(st.sampled_from(routes))
    request = draw_request(data, field, route)
    names = data.draw(st.lists(st.sampled_from(PARAMETERS), max_size=2))
    params = [(name, _clean(str(data.draw(nasty)))) for name in names]
    more: dict[str, Any] = {}
    if request.body is not None:
        body = spoil(data, dict(request.body))
        kind = data.draw(st.sampled_from(["application/json", "form", "multipart/form-data"]))
        more = encode(body, kind) if isinstance(body, dict) else {"json": body}
    who: Person = await caller(field, example_of(route))
    given_query = request.query if not params else ""
    options = {"params": params} if params else {}
    answer = await who.call(request.method, request.path + given_query, **options, **more)
    check(answer, route, (params, more))
