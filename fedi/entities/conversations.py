"""Conversations as apps know them."""

from collections.abc import Mapping, Sequence

from fedi.core.conversations.queries import Conversation
from fedi.entities.statuses import StatusBuilder
from fedi.kit.unit import ReadUnit

_SHOWN = b'{"id":"%d","unread":%b,"accounts":[%b],"last_status":%b}'


async def build_conversations(
    read: ReadUnit, statuses: StatusBuilder, found: Sequence[Conversation]
) -> list[bytes]:
    """Conversations as JSON, in order: one question for all posts, one for all accounts."""
    views = [(each.account_id, each.head) for each in found]
    posts = await statuses.build_views(read, views) if views else []
    people = {other for each in found for other in (*each.participant_ids, each.account_id)}
    accounts = await statuses.accounts.build_by_ids(read, people) if people else {}
    return [
        _build_conversation(each, accounts, post) for each, post in zip(found, posts, strict=True)
    ]


def _build_conversation(
    conversation: Conversation, accounts: Mapping[int, bytes], status: bytes | None
) -> bytes:
    """Whoever talks to nobody else is shown with themselves."""
    others = conversation.participant_ids or [conversation.account_id]
    return _SHOWN % (
        conversation.id,
        b"true" if conversation.unread else b"false",
        b",".join(accounts[other] for other in others if other in accounts),
        status or b"null",
    )
