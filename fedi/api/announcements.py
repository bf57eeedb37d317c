"""What the admins say to everybody, as members read it and react to it."""

from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from starlette.responses import Response

from fedi.api.deps import Call, Handler, Route, Who, answer, empty
from fedi.core.announcements import queries, service
from fedi.entities.announcements import build_announcement
from fedi.kit.unit import Unit


async def index(call: Call) -> Response:
    """What is announced now."""
    found = await queries.list_announcements(call.read(), call.member_id)
    return answer([build_announcement(item, call.links) for item in found])


async def dismiss(call: Call) -> Response:
    """The member has read it."""
    announcement_id = call.id()
    async with call.runtime.unit() as unit:
        await service.dismiss(unit, call.member_id, announcement_id)
    return empty()


def _reacting(deed: Callable[[Unit, int, int, str], Awaitable[None]]) -> Handler:
    async def handle(call: Call) -> Response:
        announcement_id = call.id()
        name = unquote(call.path["name"])
        async with call.runtime.unit() as unit:
            await deed(unit, call.member_id, announcement_id, name)
        return empty()

    return handle


_ALL = "/api/v1/announcements"
_REACTION = f"{_ALL}/{{id}}/reactions/{{name}}"
_FAVOURITES = ("write:favourites",)

ROUTES = [
    Route("GET", _ALL, index, Who.MEMBER, ("read:accounts", "read:statuses")),
    Route("POST", f"{_ALL}/{{id}}/dismiss", dismiss, Who.MEMBER, ("write:accounts",)),
    Route("PUT", _REACTION, _reacting(service.react), Who.MEMBER, _FAVOURITES),
    Route("DELETE", _REACTION, _reacting(service.unreact), Who.MEMBER, _FAVOURITES),
]
