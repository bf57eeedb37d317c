"""How we behave as a guest: so many requests a second for each host, and later when it says so."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime

from fedi.kit.clock import clock
from fedi.kit.errors import RemoteDown, TooMany

_REMEMBERED = 10_000
# When a host is busy and does not say for how long, and what is believed at most if it does.
_BUSY_SECONDS = 60.0
_LONGEST_SECONDS = 3600.0


class Turns:
    """Gives out turns: one host is asked at even intervals, however many want to ask it."""

    def __init__(
        self,
        *,
        gap: float = 0.5,
        patience: float = 30.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:
        self.gap = gap
        self._patience = patience
        self._sleep = sleep
        self._monotonic = monotonic
        # When each host may be asked next.
        self._next: OrderedDict[str, float] = OrderedDict()

    async def turn(self, host: str) -> None:
        """Wait until the host may be asked.

        Raises:
            RemoteDown: that would take too long; nobody waits for it.
        """
        moment = self._monotonic()
        mine = max(self._next.get(host, 0.0), moment)
        wait = mine - moment
        if wait > self._patience:
            raise RemoteDown("busy", f"{host} wants to be left alone for a while")
        self._set(host, mine + self.gap)
        if wait > 0:
            await self._sleep(wait)

    def is_held(self, host: str) -> bool:
        """Whether it is no use to wait for a turn."""
        return self._next.get(host, 0.0) - self._monotonic() > self._patience

    def heard(self, host: str, status: int, retry_after: str | None) -> None:
        """Heed an answer: a host that is busy is left alone for as long as it asks."""
        if status == 429 or (status == 503 and retry_after):
            wait = min(_seconds(retry_after), _LONGEST_SECONDS)
            self._set(host, max(self._next.get(host, 0.0), self._monotonic() + wait))

    def _set(self, host: str, moment: float) -> None:
        self._next[host] = moment
        self._next.move_to_end(host)
        while len(self._next) > _REMEMBERED:
            self._next.popitem(last=False)


class Allowance(Turns):
    """So many requests and not one more, at once, for all that follows from one thing."""

    def __init__(self, requests: int) -> None:
        super().__init__()
        self.left = requests

    async def turn(self, host: str) -> None:
        """Count a request.

        Raises:
            TooMany: there have been enough.
        """
        if self.left <= 0:
            raise TooMany("far enough", f"no more requests are made for this, not to {host} either")
        self.left -= 1


def _seconds(retry_after: str | None) -> float:
    """What either form of the header means; nonsense means some time."""
    text = (retry_after or "").strip()[:64]
    if text.isdecimal() and text.isascii():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - clock.timestamp())
    except (ValueError, OverflowError):
        return _BUSY_SECONDS
