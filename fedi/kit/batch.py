"""Group commit: what arrives together is written together, and each waits for the one commit."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from fedi.kit.clock import clock
from fedi.kit.tasks import TaskSet

Item = TypeVar("Item")


class Batcher(Generic[Item]):
    """Collects items while a write is under way and writes them all with the next one."""

    def __init__(
        self,
        write: Callable[[list[Item]], Awaitable[None]],
        *,
        most: int = 500,
        breath: float = 0.005,
    ) -> None:
        self._write = write
        self._most = most
        # Between two writes that follow each other; the first after a quiet moment never waits.
        self._breath = breath
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._tasks = TaskSet()
        self._busy = False
        self._written_at = 0.0

    async def add(self, item: Item) -> None:
        """Returns once `item` is committed; raises what the write raised."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if not self._busy:
            self._busy = True
            self._tasks.start(self._pump(), "batch writer")
        await done

    async def _pump(self) -> None:
        try:
            while self._waiting:
                await self._pause()
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                problem: Exception | None = None
                try:
                    await self._write([item for item, _ in batch])
                except Exception as failed:  # noqa: BLE001 - each waiter gets it
                    problem = failed
                for _, done in batch:
                    if done.done():
                        continue
                    if problem is None:
                        done.set_result(None)
                    else:
                        done.set_exception(problem)
        finally:
            self._busy = False

    async def _pause(self) -> None:
        rest = self._written_at + self._breath - clock.monotonic()
        if rest > 0 and len(self._waiting) < self._most:
            await asyncio.sleep(rest)
        self._written_at = clock.monotonic()
