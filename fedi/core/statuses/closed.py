"""Conversations in groups that take no more answers."""

from fedi.kit.errors import Forbidden
from fedi.kit.unit import Unit

# A conversation is closed when any post in it is: mostly that is its first one.
LOCKED_SQL = (
    "EXISTS (SELECT 1 FROM group_posts lp JOIN statuses ls ON ls.id = lp.status_id"
    " WHERE lp.group_id = {group} AND lp.locked AND ls.conversation_id = {conversation})"
)


async def refuse_closed(unit: Unit, group_id: int, conversation_id: int) -> None:
    """Refuse an answer in a conversation that a moderator has closed.

    Raises:
        Forbidden: it is closed.
    """
    rule = LOCKED_SQL.format(group="$1::bigint", conversation="$2::bigint")
    if await unit.value(f"SELECT {rule}", group_id, conversation_id):
        raise Forbidden("This conversation is closed")
