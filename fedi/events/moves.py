"""What happens when people change servers."""

from dataclasses import dataclass
from typing import ClassVar

from fedi.events.base import Happened


@dataclass(frozen=True, slots=True)
class AccountMoved(Happened):
    """A member has moved to the actor `target`; others are told in the order of their profile."""

    account_id: int
    target: str
    # When, in milliseconds: each move has an id of its own.
    moment: int

    LANE: ClassVar[str] = "account:{0.account_id}"
