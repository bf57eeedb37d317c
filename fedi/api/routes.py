"""THE table of the client API: every route, who may call it, and with which scope."""

from starlette.routing import BaseRoute
from starlette.routing import Route as StarletteRoute

from fedi.api import (
    accounts,
    apps,
    instance,
    interactions,
    notifications,
    oauth,
    off,
    profile,
    relations,
    search,
    statuses,
    timelines,
)
from fedi.api.deps import Route, Services
from fedi.api.dispatch import Api

ROUTES: list[Route] = [
    *accounts.ROUTES,
    *apps.ROUTES,
    *instance.ROUTES,
    *interactions.ROUTES,
    *notifications.ROUTES,
    *oauth.ROUTES,
    *off.ROUTES,
    *profile.ROUTES,
    *relations.ROUTES,
    *search.ROUTES,
    *statuses.ROUTES,
    *timelines.ROUTES,
]


def build_router(services: Services) -> list[BaseRoute]:
    """The client API as routes of the application; all of `/api/` that is not there is a 404.

    Streaming lives under `/api/v1/streaming`: its routes must come before these.
    """
    api = Api(services, ROUTES)
    own = sorted({route.path for route in ROUTES if not route.path.startswith("/api/")})
    return [
        StarletteRoute("/api/{rest:path}", api),
        *(StarletteRoute(path, api) for path in own),
    ]
