"""What one process has, built once from Settings and passed down; nothing is global."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fedi import __version__
from fedi.config import Settings
from fedi.kit.bus import Bus
from fedi.kit.db import Database
from fedi.kit.http import HttpClient
from fedi.kit.ids import Ids
from fedi.kit.tasks import TaskSet
from fedi.kit.unit import ReadUnit, Unit, open_unit


class Runtime:
    """The parts of one process; two of them fit into one interpreter."""

    def __init__(self, settings: Settings, *, role: str, pool_size: int) -> None:
        self.settings = settings
        self.role = role
        self.db = Database(
            settings.database.url,
            size=pool_size,
            statement_timeout_ms=settings.database.statement_timeout_ms,
            name=f"fedi {role}",
        )
        self.ids = Ids()
        self.bus = Bus(settings.redis.url)
        self.http = HttpClient(
            user_agent=f"fedi/{__version__} (+{settings.outbound.contact or settings.origin}/)",
            hosts=settings.outbound.hosts,
            ca_file=Path(settings.outbound.ca_file) if settings.outbound.ca_file else None,
            per_host=settings.outbound.per_host,
        )
        self.tasks = TaskSet()

    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[Unit, None]:
        """One transaction; committed at the end of the block."""
        async with open_unit(self.db, self.ids, self.bus) as unit:
            yield unit

    def read(self) -> ReadUnit:
        """The right to look, each statement by itself."""
        return ReadUnit(self.db)

    async def close(self) -> None:
        """End background tasks, then let go of everything."""
        await self.tasks.cancel()
        await self.http.close()
        await self.bus.close()
        await self.db.close()
