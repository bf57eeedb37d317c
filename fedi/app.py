"""Composition: one web process, built from Settings.

The one place that knows all doors, and so the one that decides which of them answers a path that
two share: `/@name` is a page for people and a document for servers, by `Accept`.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from fedi import __version__
from fedi.api.deps import build_services
from fedi.api.dispatch import Api
from fedi.api.openapi.document import build_document
from fedi.api.routes import ROUTES
from fedi.config import Settings
from fedi.core.accounts.people import People
from fedi.core.domains.policy import Policy
from fedi.core.live import CHANNEL
from fedi.core.start import wait_until_ready
from fedi.federation.doctor.echo import Echo
from fedi.federation.inbound.inbox import Inbox
from fedi.federation.inbound.sender import Verifier
from fedi.federation.routes import Federation
from fedi.health import Health
from fedi.kit import log
from fedi.kit.runtime import Runtime
from fedi.kit.web import EXCEPTION_HANDLERS, Edge
from fedi.streaming.endpoint import Streaming
from fedi.streaming.hub import Hub
from fedi.web.files import Files
from fedi.web.routes import build_routes

logger = logging.getLogger("fedi.app")

# The API has a table of its own and does not stand in the router's line.
_API_PATHS = (
    "/api/",
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/userinfo",
    "/oauth/introspect",
    "/invite/",
)
_FILES = ("/media/", "/proxy/")
_METADATA = "/.well-known/oauth-authorization-server"
_STREAMING = "/api/v1/streaming"
_DOCUMENTS = ("application/activity+json", "application/ld+json")


def create_app(settings: Settings) -> ASGIApp:
    """The ASGI application of one instance."""
    log.set_up("web", settings.log.level)
    runtime = Runtime(settings, role="web", pool_size=settings.database.pool_size)
    policy = Policy(runtime)
    people = People(runtime, policy)
    verifier = Verifier(people, policy)
    services = build_services(runtime, people, policy)
    hub = Hub(runtime, services.statuses)
    federation = Federation(runtime, people, policy, verifier)
    inbox = Inbox(people, policy, verifier)
    pages = build_routes(people, lambda: build_document(ROUTES, settings.origin))

    app = FastAPI(
        title="fedi",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lambda _app: _lifespan(runtime, hub, federation),
        exception_handlers=EXCEPTION_HANDLERS,
    )
    app.router.routes += [
        Route("/actor/inbox", inbox.receive, methods=["POST"]),
        Route("/ap/users/{account_id}/inbox", inbox.receive, methods=["POST"]),
        *federation.routes(),
        Route("/@{username}", by_accept(federation.actor_by_name, pages.public.profile)),
        Route("/@{username}/{status}", by_accept(federation.status_by_name, pages.public.status)),
        Route("/tags/{name}", by_accept(federation.tag, pages.tag)),
        *pages.routes,
        *Health(runtime).routes(),
        *Echo(runtime, verifier).routes(),
        Route("/{rest:path}", pages.public.missing),
    ]
    # `Edge` stands around everything and answers every error: the framework's own layers would
    # only cost time, more than some of our answers take.
    app.middleware_stack = app.router
    files = Files(people, services.links)
    doors = Doors(app, inbox, Api(services, ROUTES), Streaming(runtime, hub), files)
    return Edge(doors, settings)


class Doors:
    """Hands a request to its door, the busiest first."""

    def __init__(
        self, app: ASGIApp, inbox: Inbox, api: ASGIApp, streaming: ASGIApp, files: ASGIApp
    ) -> None:
        self._app = app
        self._inbox = inbox
        self._api = api
        self._streaming = streaming
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, socket or lifespan."""
        door = self._app
        if scope["type"] != "lifespan":
            path: str = scope["path"]
            if path == "/inbox" and scope["type"] == "http":
                response = await self._inbox.receive(Request(scope, receive))
                await response(scope, receive, send)
                return
            if path.startswith(_STREAMING) or scope["type"] == "websocket":
                door = self._streaming
            elif path.startswith(_API_PATHS) or path == _METADATA:
                door = self._api
            elif path.startswith(_FILES):
                door = self._files
        await door(scope, receive, send)


@asynccontextmanager
async def _lifespan(
    runtime: Runtime, hub: Hub, federation: Federation
) -> AsyncGenerator[None, None]:
    def hear(channel: str, data: bytes) -> None:
        hub.hear(channel, data)
        federation.hear(channel, data)

    # Until then requests are answered with 503.
    runtime.tasks.start(wait_until_ready(runtime), "instance")
    runtime.tasks.start(runtime.bus.listen([CHANNEL], hear), "bus")
    runtime.tasks.start(hub.run(), "hub")
    runtime.tasks.start(hub.watch_tokens(), "tokens")
    try:
        yield
    finally:
        hub.end_all("going away")
        await runtime.close()


Endpoint = Callable[[Request], Awaitable[Response]]


def by_accept(document: Endpoint, page: Endpoint) -> Endpoint:
    """Serve a document to servers and the page of the same path to people."""

    async def choose(request: Request) -> Response:
        accept = request.headers.get("accept", "").lower()
        wants_document = any(kind in accept for kind in _DOCUMENTS)
        return await (document if wants_document else page)(request)

    return choose
