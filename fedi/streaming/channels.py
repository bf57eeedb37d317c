"""The streams one can listen to, by name, and who may."""

from dataclasses import dataclass

from fedi.core.auth.types import Viewer
from fedi.core.live import Message
from fedi.kit.ids import parse_id
from fedi.kit.text_compose import hashtag_key

NAMES = frozenset(
    {
        "user",
        "user:notification",
        "public",
        "public:local",
        "public:remote",
        "public:media",
        "public:local:media",
        "public:remote:media",
        "hashtag",
        "hashtag:local",
        "list",
        "direct",
    }
)
_LONGEST_TAG = 200


@dataclass(frozen=True, slots=True)
class Channel:
    """A stream and its argument, if it has one, as apps name them."""

    name: str
    argument: str = ""

    @property
    def label(self) -> list[str]:
        """How frames name it."""
        return [self.name, self.argument] if self.argument else [self.name]

    @property
    def key(self) -> "Channel":
        """The stream itself: hashtags have many spellings."""
        if self.name.startswith("hashtag"):
            return Channel(self.name, hashtag_key(self.argument))
        return self


USER = Channel("user")
NOTIFICATION = Channel("user:notification")
DIRECT = Channel("direct")


def parse_channel(name: str, *, tag: str = "", list_id: str = "") -> Channel | None:
    """The stream that an app asked for, or None if there is none of that name."""
    if name not in NAMES:
        return None
    if name.startswith("hashtag"):
        tag = tag.removeprefix("#")
        return Channel(name, tag) if 0 < len(tag) <= _LONGEST_TAG else None
    if name == "list":
        return Channel(name, list_id) if parse_id(list_id) is not None else None
    return Channel(name)


def may_listen(viewer: Viewer, channel: Channel) -> bool:
    """Whether the granted scopes cover the stream."""
    if channel.name == "user:notification":
        return viewer.has_scope("read:notifications")
    if channel.name == "list":
        return viewer.has_scope("read:lists", "read:statuses")
    return viewer.has_scope("read:statuses")


def channels_of(message: Message) -> list[Channel]:
    """The streams that carry a post for whoever listens: public ones, and those of hashtags."""
    found: list[Channel] = []
    place = "local" if message.local else "remote"
    if message.public:
        names = ["public", f"public:{place}"]
        if message.media or message.event == "delete":
            names += ["public:media", f"public:{place}:media"]
        found += [Channel(name) for name in names]
    for tag in message.tags:
        found.append(Channel("hashtag", tag))
        if message.local:
            found.append(Channel("hashtag:local", tag))
    return found
