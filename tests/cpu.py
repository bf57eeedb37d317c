"""How much time work takes, measured so that a busy machine fails no test and no slow code passes.

A limit is in seconds of a usual machine with nothing else to do. Work that exceeds it is held
against a yardstick of the same moment: if a fixed piece of work takes twice as long as it should,
so may the other. And it is tried again, where it can be: noise only adds time, so the best of a few
tries is the truth, while code that is too slow is too slow each time.
"""

import gc
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

TRIES = 3
GROWTH = 4

Clock = Callable[[], float]
# Waiting counts: for what includes other processes, or deadlines. Everything else is CPU time.
wall: Clock = time.monotonic

_YARD_SECONDS = 0.02
# Linear work takes four times as long for four times as much, quadratic work sixteen times.
_MOST_GROWTH = 8.0
# Shorter times are noise: a ratio of them says nothing.
_SHORTEST = 0.015


def slowness(clock: Clock = time.process_time) -> float:
    """How many times slower than usual this machine is at this moment; never below one."""
    words: dict[int, str] = {}
    began = clock()
    for number in range(200_000):
        words[number % 997] = str(number)
    return max(1.0, (clock() - began) / _YARD_SECONDS)


class Window:
    """What stands in its `with` is measured."""

    def __init__(self, limit: float, clock: Clock) -> None:
        self.limit = limit
        self.spent = 0.0
        self.is_good = False
        self._clock = clock
        self._is_last = True

    def forgive(self) -> None:
        """Let too much time be no failure: there is another try."""
        self._is_last = False

    def __enter__(self) -> None:
        # What a thousand tests left behind is not searched for garbage on the time of this one.
        gc.freeze()
        self.spent = -self._clock()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.spent += self._clock()
        gc.unfreeze()
        if kind:
            return
        self.is_good = is_within(self.spent, self.limit, self._clock)
        assert self.is_good or not self._is_last, f"{self.spent:.3f} s, limit {self.limit} s"


def within(limit: float, clock: Clock = time.process_time) -> Window:
    """For what can be done only once: `with within(0.5): ...`."""
    return Window(limit, clock)


def tries(limit: float, clock: Clock = time.process_time) -> Iterator[Window]:
    """For what can be repeated: `for window in tries(0.5):`, and in it `with window: ...`."""
    for number in range(TRIES):
        window = Window(limit, clock)
        if number < TRIES - 1:
            window.forgive()
        yield window
        if window.is_good:
            return


def quick(limit: float, work: Callable[[], T]) -> T:
    """What a function gives, if it takes no longer in one of a few tries."""
    for window in tries(limit):
        with window:
            found = work()
        if window.is_good:
            return found
    raise AssertionError  # The last window has said it.


def is_within(spent: float, limit: float, clock: Clock = time.process_time) -> bool:
    """Whether a time that was just measured is below the limit, as the machine is now."""
    return spent < limit or spent < limit * slowness(clock)


def check_growth(
    make: Callable[[int], Any], work: Callable[[Any], object], *, size: int, limit: float
) -> None:
    """Work on what `make` gives for the size keeps to the limit; on a quarter it took a quarter."""
    small, large = make(size // GROWTH), make(size)
    best_small = best_large = float("inf")
    for _ in range(TRIES):
        best_small = min(best_small, _time_of(work, small), _time_of(work, small))
        best_large = min(best_large, _time_of(work, large))
        if best_large < max(best_small * _MOST_GROWTH, _SHORTEST):
            break
    else:
        raise AssertionError(f"{best_small:.4f} s, four times as much {best_large:.4f} s")
    assert is_within(best_large, limit), f"{best_large:.3f} s, limit {limit} s"


def _time_of(work: Callable[[Any], object], given: Any) -> float:
    window = Window(float("inf"), time.process_time)
    with window:
        work(given)
    return window.spent
