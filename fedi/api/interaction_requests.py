"""What others want to do with a member's posts and may not without being allowed to."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from fedi.api.deps import Call, Handler, Route, Who, answer, raw_json
from fedi.core.accounts.queries import find_by_ids
from fedi.core.consent import decide
from fedi.core.statuses.consent.requests import Request
from fedi.core.statuses.content import read_content
from fedi.core.statuses.queries import find_by_uris, heads
from fedi.entities.consent import TYPES, build_request
from fedi.kit.errors import NotFound
from fedi.kit.ids import parse_id
from fedi.kit.unit import Unit

_FLAGS = (("favourites", "like"), ("replies", "reply"), ("reblogs", "announce"))


async def index(call: Call) -> Response:
    """What waits for the member's word."""
    page, params = call.page(), call.params
    shown = {kind: params.flag(name) for name, kind in _FLAGS}
    kinds = [kind for kind in TYPES if shown.get(kind, True) is not False]
    status_id = params.text("status_id")
    found = await decide.list_requests(
        call.read(),
        call.member_id,
        page,
        kinds=kinds,
        status_id=(parse_id(status_id) or 0) if status_id else None,
    )
    body = orjson.dumps(await _build(call, found))
    return raw_json(body, headers=call.page_links([request.id for request in found], page))


async def show(call: Call) -> Response:
    """One of them, also when it is decided."""
    request = await decide.get_request(call.read(), call.member_id, call.id())
    built = await _build(call, [request])
    if not built:
        raise NotFound
    return answer(built[0])


def _deciding(deed: Callable[[Unit, int, int], Awaitable[Request]]) -> Handler:
    """A handler for one of the two answers."""

    async def handle(call: Call) -> Response:
        request_id = call.id()
        async with call.runtime.unit() as unit:
            await deed(unit, call.member_id, request_id)
        return await show(call)

    return handle


async def _build(call: Call, requests: Sequence[Request]) -> list[dict[str, Any]]:
    """Built as the member sees them; what has gone meanwhile is left out."""
    read, services = call.read(), call.services
    here = await find_by_uris(read, [request.object_uri for request in requests])
    ids = {request.status_id for request in requests} | {post.id for post in here.values()}
    seen = await heads(read, call.member_id, sorted(ids))
    built = await services.statuses.build(read, call.member_id, seen)
    posts = {head.id: post for head, post in zip(seen, built, strict=True)}
    actors = [request.actor_id for request in requests]
    accounts = await services.statuses.accounts.build_by_ids(read, actors)
    people = await find_by_ids(read, actors)
    entities: list[dict[str, Any]] = []
    for request in requests:
        if request.actor_id in accounts and request.status_id in posts:
            made = here.get(request.object_uri)
            note = decide.read_reply(request.request, people[request.actor_id])
            content = read_content(note.note).content if note and request.kind == "reply" else ""
            entities.append(
                build_request(
                    request,
                    accounts[request.actor_id],
                    posts[request.status_id],
                    posts.get(made.id) if made else None,
                    content,
                )
            )
    return entities


_ALL, _ONE = "/api/v1/interaction_requests", "/api/v1/interaction_requests/{id}"
_READ, _WRITE = ("read:notifications",), ("write:notifications",)

ROUTES = [
    Route("GET", _ALL, index, Who.MEMBER, _READ),
    Route("GET", _ONE, show, Who.MEMBER, _READ),
    Route("POST", f"{_ONE}/authorize", _deciding(decide.authorize), Who.MEMBER, _WRITE),
    Route("POST", f"{_ONE}/reject", _deciding(decide.reject), Who.MEMBER, _WRITE),
]
