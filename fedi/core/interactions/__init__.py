"""Likes, boosts, bookmarks and reactions: by members, and by others from the network.

Each is a fact with a unique constraint; a counter changes and an event is recorded only when a
row really came or went. Acting on a boost acts on its original. Nobody can act on what they
cannot see: for them it is not there.
"""

from fedi.core.interactions.boosts import receive_announces
from fedi.core.interactions.received import (
    receive_likes,
    receive_undo_announces,
    receive_undo_likes,
)
from fedi.core.interactions.service import (
    bookmark,
    favourite,
    react,
    reblog,
    unbookmark,
    unfavourite,
    unreact,
    unreblog,
)

__all__ = [
    "bookmark",
    "favourite",
    "react",
    "reblog",
    "receive_announces",
    "receive_likes",
    "receive_undo_announces",
    "receive_undo_likes",
    "unbookmark",
    "unfavourite",
    "unreact",
    "unreblog",
]
