"""Composition: one worker, built from Settings.

The drains turn at once when a bell rings and by themselves every few seconds; the schedule (arq)
does what is due by the clock. Without Redis the drains go on by timer.
"""

import logging
import os
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta

from fedi.config import Settings
from fedi.core import limits, undone
from fedi.core.accounts.links import CHORES as LINK_CHORES
from fedi.core.accounts.people import People
from fedi.core.accounts.suspension import delete_overdue
from fedi.core.auth.codes import prune_codes
from fedi.core.auth.sessions import prune_sessions
from fedi.core.cards.service import CHORES as CARD_CHORES
from fedi.core.consent.stamps import CHORES as CONSENT_CHORES
from fedi.core.domains.policy import Policy
from fedi.core.domains.reachability import forget_manners
from fedi.core.groups.restore import CHORES as RESTORE_CHORES
from fedi.core.key_pairs import drop_old_keys
from fedi.core.lists.feeds import trim_all as trim_lists
from fedi.core.media.processing import CHORES as MEDIA_CHORES
from fedi.core.media.prune import prune as prune_media
from fedi.core.media.removal import CHORES as REMOVAL_CHORES
from fedi.core.notifications.push_delivery import CHORES as PUSH_CHORES
from fedi.core.queues import CHORES, EVENTS
from fedi.core.search.index import CHORES as SEARCH_CHORES
from fedi.core.start import wait_until_ready
from fedi.core.statuses.poll_ends import CHORES as POLL_CHORES
from fedi.core.statuses.poll_ends import close_due
from fedi.core.statuses.poll_refresh import CHORES as POLL_REFRESH_CHORES
from fedi.core.statuses.scheduled import publish_due
from fedi.core.threads.chores import CHORES as THREAD_CHORES
from fedi.core.timelines.feeds import trim_all
from fedi.federation.delivery.gone import CHORES as DELIVERY_CHORES
from fedi.federation.delivery.ledger import compact
from fedi.federation.delivery.pump import Deliverer
from fedi.federation.inbound.receive import Receiver
from fedi.federation.inbound.synchronize import CHORES as SYNCHRONIZATION_CHORES
from fedi.federation.moves import CHORES as MOVE_CHORES
from fedi.federation.queues import INBOUND
from fedi.federation.reading.backfill import CHORES as BACKFILL_CHORES
from fedi.federation.reading.refresh import CHORES as REFRESH_CHORES
from fedi.kit import clock, queue
from fedi.kit.drain import Drain, Pace, running
from fedi.kit.queue import Batch, Queue
from fedi.kit.result import GaveUp, Outcome
from fedi.kit.runtime import Runtime
from fedi.kit.schedule import Scheduled, run_schedule
from fedi.reactions import Reactor

log = logging.getLogger("fedi.worker")

Work = Callable[[Batch], Awaitable[None]]
ChoreHandler = Callable[..., Awaitable[list[Outcome]]]

CHORE_HANDLERS: dict[str, ChoreHandler] = {
    **CONSENT_CHORES,
    **THREAD_CHORES,
    **POLL_CHORES,
    **POLL_REFRESH_CHORES,
    **MEDIA_CHORES,
    **REMOVAL_CHORES,
    **DELIVERY_CHORES,
    **SYNCHRONIZATION_CHORES,
    **REFRESH_CHORES,
    **BACKFILL_CHORES,
    **MOVE_CHORES,
    **RESTORE_CHORES,
    **PUSH_CHORES,
    **CARD_CHORES,
    **SEARCH_CHORES,
    **LINK_CHORES,
}


async def run(settings: Settings) -> None:
    """Work until cancelled; what is in hand then is given back."""
    runtime = Runtime(settings, role="worker", pool_size=settings.database.pool_size)
    try:
        await wait_until_ready(runtime)
        await Workshop(runtime).run()
    finally:
        await runtime.close()


class Workshop:
    """Everything that one worker does."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        policy = Policy(runtime)
        self.people = People(runtime, policy)
        self.name = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        settings = runtime.settings
        self.deliverer = Deliverer(runtime, self.people)
        receiver = Receiver(self.people, policy)
        self.drains = [
            # What comes from elsewhere may wait a moment for company; what follows may not.
            self._drain(INBOUND, receiver.work, settings.worker.inbound_batch, breath=0.1),
            self._drain(EVENTS, Reactor(runtime, self.people).work, 200),
            self._drain(CHORES, self.do_chores, 20),
        ]

    def _drain(self, of: Queue, work: Work, batch: int, *, breath: float = 0.02) -> Drain:
        timing = self.runtime.settings.queue
        pace = Pace(
            batch=batch,
            lease_seconds=timing.lease_seconds,
            sweep_seconds=timing.sweep_seconds,
            breath_seconds=breath,
        )
        return Drain(of, work, self.runtime.db, self.runtime.unit, worker=self.name, pace=pace)

    async def run(self) -> None:
        """Work until cancelled."""
        runtime = self.runtime
        tasks = runtime.tasks
        tasks.start(runtime.bus.hear_bells(self.ring), "bells")
        tasks.start(
            run_schedule(runtime.settings.redis.url, self.scheduled(), queue="fedi:schedule"),
            "schedule",
        )
        async with running(self.drains, lambda drain: tasks.start(drain.run(), drain.queue.name)):
            try:
                await self.deliverer.run()
            finally:
                await self.deliverer.stop()

    def ring(self, name: str) -> None:
        """Wake the drain of one queue."""
        if name == "deliveries":
            self.deliverer.ring()
        for drain in self.drains:
            if drain.queue.name == name:
                drain.ring()

    async def do_chores(self, batch: Batch) -> None:
        """Carry out what touches the outside; each kind gets its rows together."""
        outcomes: list[tuple[int, Outcome]] = []
        kinds = dict.fromkeys(row["kind"] for row in batch.rows)
        for kind in kinds:
            rows = [row for row in batch.rows if row["kind"] == kind]
            handler = CHORE_HANDLERS.get(kind)
            if handler is None:
                # Another release may have written it: it is kept for whoever looks.
                outcomes += [(row["id"], GaveUp(f"unknown kind {kind}")) for row in rows]
                continue
            results = await handler(self.people, rows)
            outcomes += [(row["id"], result) for row, result in zip(rows, results, strict=True)]
        async with self.runtime.unit() as unit:
            await batch.close(unit, outcomes)

    def scheduled(self) -> list[Scheduled]:
        """What is due by the clock."""
        every_five = frozenset(range(0, 60, 5))
        return [
            Scheduled("sweep", self.sweep, seconds=every_five),
            Scheduled("scheduled posts", self.post_scheduled, seconds=every_five),
            Scheduled("close polls", self.close_polls, seconds=frozenset({11, 26, 41, 56})),
            Scheduled("prune", self.prune, minutes=frozenset({7, 37})),
            Scheduled("prune media", self.prune_media, minutes=frozenset(range(4, 60, 10))),
            Scheduled("trim feeds", self.trim, minutes=frozenset({23})),
            Scheduled(
                "compact ledger", self.compact, minutes=frozenset({51}), hours=frozenset({3})
            ),
        ]

    async def sweep(self) -> None:
        """Ring every bell, in case one was lost."""
        for name in ("inbound", "events", "chores", "deliveries"):
            self.runtime.bus.ring(name)

    async def post_scheduled(self) -> None:
        """Post what members have left for now."""
        await publish_due(self.people)

    async def prune(self) -> None:
        """Forget finished work whose time of remembrance is over."""
        day = timedelta(days=1)
        keep = self.runtime.settings.queue.inbound_retention_days * day
        for of, span in ((INBOUND, keep), (EVENTS, day), (CHORES, day)):
            gone = await queue.prune(self.runtime.db, of, span)
            log.info("pruned", extra={"queue": of.name, "rows": gone})
        await self.runtime.db.fetch(
            "DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 hour'"
        )
        await limits.prune(self.runtime.db, clock.ago(day))
        async with self.runtime.unit() as unit:
            await prune_codes(unit)
            await drop_old_keys(unit)
            await forget_manners(unit)
            await undone.prune(unit)
            await prune_sessions(unit)
        await delete_overdue(self.runtime)

    async def prune_media(self) -> None:
        """Forget unused uploads, and files of others beyond their budget."""
        done = await prune_media(self.runtime)
        log.info("media pruned", extra={"uploads": done.uploads, "cached": done.cached})

    async def close_polls(self) -> None:
        """End the polls whose time is over."""
        await close_due(self.runtime)

    async def trim(self) -> None:
        """Keep the timelines of members and lists at their length."""
        await trim_all(self.runtime)
        await trim_lists(self.runtime)

    async def compact(self) -> None:
        """Fold old ledger rows into receipts."""
        await compact(self.runtime)
