"""Background tasks that nobody loses: a strong reference is kept and failures are logged."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger("fedi.tasks")


class TaskSet:
    """A group of tasks that ends together."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run `work` in the background."""
        task = asyncio.create_task(work, name=name)  # noqa: TID251 - this is the keeper
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()):
            log.error("background task failed", extra={"task": task.get_name()}, exc_info=problem)

    async def wait(self, seconds: float) -> None:
        """Let the tasks end by themselves, for at most `seconds` seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def cancel(self) -> None:
        """Cancel what still runs and wait for it to be gone."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
