"""The one clock. Everything that asks for the time asks here, so that tests can move it.

A test sets `FEDI_TEST_CLOCK` to a file holding an offset in seconds before it starts a process
through the test entry module; the offset is read again whenever the file changes, so that one
write moves the clock of every process. Without an armed file this is the system clock.
"""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """Wall-clock time in aware UTC, and a monotonic count for measuring spans."""

    def __init__(self) -> None:
        self._file: Path | None = None
        self._offset = 0.0
        self._checked = 0.0

    def arm(self, file: Path) -> None:
        """Follow the offset in `file` (tests only; see `tests/entry.py`)."""
        self._file = file
        self._checked = 0.0

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def timestamp(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.offset  # noqa: TID251 - this is the clock

    def monotonic(self) -> float:
        """Seconds that never jump; for spans within one process."""
        return time.monotonic()

    @property
    def offset(self) -> float:
        """Seconds by which tests have moved this clock; 0 in production."""
        if self._file is None:
            return 0.0
        moment = time.monotonic()
        if moment - self._checked > 0.05:
            self._checked = moment
            try:
                self._offset = float(self._file.read_text() or 0)
            except (OSError, ValueError):
                self._offset = 0.0
        return self._offset


clock = Clock()


def now() -> datetime:
    """The time now, aware, in UTC."""
    return clock.now()


def to_iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z, as every document of ours writes it."""
    moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def ago(span: timedelta) -> datetime:
    """The moment `span` before now."""
    return clock.now() - span
