"""Timelines, and the posts that a member keeps."""

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who
from fedi.core.lists.queries import get_list
from fedi.core.statuses import queries
from fedi.core.timelines import queries as timelines
from fedi.core.timelines.queries import Wishes
from fedi.kit.errors import Malformed

_MOST_TAGS = 4


async def home(call: Call) -> Response:
    """The member's own feed."""
    page = call.page()
    return await call.statuses(
        await timelines.home(call.read(), call.member_id, page), page, is_feed=True
    )


async def listed(call: Call) -> Response:
    """The feed of one of the member's lists."""
    page, read = call.page(), call.read()
    found = await get_list(read, call.member_id, call.id())
    heads = await timelines.listed(read, call.member_id, found.id, page)
    return await call.statuses(heads, page, is_feed=True)


async def direct(call: Call) -> Response:
    """Direct posts of the member and to them; conversations have taken its place."""
    page = call.page()
    heads = await timelines.direct(call.read(), call.member_id, page)
    return await call.statuses(heads, page, is_feed=True)


async def public(call: Call) -> Response:
    """What was posted for all."""
    page = call.page()
    heads = await timelines.public(call.read(), call.viewer_id, page, _read_wishes(call))
    return await call.statuses(heads, page, is_feed=True)


def _read_wishes(call: Call) -> Wishes:
    return Wishes(
        local=bool(call.params.flag("local")),
        remote=bool(call.params.flag("remote")),
        only_media=bool(call.params.flag("only_media")),
    )


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
    heads = await timelines.tagged(
        call.read(),
        call.viewer_id,
        page,
        [call.path["hashtag"], *more["any"]],
        every=more["all"],
        none=more["none"],
        wishes=_read_wishes(call),
    )
    return await call.statuses(heads, page, is_feed=True)


async def link(call: Call) -> Response:
    """Public posts that show the preview of an address."""
    page, url = call.page(), call.params.text("url")
    if not url:
        raise Malformed("param is missing or the value is empty: url")
    heads = await timelines.linking(call.read(), call.viewer_id, page, url)
    return await call.statuses(heads, page, is_feed=True)


_READ = ("read:statuses",)

ROUTES = [
    Route("GET", "/api/v1/timelines/home", home, Who.MEMBER, _READ),
    Route("GET", "/api/v1/timelines/public", public, Who.ANYONE, _READ),
    Route("GET", "/api/v1/timelines/tag/{hashtag}", tag, Who.ANYONE, _READ),
    Route("GET", "/api/v1/timelines/link", link, Who.ANYONE, _READ),
    Route("GET", "/api/v1/timelines/list/{id}", listed, Who.MEMBER, ("read:lists",)),
    Route("GET", "/api/v1/timelines/direct", direct, Who.MEMBER, _READ),
    Route("GET", "/api/v1/bookmarks", bookmarks, Who.MEMBER, ("read:bookmarks",)),
    Route("GET", "/api/v1/favourites", favourites, Who.MEMBER, ("read:favourites",)),
]
