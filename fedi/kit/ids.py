"""Ids: 64 bits, milliseconds since 1970 in the upper 48 and a sequence number in the lower 16.

Newer is larger, so timelines sort by id. The sequence is one of Postgres, not of a process, since
many remote posts bear the very same second. Clients get ids as decimal strings.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from fedi.kit.clock import clock

MAX_ID = 2**63 - 1
_BLOCK = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Source(Protocol):
    """What can ask Postgres; a unit is one."""

    async def fetch(self, sql: str, *args: object) -> Sequence[Any]:
        """Rows of a statement."""
        ...


class Ids:
    """Hands out ids; takes sequence numbers from Postgres in small blocks."""

    def __init__(self) -> None:
        self._block: list[int] = []

    async def take(self, source: Source, count: int) -> list[int]:
        """New ids of this moment, ascending."""
        return await self.take_at(source, [clock.now()] * count)

    async def take_at(self, source: Source, moments: Sequence[datetime]) -> list[int]:
        """One id for each moment.

        `source` is the connection that the caller holds already: with one more from the pool,
        as many callers as it has connections would wait for each other.
        """
        if len(self._block) < len(moments):
            rows = await source.fetch(
                "SELECT nextval('id_seq') FROM generate_series(1, $1::int)",
                max(_BLOCK, len(moments)),
            )
            self._block.extend(row[0] for row in rows)
        taken, self._block = self._block[: len(moments)], self._block[len(moments) :]
        return [make_id(moment, number) for moment, number in zip(moments, taken, strict=True)]


def make_id(moment: datetime, number: int) -> int:
    """The id for a moment and a sequence number."""
    milliseconds = int((moment - _EPOCH) / timedelta(milliseconds=1))
    return (max(milliseconds, 0) << 16) | (number & 0xFFFF)


def id_time(value: int) -> datetime:
    """The moment that an id speaks of."""
    return _EPOCH + timedelta(milliseconds=value >> 16)


def parse_id(text: str) -> int | None:
    """The id that a client sent, or None if it cannot be one."""
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    value = int(text)
    return value if 0 < value <= MAX_ID else None
