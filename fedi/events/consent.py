"""What happens between those who want to do something with a post and its author."""

from dataclasses import dataclass
from typing import ClassVar

from fedi.events.base import Happened


@dataclass(frozen=True, slots=True)
class InteractionAsked(Happened):
    """A member's answer or boost waits until the author elsewhere allows it."""

    status_id: int
    account_id: int

    LANE: ClassVar[str] = "status:{0.status_id}"


@dataclass(frozen=True, slots=True)
class InteractionRequested(Happened):
    """Somebody wants to do something with a member's post that the member has to allow."""

    request_id: int
    account_id: int

    LANE: ClassVar[str] = "consent:{0.request_id}"


@dataclass(frozen=True, slots=True)
class InteractionDecided(Happened):
    """A member, or the policy of their post, said yes or no to what somebody wants."""

    request_id: int
    account_id: int

    LANE: ClassVar[str] = "consent:{0.request_id}"


@dataclass(frozen=True, slots=True)
class ApprovalRevoked(Happened):
    """A member takes back what they allowed."""

    request_id: int
    account_id: int

    LANE: ClassVar[str] = "consent:{0.request_id}"


@dataclass(frozen=True, slots=True)
class FeatureRefused(Happened):
    """Somebody wants a member in a collection of accounts, which nobody here can allow."""

    account_id: int
    actor_id: int
    uri: str

    LANE: ClassVar[str] = "feature:{0.account_id}:{0.actor_id}"
