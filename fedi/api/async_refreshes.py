"""Conversations that are being read elsewhere while somebody looks at them."""

from typing import Any

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer
from fedi.core.threads.asking import ask_for_threads
from fedi.core.threads.knowledge import (
    Knowledge,
    find_knowledge,
    read_refresh_id,
    refresh_id,
)
from fedi.kit.clock import to_iso
from fedi.kit.errors import NotFound

_RETRY_SECONDS = 3


async def refreshed(call: Call, status_id: int) -> tuple[Knowledge, dict[str, str]]:
    """What is known of the conversation around a post, and the header of who waits for more.

    A member who opens it has it read where it lives, unless that was done a moment ago.
    """
    known = await find_knowledge(call.read(), status_id)
    if call.viewer_id is None:
        return known, {}
    if known.due:
        async with call.runtime.unit() as unit:
            await ask_for_threads(unit, [status_id])
        known = await find_knowledge(call.read(), status_id)
    if not known.refreshing:
        return known, {}
    name = refresh_id(call.settings.secret, call.viewer_id, status_id)
    value = f'id="{name}", retry={_RETRY_SECONDS}, result_count={known.found}'
    return known, {"Mastodon-Async-Refresh": value}


def build_knowledge(known: Knowledge) -> dict[str, Any]:
    """What is known of a conversation, beside its posts."""
    return {
        "known": known.known,
        "expected": known.expected,
        "unreachable": known.unreachable,
        "checked_at": to_iso(known.checked_at) if known.checked_at else None,
        "refreshing": known.refreshing,
    }


async def show(call: Call) -> Response:
    """How far the reading of a conversation has come; each viewer asks about their own."""
    name = call.path["id"]
    status_id = read_refresh_id(call.settings.secret, call.member_id, name)
    if status_id is None:
        raise NotFound
    known = await find_knowledge(call.read(), status_id)
    status = "running" if known.refreshing else "finished"
    return answer({"async_refresh": {"id": name, "status": status, "result_count": known.found}})


ROUTES = [
    Route("GET", "/api/v1_alpha/async_refreshes/{id}", show, Who.MEMBER, ("read",)),
]
