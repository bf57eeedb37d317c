"""Units for commands: one connection, and bells that reach the running server.

A whole runtime brings HTTP clients and more, which takes longer to load than most commands run.
"""

import contextlib
from collections.abc import AsyncGenerator

from fedi.config import Settings
from fedi.kit.db import Database
from fedi.kit.errors import FediError
from fedi.kit.ids import Ids
from fedi.kit.unit import ReadUnit, Unit, open_unit


class Desk:
    """The database, as a command uses it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.db = Database(settings.database.url, size=1, name="fedi command")
        self._bells: set[str] = set()
        self._words: list[tuple[str, bytes]] = []

    def ring(self, queue: str) -> None:
        """Ring when the work is done."""
        self._bells.add(queue)

    def publish(self, channel: str, message: bytes) -> None:
        """Say it when the work is done."""
        self._words.append((channel, message))

    def read(self) -> ReadUnit:
        """The right to look."""
        return ReadUnit(self.db)

    @contextlib.asynccontextmanager
    async def unit(self) -> AsyncGenerator[Unit]:
        """One transaction."""
        async with open_unit(self.db, Ids(), self) as unit:
            yield unit

    async def close(self) -> None:
        """Wake those who wait for what was done, and hang up."""
        await self.db.close()
        if self._bells or self._words:
            from fedi.kit.bus import Bus

            bus = Bus(self.settings.redis.url)
            for queue in sorted(self._bells):
                bus.ring(queue)
            for channel, message in self._words:
                bus.publish(channel, message)
            await bus.close()


@contextlib.asynccontextmanager
async def open_desk(settings: Settings) -> AsyncGenerator[Desk]:
    """The database for the length of a command.

    Raises:
        FediError: it belongs to a server of another name.
    """
    desk = Desk(settings)
    try:
        stored = await desk.db.value("SELECT value FROM instance_settings WHERE key = 'names'")
        for name, value in (stored or {}).items():
            if name in {"domain", "handle_domain"} and value != getattr(settings, name):
                raise FediError(
                    f"The database belongs to {value or 'no'} ({name}),"
                    f" not to {getattr(settings, name) or 'none'}."
                )
        yield desk
    finally:
        await desk.close()
