"""What each type of activity means: the table. Handlers know nothing of each other.

The order of the table is the order in which the types of one wave are applied, so that what makes
something comes before what is about it.
"""

from fedi.federation.handlers import (
    accept,
    add,
    announce,
    block,
    create,
    delete,
    dislike,
    emoji_react,
    feature_request,
    flag,
    follow,
    ignored,
    interaction_request,
    like,
    moderate,
    move,
    quote_request,
    reject,
    remove,
    undo,
    update,
)
from fedi.federation.meaning.incoming import Handler
from fedi.federation.meaning.unwrap import MODERATION

HANDLERS: dict[str, Handler] = {
    "Create": create.HANDLER,
    "Update": update.HANDLER,
    "Announce": announce.HANDLER,
    "Like": like.HANDLER,
    "Dislike": dislike.HANDLER,
    "EmojiReact": emoji_react.HANDLER,
    "QuoteRequest": quote_request.HANDLER,
    "LikeRequest": interaction_request.HANDLER,
    "ReplyRequest": interaction_request.HANDLER,
    "AnnounceRequest": interaction_request.HANDLER,
    "FeatureRequest": feature_request.HANDLER,
    "Follow": follow.HANDLER,
    "Accept": accept.HANDLER,
    "Reject": reject.HANDLER,
    "Block": block.HANDLER,
    "Move": move.HANDLER,
    "Flag": flag.HANDLER,
    **ignored.HANDLERS,
    "Add": add.HANDLER,
    "Remove": remove.HANDLER,
    "Undo": undo.HANDLER,
    "Delete": delete.HANDLER,
    MODERATION: moderate.HANDLER,
}
