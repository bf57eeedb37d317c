"""The edge of the web process: one pure ASGI middleware, and the one table from error to answer.

Edge            request id, access log, client address, host check, limits on bodies, CORS,
                headers, and the last net under everything
error_response  any exception as JSON; what is no `FediError` is a bug: logged, and a bare 500
client_address  who really asks
"""

import logging
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fedi.config import Settings
from fedi.kit import log, metrics
from fedi.kit.clock import clock
from fedi.kit.errors import FediError, Malformed, RemoteError, Unauthorized, Unavailable
from fedi.kit.web_body import SECONDS, SLACK, UPLOAD_SECONDS, BodyGuard, check_body
from fedi.kit.web_headers import Finisher, cors_methods, has_credentials, preflight
from fedi.kit.web_limits import LimitReached
from fedi.kit.web_trust import Hosts, Proxies

_access = logging.getLogger("fedi.access")
_errors = logging.getLogger("fedi.web")

_GOOD_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_SLASHES = re.compile("//+")
# These are asked by machines on the spot, by whatever name they know us.
_ANY_HOST = frozenset({"/livez", "/readyz", "/health", "/metrics"})
# Where an upload may come: read piece by piece by those who expect one, each with a limit for its
# files and for the rest.
_UPLOADS = (
    "/api/v1/media",
    "/api/v2/media",
    "/api/v1/accounts/update_credentials",
    "/api/v1/profile",
)
_RETRY_REMOTE = 30


class Misdirected(FediError):
    """A request for a host that is not ours."""

    status = 421


@dataclass(frozen=True, slots=True)
class Visit:
    """What the edge found out about a request."""

    request_id: str
    address: str
    scheme: str
    host: str


def visit_of(connection: HTTPConnection) -> Visit:
    """What the edge found out about this request."""
    return connection.scope["state"]["visit"]


def client_address(connection: HTTPConnection) -> str:
    """Who really asks: the address behind the trusted proxies."""
    return visit_of(connection).address


def json_response(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A value as JSON."""
    return Response(orjson.dumps(value), status, headers, "application/json")


def error_response(error: Exception) -> Response:
    """The answer to a request that ended in `error`."""
    if isinstance(error, HTTPException):
        return json_response({"error": error.detail}, error.status_code, error.headers)
    if not isinstance(error, FediError) or error.status == 500:
        _errors.error("request failed", exc_info=error)
        return json_response({"error": "Something went wrong on this server"}, 500)
    headers: dict[str, str] = {}
    if isinstance(error, LimitReached):
        headers.update(error.standing.headers)
    if isinstance(error, Unauthorized):
        headers["www-authenticate"] = 'Bearer realm="fedi", error="invalid_token"'
    if error.status in {408, 413, 421}:
        headers["connection"] = "close"
    retry_after = error.retry_after
    if retry_after is None and isinstance(error, Unavailable | RemoteError):
        retry_after = _RETRY_REMOTE
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    if error.status >= 500:
        _errors.warning("not available: %s", error.detail)
    return json_response({"error": error.public}, error.status, headers)


async def answer_error(_request: Request, error: Exception) -> Response:
    """`error_response`, as frameworks want their handlers."""
    return error_response(error)


EXCEPTION_HANDLERS: dict[Any, Any] = {
    FediError: answer_error,
    HTTPException: answer_error,
    Exception: answer_error,
}


class Edge:
    """The outermost layer of the web process."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._proxies = Proxies(settings.web.trusted_proxies)
        self._hosts = Hosts(
            [settings.host, settings.domain, settings.local_domain],
            is_trial=settings.is_localhost,
        )
        self._finisher = Finisher(is_https=settings.origin.startswith("https://"))
        self._limit = settings.web.max_body_bytes + SLACK
        media = settings.media
        self._upload_limit = (
            media.video_max_bytes + media.image_max_bytes + settings.web.max_body_bytes + SLACK
        )
        self._logs_address = settings.log.client_ip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or web socket."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = _read_headers(scope)
        asked = headers.get(b"x-request-id", b"")
        name = asked if _GOOD_ID.fullmatch(asked) else b"%016x" % random.getrandbits(64)
        token = log.request_id.set(name.decode())
        try:
            await self._answer(scope, receive, send, headers)
        finally:
            log.request_id.reset(token)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]
    ) -> None:
        started = clock.monotonic()
        path = scope["path"]
        visit = self._visit(scope, headers)
        scope.setdefault("state", {})["visit"] = visit
        is_private = has_credentials(headers)
        status = 0

        async def finish(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._finisher.finish(
                    message.get("headers", ()),
                    scope["path"],
                    visit.request_id.encode(),
                    is_private=is_private,
                )
            await send(message)

        try:
            refusal = self._check(scope, visit, headers)
            if refusal is not None:
                await _refuse(refusal, scope, receive, finish)
            else:
                await self._app(scope, self._guard(scope, receive), finish)
        except ClientDisconnect:
            status = 499
        except Exception as problem:  # noqa: BLE001 - the last net: whatever it is, it is answered
            response = error_response(problem)
            if not status:
                await _send(response, scope, receive, finish)
        self._log(scope, headers, visit, path, (status, clock.monotonic() - started))

    def _visit(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Visit:
        client = scope.get("client")
        peer: str = client[0] if client else ""
        scheme: str = scope["scheme"]
        host = headers.get(b"host", b"")
        address = peer
        if not peer or self._proxies.trusts(peer):
            forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
            address = self._proxies.find_client(peer, forwarded)
            host = _last(headers.get(b"x-forwarded-host", b"")) or host
            proto = _last(headers.get(b"x-forwarded-proto", b""))
            scheme = proto.decode() if proto in {b"http", b"https"} else scheme
        return Visit(log.request_id.get(), address, scheme, host.decode("latin-1"))

    def _check(
        self, scope: Scope, visit: Visit, headers: Mapping[bytes, bytes]
    ) -> Response | FediError | None:
        """What ends the request before anybody else sees it."""
        path: str = scope["path"]
        if not path.startswith("/") or b"," in headers.get(b"host", b""):
            return Malformed("Bad request")
        if "//" in path or (path.endswith("/") and path != "/"):
            # Apps add slashes; the signed target in `raw_path` stays as it was sent.
            path = _SLASHES.sub("/", path).rstrip("/") or "/"
            scope["path"] = path
        if path not in _ANY_HOST and not self._hosts.knows(visit.host, visit.scheme):
            return Misdirected("This host is not served here")
        if scope["type"] != "http":
            return None
        if scope["method"] == "OPTIONS":
            methods = cors_methods(path)
            asked = headers.get(b"access-control-request-headers", b"")
            return _Preflight(methods, asked) if methods else None
        try:
            check_body(headers, self._limit_of(path))
        except FediError as problem:
            return problem
        return None

    def _limit_of(self, path: str) -> int:
        return self._upload_limit if path.startswith(_UPLOADS) else self._limit

    def _guard(self, scope: Scope, receive: Receive) -> Receive:
        if scope["type"] != "http":
            return receive
        seconds = UPLOAD_SECONDS if scope["path"].startswith(_UPLOADS) else SECONDS
        return BodyGuard(receive, self._limit_of(scope["path"]), seconds)

    def _log(
        self,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        visit: Visit,
        path: str,
        ended: tuple[int, float],
    ) -> None:
        status, seconds = ended
        method = scope.get("method", "WS")
        metrics.observe(
            "fedi_http_request_seconds",
            seconds,
            route=scope["state"].get("route") or _family(scope["path"]),
            method=method if method in _METHODS else "other",
            status=str(status),
        )
        if _access.isEnabledFor(logging.INFO):
            fields: dict[str, Any] = {
                "method": method[:16],
                "path": _hide_secret(path)[:300],
                "status": status,
                "ms": round(seconds * 1000, 2),
                "agent": headers.get(b"user-agent", b"").decode("latin-1")[:200],
            }
            if self._logs_address:
                fields["address"] = visit.address
            _access.info("request", extra=fields)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "WS"})


def _hide_secret(path: str) -> str:
    """The path without the secret of a one-time link."""
    return "/setup/..." if path.startswith("/setup/") else path


def _family(path: str) -> str:
    """The first part of a path when that is a word of ours; labels must stay few."""
    first = "/" + path[1:].partition("/")[0]
    if first.startswith("/@"):
        return "/@name"
    return first if first in _FAMILIES else "other"


_FAMILIES = frozenset(
    {"/", "/ap", "/api", "/actor", "/inbox", "/oauth", "/static", "/.well-known", "/nodeinfo"}
    | {
        "/media",
        "/proxy",
        "/auth",
        "/livez",
        "/readyz",
        "/health",
        "/metrics",
        "/tags",
        "/contexts",
    }
)


def _read_headers(scope: Scope) -> dict[bytes, bytes]:
    """The headers of a request; one that comes twice is joined by a comma."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        headers[name] = headers[name] + b"," + value if name in headers else value
    return headers


def _last(value: bytes) -> bytes:
    """What the nearest proxy said."""
    return value.rpartition(b",")[2].strip()


class _Preflight(Response):
    def __init__(self, methods: bytes, asked: bytes) -> None:
        super().__init__()
        self.raw_headers = preflight(methods, asked)


async def _refuse(
    refusal: Response | FediError, scope: Scope, receive: Receive, send: Send
) -> None:
    response = refusal if isinstance(refusal, Response) else error_response(refusal)
    await _send(response, scope, receive, send)


async def _send(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Send an answer, also to somebody who asked for a web socket."""
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get(
        "extensions", {}
    ):
        await send({"type": "websocket.close", "code": 1008})
        return
    await response(scope, receive, send)
