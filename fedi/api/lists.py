"""Lists of accounts, and who is in them."""

from starlette.responses import Response

from fedi.api.accounts import get_shown
from fedi.api.deps import Call, Route, Who, answer, empty
from fedi.core.lists import queries, service
from fedi.core.lists.types import ListChanges
from fedi.entities.lists import build_list
from fedi.kit.errors import NotFound
from fedi.kit.ids import parse_id
from fedi.kit.paging import Page


async def lists(call: Call) -> Response:
    """All lists of the member."""
    found = await queries.list_lists(call.read(), call.member_id)
    return answer([build_list(each) for each in found])


async def lists_with(call: Call) -> Response:
    """The member's lists that somebody is in."""
    read = call.read()
    target = await get_shown(read, call.id())
    found = await queries.list_lists_with(read, call.member_id, target.id)
    return answer([build_list(each) for each in found])


async def show(call: Call) -> Response:
    """One list."""
    return answer(build_list(await queries.get_list(call.read(), call.member_id, call.id())))


async def create(call: Call) -> Response:
    """Make a list."""
    changes = _read_changes(call)
    async with call.runtime.unit() as unit:
        made = await service.create_list(unit, call.member_id, changes)
    return answer(build_list(made))


async def change(call: Call) -> Response:
    """Change a list."""
    changes, list_id = _read_changes(call), call.id()
    async with call.runtime.unit() as unit:
        changed = await service.change_list(unit, call.member_id, list_id, changes)
    return answer(build_list(changed))


def _read_changes(call: Call) -> ListChanges:
    params = call.params
    return ListChanges(
        title=params.text("title"),
        replies_policy=params.text("replies_policy"),
        exclusive=params.flag("exclusive"),
    )


async def delete(call: Call) -> Response:
    """Give up a list."""
    list_id = call.id()
    async with call.runtime.unit() as unit:
        await service.delete_list(unit, call.member_id, list_id)
    return empty()


async def members(call: Call) -> Response:
    """Who is in a list; with a limit of 0, all of them."""
    read = call.read()
    found = await queries.get_list(read, call.member_id, call.id())
    if (call.params.text("limit") or "").strip() == "0":
        return await call.accounts(await queries.list_members(read, found.id, None), _EVERYBODY)
    page = call.page(40)
    return await call.accounts(await queries.list_members(read, found.id, page), page)


async def add(call: Call) -> Response:
    """Put accounts into a list."""
    list_id, ids = call.id(), _read_ids(call)
    async with call.runtime.unit() as unit:
        await service.add_members(unit, call.member_id, list_id, ids)
    return empty()


async def remove(call: Call) -> Response:
    """Take accounts out of a list."""
    list_id, ids = call.id(), _read_ids(call)
    async with call.runtime.unit() as unit:
        await service.remove_members(unit, call.member_id, list_id, ids)
    return empty()


def _read_ids(call: Call) -> list[int]:
    ids = [parse_id(text) for text in call.params.texts("account_ids")]
    known = [number for number in ids if number is not None]
    if len(known) < len(ids):
        raise NotFound
    return known


_ALL, _ONE = "/api/v1/lists", "/api/v1/lists/{id}"
_READ, _WRITE = ("read:lists",), ("write:lists",)
# No page is ever so full that another one follows.
_EVERYBODY = Page(limit=2**31)

ROUTES = [
    Route("GET", _ALL, lists, Who.MEMBER, _READ),
    Route("POST", _ALL, create, Who.MEMBER, _WRITE),
    Route("GET", _ONE, show, Who.MEMBER, _READ),
    Route("PUT", _ONE, change, Who.MEMBER, _WRITE),
    Route("DELETE", _ONE, delete, Who.MEMBER, _WRITE),
    Route("GET", f"{_ONE}/accounts", members, Who.MEMBER, _READ),
    Route("POST", f"{_ONE}/accounts", add, Who.MEMBER, _WRITE),
    Route("DELETE", f"{_ONE}/accounts", remove, Who.MEMBER, _WRITE),
    Route("GET", "/api/v1/accounts/{id}/lists", lists_with, Who.MEMBER, _READ),
]
