"""The way home for people of other servers: from a page of ours to the same thing on their own."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fedi.core.accounts.onward import find_way
from fedi.core.accounts.people import People
from fedi.core.urls import is_ours
from fedi.kit.errors import FediError, Malformed, RemoteError
from fedi.kit.scrub import scrub_text
from fedi.kit.web import client_address
from fedi.kit.web_limits import Limit, RateLimits
from fedi.kit.web_trust import limit_key
from fedi.web.pages import error_page, page, private

PATH = "/remote_interaction"
_LONGEST = 2000
_OFTEN = Limit("remote interaction", 20, 300)


class RemotePage:
    """Asks for a handle and shows where to go on; it sends nobody anywhere by itself."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._settings = people.runtime.settings
        self._title = self._settings.instance.title or self._settings.local_domain
        self._limits = RateLimits(enabled=self._settings.limits.enabled)

    def routes(self) -> list[Route]:
        """Where it stands."""
        return [Route(PATH, self.show)]

    async def show(self, request: Request) -> Response:
        """The form, or the link that it was sent for."""
        uri = scrub_text(request.query_params.get("uri", ""))[:_LONGEST].strip()
        handle = scrub_text(request.query_params.get("handle", ""))[:_LONGEST].strip()
        if not is_ours(self._settings.origin, uri):
            # Whatever is not ours has a page of its own, and nobody is sent there from here.
            return error_page(
                self._title, Malformed("There is nothing of this server to go on with")
            )
        try:
            way, problem = await self._find(request, handle, uri) if handle else ("", "")
        except FediError as error:
            return error_page(self._title, error)
        values = {
            "title": f"Go on at your server · {self._title}",
            "path": PATH,
            "uri": uri,
            "handle": handle,
            "way": way,
            "host": urlsplit(way).netloc,
            "problem": problem,
        }
        return private(page("remote.html", values))

    async def _find(self, request: Request, handle: str, uri: str) -> tuple[str, str]:
        """The way on, or what is wrong with it in words."""
        self._limits.hit([(_OFTEN, limit_key(client_address(request)))])
        try:
            return await find_way(self._people, handle, uri), ""
        except RemoteError:
            return "", "That server did not say where to go on. Is the handle right?"
        except FediError as problem:
            if problem.status >= 500:
                raise
            return "", problem.public
