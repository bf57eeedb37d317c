"""What open streams hear: messages on the bus, said after the commit, ids only.

One publication carries a list of messages, because a batch of posts arrives together. Whoever
hears one looks the posts up for each viewer, so nothing private is ever on the bus.

    update                 a post for the home streams of `users`, the streams of `lists` and
                           `tags`, and public ones if `public`
    status.update          the same for an edit
    delete                 a post is gone
    notification           `id` is the notification's, `users` has its one recipient
    notifications_merged   what was held back came into the lists of `users`
    conversation           something new in the conversation `id`, which `users` has alone
    changed                whom `users` follow, block or mute has changed
    filters_changed        the filters of `users` have
    announcement           for everybody; `announcement.reaction` (`word` names it) and
                           `announcement.delete` likewise
    revoked                tokens (all of the user's if none are named) must no longer be served
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

import orjson

from fedi.kit.unit import Unit

CHANNEL = "fedi:live"
# Together they stay well below what one bus message should be.
MESSAGES_AT_ONCE = 200

Kind = Literal[
    "update",
    "status.update",
    "delete",
    "notification",
    "notifications_merged",
    "conversation",
    "changed",
    "filters_changed",
    "announcement",
    "announcement.reaction",
    "announcement.delete",
    "revoked",
]
_FOR_ALL = {"revoked", "announcement", "announcement.reaction", "announcement.delete"}


@dataclass(frozen=True, slots=True)
class Message:
    """Something that open streams may show."""

    event: Kind
    id: str = ""
    author: int = 0
    users: tuple[int, ...] = ()
    public: bool = False
    local: bool = False
    media: bool = False
    # Pairs of a list and its owner.
    lists: tuple[tuple[int, int], ...] = ()
    tags: tuple[str, ...] = ()
    word: str = ""
    user: int = 0
    tokens: tuple[int, ...] = ()

    @property
    def is_heard(self) -> bool:
        """Whether anybody could be listening."""
        return (
            self.public
            or bool(self.users)
            or bool(self.lists)
            or bool(self.tags)
            or self.event in _FOR_ALL
        )


_KINDS = frozenset(get_args(Kind))
_NAMES = frozenset(field.name for field in fields(Message))


def say(unit: Unit, messages: Sequence[Message]) -> None:
    """Tell every web process, once this unit is committed."""
    heard = [message for message in messages if message.is_heard]
    for start in range(0, len(heard), MESSAGES_AT_ONCE):
        unit.say(CHANNEL, orjson.dumps(heard[start : start + MESSAGES_AT_ONCE]))


def parse(data: bytes) -> list[Message]:
    """The messages of one publication; from our own bus, and still read with care.

    A process of another release may say more or less: what is unknown is left out.
    """
    try:
        return [_read(item) for item in orjson.loads(data) if item["event"] in _KINDS]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return []


def _read(item: dict[str, Any]) -> Message:
    known = {name: value for name, value in item.items() if name in _NAMES}
    for name in ("users", "tags", "tokens"):
        known[name] = tuple(known.get(name, ()))
    known["lists"] = tuple((number, owner) for number, owner in known.get("lists", ()))
    return Message(**known)
