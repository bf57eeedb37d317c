"""Conversations: threads of direct posts."""

from collections.abc import Sequence

from starlette.responses import Response

from fedi.api.deps import Call, Handler, Route, Who, empty, raw_json
from fedi.core.conversations import queries, service
from fedi.core.conversations.queries import Conversation
from fedi.entities.conversations import build_conversations
from fedi.entities.statuses import join


async def index(call: Call) -> Response:
    """The member's conversations; the cursor is the id of the newest post in each."""
    page = call.page(20, 40)
    found = await queries.list_conversations(call.read(), call.member_id, page)
    headers = call.page_links([each.head.id for each in found], page)
    return raw_json(join(await _build(call, found)), headers=headers)


def _mark(*, unread: bool) -> Handler:
    """A handler that marks a conversation, and shows it."""

    async def handle(call: Call) -> Response:
        conversation_id = call.id()
        async with call.runtime.unit() as unit:
            await service.mark(unit, call.member_id, conversation_id, unread=unread)
        found = await queries.get_conversation(call.read(), call.member_id, conversation_id)
        return raw_json((await _build(call, [found]))[0])

    return handle


async def delete(call: Call) -> Response:
    """Take a conversation off the list."""
    conversation_id = call.id()
    async with call.runtime.unit() as unit:
        await service.delete(unit, call.member_id, conversation_id)
    return empty()


async def _build(call: Call, found: Sequence[Conversation]) -> list[bytes]:
    return await build_conversations(call.read(), call.services.statuses, found)


_ALL = "/api/v1/conversations"
_WRITE = ("write:conversations",)

ROUTES = [
    Route("GET", _ALL, index, Who.MEMBER, ("read:statuses",)),
    Route("DELETE", f"{_ALL}/{{id}}", delete, Who.MEMBER, _WRITE),
    Route("POST", f"{_ALL}/{{id}}/read", _mark(unread=False), Who.MEMBER, _WRITE),
    Route("POST", f"{_ALL}/{{id}}/unread", _mark(unread=True), Who.MEMBER, _WRITE),
]
