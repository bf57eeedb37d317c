"""Filters as older apps know them: one row for each keyword, and its id is that of the keyword."""

from dataclasses import replace

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer, empty
from fedi.api.filters import changing, find_keyword, read_terms
from fedi.core.filters import queries, service
from fedi.core.filters.types import Filter, FilterChanges, KeywordChange
from fedi.entities.filters import build_filter_v1
from fedi.kit.errors import Invalid
from fedi.kit.web_params import Parameters

_SEVERAL = (
    "These parameters cannot be changed from this application because they apply to more than one"
    " filter keyword. Use a more recent application or the web interface."
)


async def index(call: Call) -> Response:
    """All keywords of all filters."""
    found = await queries.list_filters(call.read(), [call.member_id])
    return answer(
        [build_filter_v1(item, word) for item in found[call.member_id] for word in item.keywords]
    )


async def show(call: Call) -> Response:
    """One keyword with the terms of its filter."""
    item = await queries.get_by_keyword(call.read(), call.member_id, call.id())
    return answer(build_filter_v1(item, find_keyword(item, call.id())))


async def create(call: Call) -> Response:
    """A filter of one keyword."""
    params = call.params
    phrase = params.text("phrase")
    if not (phrase or "").strip():
        raise Invalid("Validation failed: Phrase can't be blank", field="phrase", code="ERR_BLANK")
    changes = replace(
        _read_terms(params),
        title=(phrase or "")[: service.LONGEST_TITLE],
        keywords=(KeywordChange(None, phrase, bool(params.flag("whole_word"))),),
    )
    async with changing(call) as unit:
        item = await service.create_filter(unit, call.member_id, changes)
    return answer(build_filter_v1(item, item.keywords[0]))


async def update(call: Call) -> Response:
    """Change a keyword, and the terms of its filter where it is the only one."""
    keyword_id, params = call.id(), call.params
    word = KeywordChange(keyword_id, params.text("phrase"), params.flag("whole_word"))
    async with changing(call) as unit:
        item = await queries.get_by_keyword(unit, call.member_id, keyword_id)
        changes = replace(_read_terms(params), keywords=(word,))
        if len(item.keywords) > 1 and _differs(item, changes):
            raise Invalid(_SEVERAL)
        if len(item.keywords) > 1:
            changes = FilterChanges(keywords=(word,))
        item = await service.update_filter(unit, call.member_id, item.id, changes)
    return answer(build_filter_v1(item, find_keyword(item, keyword_id)))


def _differs(item: Filter, changes: FilterChanges) -> bool:
    """Whether the terms of a filter would be others."""
    return (
        (changes.contexts is not None and set(changes.contexts) != set(item.contexts))
        or (changes.action is not None and changes.action != item.action)
        or (changes.expiry_given and changes.expires_at != item.expires_at)
    )


def _read_terms(params: Parameters) -> FilterChanges:
    irreversible = params.flag("irreversible")
    action = None if irreversible is None else "hide" if irreversible else "warn"
    return replace(read_terms(params), action=action)


async def delete(call: Call) -> Response:
    """Take a keyword away, and its filter if there is nothing else to it."""
    keyword_id = call.id()
    async with changing(call) as unit:
        item = await queries.get_by_keyword(unit, call.member_id, keyword_id)
        await service.remove_word(unit, call.member_id, item.id, keyword_id)
    return empty()


_READ, _WRITE = ("read:filters",), ("write:filters",)
_ALL, _ONE = "/api/v1/filters", "/api/v1/filters/{id}"

ROUTES = [
    Route("GET", _ALL, index, Who.MEMBER, _READ),
    Route("POST", _ALL, create, Who.MEMBER, _WRITE),
    Route("GET", _ONE, show, Who.MEMBER, _READ),
    Route("PUT", _ONE, update, Who.MEMBER, _WRITE),
    Route("DELETE", _ONE, delete, Who.MEMBER, _WRITE),
]
