"""What a handler of the client API gets: the call, and the parts of the process behind it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedi.config import Settings
from fedi.core.accounts.people import People
from fedi.core.accounts.queries import get_by_id
from fedi.core.accounts.types import Account
from fedi.core.auth.service import require_user
from fedi.core.auth.types import Viewer
from fedi.core.domains.policy import Policy
from fedi.core.filters.book import FilterBook
from fedi.core.media.links import Links, build_links
from fedi.core.statuses.types import Head
from fedi.entities.notifications import NotificationBuilder
from fedi.entities.statuses import StatusBuilder, join
from fedi.kit.errors import NotFound, Unauthorized
from fedi.kit.ids import parse_id
from fedi.kit.kept import Kept, Lately
from fedi.kit.paging import Page, link_header, parse_page
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit
from fedi.kit.web_limits import RateLimits
from fedi.kit.web_params import Parameters

NO_TOKEN = "The access token is invalid"  # noqa: S105 - the words that apps know


@dataclass(frozen=True)
class Services:
    """What one process offers to its handlers."""

    runtime: Runtime
    people: People
    policy: Policy
    links: Links
    statuses: StatusBuilder
    notifications: NotificationBuilder
    limits: RateLimits
    kept: Kept = field(default_factory=Kept)
    # Profiles that somebody has looked at a moment ago.
    looks: Lately = field(default_factory=lambda: Lately(10_000))

    @property
    def settings(self) -> Settings:
        """The settings of this process."""
        return self.runtime.settings


def build_services(runtime: Runtime, people: People, policy: Policy) -> Services:
    """The parts that the API adds to those of the process."""
    links = build_links(runtime.settings)
    statuses = StatusBuilder(links, FilterBook(runtime.bus))
    return Services(
        runtime=runtime,
        people=people,
        policy=policy,
        links=links,
        statuses=statuses,
        notifications=NotificationBuilder(statuses, links),
        limits=RateLimits(enabled=runtime.settings.limits.enabled),
    )


class Who(Enum):
    """Who may call a route."""

    # Nobody is asked for a token; one that is sent is not even looked at.
    OPEN = "open"
    # A token is not needed; one that is sent must be good and have the scope.
    ANYONE = "anyone"
    # Any token, also one of an app by itself.
    APP = "app"
    # The token of a person, also of one who may do nothing else yet.
    PERSON = "person"
    # The token of a member.
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table: method, path, handler, and who may call it with which scope.

    Any one of the scopes is enough. `family` names a rate limit of its own. `files` are the fields
    of a form that may hold files, each with the setting of [media] that limits it.
    """

    method: str
    path: str
    handler: "Handler"
    who: Who
    scopes: tuple[str, ...] = ()
    family: str = ""
    files: Mapping[str, str] | None = None


@dataclass(slots=True)
class Call:
    """One request, its parameters and who makes it."""

    request: Request
    services: Services
    route: Route
    path: Mapping[str, str]
    viewer: Viewer | None
    params: Parameters
    # As it was sent; empty for strangers.
    token: str

    @property
    def settings(self) -> Settings:
        """The settings of this process."""
        return self.services.settings

    @property
    def origin(self) -> str:
        """Scheme and host of this server."""
        return self.services.settings.origin

    @property
    def links(self) -> Links:
        """The addresses of files."""
        return self.services.links

    @property
    def runtime(self) -> Runtime:
        """The parts of this process."""
        return self.services.runtime

    @property
    def viewer_id(self) -> int | None:
        """The account that looks; None for apps and strangers."""
        return None if self.viewer is None else self.viewer.account_id

    @property
    def member(self) -> Viewer:
        """The member who calls; routes for members always have one."""
        if self.viewer is None:
            raise Unauthorized(NO_TOKEN)
        return self.viewer

    @property
    def member_id(self) -> int:
        """The account of the member who calls."""
        return require_user(self.viewer)

    def read(self) -> ReadUnit:
        """The right to look."""
        return self.services.runtime.read()

    def id(self, name: str = "id") -> int:
        """An id in the path.

        Raises:
            NotFound: it is none.
        """
        number = parse_id(self.path[name])
        if number is None:
            raise NotFound
        return number

    def page(self, default: int = 20, maximum: int | None = None) -> Page:
        """The page that is asked for."""
        texts = {name: self.params.text(name) for name in _PAGING}
        return parse_page(texts, default=default, maximum=maximum)

    async def account(self, read: ReadUnit) -> Account:
        """The account of the member who calls."""
        return await get_by_id(read, self.member_id)

    def link(self, newest: int | None, oldest: int | None) -> dict[str, str]:
        """The headers that lead to the pages above and below."""
        url = self.origin + quote(self.request.scope["path"])
        value = link_header(url, self.params.pairs, newest=newest, oldest=oldest)
        return {"link": value} if value else {}

    async def statuses(
        self,
        heads: Sequence[Head],
        page: Page,
        *,
        cursors: Sequence[int] | None = None,
        is_feed: bool = False,
    ) -> Response:
        """A page of statuses; a feed goes on until a page is empty, other lists until one is short.

        `cursors` are the ids of the rows that join, where these are not the posts themselves.
        """
        built = await self.services.statuses.build(self.read(), self.viewer_id, heads)
        ids = [head.id for head in heads] if cursors is None else cursors
        return raw_json(join(built), headers=self.page_links(ids, page, is_feed=is_feed))

    async def accounts(
        self,
        entries: Sequence[tuple[int, int]],
        page: Page,
        *,
        more: Mapping[int, Mapping[str, Any]] | None = None,
    ) -> Response:
        """A page of accounts, given as pairs of cursor and account id, with `more` for some."""
        accounts = self.services.statuses.accounts
        found = await accounts.build_by_ids(self.read(), [entry[1] for entry in entries])
        built = [
            _with(found[account_id], (more or {}).get(account_id))
            for _, account_id in entries
            if account_id in found
        ]
        cursors = [entry[0] for entry in entries]
        return raw_json(join(built), headers=self.page_links(cursors, page))

    def page_links(
        self, ids: Sequence[int], page: Page, *, is_feed: bool = False
    ) -> dict[str, str]:
        """The `Link` header of a page whose rows have these cursors, newest first."""
        if not ids:
            return {}
        # Read upwards, a page is followed by older ones for sure.
        has_next = is_feed or page.is_upward or len(ids) >= page.limit
        return self.link(ids[0], ids[-1] if has_next else None)


Handler = Callable[[Call], Awaitable[Response]]

_PAGING = ("max_id", "since_id", "min_id", "limit")


def raw_json(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON that is ready."""
    return Response(body, status, headers, "application/json")


def answer(value: Any, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(orjson.dumps(value), status, media_type="application/json")


def _with(entity: bytes, more: Mapping[str, Any] | None) -> bytes:
    """An entity that is ready, with something added at its end."""
    return b"%b,%b" % (entity[:-1], orjson.dumps(more)[1:]) if more else entity


def empty() -> Response:
    """Done, and nothing to say; never without a body, which some apps cannot read."""
    return raw_json(b"{}")
