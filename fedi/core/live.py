"""What open streams hear: messages on the bus, said after the commit, ids only.

One publication carries a list of messages, because a batch of posts arrives together. Whoever
hears one looks the posts up for each viewer, so nothing private is ever on the bus.

    update          a post for the `user` streams of `users`, and for `public` ones if `public`
    status.update   the same for an edit
    delete          a post is gone
    notification    `id` is the notification's, `users` has its one recipient
    changed         whom `users` follow, block or mute has changed
    revoked         tokens (all of the user's if none are named) must no longer be served
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import orjson

from fedi.kit.unit import Unit

CHANNEL = "fedi:live"
# Together they stay well below what one bus message should be.
MESSAGES_AT_ONCE = 200

Kind = Literal["update", "status.update", "delete", "notification", "changed", "revoked"]


@dataclass(frozen=True, slots=True)
class Message:
    """Something that open streams may show."""

    event: Kind
    id: str = ""
    author: int = 0
    users: tuple[int, ...] = ()
    public: bool = False
    local: bool = False
    user: int = 0
    tokens: tuple[int, ...] = ()

    @property
    def is_heard(self) -> bool:
        """Whether anybody could be listening."""
        return self.public or bool(self.users) or self.event == "revoked"


def say(unit: Unit, messages: Sequence[Message]) -> None:
    """Tell every web process, once this unit is committed."""
    heard = [message for message in messages if message.is_heard]
    for start in range(0, len(heard), MESSAGES_AT_ONCE):
        unit.say(CHANNEL, orjson.dumps(heard[start : start + MESSAGES_AT_ONCE]))


def parse(data: bytes) -> list[Message]:
    """The messages of one publication; from our own bus, and still read with care."""
    try:
        items = orjson.loads(data)
        return [
            Message(
                event=item["event"],
                id=item["id"],
                author=item["author"],
                users=tuple(item["users"]),
                public=item["public"],
                local=item["local"],
                user=item["user"],
                tokens=tuple(item["tokens"]),
            )
            for item in items
        ]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return []
