"""What one worker knows of the hosts it delivers to: how they fare, and what may go to them now.

unproven    nothing has succeeded yet: one request at a time, with a short deadline
troubled    the last one failed, or one has been under way for long: one at a time, and all
            such hosts together get a quarter of the slots
recovering  it was down for long: a few requests per second, slowly rising
proven      as many at once as the settings allow
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fedi.core.domains.reachability import DIALECTS, Dialect
from fedi.federation.delivery.knock import Learned
from fedi.kit.clock import clock
from fedi.kit.unit import ReadUnit

# From here on a delivery under way counts as slow.
SLOW_SECONDS = 1.0
# How many failures in a row open the breaker; a host that had them comes back slowly.
MANY_FAILURES = 5
FIRST_RATE = 10.0
_RATE_DOUBLES = 60.0
_FULL_RATE = 400.0
_FRESH_SECONDS = 60.0
_REST_SECONDS = 30.0
_LONG_DOWN = timedelta(minutes=10)
_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed delivery in this worker's hands."""

    id: int
    lease: int
    host: str
    inbox_url: str
    activity_id: int
    attempts: int
    created_at: datetime
    claimed: float


@dataclass(slots=True)
class Host:
    """One host, as this worker has come to know it."""

    name: str
    dialect: Dialect = "cavage"
    # How often in a row a later knock was the one that was let in.
    knocks: int = 0
    waiting: deque[Item] = field(default_factory=deque[Item])
    # Start of each request under way.
    running: dict[int, float] = field(default_factory=dict[int, float])
    failures: int = 0
    failed_at: float = float("-inf")
    is_proven: bool = False
    # When its slow return began, and when the next request may go.
    ramp_since: float | None = None
    next_start: float = 0.0
    loaded: float = float("-inf")
    # When a success was last written to the database.
    noted: float = float("-inf")

    def is_troubled(self, moment: float) -> bool:
        """Whether its last answer was a failure, or one is overdue."""
        return self.failures > 0 or self.is_slow(moment)

    def is_resting(self, moment: float) -> bool:
        """Whether it failed so often just now that its breaker opens, here if not yet there."""
        return self.failures >= MANY_FAILURES and moment - self.failed_at < _REST_SECONDS

    def is_slow(self, moment: float) -> bool:
        """Whether a request to it has been under way for long."""
        return any(moment - start > SLOW_SECONDS for start in self.running.values())

    def is_stale(self, moment: float) -> bool:
        """Whether what the database says about it is to be read anew."""
        return self.failures > 0 or moment - self.loaded > _FRESH_SECONDS

    def forgive(self) -> None:
        """Forget its failures; it has yet to show that it answers."""
        self.failures, self.failed_at, self.is_proven = 0, float("-inf"), False
        self.ramp_since, self.next_start = None, 0.0

    def limit(self, most: int, moment: float) -> int:
        """How many requests may be under way at once."""
        return most if self.is_proven and not self.is_troubled(moment) else 1

    def rate(self, moment: float) -> float | None:
        """Requests per second while it comes back; None without a limit."""
        if self.ramp_since is None:
            return None
        rate = FIRST_RATE * 2 ** int((moment - self.ramp_since) / _RATE_DOUBLES)
        if rate > _FULL_RATE:
            self.ramp_since = None
            return None
        return rate

    def started(self, item: Item, moment: float) -> None:
        """A request goes out."""
        self.running[item.id] = moment
        if rate := self.rate(moment):
            self.next_start = max(self.next_start, moment) + 1 / rate

    def knocked(self, learned: Learned | None, *, healthy: bool | None) -> None:
        """Remember which dialect was let in; asked for, or twice in a row, and it goes first."""
        if learned is None:
            self.knocks = 0 if healthy else self.knocks
            return
        self.knocks += 1
        if self.knocks > 1 or learned.was_asked:
            self.dialect, self.knocks = learned.dialect, 0

    def ended(self, item: Item, *, healthy: bool | None) -> None:
        """A request ended; `healthy` is what it says about the host."""
        self.running.pop(item.id, None)
        if healthy is False:
            self.failures += 1
            self.failed_at = clock.monotonic()
        elif healthy is True:
            if self.failures >= MANY_FAILURES and self.ramp_since is None:
                self.ramp_since = clock.monotonic()
            self.failures = 0
            self.is_proven = True


@dataclass(slots=True)
class Slots:
    """Requests under way and when they began; slow ones beyond a quarter do not take a slot."""

    most: int
    running: dict[int, float] = field(default_factory=dict[int, float])

    def free(self) -> int:
        """How many more requests may start."""
        under_way = len(self.running)
        if under_way < self.most:
            return self.most - under_way
        moment = clock.monotonic()
        slow = sum(1 for start in self.running.values() if moment - start > SLOW_SECONDS)
        excused = max(0, slow - self.most // 4)
        # Even those who do not count have sockets and memory: there is an end to it.
        return min(self.most - under_way + excused, self.most * 4 - under_way)


class Hosts:
    """All hosts that this worker has met lately."""

    def __init__(self) -> None:
        self._hosts: OrderedDict[str, Host] = OrderedDict()
        # Names of hosts with something under way.
        self.busy: set[str] = set()
        # Hosts with something waiting, in the order of their turn.
        self.queue: OrderedDict[str, Host] = OrderedDict()

    def get(self, name: str) -> Host:
        """The host of that name."""
        found = self._hosts.get(name)
        if found is None:
            found = self._hosts[name] = Host(name)
        return found

    def push(self, item: Item) -> None:
        """A delivery waits for its turn."""
        host = self.get(item.host)
        host.waiting.append(item)
        self.queue[host.name] = host

    def drop_waiting(self, host: Host) -> list[Item]:
        """Take back everything that waits for a host."""
        items = list(host.waiting)
        host.waiting.clear()
        self.queue.pop(host.name, None)
        return items

    def turns(self) -> Iterator[Host]:
        """Hosts with something waiting; each that is passed goes to the end of the line."""
        for name in list(self.queue):
            host = self.queue.get(name)
            if host is None:
                continue
            if not host.waiting:
                del self.queue[name]
                continue
            self.queue.move_to_end(name)
            yield host

    async def load(
        self, read: ReadUnit, names: Collection[str], is_behind: Callable[[Host], bool]
    ) -> None:
        """Ask the database about hosts that we have not looked at lately; one statement.

        Those in trouble are looked at each time: somebody else may know better by now, another
        worker that got through, or the admin who has them tried again. What the database is yet to
        hear from us (`is_behind`) it cannot know better.
        """
        moment = clock.monotonic()
        stale = [name for name in names if self.get(name).is_stale(moment)]
        if not stale:
            return
        rows = await read.fetch(
            "SELECT host, dialect, failures, last_success_at, last_failure_at FROM hosts"
            " WHERE host = ANY($1::text[])",
            stale,
        )
        for name in stale:
            self.get(name).loaded = moment
        for row in rows:
            host = self.get(row["host"])
            if host.failures and not row["failures"] and not is_behind(host):
                host.forgive()
            else:
                _learn(host, tuple(row), moment)
        self._trim()

    def _trim(self) -> None:
        for name in list(self._hosts)[: max(len(self._hosts) - _KEPT, 0)]:
            host = self._hosts[name]
            if not host.running and not host.waiting:
                del self._hosts[name]


def _learn(host: Host, row: Sequence[object], moment: float) -> None:
    """Take over what the database says, where this worker has no newer experience."""
    _, dialect, failures, succeeded, failed = row
    host.dialect = DIALECTS.get(str(dialect), "cavage")
    if host.is_proven or host.running or host.failures:
        return
    last_good = succeeded if isinstance(succeeded, datetime) else None
    last_bad = failed if isinstance(failed, datetime) else None
    host.is_proven = last_good is not None
    if last_bad is None or (last_good is not None and last_good >= last_bad):
        return
    host.failures = max(int(failures) if isinstance(failures, int) else 0, 1)
    if last_good is None or last_bad - last_good > _LONG_DOWN:
        host.failures = max(host.failures, MANY_FAILURES)
        host.next_start = moment
