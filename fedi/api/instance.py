"""What the server says of itself."""

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer
from fedi.core.instance import instance_stats
from fedi.entities.instance import Figures, build_instance, build_instance_v1
from fedi.kit.clock import to_iso


async def show(call: Call) -> Response:
    """The instance as apps of today read it."""
    return answer(build_instance(call.settings, await _figures(call), None))


async def show_v1(call: Call) -> Response:
    """The instance as older apps read it."""
    return answer(build_instance_v1(call.settings, await _figures(call), None))


async def _figures(call: Call) -> Figures:
    stats = await instance_stats(call.runtime)
    return Figures(stats.users, stats.statuses, stats.domains, stats.active_month)


async def extended_description(call: Call) -> Response:
    """The long text about the server."""
    return answer({"updated_at": to_iso(call.read().now()), "content": ""})


_HERE = "/api/v1/instance"

ROUTES = [
    Route("GET", "/api/v2/instance", show, Who.OPEN),
    Route("GET", _HERE, show_v1, Who.OPEN),
    Route("GET", f"{_HERE}/extended_description", extended_description, Who.OPEN),
]
