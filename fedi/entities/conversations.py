"""Conversations as apps know them."""

from collections.abc import Mapping

from fedi.core.conversations.queries import Conversation

_SHOWN = b'{"id":"%d","unread":%b,"accounts":[%b],"last_status":%b}'


def build_conversation(
    conversation: Conversation, accounts: Mapping[int, bytes], status: bytes | None
) -> bytes:
    """A conversation as JSON; whoever talks to nobody else is shown with themselves."""
    others = conversation.participant_ids or [conversation.account_id]
    return _SHOWN % (
        conversation.id,
        b"true" if conversation.unread else b"false",
        b",".join(accounts[other] for other in others if other in accounts),
        status or b"null",
    )
