"""One transaction, and what may happen in it.

`Unit` is the right to change things: one transaction that records events in itself. `ReadUnit` is
the right to look. Only doors, drains and commands open them; a service takes one as its first
argument. Nothing here knows what an event means: it needs a lane and fields.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, ClassVar, Protocol

import asyncpg

from fedi.kit import clock
from fedi.kit.db import Connection, Database
from fedi.kit.ids import Ids


class Event(Protocol):
    """A frozen dataclass, past tense, ids only; `lane` names the object whose order it keeps."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def lane(self) -> str:
        """Events with the same lane are reacted to one after the other."""
        ...


class ReadUnit:
    """Looks, each statement by itself."""

    def __init__(self, db: Database) -> None:
        self._source: Database | Connection = db

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """All rows."""
        return await self._source.fetch(sql, *args)

    async def row(self, sql: str, *args: object) -> asyncpg.Record | None:
        """The first row, or None."""
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def value(self, sql: str, *args: object) -> Any:
        """The first column of the first row, or None."""
        rows = await self.fetch(sql, *args)
        return rows[0][0] if rows else None

    def now(self) -> datetime:
        """The time now."""
        return clock.now()


class Unit(ReadUnit):
    """Changes things, in one transaction."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._source = connection
        self._ids = ids
        self._events: list[Event] = []
        self._bells: set[str] = set()
        self._words: list[tuple[str, bytes]] = []
        self._after: list[Callable[[], None]] = []

    async def execute(self, sql: str, *args: object) -> int:
        """Run a statement; the number of rows it touched."""
        tag: str = await self._source_connection().execute(sql, *args)
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    def _source_connection(self) -> Any:
        return self._source

    async def new_ids(self, count: int) -> list[int]:
        """Ids of this moment, ascending."""
        return await self._ids.take(self, count)

    async def new_id(self) -> int:
        """One id of this moment."""
        return (await self._ids.take(self, 1))[0]

    async def new_ids_at(self, moments: Sequence[datetime]) -> list[int]:
        """One id for each moment."""
        return await self._ids.take_at(self, moments)

    def record(self, *events: Event) -> None:
        """Say that something happened; it is stored with this transaction, or not at all."""
        self._events.extend(events)

    def ring(self, queue: str) -> None:
        """After the commit, wake whoever drains `queue`."""
        self._bells.add(queue)

    def say(self, channel: str, message: bytes) -> None:
        """After the commit, tell every web process."""
        self._words.append((channel, message))

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do this once the transaction is safe; for caches and counters, never for duties."""
        self._after.append(action)

    async def finish(self) -> None:
        """Store the events; the last statement before the commit."""
        if not self._events:
            return
        await self._source.fetch(
            "INSERT INTO events (type, payload, lane, hold)"
            " SELECT t, p, l, l FROM unnest($1::text[], $2::jsonb[], $3::text[])"
            " WITH ORDINALITY AS e(t, p, l, n) ORDER BY n",
            [type(event).__name__ for event in self._events],
            # The encoder of JSON knows dataclasses.
            self._events,
            [event.lane for event in self._events],
        )
        self._bells.add("events")

    def committed(self, speaker: "Speaker") -> None:
        """The transaction is safe: tell those who wait for it."""
        for queue in sorted(self._bells):
            speaker.ring(queue)
        for channel, message in self._words:
            speaker.publish(channel, message)
        for action in self._after:
            action()


class Speaker(Protocol):
    """What a unit needs after its commit; `fedi.kit.bus.Bus` is one."""

    def ring(self, queue: str) -> None:
        """Wake the drains of `queue`."""
        ...

    def publish(self, channel: str, message: bytes) -> None:
        """Say something on a channel."""
        ...


@asynccontextmanager
async def open_unit(db: Database, ids: Ids, speaker: Speaker) -> AsyncGenerator[Unit, None]:
    """Open a unit; it commits at the end of the block, then rings and speaks."""
    async with db.transaction() as connection:
        unit = Unit(connection, ids)
        yield unit
        await unit.finish()
    unit.committed(speaker)
