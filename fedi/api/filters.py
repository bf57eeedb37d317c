"""Filters of words and of single posts, as apps of today change them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer, empty
from fedi.core.filters import queries, service
from fedi.core.filters.types import Filter, FilterChanges, Keyword, KeywordChange
from fedi.entities.filters import build_entry, build_filter, build_keyword
from fedi.kit import clock
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.ids import parse_id
from fedi.kit.unit import Unit
from fedi.kit.web_params import Parameters

NO_CHANGES = FilterChanges()


async def index(call: Call) -> Response:
    """All filters of the member."""
    found = await queries.list_filters(call.read(), [call.member_id])
    return answer([build_filter(item) for item in found[call.member_id]])


async def show(call: Call) -> Response:
    """One filter."""
    return answer(build_filter(await queries.get_filter(call.read(), call.member_id, call.id())))


async def create(call: Call) -> Response:
    """A new filter."""
    changes = _read_changes(call.params)
    async with changing(call) as unit:
        item = await service.create_filter(unit, call.member_id, changes)
    return answer(build_filter(item))


async def update(call: Call) -> Response:
    """Change a filter; what is not sent stays."""
    filter_id, changes = call.id(), _read_changes(call.params)
    async with changing(call) as unit:
        item = await service.update_filter(unit, call.member_id, filter_id, changes)
    return answer(build_filter(item))


async def delete(call: Call) -> Response:
    """Take a filter away."""
    filter_id = call.id()
    async with changing(call) as unit:
        await service.delete_filter(unit, call.member_id, filter_id)
    return empty()


@asynccontextmanager
async def changing(call: Call) -> AsyncGenerator[Unit, None]:
    """A unit that changes filters; what this process remembers of them is forgotten after it."""
    async with call.runtime.unit() as unit:
        yield unit
    call.services.statuses.filters.forget(call.member_id)


def _read_changes(params: Parameters) -> FilterChanges:
    return replace(
        read_terms(params),
        title=params.text("title"),
        action=params.text("filter_action") or None,
        keywords=tuple(_read_keyword(item) for item in params.items("keywords_attributes")),
    )


def read_terms(params: Parameters) -> FilterChanges:
    """Where a filter holds and how long."""
    given = "expires_in" in params
    seconds = params.number("expires_in") if given else None
    return FilterChanges(
        contexts=read_contexts(params),
        expires_at=service.expiry(seconds, clock.now()) if seconds is not None else None,
        expiry_given=given,
    )


def read_contexts(params: Parameters) -> tuple[str, ...] | None:
    """The places where a filter holds, each once; None if nothing was said."""
    if "context" not in params:
        return None
    return tuple(dict.fromkeys(text for text in params.texts("context") if text))


def _read_keyword(item: Parameters) -> KeywordChange:
    text = item.text("id")
    number = parse_id(text) if text else None
    if text and number is None:
        raise NotFound
    return KeywordChange(
        id=number,
        keyword=item.text("keyword"),
        whole_word=item.flag("whole_word"),
        remove=bool(item.flag("_destroy")),
    )


async def keywords(call: Call) -> Response:
    """The keywords of a filter."""
    item = await queries.get_filter(call.read(), call.member_id, call.id("filter_id"))
    return answer([build_keyword(keyword) for keyword in item.keywords])


async def add_keyword(call: Call) -> Response:
    """One more keyword."""
    filter_id, params = call.id("filter_id"), call.params
    change = KeywordChange(None, params.text("keyword"), params.flag("whole_word"))
    async with changing(call) as unit:
        item = await service.update_filter(
            unit, call.member_id, filter_id, replace(NO_CHANGES, keywords=(change,))
        )
    return answer(build_keyword(item.keywords[-1]))


async def show_keyword(call: Call) -> Response:
    """One keyword."""
    keyword_id = call.id()
    item = await queries.get_by_keyword(call.read(), call.member_id, keyword_id)
    return answer(build_keyword(find_keyword(item, keyword_id)))


def find_keyword(item: Filter, keyword_id: int) -> Keyword:
    """The keyword with this id in a filter.

    Raises:
        NotFound: it has none such.
    """
    for keyword in item.keywords:
        if keyword.id == keyword_id:
            return keyword
    raise NotFound


async def update_keyword(call: Call) -> Response:
    """Change a keyword."""
    keyword_id, params = call.id(), call.params
    change = KeywordChange(keyword_id, params.text("keyword"), params.flag("whole_word"))
    async with changing(call) as unit:
        item = await queries.get_by_keyword(unit, call.member_id, keyword_id)
        item = await service.update_filter(
            unit, call.member_id, item.id, replace(NO_CHANGES, keywords=(change,))
        )
    return answer(build_keyword(find_keyword(item, keyword_id)))


async def delete_keyword(call: Call) -> Response:
    """Take a keyword away; its filter stays."""
    change = KeywordChange(call.id(), remove=True)
    async with changing(call) as unit:
        item = await queries.get_by_keyword(unit, call.member_id, call.id())
        await service.update_filter(
            unit, call.member_id, item.id, replace(NO_CHANGES, keywords=(change,))
        )
    return empty()


async def statuses(call: Call) -> Response:
    """The single posts that a filter names."""
    item = await queries.get_filter(call.read(), call.member_id, call.id("filter_id"))
    return answer([build_entry(*entry) for entry in item.status_ids.items()])


async def add_status(call: Call) -> Response:
    """One more single post."""
    text = call.params.text("status_id")
    if not text:
        raise Invalid("Validation failed: Status must exist", field="status_id", code="ERR_BLANK")
    filter_id, status_id = call.id("filter_id"), parse_id(text)
    if status_id is None:
        raise NotFound
    async with changing(call) as unit:
        item = await service.add_status(unit, call.member_id, filter_id, status_id)
    found = next(entry for entry in item.status_ids.items() if entry[1] == status_id)
    return answer(build_entry(*found))


async def show_status(call: Call) -> Response:
    """One entry for a single post."""
    entry_id = call.id()
    item = await queries.get_by_entry(call.read(), call.member_id, entry_id)
    return answer(build_entry(entry_id, item.status_ids[entry_id]))


async def delete_status(call: Call) -> Response:
    """Do not filter a single post any more; what it was comes back."""
    entry_id = call.id()
    async with changing(call) as unit:
        item = await queries.get_by_entry(unit, call.member_id, entry_id)
        await service.remove_status(unit, call.member_id, item.id, entry_id)
    return answer(build_entry(entry_id, item.status_ids[entry_id]))


_READ, _WRITE = ("read:filters",), ("write:filters",)
_ALL = "/api/v2/filters"
_KEYWORD, _STATUS = f"{_ALL}/keywords/{{id}}", f"{_ALL}/statuses/{{id}}"

ROUTES = [
    Route("GET", _ALL, index, Who.MEMBER, _READ),
    Route("POST", _ALL, create, Who.MEMBER, _WRITE),
    Route("GET", f"{_ALL}/{{id}}", show, Who.MEMBER, _READ),
    Route("PUT", f"{_ALL}/{{id}}", update, Who.MEMBER, _WRITE),
    Route("DELETE", f"{_ALL}/{{id}}", delete, Who.MEMBER, _WRITE),
    Route("GET", f"{_ALL}/{{filter_id}}/keywords", keywords, Who.MEMBER, _READ),
    Route("POST", f"{_ALL}/{{filter_id}}/keywords", add_keyword, Who.MEMBER, _WRITE),
    Route("GET", _KEYWORD, show_keyword, Who.MEMBER, _READ),
    Route("PUT", _KEYWORD, update_keyword, Who.MEMBER, _WRITE),
    Route("DELETE", _KEYWORD, delete_keyword, Who.MEMBER, _WRITE),
    Route("GET", f"{_ALL}/{{filter_id}}/statuses", statuses, Who.MEMBER, _READ),
    Route("POST", f"{_ALL}/{{filter_id}}/statuses", add_status, Who.MEMBER, _WRITE),
    Route("GET", _STATUS, show_status, Who.MEMBER, _READ),
    Route("DELETE", _STATUS, delete_status, Who.MEMBER, _WRITE),
]
