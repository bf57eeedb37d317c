"""Where other servers send people who want to follow or answer from their account here."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from fedi.kit.errors import Malformed
from fedi.kit.runtime import Runtime
from fedi.kit.scrub import scrub_text
from fedi.web.pages import error_page, page

_LONGEST = 2000


def build_interact_page(runtime: Runtime) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint. The address is shown to be copied, never followed: it comes from anywhere."""
    title = runtime.settings.instance.title or runtime.settings.local_domain

    async def show(request: Request) -> Response:
        uri = scrub_text(request.query_params.get("uri", ""))[:_LONGEST].strip()
        if not uri:
            return error_page(title, Malformed("There is no address to go on with"))
        return page("interact.html", {"title": title, "uri": uri})

    return show
