"""What the server says of itself."""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer, raw_json
from fedi.config import Settings
from fedi.core.accounts.queries import get_by_id
from fedi.core.accounts.types import Account
from fedi.core.instance import find_contact_id, instance_stats, list_peers
from fedi.core.media.links import Links
from fedi.entities.instance import Figures, build_instance, build_instance_v1
from fedi.kit.clock import to_iso


async def show(call: Call) -> Response:
    """The instance as apps of today read it."""
    return await _show(call, build_instance)


async def show_v1(call: Call) -> Response:
    """The instance as older apps read it."""
    return await _show(call, build_instance_v1)


async def _show(
    call: Call, build: Callable[[Settings, Links, Figures, Account | None], dict[str, Any]]
) -> Response:
    """The same for everybody, and asked by everybody: kept for a moment."""
    kept = call.services.kept
    body = kept.find(build)
    if body is None:
        contact = await _contact(call)
        built = build(call.settings, call.links, await _figures(call), contact)
        body = kept.put(build, orjson.dumps(built))
    return raw_json(body)


async def _contact(call: Call) -> Account | None:
    read = call.read()
    account_id = await find_contact_id(read)
    return None if account_id is None else await get_by_id(read, account_id)


async def _figures(call: Call) -> Figures:
    stats = await instance_stats(call.runtime)
    return Figures(stats.users, stats.statuses, stats.domains, stats.active_month)


async def extended_description(call: Call) -> Response:
    """The long text about the server."""
    return answer({"updated_at": to_iso(call.read().now()), "content": ""})


async def peers(call: Call) -> Response:
    """The servers that we know."""
    return answer(await list_peers(call.runtime))


_HERE = "/api/v1/instance"

ROUTES = [
    Route("GET", "/api/v2/instance", show, Who.OPEN),
    Route("GET", _HERE, show_v1, Who.OPEN),
    Route("GET", f"{_HERE}/peers", peers, Who.OPEN),
    Route("GET", f"{_HERE}/extended_description", extended_description, Who.OPEN),
]
