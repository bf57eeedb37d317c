"""Expected endings, as values. They are stored on queue rows, counted and shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class State(IntEnum):
    """Where a queue row stands; see `fedi.kit.queue`."""

    READY = 0
    PARKED = 1
    DONE = 2
    IGNORED = 3
    REFUSED = 4
    GAVE_UP = 5


@dataclass(frozen=True, slots=True)
class Done:
    """It took effect."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to do, and that is in order."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It must not take effect; `reason` says which rule forbids it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: come back after this many seconds. `counts` says whether it was an attempt."""

    after: float
    reason: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True)
class GaveUp:
    """It cannot be done, for good; somebody may look at it (quarantine)."""

    reason: str


Outcome = Done | Ignored | Refused | Later | GaveUp


def retry(waits: Sequence[float], attempt: int, reason: str) -> Later | GaveUp:
    """Come back after the wait that follows this attempt (the first one is 1), or give up."""
    return Later(waits[attempt - 1], reason) if attempt <= len(waits) else GaveUp(reason)


END_STATE: dict[type[Outcome], State] = {
    Done: State.DONE,
    Ignored: State.IGNORED,
    Refused: State.REFUSED,
    GaveUp: State.GAVE_UP,
}
