"""What happens between this server and relays."""

from dataclasses import dataclass
from typing import ClassVar

from fedi.events.base import Happened


@dataclass(frozen=True, slots=True)
class RelayFollowed(Happened):
    """A relay is to be asked."""

    relay_id: int

    LANE: ClassVar[str] = "relay:{0.relay_id}"


@dataclass(frozen=True, slots=True)
class RelayUnfollowed(Happened):
    """A relay was left; its row is gone."""

    relay_id: int
    style: str
    inbox_url: str
    actor_uri: str
    follow_uri: str

    LANE: ClassVar[str] = "relay:{0.relay_id}"


@dataclass(frozen=True, slots=True)
class RelayFollowedBack(Happened):
    """The actor of a relay that was asked follows this server in return."""

    actor_uri: str
    inbox_url: str
    follow_uri: str

    LANE: ClassVar[str] = "relay:{0.actor_uri}"
