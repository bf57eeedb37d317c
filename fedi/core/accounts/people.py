"""Everything that one process needs to get to know people elsewhere; built once, passed down."""

import asyncio
import copy
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from fedi.core.accounts.fetching import Fetcher, Negatives
from fedi.core.accounts.keys import KeyRing
from fedi.core.accounts.turns import Turns
from fedi.core.domains.policy import Policy
from fedi.core.relays import Relays
from fedi.kit.clock import clock
from fedi.kit.errors import FediError, Unavailable
from fedi.kit.runtime import Runtime

_CONCURRENT = 32
_CRAWLS = 6
_WINDOWS = 50_000


class People:
    """Keys, fetching, and the memory of what was tried a moment ago."""

    def __init__(self, runtime: Runtime, policy: Policy | None = None) -> None:
        self.runtime = runtime
        self.policy = policy or Policy(runtime)
        self.relays = Relays(runtime)
        self.keyring = KeyRing(runtime)
        self.fetcher = Fetcher(runtime, self.keyring, self.policy)
        self.negatives = Negatives()
        self.slots = asyncio.Semaphore(_CONCURRENT)
        self.turns = Turns()
        # Conversations that are read at the same time.
        self.crawls = asyncio.Semaphore(_CRAWLS)
        self._flights: dict[object, asyncio.Task[Any]] = {}
        self._windows: OrderedDict[object, float] = OrderedDict()

    def at_leisure(self, turns: Turns | None = None) -> "People":
        """The same for work that nobody waits for: it asks each host in turn, and holds up nobody.

        What is remembered is shared; the places of those who are in a hurry are not taken.
        """
        other = copy.copy(self)
        other.fetcher = self.fetcher.in_turn(turns or self.turns)
        other.slots = asyncio.Semaphore(_CONCURRENT)
        return other

    async def once(self, key: object, work: Callable[[], Awaitable[Any]]) -> Any:
        """Do something that others may be waiting for already; they share its end.

        Whoever gives up waiting does not take it away from the others.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self.runtime.tasks.start(_end(work), f"fetch {key}"[:200])
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        ended = await asyncio.shield(flight)
        if isinstance(ended, FediError):
            raise ended
        return ended

    def may(self, key: object, seconds: float) -> bool:
        """Whether this was not done within the last `seconds`; from now on it was."""
        moment = clock.monotonic()
        if self._windows.get(key, 0.0) > moment:
            return False
        self._windows[key] = moment + seconds
        self._windows.move_to_end(key)
        while len(self._windows) > _WINDOWS:
            self._windows.popitem(last=False)
        return True


async def _end(work: Callable[[], Awaitable[Any]]) -> Any:
    """What came out; an expected error is a value here, and raised for each who waits."""
    try:
        return await work()
    except FediError as problem:
        return problem
    except TimeoutError:
        return Unavailable("timeout", retry_after=30)
