"""A drain empties one queue: claim a batch, work on it, again until nothing is left.

It is woken by a bell the moment something was committed, and by its own timer in case a bell was
lost. A batch that fails is tried again one by one, so that one poison row is isolated and
quarantined with its reason while its neighbours go on.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import asyncpg

from fedi.kit.clock import clock
from fedi.kit.db import Database
from fedi.kit.errors import Conflict, FediError, RemoteDown, Unavailable
from fedi.kit.queue import (
    HOSTS_PER_CLAIM,
    Batch,
    Queue,
    claim,
    close_rows,
    hand_back,
    is_quarantine,
    let_go,
    wake,
)
from fedi.kit.result import GaveUp, Later, Outcome
from fedi.kit.unit import Unit

log = logging.getLogger("fedi.drain")

# The database is there and answered: with these it speaks of a statement, and so of its row. One
# that always takes too long must not hold up its neighbours for ever.
_ITS_FAULT = (asyncpg.QueryCanceledError, asyncpg.InternalServerError)

Work = Callable[[Batch], Awaitable[None]]
OpenUnit = Callable[[], AbstractAsyncContextManager[Unit]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How a drain goes about it."""

    batch: int = 200
    lease_seconds: float = 60.0
    sweep_seconds: float = 5.0
    # After a batch that was small, the next claim waits this long since the last one: under a
    # stream of bells a few larger batches cost far less than many small ones. The first row
    # after a quiet moment never waits.
    breath_seconds: float = 0.02


class Drain:
    """Empties one queue."""

    def __init__(
        self, queue: Queue, work: Work, db: Database, unit: OpenUnit, *, worker: str, pace: Pace
    ) -> None:
        self.queue = queue
        self._work = work
        self._db = db
        self._unit = unit
        self._worker = worker
        self._pace = pace
        self._bell = asyncio.Event()
        self._after = ""
        self._claimed_at = 0.0
        self._wake_at = 0.0

    def ring(self) -> None:
        """Something may be ready."""
        self._bell.set()

    async def run(self) -> None:
        """Drain until cancelled; nothing else ends it, an absent database only pauses it."""
        while True:
            try:
                await self._wake_parked()
                if not await self.step():
                    await self._wait()
            except Unavailable as problem:
                log.warning("drain pauses", extra={"queue": self.queue.name, "why": str(problem)})
                await asyncio.sleep(0.5)
            except Exception:
                # Whatever it was: a queue that nobody drains is worse. The lease sees to the rows.
                log.exception("drain stumbled", extra={"queue": self.queue.name})
                await asyncio.sleep(1.0)

    async def _wake_parked(self) -> None:
        moment = clock.monotonic()
        if moment >= self._wake_at:
            self._wake_at = moment + min(self._pace.sweep_seconds, 1.0)
            await wake(self._db, self.queue)

    async def stop(self) -> None:
        """Give back what is still claimed."""
        try:
            await hand_back(self._db, self.queue, self._worker)
        except Unavailable:
            log.warning("could not hand work back", extra={"queue": self.queue.name})

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._pace.sweep_seconds):
                await self._bell.wait()
        except TimeoutError:
            pass

    async def step(self) -> bool:
        """Claim and work on one batch; whether there may be more at once."""
        rest = self._claimed_at + self._pace.breath_seconds - clock.monotonic()
        if rest > 0:
            await asyncio.sleep(rest)
        self._bell.clear()
        self._claimed_at = clock.monotonic()
        batch = await claim(
            self._db,
            self.queue,
            worker=self._worker,
            limit=self._pace.batch,
            lease_seconds=self._pace.lease_seconds,
            after=self._after,
        )
        hosts = {row["host"] for row in batch.rows}
        wrapped = bool(self._after)
        self._after = max(hosts) if len(hosts) >= HOSTS_PER_CLAIM else ""
        more = len(batch.rows) >= self._pace.batch
        if more:
            self._claimed_at = 0.0
        if not batch.rows:
            return wrapped
        suspects = [row for row in batch.rows if row["attempts"] > 1]
        if not suspects:
            await self._try(batch)
            return more or wrapped or self._bell.is_set()
        # A row that was claimed before and never closed may be the one that kills its worker. It
        # goes alone, and nothing else is in our hands meanwhile: a death must not count against
        # its neighbours.
        await let_go(self._db, batch.only([row for row in batch.rows if row is not suspects[0]]))
        await self._try(batch.only(suspects[:1]))
        self._claimed_at = 0.0
        return True

    async def _try(self, batch: Batch) -> None:
        row = batch.rows[0]
        if len(batch.rows) == 1 and row["attempts"] > batch.queue.max_attempts:
            await self._end(batch, GaveUp("tried too often without an end"))
            return
        try:
            # The lease must outlast the work, or somebody else would take it over.
            async with asyncio.timeout(self._pace.lease_seconds * 0.8):
                await self._work(batch)
        except Conflict as problem:
            log.warning("lease lost", extra={"queue": self.queue.name, "why": str(problem)})
        except Exception as problem:
            if isinstance(problem, Unavailable) and not isinstance(problem.__cause__, _ITS_FAULT):
                await self._give_back(batch)
                raise
            if len(batch.rows) > 1:
                await self._isolate(batch, problem)
            else:
                await self._end(batch, verdict(problem, row, batch.queue))

    async def _isolate(self, batch: Batch, problem: Exception) -> None:
        """Try the rows of a failed batch one by one, as long as the lease leaves time for it."""
        log.warning(
            "batch failed, trying one by one",
            extra={"queue": self.queue.name, "rows": len(batch.rows)},
            exc_info=problem,
        )
        deadline = clock.monotonic() + self._pace.lease_seconds * 0.5
        for number, row in enumerate(batch.rows):
            if number and clock.monotonic() > deadline:
                await let_go(self._db, batch.only(batch.rows[number:]))
                return
            await self._try(batch.only([row]))

    async def _end(self, batch: Batch, outcome: Outcome) -> None:
        row = batch.rows[0]
        log.error(
            "row failed",
            extra={"queue": self.queue.name, "row": row["id"], "outcome": repr(outcome)},
        )
        async with self._unit() as unit:
            await close_rows(unit, batch.queue, batch.lease, [(row["id"], outcome)])

    async def _give_back(self, batch: Batch) -> None:
        later = Later(1.0, "database away", counts=False)
        try:
            async with self._unit() as unit:
                await close_rows(
                    unit, batch.queue, batch.lease, [(row["id"], later) for row in batch.rows]
                )
        except Unavailable:
            pass  # the lease runs out by itself


def verdict(problem: BaseException, row: asyncpg.Record, queue: Queue) -> Outcome:
    """What a failure means for its row: the one place that maps errors to retries."""
    reason = f"{type(problem).__name__}: {problem}"[:500]
    if isinstance(problem, RemoteDown):
        return Later(_backoff(row["attempts"]), reason)
    if isinstance(problem, FediError) and not isinstance(problem, Unavailable):
        return GaveUp(reason)
    if is_quarantine(row["attempts"], queue):
        log.error("quarantined", extra={"queue": queue.name, "row": row["id"]}, exc_info=problem)
        return GaveUp(reason)
    return Later(_backoff(row["attempts"]), reason)


def _backoff(attempts: int) -> float:
    return min(2.0 ** max(attempts, 1), 300.0)


@asynccontextmanager
async def running(
    drains: list[Drain], start: Callable[[Drain], asyncio.Task[None]]
) -> AsyncGenerator[None, None]:
    """Run drains for the length of a block; at its end their work is handed back."""
    tasks = [start(drain) for drain in drains]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for drain in drains:
            await drain.stop()
