"""Posts that wait for their moment."""

from starlette.responses import Response

from fedi.api.composing import parse_moment
from fedi.api.deps import Call, Route, Who, answer, empty
from fedi.core.statuses import scheduled
from fedi.entities.scheduled import build_scheduled
from fedi.kit.errors import Invalid


async def index(call: Call) -> Response:
    """All that wait, newest first."""
    page = call.page()
    found = await scheduled.list_scheduled(call.read(), call.member_id, page)
    body = answer([build_scheduled(each, call.links) for each in found])
    body.headers.update(call.page_links([each.id for each in found], page))
    return body


async def show(call: Call) -> Response:
    """One of them."""
    found = await scheduled.get_scheduled(call.read(), call.member_id, call.id())
    return answer(build_scheduled(found, call.links))


async def update(call: Call) -> Response:
    """Give one another moment."""
    text = call.params.text("scheduled_at")
    if not text:
        raise Invalid("Validation failed: Scheduled at can't be blank")
    moment, scheduled_id = parse_moment(text), call.id()
    async with call.runtime.unit() as unit:
        await scheduled.reschedule(unit, call.member_id, scheduled_id, moment)
    return await show(call)


async def cancel(call: Call) -> Response:
    """Post it never."""
    scheduled_id = call.id()
    async with call.runtime.unit() as unit:
        await scheduled.cancel(unit, call.member_id, scheduled_id)
    return empty()


_READ, _WRITE = ("read:statuses",), ("write:statuses",)
_ALL, _ONE = "/api/v1/scheduled_statuses", "/api/v1/scheduled_statuses/{id}"

ROUTES = [
    Route("GET", _ALL, index, Who.MEMBER, _READ),
    Route("GET", _ONE, show, Who.MEMBER, _READ),
    Route("PUT", _ONE, update, Who.MEMBER, _WRITE),
    Route("DELETE", _ONE, cancel, Who.MEMBER, _WRITE),
]
