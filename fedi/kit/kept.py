"""What was found out a moment ago, so that a crowd that asks the same costs one answer."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from fedi.kit.clock import clock

# How long it is kept in this process.
KEPT_SECONDS = 2.0
_KEPT = 5000


class Kept:
    """Renderings and findings by key, for a moment."""

    def __init__(self) -> None:
        self._items: OrderedDict[object, tuple[float, Any]] = OrderedDict()

    def find(self, key: object) -> Any:
        """What is kept under `key`, while it is fresh; None also for nothing."""
        found = self._items.get(key)
        return found[1] if found is not None and found[0] > clock.monotonic() else None

    def put(self, key: object, value: Any) -> Any:
        """Keep `value` for a moment."""
        self._items[key] = (clock.monotonic() + KEPT_SECONDS, value)
        self._items.move_to_end(key)
        while len(self._items) > _KEPT:
            self._items.popitem(last=False)
        return value

    def clear(self) -> None:
        """Something changed."""
        self._items.clear()


class Lately:
    """What was heard of a moment ago, by key; of too many keys the oldest are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._until: OrderedDict[Hashable, float] = OrderedDict()

    def is_news(self, key: Hashable, seconds: float) -> bool:
        """Take note of a key for so long; False while it is noted already."""
        moment = clock.monotonic()
        if self._until.get(key, 0.0) > moment:
            return False
        self._until[key] = moment + seconds
        self._until.move_to_end(key)
        while len(self._until) > self._most:
            self._until.popitem(last=False)
        return True

    def clear(self) -> None:
        """Everything is news again."""
        self._until.clear()
