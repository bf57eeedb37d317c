"""THE table of the client API: every route, who may call it, and with which scope.

`fedi.app` hands it to `fedi.api.dispatch.Api`; tests walk it, so that no route goes unchecked.
"""

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
from fedi.api.deps import Route

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
