"""A member's conversations; nobody else ever sees them."""

from dataclasses import dataclass

import asyncpg

from fedi.core.statuses.heads import (
    HEAD_TABLES,
    HEAD_WIDTH,
    build_heads,
    head_columns,
    head_visible,
)
from fedi.core.statuses.policy import wanted_sql
from fedi.core.statuses.types import Head
from fedi.kit.errors import NotFound
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread of direct posts; `head` is its newest one, as the member sees it."""

    id: int
    account_id: int
    participant_ids: list[int]
    unread: bool
    head: Head


# Whom the member has come to block or mute is not shown as the one who spoke last.
_SHOWN = (
    f"SELECT {head_columns('$1::bigint')}, k.id, k.participant_ids, k.unread FROM conversations k"
    f" JOIN statuses s ON s.id = k.last_status_id{HEAD_TABLES}"
    f" WHERE k.account_id = $1::bigint AND {head_visible('$1::bigint')}"
    f" AND {wanted_sql('$1::bigint', ('s.account_id',))}"
)


async def list_conversations(read: ReadUnit, account_id: int, page: Page) -> list[Conversation]:
    """A page, newest first; the cursor is the id of the newest post."""
    bounds, values = page.bounds_sql("k.last_status_id", 2)
    rows = await read.fetch(
        f"{_SHOWN}{bounds} ORDER BY k.last_status_id {page.direction} LIMIT {int(page.limit)}",
        account_id,
        *values,
    )
    return _build(account_id, page.newest_first(rows))


async def get_conversation(read: ReadUnit, account_id: int, conversation_id: int) -> Conversation:
    """One conversation.

    Raises:
        NotFound: there is none, it is somebody else's, or its newest post is not to be seen.
    """
    rows = await read.fetch(f"{_SHOWN} AND k.id = $2", account_id, conversation_id)
    if not rows:
        raise NotFound
    return _build(account_id, rows)[0]


def _build(account_id: int, rows: list[asyncpg.Record]) -> list[Conversation]:
    return [
        Conversation(row[HEAD_WIDTH], account_id, row[HEAD_WIDTH + 1], row[HEAD_WIDTH + 2], head)
        for row, head in zip(rows, build_heads(rows), strict=True)
    ]
