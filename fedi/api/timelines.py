"""Timelines, and the posts that a member keeps."""

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer
from fedi.core.statuses import queries
from fedi.core.timelines.queries import home as read_home
from fedi.core.timelines.queries import public as read_public
from fedi.core.timelines.queries import tagged as read_tagged
from fedi.kit.errors import NotFound

_MOST_TAGS = 4


async def home(call: Call) -> Response:
    """The member's own feed."""
    page = call.page()
    return await call.statuses(
        await read_home(call.read(), call.member_id, page), page, is_feed=True
    )


async def public(call: Call) -> Response:
    """What was posted for all."""
    params, page = call.params, call.page()
    heads = await read_public(
        call.read(),
        call.viewer_id,
        page,
        local=bool(params.flag("local")),
        remote=bool(params.flag("remote")),
        only_media=bool(params.flag("only_media")),
    )
    return await call.statuses(heads, page, is_feed=True)


async def bookmarks(call: Call) -> Response:
    """Posts that the member keeps."""
    page = call.page()
    heads, cursors = await queries.bookmarks(call.read(), call.member_id, page)
    return await call.statuses(heads, page, cursors=cursors)


async def favourites(call: Call) -> Response:
    """Posts that the member likes."""
    page = call.page()
    heads, cursors = await queries.favourites(call.read(), call.member_id, page)
    return await call.statuses(heads, page, cursors=cursors)


async def tag(call: Call) -> Response:
    """Public posts under a hashtag, or under any of several."""
    params, page = call.params, call.page()
    more = {name: params.texts(name)[:_MOST_TAGS] for name in ("any", "all", "none")}
    heads = await read_tagged(
        call.read(),
        call.viewer_id,
        page,
        [call.path["hashtag"], *more["any"]],
        every=more["all"],
        none=more["none"],
        wishes=(
            bool(params.flag("local")),
            bool(params.flag("remote")),
            bool(params.flag("only_media")),
        ),
    )
    return await call.statuses(heads, page, is_feed=True)


async def link(call: Call) -> Response:
    """Posts about a page elsewhere: there are no previews of pages, so there are none."""
    call.page()
    return answer([])


async def no_list(_call: Call) -> Response:
    """There are no lists, so this one is not there."""
    raise NotFound


_READ = ("read:statuses",)

ROUTES = [
    Route("GET", "/api/v1/timelines/home", home, Who.MEMBER, _READ),
    Route("GET", "/api/v1/timelines/public", public, Who.ANYONE, _READ),
    Route("GET", "/api/v1/timelines/tag/{hashtag}", tag, Who.ANYONE, _READ),
    Route("GET", "/api/v1/timelines/link", link, Who.ANYONE, _READ),
    Route("GET", "/api/v1/timelines/list/{id}", no_list, Who.MEMBER, ("read:lists",)),
    Route("GET", "/api/v1/bookmarks", bookmarks, Who.MEMBER, ("read:bookmarks",)),
    Route("GET", "/api/v1/favourites", favourites, Who.MEMBER, ("read:favourites",)),
]
