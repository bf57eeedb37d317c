"""The page of a hashtag, to which the hashtags in posts lead."""

import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from fedi.core.timelines.queries import tagged
from fedi.core.urls import tag_url
from fedi.kit.errors import FediError, NotFound
from fedi.kit.kept import Kept
from fedi.kit.runtime import Runtime
from fedi.kit.text_compose import hashtag_key
from fedi.web.articles import Articles
from fedi.web.pages import error_page, file_source, page
from fedi.web.public import Cursor, cut, read_cursor

_TAG = re.compile(r"\w{1,100}")


def build_tag_page(
    runtime: Runtime, articles: Articles
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint; what it shows is the same for everybody, so it is kept for a moment."""
    settings = runtime.settings
    title = settings.instance.title or settings.local_domain
    bucket = file_source(settings)
    pages = Kept()

    async def show(request: Request) -> Response:
        name, cursor = hashtag_key(request.path_params["name"]), read_cursor(request)
        if kept := pages.find((name, cursor)):
            return Response(kept.body, headers=kept.headers)
        try:
            return pages.put((name, cursor), await _render(name, cursor))
        except FediError as problem:
            return error_page(title, problem)

    async def _render(name: str, cursor: Cursor) -> Response:
        if not _TAG.fullmatch(name):
            raise NotFound("This is no hashtag")
        read = runtime.read()
        heads = await tagged(read, None, cursor.page, [name])
        heads, around = cut(heads, cursor, tag_url("", name))
        rendered = await articles.render(read, heads)
        values = {
            "title": f"#{name} · {title}",
            "name": name,
            "articles": list(rendered.values()),
            **around,
        }
        return page("tag.html", values, bucket=bucket)

    return show
