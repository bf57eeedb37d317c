"""What a member was told, and how far they have read."""

import re
from typing import Any

import orjson
from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer, empty, raw_json
from fedi.core.auth.users import find_user_of, update_settings
from fedi.core.notifications import queries, service
from fedi.core.notifications.queries import Notification
from fedi.entities.notifications import build_notifications
from fedi.kit.clock import to_iso
from fedi.kit.errors import Malformed
from fedi.kit.ids import parse_id
from fedi.kit.paging import Page, parse_limit
from fedi.kit.unit import ReadUnit

_TIMELINES = ("home", "notifications")
_DIGITS = re.compile(r"[0-9]{1,19}")


async def index(call: Call) -> Response:
    """A page of what the member was told."""
    params, page, read = call.params, call.page(40), call.read()
    sender = params.text("account_id")
    items = await queries.list_notifications(
        read,
        call.member_id,
        page,
        types=params.texts("types"),
        exclude_types=params.texts("exclude_types"),
        from_account_id=(parse_id(sender) or 0) if sender else None,
    )
    built = await _build(call, read, items)
    headers: dict[str, str] = {}
    if items:
        has_next = page.is_upward or len(items) >= page.limit
        headers = call.link(items[0].id, items[-1].id if has_next else None)
    return raw_json(orjson.dumps(built), headers=headers)


async def _build(call: Call, read: ReadUnit, items: list[Notification]) -> list[dict[str, Any]]:
    return await build_notifications(
        read, call.services.statuses, call.links, call.member_id, items
    )


async def show(call: Call) -> Response:
    """One notification."""
    read = call.read()
    item = await queries.get_notification(read, call.member_id, call.id())
    built = await _build(call, read, [item])
    return answer(built[0] if built else {})


async def clear(call: Call) -> Response:
    """Put all of them away."""
    async with call.runtime.unit() as unit:
        await service.clear(unit, call.member_id)
    return empty()


async def dismiss(call: Call) -> Response:
    """Put one of them away."""
    notification_id = call.id()
    async with call.runtime.unit() as unit:
        await service.dismiss(unit, call.member_id, notification_id)
    return empty()


async def unread_count(call: Call) -> Response:
    """How many came after the one that was read last."""
    read = call.read()
    most = parse_limit(call.params.text("limit"), 100, 1000)
    markers = await _markers(read, call.member_id)
    last = parse_id(str(markers.get("notifications", {}).get("last_read_id", ""))) or 0
    return answer({"count": await queries.count_unread(read, call.member_id, last, most)})


async def _markers(read: ReadUnit, account_id: int) -> dict[str, Any]:
    """How far the member has read, by timeline; kept with their settings."""
    user = await find_user_of(read, account_id)
    settings = user.settings if user else {}
    found = {name: settings.get(f"marker:{name}") for name in _TIMELINES}
    return {name: marker for name, marker in found.items() if marker}


async def show_markers(call: Call) -> Response:
    """How far the member has read.

    Some apps count on a marker for notifications; who never set one has read up to the newest.
    """
    read, wanted = call.read(), call.params.texts("timeline")
    markers = await _markers(read, call.member_id)
    shown = {name: markers[name] for name in wanted if name in markers}
    if "notifications" in wanted and "notifications" not in shown:
        newest = await queries.list_notifications(read, call.member_id, Page(limit=1))
        shown["notifications"] = _marker(newest[0].id if newest else 0, 0, read)
    return answer(shown)


def _marker(last_read_id: int, version: int, read: ReadUnit) -> dict[str, Any]:
    return {
        "last_read_id": str(last_read_id),
        "version": version,
        "updated_at": to_iso(read.now()),
    }


async def set_markers(call: Call) -> Response:
    """Remember how far the member has read."""
    wanted: dict[str, int] = {}
    for name in _TIMELINES:
        text = call.params.inner(name).text("last_read_id")
        if text is not None:
            if not _DIGITS.fullmatch(text):
                raise Malformed("last_read_id is not an id")
            wanted[name] = int(text)
    changed: dict[str, Any] = {}
    member = call.member
    async with call.runtime.unit() as unit:
        markers = await _markers(unit, call.member_id)
        for name, last in wanted.items():
            version = markers.get(name, {}).get("version", 0) + 1
            changed[name] = _marker(last, version, unit)
        if changed and member.user_id is not None:
            stored = {f"marker:{name}": marker for name, marker in changed.items()}
            await update_settings(unit, member.user_id, stored)
    return answer(changed)


_READ, _WRITE = ("read:notifications",), ("write:notifications",)
_ALL = "/api/v1/notifications"

ROUTES = [
    Route("GET", _ALL, index, Who.MEMBER, _READ),
    Route("POST", f"{_ALL}/clear", clear, Who.MEMBER, _WRITE),
    Route("GET", f"{_ALL}/unread_count", unread_count, Who.MEMBER, _READ),
    Route("GET", f"{_ALL}/{{id}}", show, Who.MEMBER, _READ),
    Route("POST", f"{_ALL}/{{id}}/dismiss", dismiss, Who.MEMBER, _WRITE),
    Route("DELETE", f"{_ALL}/{{id}}", dismiss, Who.MEMBER, _WRITE),
    Route("GET", "/api/v1/markers", show_markers, Who.MEMBER, ("read:statuses",)),
    Route("POST", "/api/v1/markers", set_markers, Who.MEMBER, ("write:statuses",)),
]
