"""What each type of activity means: the table. Handlers know nothing of each other.

The order of the table is the order in which the types of one wave are applied, so that what makes
something comes before what is about it.
"""

from fedi.federation.handlers import (
    accept,
    announce,
    block,
    create,
    delete,
    follow,
    like,
    reject,
    undo,
    update,
)
from fedi.federation.incoming import Handler

HANDLERS: dict[str, Handler] = {
    "Create": create.HANDLER,
    "Update": update.HANDLER,
    "Announce": announce.HANDLER,
    "Like": like.HANDLER,
    "Follow": follow.HANDLER,
    "Accept": accept.HANDLER,
    "Reject": reject.HANDLER,
    "Block": block.HANDLER,
    "Undo": undo.HANDLER,
    "Delete": delete.HANDLER,
}
