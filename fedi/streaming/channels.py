"""The streams one can listen to, by name, and who may."""

from dataclasses import dataclass

from fedi.core.auth.types import Viewer

# Names that apps may ask for. Those that nothing is sent on yet are quiet, not an error: an
# error frame would end the whole socket in some apps.
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


@dataclass(frozen=True, slots=True)
class Channel:
    """A stream and its argument, if it has one."""

    name: str
    argument: str = ""

    @property
    def label(self) -> list[str]:
        """How frames name it."""
        return [self.name, self.argument] if self.argument else [self.name]


def parse_channel(name: str, *, tag: str = "", list_id: str = "") -> Channel | None:
    """The stream that an app asked for, or None if there is none of that name."""
    if name not in NAMES:
        return None
    if name.startswith("hashtag"):
        return Channel(name, tag.lower()) if tag else None
    if name == "list":
        return Channel(name, list_id) if list_id else None
    return Channel(name)


def may_listen(viewer: Viewer, channel: Channel) -> bool:
    """Whether the granted scopes cover the stream."""
    if channel.name == "user:notification":
        return viewer.has_scope("read:notifications")
    return viewer.has_scope("read:statuses")
