"""From a request to its handler: one lookup, one question who it is, one table of errors.

A table of our own instead of the framework's: it has some hundred and fifty routes, which would be
tried one after the other, and each must have declared who may call it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fedi.api.deps import NO_TOKEN, Call, Route, Services, Who
from fedi.api.errors import api_error
from fedi.core.auth.service import find_viewer, require_user
from fedi.core.auth.types import Viewer
from fedi.kit.errors import FediError, Forbidden, NotFound, Unauthorized
from fedi.kit.scrub import scrub_text
from fedi.kit.web import client_address
from fedi.kit.web_form import Spool
from fedi.kit.web_limits import Limit, LimitReached, Standing
from fedi.kit.web_params import Parameters, read_parameters
from fedi.kit.web_trust import limit_key

OUT_OF_SCOPE = "This action is outside the authorized scopes"
_PUBLIC = (b"cache-control", b"public, max-age=15, stale-while-revalidate=30")
_PRIVATE = (b"cache-control", b"private, no-store")

# A tree of path parts; what stands in braces matches any part. Methods hang on the leaves.
Tree = dict[str, Any]
_LEAF = "/"
_ANY = "*"


def build_tree(routes: Iterable[Route]) -> Tree:
    """The lookup for a table of routes. PUT and PATCH are one to apps, so they are one here."""
    tree: Tree = {}
    for route in routes:
        node = tree
        for part in route.path[1:].split("/"):
            node = node.setdefault(_ANY if part.startswith("{") else part, {})
        methods = node.setdefault(_LEAF, {})
        both = {"PUT", "PATCH"} if route.method in {"PUT", "PATCH"} else {route.method}
        for method in both:
            if method in methods:
                raise ValueError(f"{method} {route.path} is there twice")
            methods[method] = route
    return tree


def find_route(tree: Tree, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route for a request, and the parts of its path that have names."""
    parts = path[1:].split("/")
    methods = _descend(tree, parts, 0) if len(parts) < 12 else None
    if methods is None:
        return None
    route = methods.get("GET" if method == "HEAD" else method)
    if route is None:
        return None
    names = route.path[1:].split("/")
    pairs = zip(names, parts, strict=True)
    values = {name[1:-1]: scrub_text(part) for name, part in pairs if name.startswith("{")}
    return route, values


def _descend(node: Tree, parts: Sequence[str], at: int) -> dict[str, Route] | None:
    """The methods at the end of the path; a named part is tried after a spelled-out one."""
    if at == len(parts):
        return node.get(_LEAF)
    for key in (parts[at], _ANY):
        below = node.get(key) if key != _LEAF else None
        if below is not None and (parts[at] or key != _ANY):
            found = _descend(below, parts, at + 1)
            if found is not None:
                return found
    return None


class Api:
    """The client API as an ASGI application."""

    def __init__(self, services: Services, routes: Sequence[Route]) -> None:
        self._services = services
        self._tree = build_tree(routes)
        limits = services.settings.limits
        five = 300
        self._account = Limit("account", limits.account_per_5_minutes, five)
        self._token = Limit("token", limits.token_per_5_minutes, five)
        self._anonymous = Limit("anonymous", limits.anonymous_per_5_minutes, five)
        self._families = {
            "apps": Limit("apps", limits.apps_per_10_minutes, 600),
            "statuses": Limit("statuses", limits.statuses_per_3_hours, 10_800),
            "deletes": Limit("deletes", limits.deletes_per_30_minutes, 1800),
            "follows": Limit("follows", limits.follows_per_day, 86_400),
            "reports": Limit("reports", limits.reports_per_day, 86_400),
            "sign_ups": Limit("sign_ups", limits.sign_ups_per_30_minutes, 1800),
            "media": Limit("media", limits.media_per_30_minutes, 1800),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self.respond(Request(scope, receive))
        await response(scope, receive, send)

    async def respond(self, request: Request) -> Response:
        """The answer to one request, whatever happens."""
        standing: list[Standing] = []
        try:
            response = await self._respond(request, standing)
        except ClientDisconnect:
            raise
        except Exception as problem:  # noqa: BLE001 - the table knows all of them
            response = api_error(problem)
        if standing:
            for name, value in standing[0].headers.items():
                response.headers[name] = value
        return response

    async def _respond(self, request: Request, standing: list[Standing]) -> Response:
        scope = request.scope
        found = find_route(self._tree, scope["method"], scope["path"])
        if found is None:
            raise NotFound("The page you are looking for isn't here.")
        route, path = found
        scope["state"]["route"] = route.path
        token = None if route.who is Who.OPEN else _token(request)
        params = None
        if token is None and scope["method"] not in {"GET", "HEAD"} and route.who is not Who.OPEN:
            # Some older apps put it into the form; not where that may be a large one.
            if route.files is not None and not _is_small(request, self._services):
                raise Unauthorized(NO_TOKEN)
            params = await read_parameters(request)
            token = _token_in(params)
        try:
            viewer = await self._viewer(route, token)
        except FediError:
            # Guessing is counted, too.
            self._count(request, route, None, standing)
            raise
        self._count(request, route, viewer, standing)
        if params is None:
            params = await read_parameters(request, self._spool(route))
        call = Call(request, self._services, route, path, viewer, params, token or "")
        try:
            response = await route.handler(call)
        finally:
            params.close()
        if token is not None:
            response.raw_headers.append(_PRIVATE)
        elif scope["method"] == "GET" and response.status_code == 200:
            response.raw_headers.append(_PUBLIC)
        return response

    def _spool(self, route: Route) -> Spool | None:
        """Where the files of a route go. Those who put their token into the form send none."""
        if route.files is None:
            return None
        media = self._services.settings.media
        limits = {name: getattr(media, limit) for name, limit in route.files.items()}
        return Spool(self._services.runtime.scratch, limits)

    async def _viewer(self, route: Route, token: str | None) -> Viewer | None:
        """Who calls, if they may.

        Raises:
            Unauthorized: a token is needed, or the one that was sent is not good.
            Forbidden: its scopes do not reach so far, or the member may do nothing just now.
            Invalid: it is the token of an app, and only members may call.
        """
        if token is None:
            if route.who in {Who.OPEN, Who.ANYONE}:
                return None
            raise Unauthorized(NO_TOKEN)
        viewer = await find_viewer(self._services.runtime, token)
        if viewer is None:
            raise Unauthorized(NO_TOKEN)
        if route.scopes and not viewer.has_scope(*route.scopes):
            raise Forbidden(OUT_OF_SCOPE)
        if route.who is Who.PERSON and viewer.account_id is not None:
            return viewer
        if route.who in {Who.MEMBER, Who.PERSON} or viewer.account_id is not None:
            require_user(viewer)
        return viewer

    def _count(
        self, request: Request, route: Route, viewer: Viewer | None, standing: list[Standing]
    ) -> None:
        """Count the request; the standing stays also for an answer that is an error."""
        limits = self._services.limits
        if not limits.enabled:
            return
        wanted: list[tuple[Limit, str]] = []
        address = limit_key(client_address(request))
        who = address
        if viewer is None:
            wanted.append((self._anonymous, address))
        else:
            wanted.append((self._token, str(viewer.token_id)))
            if viewer.account_id is not None:
                who = str(viewer.account_id)
                wanted.append((self._account, who))
        if route.family:
            # What makes new accounts and apps is counted by address, whoever asks.
            owner = who if route.who is Who.MEMBER else address
            wanted.append((self._families[route.family], owner))
        try:
            found = limits.hit(wanted)
        except LimitReached as problem:
            standing.append(problem.standing)
            raise
        if found is not None:
            standing.append(found)


def _token(request: Request) -> str | None:
    """The token that a request carries: in its header, or (older apps) in its query."""
    header = request.headers.get("authorization")
    if header is not None:
        kind, _, token = header.partition(" ")
        return token.strip() if kind.lower() == "bearer" else None
    if b"_token=" in request.scope["query_string"]:
        query = request.query_params
        return query.get("access_token") or query.get("bearer_token")
    return None


def _is_small(request: Request, services: Services) -> bool:
    """Whether a body says that it is no larger than those of other routes."""
    length = request.headers.get("content-length", "")
    return length.isdigit() and int(length) <= services.settings.web.max_body_bytes


def _token_in(params: Parameters) -> str | None:
    return params.text("access_token") or params.text("bearer_token")
