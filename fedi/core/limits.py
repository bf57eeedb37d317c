"""Limits that must hold across processes and restarts: counted in Postgres, in aligned windows."""

from datetime import datetime, timedelta

from fedi.kit.db import Database
from fedi.kit.unit import ReadUnit

_HIT = """
INSERT INTO counters AS c (key, window_start, count) VALUES ($1, $2, $3)
ON CONFLICT (key, window_start) DO UPDATE SET count = c.count + excluded.count
RETURNING count
"""


async def hit(source: Database | ReadUnit, key: str, window: timedelta, now: datetime) -> int:
    """Count one more; how many that makes within the window.

    With a `Database` the count stands whatever becomes of the caller's transaction: a failed
    attempt to sign in must count although nothing else of it remains.
    """
    counted: int = await source.value(_HIT, key, window_start(window, now), 1)
    return counted


def window_start(window: timedelta, now: datetime) -> datetime:
    """The beginning of the window that `now` lies in; windows are multiples of their length."""
    return now - timedelta(seconds=now.timestamp() % window.total_seconds())


async def prune(db: Database, older_than: datetime) -> None:
    """Forget old windows."""
    await db.fetch("DELETE FROM counters WHERE window_start < $1", older_than)
