"""Rate limits, counted in this process in windows aligned to multiples of their period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fedi.kit.clock import clock
from fedi.kit.errors import TooMany

_MOST_KEYS = 200_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times per period, in seconds."""

    name: str
    count: int
    period: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a limit is left, and until when."""

    limit: int
    remaining: int
    reset: float

    @property
    def headers(self) -> dict[str, str]:
        """As apps are told."""
        reset = datetime.fromtimestamp(self.reset, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-reset": reset,
        }


class LimitReached(TooMany):
    """Too many requests; carries what the headers shall say."""

    def __init__(self, standing: Standing) -> None:
        wait = max(1, int(standing.reset - clock.timestamp()) + 1)
        super().__init__("Too many requests", retry_after=wait)
        self.standing = standing


class RateLimits:
    """The counts of one process; with `enabled=False` nothing is ever counted."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}

    def hit(self, wanted: Sequence[tuple[Limit, str]]) -> Standing | None:
        """Count one request against each (limit, key); the standing with the least left.

        Raises:
            LimitReached: One of them was used up before; then none is counted.
        """
        if not self.enabled or not wanted:
            return None
        moment = clock.timestamp()
        found: list[tuple[tuple[str, str], int, int, Standing]] = []
        for limit, key in wanted:
            window = int(moment) // limit.period
            place = (limit.name, key)
            used_in, used = self._counts.get(place, (window, 0))
            used = used if used_in == window else 0
            left = limit.count - used - 1
            standing = Standing(limit.count, max(left, 0), (window + 1) * limit.period)
            if left < 0:
                raise LimitReached(standing)
            found.append((place, window, used + 1, standing))
        for place, window, used, _ in found:
            self._counts[place] = (window, used)
        self._trim()
        return min((entry[3] for entry in found), key=lambda standing: standing.remaining)

    def _trim(self) -> None:
        """Forget the oldest keys: what is counted may not grow without end."""
        while len(self._counts) > _MOST_KEYS:
            del self._counts[next(iter(self._counts))]
