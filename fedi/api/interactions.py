"""Boosts, favourites, bookmarks: what a member does to a post that they may see."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from fedi.api.deps import Call, Handler, Route, Who
from fedi.api.statuses import answer_status
from fedi.core import interactions
from fedi.core.accounts.types import Account
from fedi.core.statuses import pins, queries
from fedi.core.statuses.policy import NUMBERS
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.unit import Unit

Deed = Callable[[Unit, Account, int], Awaitable[int]]


def _deed(deed: Deed) -> Handler:
    """A handler that does one thing to the post in the path, and shows what came of it."""

    async def handle(call: Call) -> Response:
        status_id = call.id()
        async with call.runtime.unit() as unit:
            shown = await deed(unit, await call.account(unit), status_id)
        return await answer_status(call, shown)

    return handle


async def reblog(call: Call) -> Response:
    """Boost a post; shows the boost."""
    status_id, name = call.id(), call.params.text("visibility")
    if name and name not in NUMBERS:
        raise Invalid("Validation failed: Visibility is not included in the list")
    visibility = NUMBERS[name] if name else None
    async with call.runtime.unit() as unit:
        me = await call.account(unit)
        shown = await interactions.reblog(unit, me, status_id, visibility)
    return await answer_status(call, shown)


async def translate(call: Call) -> Response:
    """No post can be translated here; one that is not there is told from it in nothing."""
    await queries.get_visible(call.read(), call.viewer_id, call.id())
    raise NotFound


_ONE = "/api/v1/statuses/{id}"
_FAVOURITES, _BOOKMARKS = ("write:favourites",), ("write:bookmarks",)
_STATUSES, _MUTES, _ACCOUNTS = ("write:statuses",), ("write:mutes",), ("write:accounts",)

ROUTES = [
    Route("POST", f"{_ONE}/reblog", reblog, Who.MEMBER, _STATUSES, "statuses"),
    Route(
        "POST", f"{_ONE}/unreblog", _deed(interactions.unreblog), Who.MEMBER, _STATUSES, "deletes"
    ),
    Route("POST", f"{_ONE}/favourite", _deed(interactions.favourite), Who.MEMBER, _FAVOURITES),
    Route("POST", f"{_ONE}/unfavourite", _deed(interactions.unfavourite), Who.MEMBER, _FAVOURITES),
    Route("POST", f"{_ONE}/bookmark", _deed(interactions.bookmark), Who.MEMBER, _BOOKMARKS),
    Route("POST", f"{_ONE}/unbookmark", _deed(interactions.unbookmark), Who.MEMBER, _BOOKMARKS),
    Route("POST", f"{_ONE}/pin", _deed(pins.pin), Who.MEMBER, _ACCOUNTS),
    Route("POST", f"{_ONE}/unpin", _deed(pins.unpin), Who.MEMBER, _ACCOUNTS),
    Route("POST", f"{_ONE}/mute", _deed(pins.mute_conversation), Who.MEMBER, _MUTES),
    Route("POST", f"{_ONE}/unmute", _deed(pins.unmute_conversation), Who.MEMBER, _MUTES),
    Route("POST", f"{_ONE}/translate", translate, Who.MEMBER, ("read:statuses",)),
]
