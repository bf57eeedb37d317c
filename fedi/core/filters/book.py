"""The filters of those who read just now, remembered by each process that shows posts."""

from collections import OrderedDict
from collections.abc import Iterable

from fedi.core.filters.match import Sieve, build_sieve
from fedi.core.filters.queries import list_filters
from fedi.kit.bus import Bus
from fedi.kit.clock import clock
from fedi.kit.unit import ReadUnit

# While the bus is heard, changes are told; the limit is for what got lost on the way.
_TOLD_SECONDS = 60.0
_UNTOLD_SECONDS = 1.0
_KEPT = 10_000

Sieves = tuple[Sieve, ...]


class FilterBook:
    """Filters by member, ready for matching; whoever learns of a change calls `forget`."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        # When it was asked for, and what the answer was.
        self._known: OrderedDict[int, tuple[float, Sieves]] = OrderedDict()
        # Counts what was forgotten: an answer asked for before that is not kept.
        self._forgotten = 0

    async def find(self, read: ReadUnit, account_ids: Iterable[int]) -> dict[int, Sieves]:
        """The filters of members, expired ones among them; one statement for all unknown."""
        now = clock.monotonic()
        seconds = _TOLD_SECONDS if self._bus.connected else _UNTOLD_SECONDS
        found: dict[int, Sieves] = {}
        unknown: list[int] = []
        for account_id in dict.fromkeys(account_ids):
            known = self._known.get(account_id)
            if known is not None and now - known[0] < seconds:
                found[account_id] = known[1]
            else:
                unknown.append(account_id)
        if unknown:
            found |= await self._read(read, unknown, now)
        return found

    async def _read(self, read: ReadUnit, account_ids: list[int], now: float) -> dict[int, Sieves]:
        forgotten = self._forgotten
        filters = await list_filters(read, account_ids)
        found = {key: tuple(build_sieve(item) for item in filters[key]) for key in account_ids}
        if forgotten == self._forgotten:
            for key, sieves in found.items():
                self._known[key] = (now, sieves)
                self._known.move_to_end(key)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found

    def forget(self, account_id: int) -> None:
        """The member has changed their filters."""
        self._forgotten += 1
        self._known.pop(account_id, None)
