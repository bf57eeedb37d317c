"""Hashtags: what is known of them, and which ones a member follows and features."""

from collections.abc import Awaitable, Callable

import orjson
from starlette.responses import Response

from fedi.api.accounts import get_shown
from fedi.api.deps import Call, Handler, Route, Who, answer, empty, raw_json
from fedi.core.tags import queries, service
from fedi.core.tags.types import parse_name
from fedi.entities.tags import build_featured_tag, build_tag, build_tags
from fedi.kit.errors import Invalid, Malformed, NotFound
from fedi.kit.ids import parse_id
from fedi.kit.unit import Unit

Deed = Callable[[Unit, int, str], Awaitable[object]]


async def show(call: Call) -> Response:
    """A hashtag, whether or not anybody has used it."""
    tag = await queries.get_tag(call.read(), call.viewer_id, await _name(call))
    return answer(build_tag(call.origin, tag))


async def _name(call: Call) -> str:
    """The hashtag in the path, by its name or by its id: no hashtag has digits alone."""
    text = call.path["name"]
    tag_id = parse_id(text)
    name = parse_name(text) if tag_id is None else await queries.find_name(call.read(), tag_id)
    if name is None:
        raise NotFound
    return name


def _deed(deed: Deed) -> Handler:
    """A handler that does something about the hashtag in the path, and tells how it stands."""

    async def handle(call: Call) -> Response:
        name = await _name(call)
        async with call.runtime.unit() as unit:
            await deed(unit, call.member_id, name)
        return answer(
            build_tag(call.origin, await queries.get_tag(call.read(), call.member_id, name))
        )

    return handle


async def followed(call: Call) -> Response:
    """The hashtags that the member follows."""
    page, read = call.page(100), call.read()
    entries = await queries.list_followed(read, call.member_id, page)
    tags = await queries.find_tags(read, call.member_id, [name for _, name in entries])
    headers = call.page_links([cursor for cursor, _ in entries], page)
    return raw_json(orjson.dumps(build_tags(call.origin, tags)), headers=headers)


async def featured(call: Call) -> Response:
    """The hashtags on the member's profile."""
    found = await queries.list_featured(call.read(), call.member_id)
    return answer([build_featured_tag(call.origin, each) for each in found])


async def featured_by(call: Call) -> Response:
    """The hashtags on somebody's profile; those of other servers are not known here."""
    read = call.read()
    account = await get_shown(read, call.id())
    found = await queries.list_featured(read, account.id)
    return answer([build_featured_tag(call.origin, each) for each in found])


async def suggestions(call: Call) -> Response:
    """What the member could feature."""
    read = call.read()
    names = await queries.list_used(read, call.member_id)
    return answer(build_tags(call.origin, await queries.find_tags(read, call.member_id, names)))


async def feature(call: Call) -> Response:
    """Put a hashtag on the member's profile."""
    text = call.params.text("name")
    if not text:
        raise Malformed("param is missing or the value is empty: name")
    name = parse_name(text)
    if name is None:
        raise Invalid("Validation failed: Name is not a valid hashtag", field="name")
    async with call.runtime.unit() as unit:
        made = await service.feature_tag(unit, call.member_id, name)
    return answer(build_featured_tag(call.origin, made))


async def unfeature(call: Call) -> Response:
    """Take a hashtag from the member's profile."""
    featured_id = call.id()
    async with call.runtime.unit() as unit:
        await service.delete_featured(unit, call.member_id, featured_id)
    return empty()


_ONE = "/api/v1/tags/{name}"
_FEATURED = "/api/v1/featured_tags"
_FOLLOWS = ("write:follows",)
_READ, _WRITE = ("read:accounts",), ("write:accounts",)

ROUTES = [
    Route("GET", _ONE, show, Who.ANYONE, ("read:follows",)),
    Route("POST", f"{_ONE}/follow", _deed(service.follow_tag), Who.MEMBER, _FOLLOWS),
    Route("POST", f"{_ONE}/unfollow", _deed(service.unfollow_tag), Who.MEMBER, _FOLLOWS),
    Route("POST", f"{_ONE}/feature", _deed(service.feature_tag), Who.MEMBER, _WRITE),
    Route("POST", f"{_ONE}/unfeature", _deed(service.unfeature_tag), Who.MEMBER, _WRITE),
    Route("GET", "/api/v1/followed_tags", followed, Who.MEMBER, ("read:follows",)),
    Route("GET", _FEATURED, featured, Who.MEMBER, _READ),
    Route("POST", _FEATURED, feature, Who.MEMBER, _WRITE),
    Route("GET", f"{_FEATURED}/suggestions", suggestions, Who.MEMBER, _READ),
    Route("DELETE", f"{_FEATURED}/{{id}}", unfeature, Who.MEMBER, _WRITE),
    Route("GET", "/api/v1/accounts/{id}/featured_tags", featured_by, Who.ANYONE, _READ),
]
