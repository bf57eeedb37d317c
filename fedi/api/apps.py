"""Registration of apps."""

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer
from fedi.core.auth.apps import find_app_by_id, register_app
from fedi.core.notifications.vapid import public_key
from fedi.entities.applications import build_application, build_new_application
from fedi.kit.errors import NotFound


async def create(call: Call) -> Response:
    """Register an app."""
    params = call.params
    async with call.runtime.unit() as unit:
        app = await register_app(
            unit,
            params.text("client_name") or "",
            params.texts("redirect_uris"),
            params.text("scopes"),
            params.text("website"),
        )
    return answer(build_new_application(app, await public_key(call.read())))


async def verify_credentials(call: Call) -> Response:
    """The app that a token belongs to, whether or not a member stands behind it."""
    viewer, read = call.viewer, call.read()
    app = await find_app_by_id(read, viewer.application_id) if viewer else None
    if app is None:
        raise NotFound
    return answer(build_application(app, await public_key(read)))


ROUTES = [
    Route("POST", "/api/v1/apps", create, Who.OPEN, family="apps"),
    Route("GET", "/api/v1/apps/verify_credentials", verify_credentials, Who.APP),
]
