"""Whether this process lives, is ready, and what its figures are."""

import hmac
from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fedi import __version__
from fedi.core.queues import CHORES, EVENTS
from fedi.federation.queues import DELIVERIES, INBOUND
from fedi.kit import metrics
from fedi.kit.errors import FediError, NotFound, Unauthorized
from fedi.kit.queue import depth
from fedi.kit.runtime import Runtime
from fedi.kit.web import client_address, error_response, json_response

# Work that has waited this long means that nobody does it.
_STUCK_SECONDS = 600
_LOOPBACK = ("127.", "::1")

Figure = tuple[str, Mapping[str, str], float]


class Health:
    """The endpoints that machines look at."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def routes(self) -> list[Route]:
        """Where they stand."""
        return [
            Route("/livez", self.live),
            Route("/readyz", self.ready),
            Route("/health", self.health),
            Route("/health.json", self.health),
            Route("/metrics", self.metrics),
        ]

    async def live(self, _request: Request) -> Response:
        """The process answers."""
        return PlainTextResponse("OK")

    async def ready(self, _request: Request) -> Response:
        """Postgres answers, and work is being done."""
        read = self._runtime.read()
        try:
            waiting = {
                queue.name: (await depth(read, queue)).oldest_ready_seconds
                for queue in (INBOUND, EVENTS, CHORES)
            }
        except FediError as problem:
            return error_response(problem)
        stuck = [name for name, seconds in waiting.items() if seconds > _STUCK_SECONDS]
        report = {
            "status": "work is stuck" if stuck else "OK",
            "database": True,
            "redis": await self._runtime.bus.ping(),
            "oldest_ready_seconds": {name: round(s, 1) for name, s in waiting.items()},
        }
        return json_response(report, 503 if stuck else 200, {"retry-after": "30"} if stuck else {})

    async def health(self, request: Request) -> Response:
        """The same in the few words that apps look for."""
        report = await self.ready(request)
        wants_json = "application/json" in request.headers.get("accept", "")
        if report.status_code != 200:
            return report
        if wants_json or request.scope["path"].endswith(".json"):
            return json_response({"status": "UP"})
        return PlainTextResponse("OK")

    async def metrics(self, request: Request) -> Response:
        """Figures for Prometheus."""
        settings = self._runtime.settings.metrics
        try:
            if not settings.enabled:
                raise NotFound
            if settings.token:
                given = request.headers.get("authorization", "").removeprefix("Bearer ")
                if not hmac.compare_digest(given.encode(), settings.token.encode()):
                    raise Unauthorized("A token is needed")
            elif not client_address(request).startswith(_LOOPBACK):
                raise NotFound
            figures = await self._figures()
        except FediError as problem:
            return error_response(problem)
        return PlainTextResponse(metrics.registry.render(figures))

    async def _figures(self) -> Iterable[Figure]:
        read = self._runtime.read()
        figures: list[Figure] = [("fedi_build_info", {"version": __version__}, 1.0)]
        for queue in (INBOUND, EVENTS, CHORES, DELIVERIES):
            found = await depth(read, queue)
            labels = {"queue": queue.name}
            figures += [
                ("fedi_jobs_due", labels, float(found.ready)),
                ("fedi_jobs_parked", labels, float(found.parked)),
                ("fedi_jobs_oldest_due_seconds", labels, found.oldest_ready_seconds),
            ]
        held = await read.value("SELECT count(*) FROM hosts WHERE held_until > now()")
        figures.append(("fedi_delivery_hosts", {"state": "open"}, float(held)))
        rows = await read.fetch(
            "SELECT domain IS NULL AS local, count(*) AS n FROM accounts"
            " WHERE deleted_at IS NULL GROUP BY 1"
        )
        for row in rows:
            kind = "local" if row["local"] else "remote"
            figures.append(("fedi_accounts", {"kind": kind}, float(row["n"])))
        return figures
