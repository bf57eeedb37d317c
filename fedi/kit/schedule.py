"""Scheduled work on arq: what is due by the clock runs once across all workers.

arq is the engine that turns, never the memory: a lost tick is made up by the next one. Its worker
ends when Redis goes away, so it is started again here until it may run; the drains do not wait for
it. Jobs travel as JSON, since pickled ones would make Redis a place to run code from.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from arq import cron
from arq.connections import RedisSettings
from arq.worker import Worker
from redis.exceptions import RedisError

log = logging.getLogger("fedi.schedule")

Job = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Run `job` at these seconds of every minute, or at this minute of every `hours`."""

    name: str
    job: Job
    seconds: frozenset[int] = frozenset({0})
    minutes: frozenset[int] | None = None
    hours: frozenset[int] | None = None


async def run_schedule(redis_url: str, work: Sequence[Scheduled], *, queue: str) -> None:
    """Run scheduled work until cancelled."""
    while True:
        worker = _build(redis_url, work, queue)
        try:
            await worker.async_run()
        except (RedisError, OSError, TimeoutError) as problem:
            log.warning("schedule pauses without Redis", extra={"why": str(problem)})
        finally:
            await _close(worker)
        await asyncio.sleep(1)


def _build(redis_url: str, work: Sequence[Scheduled], queue: str) -> Worker:
    jobs = [
        cron(
            _call(item.job),
            name=item.name,
            second=set(item.seconds),
            minute=set(item.minutes) if item.minutes is not None else None,
            hour=set(item.hours) if item.hours is not None else None,
            timeout=600,
            keep_result=0,
            max_tries=1,
        )
        for item in work
    ]
    return Worker(
        cron_jobs=jobs,
        queue_name=queue,
        redis_settings=RedisSettings.from_dsn(redis_url),
        handle_signals=False,
        poll_delay=0.5,
        keep_result=0,
        log_results=False,
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
    )


def _call(job: Job) -> Any:
    async def run(_context: dict[Any, Any]) -> None:
        await job()

    return run


async def _close(worker: Worker) -> None:
    try:
        await worker.close()
    except (RedisError, OSError):
        log.debug("Redis was gone before the schedule could say goodbye")
