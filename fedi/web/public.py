"""Pages for everybody: the front page, profiles, posts with their threads, static files."""

import mimetypes
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from fedi import __version__
from fedi.core.accounts.queries import find_by_handles
from fedi.core.accounts.types import Account
from fedi.core.instance import instance_stats
from fedi.core.statuses.queries import account_statuses, context, get_visible
from fedi.kit.errors import FediError, Gone, NotFound
from fedi.kit.ids import parse_id
from fedi.kit.kept import Kept
from fedi.kit.paging import Page
from fedi.kit.runtime import Runtime
from fedi.kit.scrub import scrub_text
from fedi.kit.web import error_response
from fedi.web.pages import error_page, page, wants_html
from fedi.web.views import show_person, show_posts, summarise

_PER_PAGE = 20


class PublicPages:
    """Pages without a viewer."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings = runtime.settings
        self._kept = Kept()
        self.title = runtime.settings.instance.title or runtime.settings.local_domain

    async def front(self, _request: Request) -> Response:
        """What this place is."""
        settings = self._settings
        try:
            stats = await instance_stats(self._runtime)
        except FediError as problem:
            return error_page(self.title, problem)
        return page(
            "front.html",
            {
                "title": self.title,
                "description": settings.instance.description,
                "contact": settings.instance.contact_email,
                "users": stats.users,
                "domain": settings.local_domain,
                "host": settings.host,
                "registration_open": settings.registration.mode == "open",
                "version": __version__,
            },
        )

    async def profile(self, request: Request) -> Response:
        """An account and its public posts; the same for everybody, so kept for a moment."""
        key = (request.path_params["username"], request.query_params.get("max_id"))
        if kept := self._kept.find(key):
            return Response(kept.body, headers=kept.headers)
        try:
            return self._kept.put(key, await self._profile(request))
        except FediError as problem:
            return error_page(self.title, problem)

    async def _profile(self, request: Request) -> Response:
        account = await self._local(request.path_params["username"])
        read, settings = self._runtime.read(), self._settings
        max_id = parse_id(request.query_params.get("max_id", ""))
        heads = await account_statuses(read, None, account.id, Page(max_id=max_id, limit=_PER_PAGE))
        shown = show_person(settings, account)
        older = f"{shown.url}?max_id={heads[-1].id}" if len(heads) == _PER_PAGE else None
        return page(
            "profile.html",
            {
                "title": f"{shown.display_name or shown.username} (@{shown.handle})",
                "summary": summarise(account.note),
                "uri": account.uri,
                "account": shown,
                "statuses": await show_posts(read, settings, heads),
                "older": older,
            },
            headers={"link": f'<{account.uri}>; rel="alternate"; type="application/activity+json"'},
        )

    async def status(self, request: Request) -> Response:
        """One post in its thread."""
        try:
            return await self._status(request)
        except FediError as problem:
            return error_page(self.title, problem)

    async def _status(self, request: Request) -> Response:
        account = await self._local(request.path_params["username"])
        status_id = parse_id(request.path_params["status"])
        if status_id is None:
            raise NotFound
        read = self._runtime.read()
        head = await get_visible(read, None, status_id)
        if head.account_id != account.id:
            raise NotFound
        before, after = await context(read, None, status_id)
        posts = await show_posts(read, self._settings, [*before, head, *after])
        position = next((n for n, post in enumerate(posts) if post.id == head.id), None)
        if position is None:
            raise NotFound
        shown = posts[position]
        uri = f"{account.uri}/statuses/{head.id}"
        return page(
            "status.html",
            {
                "title": f"{shown.account.display_name or shown.account.username}: "
                + (shown.warning or summarise(shown.content))[:60],
                "summary": shown.warning or summarise(shown.content),
                "uri": uri,
                "indexable": account.indexable,
                "ancestors": posts[:position],
                "status": shown,
                "descendants": posts[position + 1 :],
            },
            headers={"link": f'<{uri}>; rel="alternate"; type="application/activity+json"'},
        )

    async def _local(self, name: str) -> Account:
        found = await find_by_handles(self._runtime.read(), [(scrub_text(name), None)])
        account = next(iter(found.values()), None)
        if account is None:
            raise NotFound("There is nobody of this name here")
        if account.is_gone:
            raise Gone("This account is gone")
        return account

    async def interact(self, request: Request) -> Response:
        """Where other servers send people who want to follow or answer from their account here."""
        uri = request.query_params.get("uri", "")[:2000]
        return page("interact.html", {"title": self.title, "uri": uri})

    async def missing(self, request: Request) -> Response:
        """Nothing is here: in words for people, as JSON for the rest."""
        problem = NotFound("There is no such page")
        return error_page(self.title, problem) if wants_html(request) else error_response(problem)

    async def static(self, request: Request) -> Response:
        """A file that comes with the server."""
        name = request.path_params["file"]
        content = _static_files().get(name)
        if content is None:
            return error_page(self.title, NotFound("There is no such file"))
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(
            content,
            headers={
                "cache-control": "public, max-age=86400",
                "x-content-type-options": "nosniff",
                "access-control-allow-origin": "*",
            },
            media_type=kind,
        )


@cache
def _static_files() -> dict[str, bytes]:
    folder = files("fedi.web") / "static"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}
