"""Reactions to posts with emojis, under the paths of all the servers whose apps know them."""

from urllib.parse import unquote

from starlette.responses import Response

from fedi.api.deps import Call, Handler, Route, Who, answer
from fedi.api.statuses import answer_status
from fedi.core import interactions
from fedi.core.accounts.queries import find_by_ids
from fedi.core.statuses import queries
from fedi.core.statuses.reactions import list_reactors
from fedi.entities.reactions import build_reactors


def _name(call: Call) -> str:
    return unquote(call.path["name"]).strip().strip(":")


def _reacting(*, begins: bool) -> Handler:
    """A handler that gives or takes back the reaction in the path, and shows the post."""

    async def handle(call: Call) -> Response:
        status_id, name = call.id(), _name(call)
        change = interactions.react if begins else interactions.unreact
        async with call.runtime.unit() as unit:
            shown = await change(unit, await call.account(unit), status_id, name)
        return await answer_status(call, shown)

    return handle


async def index(call: Call) -> Response:
    """Who reacted with what."""
    return await _list(call, None)


async def show(call: Call) -> Response:
    """Who reacted with one emoji."""
    return await _list(call, _name(call))


async def _list(call: Call, name: str | None) -> Response:
    read = call.read()
    head = await queries.get_visible(read, call.viewer_id, call.id())
    reactors = await list_reactors(read, call.viewer_id, head.original_id, name)
    ids = {account_id for _, some in reactors for account_id in some}
    accounts = await find_by_ids(read, list(ids)) if ids else {}
    return answer(build_reactors(reactors, accounts, call.viewer_id, call.links))


_ONE = "/api/v1/statuses/{id}"
_PLEROMA = "/api/v1/pleroma/statuses/{id}/reactions"
_FAVOURITES, _READ = ("write:favourites", "write:statuses"), ("read:statuses",)
_REACT, _UNREACT = _reacting(begins=True), _reacting(begins=False)

ROUTES = [
    Route("POST", f"{_ONE}/react/{{name}}", _REACT, Who.MEMBER, _FAVOURITES),
    Route("POST", f"{_ONE}/unreact/{{name}}", _UNREACT, Who.MEMBER, _FAVOURITES),
    Route("PUT", f"{_ONE}/emoji_reactions/{{name}}", _REACT, Who.MEMBER, _FAVOURITES),
    Route("DELETE", f"{_ONE}/emoji_reactions/{{name}}", _UNREACT, Who.MEMBER, _FAVOURITES),
    Route("PUT", f"{_PLEROMA}/{{name}}", _REACT, Who.MEMBER, _FAVOURITES),
    Route("DELETE", f"{_PLEROMA}/{{name}}", _UNREACT, Who.MEMBER, _FAVOURITES),
    Route("GET", _PLEROMA, index, Who.ANYONE, _READ),
    Route("GET", f"{_PLEROMA}/{{name}}", show, Who.ANYONE, _READ),
]
