"""What one process has, built once from Settings and passed down; nothing is global."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fedi import __version__
from fedi.config import Settings
from fedi.kit.bus import Bus
from fedi.kit.db import Database
from fedi.kit.http import HttpClient
from fedi.kit.ids import Ids
from fedi.kit.store import DiskStore, Store
from fedi.kit.store_s3 import S3Store
from fedi.kit.tasks import TaskSet
from fedi.kit.unit import ReadUnit, Unit, open_unit


@dataclass(frozen=True, slots=True)
class Decoders:
    """How many files may be decoded at once: those that take a second, those that take minutes."""

    short: asyncio.Semaphore
    long: asyncio.Semaphore


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
        self.store = _open_store(settings)
        slots = settings.media.processing_slots
        self.decoders = Decoders(asyncio.Semaphore(slots), asyncio.Semaphore((slots + 1) // 2))
        self.tasks = TaskSet()

    @property
    def scratch(self) -> Path:
        """Where files lie for a moment: on the disk of the data directory, emptied at leisure."""
        path = _data(self.settings) / "scratch"
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

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
        await self.store.close()
        await self.bus.close()
        await self.db.close()


def _open_store(settings: Settings) -> Store:
    """Where files are kept; nothing is touched before the first of them."""
    if settings.media.storage == "s3":
        return S3Store(settings.media, settings.user_agent)
    return DiskStore(_data(settings) / "media")


def _data(settings: Settings) -> Path:
    return Path(settings.data or "data").absolute()
