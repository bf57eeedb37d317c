"""Pages for everybody: profiles, posts with their threads, static files."""

import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from fedi.core.accounts.queries import find_by_handles
from fedi.core.accounts.types import Account
from fedi.core.auth.users import is_waiting
from fedi.core.media.links import build_links
from fedi.core.statuses.gone import is_deleted
from fedi.core.statuses.lists import StatusFilters
from fedi.core.statuses.queries import account_statuses, context, get_visible
from fedi.core.statuses.types import Head
from fedi.core.threads.knowledge import find_knowledge
from fedi.kit.errors import FediError, Gone, NotFound
from fedi.kit.ids import parse_id
from fedi.kit.kept import Kept
from fedi.kit.paging import Page
from fedi.kit.runtime import Runtime
from fedi.kit.scrub import scrub_text
from fedi.kit.unit import ReadUnit
from fedi.kit.web import error_response
from fedi.web.articles import Articles
from fedi.web.pages import error_page, file_source, page, render_post, wants_html
from fedi.web.sharing import describe, preview_post, preview_profile
from fedi.web.threads import describe_knowledge

PER_PAGE = 20
_PINNED = StatusFilters(pinned=True)
_SINGLE = 60


@dataclass(frozen=True, slots=True)
class Cursor:
    """Which part of a list a page shows: what is older than one post, or just newer than one."""

    max_id: int | None = None
    min_id: int | None = None

    @property
    def page(self) -> Page:
        """The page, and one more to see whether it is the last."""
        return Page(max_id=self.max_id, min_id=self.min_id, limit=PER_PAGE + 1)

    @property
    def is_start(self) -> bool:
        """Whether it is where everybody comes in."""
        return self.max_id is None and self.min_id is None


def read_cursor(request: Request) -> Cursor:
    """The cursor in a query; one that cannot be read counts as none."""
    query = request.query_params
    max_id = parse_id(query.get("max_id", ""))
    return Cursor(max_id, None if max_id else parse_id(query.get("min_id", "")))


def cut(heads: list[Head], cursor: Cursor, path: str) -> tuple[list[Head], dict[str, str | None]]:
    """The heads of one page, and where the older and newer ones are."""
    has_more = len(heads) > PER_PAGE
    if cursor.min_id is not None:
        heads = heads[1:] if has_more else heads
        has_older, has_newer = True, has_more
    else:
        heads = heads[:PER_PAGE]
        has_older, has_newer = has_more, cursor.max_id is not None
    if not heads:
        return [], {"older": None, "newer": path if has_newer or has_older else None}
    return heads, {
        "older": f"{path}?{urlencode({'max_id': heads[-1].id})}" if has_older else None,
        "newer": f"{path}?{urlencode({'min_id': heads[0].id})}" if has_newer else None,
    }


class PublicPages:
    """Pages without a viewer."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings = runtime.settings
        self._kept = Kept()
        self._bucket = file_source(runtime.settings)
        self.articles = Articles(runtime.settings, build_links(runtime.settings))
        self.title = runtime.settings.instance.title or runtime.settings.local_domain

    async def profile(self, request: Request) -> Response:
        """An account and its public posts; the same for everybody, so kept for a moment."""
        name, cursor = scrub_text(request.path_params["username"]), read_cursor(request)
        if kept := self._kept.find((name, cursor)):
            return Response(kept.body, headers=kept.headers)
        try:
            return self._kept.put((name, cursor), await self._profile(name, cursor))
        except FediError as problem:
            return error_page(self.title, problem)

    async def _profile(self, name: str, cursor: Cursor) -> Response:
        account = await self._local(name)
        read = self._runtime.read()
        pinned: list[Head] = []
        if cursor.is_start:
            pinned = await account_statuses(read, None, account.id, Page(), _PINNED)
        heads = await account_statuses(read, None, account.id, cursor.page)
        heads, around = cut(heads, cursor, f"/@{account.username}")
        on_top = {head.id for head in pinned}
        heads = [head for head in heads if head.id not in on_top]
        articles = await self.articles.render(read, [*pinned, *heads], pinned=len(pinned))
        shown = self.articles.profile(account)
        return page(
            "profile.html",
            {
                "preview": preview_profile(shown, self.title),
                "profile": shown,
                "articles": list(articles.values()),
                "is_start": cursor.is_start,
                **around,
            },
            bucket=self._bucket,
            headers=_alternate(account.uri),
        )

    async def status(self, request: Request) -> Response:
        """One post in its thread."""
        try:
            return await self._status(request)
        except FediError as problem:
            return error_page(self.title, problem)

    async def _status(self, request: Request) -> Response:
        account = await self._local(scrub_text(request.path_params["username"]))
        status_id = parse_id(request.path_params["status"])
        if status_id is None:
            raise NotFound("There is no such post here")
        read = self._runtime.read()
        uri = f"{account.uri}/statuses/{status_id}"
        head = await _get_head(read, account, status_id, uri)
        before, after = await context(read, None, head.reblog_of_id or head.id)
        post = await self.articles.find_post(read, head)
        if post is None:
            raise NotFound("There is no such post here")
        around = await self.articles.render(read, [*before, *after])
        known = await find_knowledge(read, head.original_id)
        return page(
            "status.html",
            {
                "preview": preview_post(post, self.title),
                "title": f"{post.author.plain_name}: {describe(post, _SINGLE)}",
                "post": post,
                "uri": uri,
                "oembed": f"{self._settings.origin}/api/oembed?"
                + urlencode({"url": post.url, "format": "json"}),
                "is_indexable": account.indexable and post.is_public and post.booster is None,
                "ancestors": [around[h.id] for h in before if h.id in around],
                "article": render_post(post),
                "descendants": [around[h.id] for h in after if h.id in around],
                "knowledge": describe_knowledge(known, read.now()),
            },
            bucket=self._bucket,
            headers=_alternate(uri),
        )

    async def _local(self, name: str) -> Account:
        read = self._runtime.read()
        found = await find_by_handles(read, [(name, None)])
        account = next(iter(found.values()), None)
        # Who has written something was let in.
        if account is None or (not account.statuses_count and await is_waiting(read, account.id)):
            raise NotFound("There is nobody of this name here")
        if account.is_gone:
            raise Gone("This account is gone")
        return account

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


async def _get_head(read: ReadUnit, account: Account, status_id: int, uri: str) -> Head:
    """The head of a post of this account, for a stranger.

    Raises:
        Gone: it was deleted.
        NotFound: there is none, or not for strangers.
    """
    try:
        head = await get_visible(read, None, status_id)
    except NotFound:
        if await is_deleted(read, uri, account.uri):
            raise Gone("This post was deleted") from None
        raise NotFound("There is no such post here") from None
    if head.account_id != account.id:
        raise NotFound("There is no such post here")
    return head


def _alternate(uri: str) -> dict[str, str]:
    return {"link": f'<{uri}>; rel="alternate"; type="application/activity+json"'}


@cache
def _static_files() -> dict[str, bytes]:
    folder = files("fedi.web") / "static"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}
