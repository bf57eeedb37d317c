"""How far a member has read."""

import re

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer
from fedi.core.notifications import queries
from fedi.core.notifications.markers import TIMELINES, build_marker, find_markers, set_markers
from fedi.core.notifications.types import Wishes
from fedi.kit.errors import Malformed
from fedi.kit.paging import Page

_DIGITS = re.compile(r"[0-9]{1,19}")


async def show(call: Call) -> Response:
    """How far the member has read.

    Some apps count on a marker for notifications; who never set one has read up to the newest.
    """
    read, wanted = call.read(), call.params.texts("timeline")
    markers = await find_markers(read, call.member_id)
    shown = {name: markers[name] for name in wanted if name in markers}
    if "notifications" in wanted and "notifications" not in shown:
        newest = await queries.list_notifications(read, call.member_id, Page(limit=1), Wishes())
        shown["notifications"] = build_marker(newest[0].id if newest else 0, 0, read)
    return answer(shown)


async def save(call: Call) -> Response:
    """Remember how far the member has read."""
    wanted: dict[str, int] = {}
    for name in TIMELINES:
        text = call.params.inner(name).text("last_read_id")
        if text is not None:
            if not _DIGITS.fullmatch(text):
                raise Malformed("last_read_id is not an id")
            wanted[name] = int(text)
    member = call.member
    if member.user_id is None:
        return answer({})
    before = await find_markers(call.read(), call.member_id)
    async with call.runtime.unit() as unit:
        changed = await set_markers(unit, member.user_id, wanted, before)
    return answer(changed)


ROUTES = [
    Route("GET", "/api/v1/markers", show, Who.MEMBER, ("read:statuses",)),
    Route("POST", "/api/v1/markers", save, Who.MEMBER, ("write:statuses",)),
]
