"""The page of a hashtag, to which the hashtags in posts lead."""

import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from fedi.core.timelines.queries import tagged
from fedi.core.urls import tag_url
from fedi.kit.errors import FediError, NotFound
from fedi.kit.ids import parse_id
from fedi.kit.kept import Kept
from fedi.kit.paging import Page
from fedi.kit.runtime import Runtime
from fedi.kit.text_compose import hashtag_key
from fedi.web.pages import error_page, page
from fedi.web.views import show_posts

_PER_PAGE = 20
_TAG = re.compile(r"\w{1,100}")


def build_tag_page(runtime: Runtime) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint; what it shows is the same for everybody, so it is kept for a moment."""
    settings = runtime.settings
    title = settings.instance.title or settings.local_domain
    pages = Kept()

    async def show(request: Request) -> Response:
        name = hashtag_key(request.path_params["name"])
        max_id = parse_id(request.query_params.get("max_id", ""))
        if kept := pages.find((name, max_id)):
            return Response(kept.body, headers=kept.headers)
        try:
            return pages.put((name, max_id), await _render(name, max_id))
        except FediError as problem:
            return error_page(title, problem)

    async def _render(name: str, max_id: int | None) -> Response:
        if not _TAG.fullmatch(name):
            raise NotFound("This is no hashtag")
        read = runtime.read()
        heads = await tagged(read, None, Page(max_id=max_id, limit=_PER_PAGE), [name])
        older = None
        if len(heads) == _PER_PAGE:
            older = f"{tag_url('', name)}?{urlencode({'max_id': heads[-1].id})}"
        return page(
            "tag.html",
            {
                "title": f"#{name} · {title}",
                "name": name,
                "statuses": await show_posts(read, settings, heads),
                "older": older,
            },
        )

    return show
