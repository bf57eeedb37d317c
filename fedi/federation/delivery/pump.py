"""Deliveries: a pump of its own that never waits for a slow host before it serves a quick one.

    claim      rows of many hosts in one go, a few more than can be under way
    admit      load bodies and keys, look at the hosts; what cannot go now is parked again
    start      as many requests as slots, hosts and their pace allow
    close      what came back, in batches (`delivery.close`)

Per inbox and object the order of events holds: the queue hands out one row of a lane at a time.
"""

import asyncio
import logging
import os
import random
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from fedi.core.accounts.people import People
from fedi.core.domains.policy import Policy
from fedi.federation.delivery.close import Closer, Result
from fedi.federation.delivery.hosts import Host, Hosts, Item, Slots
from fedi.federation.delivery.knock import Knocker, Learned
from fedi.federation.delivery.ledger import compact, give_up_old
from fedi.federation.delivery.parcels import Parcel, Parcels
from fedi.federation.delivery.signer import Signer
from fedi.federation.delivery.verdict import Ending, Rules, Try, judge
from fedi.federation.queues import DELIVERIES
from fedi.kit import faults, metrics
from fedi.kit.clock import clock, now
from fedi.kit.errors import RemoteDown, RemoteError, Unavailable
from fedi.kit.http import Posted
from fedi.kit.queue import HOSTS_PER_CLAIM, claim, hand_back, has_unclaimed, wake
from fedi.kit.result import Later, Refused
from fedi.kit.runtime import Runtime
from fedi.kit.tasks import TaskSet

log = logging.getLogger("fedi.deliver")

__all__ = ["Deliverer", "Pace", "compact"]

# After a claim that left nothing, the next one waits this long, unless there is nothing to do.
_PAUSE = 0.02
_TICK = 0.25
# How often deliveries to hosts that are held back are looked at for their end.
_END_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How the pump goes about it; tests use other values."""

    deadline: float = 30.0
    # For hosts that have yet to show that they answer.
    short_deadline: float = 10.0
    # How long rows for a host in trouble are set aside.
    set_aside: float = 5.0
    # How long `stop` waits for what is under way.
    patience: float = 10.0


class Deliverer:
    """Delivers what is due, as long as it runs."""

    def __init__(
        self,
        runtime: Runtime,
        people: People,
        policy: Policy | None = None,
        *,
        worker: str = "",
        pace: Pace | None = None,
    ) -> None:
        settings = runtime.settings
        self._runtime = runtime
        self._policy = policy or people.policy
        self._pace = pace or Pace()
        self._rules = Rules(
            settings.queue.retry_schedule, settings.queue.delivery_give_up_days * 86_400
        )
        self._worker = worker or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._slots = Slots(settings.worker.delivery_concurrency)
        self._hosts = Hosts()
        self._waiting = 0
        self._parcels = Parcels(runtime, people.keyring)
        self._signer = Signer()
        self._knocker = Knocker(runtime.http, self._signer)
        self._closer = Closer(runtime, lambda: bool(self._slots.running), self._on_closed)
        self._tasks = TaskSet()
        self._bell = asyncio.Event()
        self._stopping = False
        self._after = ""
        self._not_before = 0.0
        # Nothing is left to claim until a bell rings or the sweep comes.
        self._is_drained = False
        self._rings = 0
        self._next_wake = 0.0
        self._next_end = 0.0

    def ring(self) -> None:
        """Something may be due."""
        if not self._slots.running:
            # While others are under way, what is posted in one go is claimed in one go.
            self._not_before = 0.0
        self._is_drained = False
        self._rings += 1
        self._bell.set()

    async def run(self) -> None:
        """Deliver until stopped; nothing else ends it, an absent database only pauses it."""
        while not self._stopping:
            try:
                await self._round()
            except Unavailable as problem:
                log.warning("deliveries pause", extra={"why": str(problem)})
                await asyncio.sleep(0.5)
                continue
            except Exception:
                # Whatever it was: a pump that stands still is worse. The lease sees to the rows.
                log.exception("deliveries stumbled")
                await asyncio.sleep(1.0)
                continue
            await self._wait()

    async def stop(self) -> None:
        """Start nothing more, let what is under way end, give back the rest."""
        self._stopping = True
        self._bell.set()
        for host in self._hosts.turns():
            self._hosts.drop_waiting(host)
        self._waiting = 0
        await self._tasks.wait(self._pace.patience)
        await self._tasks.cancel()
        await self._closer.drain(5)
        self._signer.close()
        try:
            await hand_back(self._runtime.db, DELIVERIES, self._worker)
        except Unavailable:
            log.warning("could not hand deliveries back")

    # claim and admit

    async def _round(self) -> None:
        moment = clock.monotonic()
        if moment >= self._next_wake:
            await wake(self._runtime.db, DELIVERIES)
            if moment >= self._next_end:
                await give_up_old(self._runtime)
                self._next_end = moment + _END_SECONDS
            self._next_wake = moment + self._runtime.settings.queue.sweep_seconds
            self._is_drained = False
        while not self._stopping:
            self._start_ready()
            room = self._slots.free() + self._slots.most - self._waiting
            is_early = self._is_drained or clock.monotonic() < self._not_before
            if is_early or room < self._slots.most // 2:
                return
            if not await self._claim(room):
                return

    async def _claim(self, room: int) -> bool:
        """Claim once; False when there was nothing more to have."""
        db, worker, rings = self._runtime.db, self._worker, self._rings
        lease = self._runtime.settings.queue.lease_seconds
        batch = await claim(
            db, DELIVERIES, worker=worker, limit=room, lease_seconds=lease, after=self._after
        )
        if batch.rows:
            faults.point("O5")
            await self._admit([_item(row, batch.lease) for row in batch.rows])
        # Only so many hosts are looked at in one claim; the next one goes on after the last.
        wrapped = bool(self._after)
        hosts = {row["host"] for row in batch.rows}
        self._after = max(hosts) if len(hosts) >= HOSTS_PER_CLAIM else ""
        if not batch.rows and not wrapped:
            # What waits for its lane or host may go after the next result; else nothing will.
            is_drained = not await has_unclaimed(db, DELIVERIES)
            self._is_drained = is_drained and rings == self._rings
        if len(batch.rows) < room and not wrapped:
            self._not_before = clock.monotonic() + _PAUSE
            return False
        return True

    async def _admit(self, items: Sequence[Item]) -> None:
        """Take claimed rows in hand, or end or park them at once."""
        read, names = self._runtime.read(), {item.host for item in items}
        await self._hosts.load(read, names, self._closer.is_behind)
        await self._parcels.load({item.activity_id for item in items})
        blocks = await self._policy.load()
        moment = clock.monotonic()
        for item in items:
            host = self._hosts.get(item.host)
            if self._parcels.find(item.activity_id) is None:
                self._end(item, host, Ending(Refused("the activity or its key is gone")))
            elif blocks.is_suspended(item.host):
                self._end(item, host, Ending(Refused("the domain is blocked here")))
            elif host.is_troubled(moment) and not self._may_try(host, moment):
                self._set_aside(item, host)
            else:
                self._hosts.push(item)
                self._waiting += 1

    def _may_try(self, host: Host, moment: float) -> bool:
        """Whether one request to a host in trouble may go now."""
        if host.running or host.waiting or host.is_resting(moment):
            return False
        troubled = sum(
            1
            for name in self._hosts.busy
            if (other := self._hosts.get(name)).is_troubled(moment) and other.running
        )
        return troubled < max(self._slots.most // 4, 1)

    # start

    def _start_ready(self) -> None:
        """Start whatever slots, hosts and their pace allow, going round the hosts."""
        free = self._slots.free()
        if not free or self._stopping:
            return
        moment = clock.monotonic()
        most = self._runtime.settings.outbound.per_host
        for host in self._hosts.turns():
            limit = host.limit(most, moment)
            while free and host.waiting and len(host.running) < limit:
                if host.next_start > moment:
                    break
                item = host.waiting.popleft()
                self._waiting -= 1
                self._start(item, host, moment)
                free -= 1
            if not free:
                return

    def _start(self, item: Item, host: Host, moment: float) -> None:
        parcel = self._parcels.find(item.activity_id)
        lease = self._runtime.settings.queue.lease_seconds
        if parcel is None or moment - item.claimed > lease * 0.4:
            # It has waited so long that its lease might not outlast the request.
            self._set_aside(item, host, seconds=0.0)
            return
        host.started(item, moment)
        self._hosts.busy.add(host.name)
        self._slots.running[item.id] = moment
        self._tasks.start(self._deliver(item, host, parcel), "delivery")

    async def _deliver(self, item: Item, host: Host, parcel: Parcel) -> None:
        """One delivery, from signing to its ending; whatever happens, it has one."""
        tried_at = now()
        learned: Learned | None = None
        answer: Posted | RemoteError
        try:
            is_trusted = host.is_proven and not host.failures
            deadline = self._pace.deadline if is_trusted else self._pace.short_deadline
            answer, learned = await self._knocker.knock(
                item.inbox_url, parcel, host.dialect, deadline, attempts=item.attempts
            )
        except RemoteError as problem:
            answer = problem
        except Exception as problem:
            log.exception("delivery failed", extra={"delivery": item.id})
            answer = RemoteDown("internal", f"{type(problem).__name__}: {problem}")
        finally:
            start = self._slots.running.pop(item.id, 0.0)
        age = (tried_at - item.created_at).total_seconds()
        attempt = Try(item.attempts, age, random.uniform(-1, 1))  # noqa: S311 - spreads load
        ending = judge(answer, attempt, self._rules)
        metrics.observe("activitypub.delivery.duration", clock.monotonic() - start)
        settled = learned is None and ending.healthy is True and host.knocks > 0
        self._finish(item, host, Result(item, host, ending, tried_at, learned, settled))

    # close

    def _finish(self, item: Item, host: Host, result: Result) -> None:
        healthy = result.ending.healthy
        host.ended(item, healthy=healthy)
        host.knocked(result.learned, healthy=healthy)
        if not host.running:
            self._hosts.busy.discard(host.name)
        kind = type(result.ending.outcome).__name__.lower()
        metrics.count("activitypub.delivery.sent", result=kind)
        if kind == "refused":
            metrics.count("activitypub.delivery.permanent_failure")
        self._closer.add(result)
        if healthy is False:
            for waiting in self._hosts.drop_waiting(host):
                self._waiting -= 1
                self._set_aside(waiting, host)
        self._start_ready()
        if self._waiting <= self._slots.most // 2:
            self._bell.set()

    def _set_aside(self, item: Item, host: Host, seconds: float | None = None) -> None:
        """Park a row that was not tried, so that it does not stand in anybody's way."""
        wait = self._pace.set_aside if seconds is None else seconds
        wait *= 1 + random.random() * 0.4  # noqa: S311 - spreads load
        self._end(item, host, Ending(Later(wait, "waits for its host", counts=False)))

    def _end(self, item: Item, host: Host, ending: Ending) -> None:
        self._closer.add(Result(item, host, ending))

    def _on_closed(self) -> None:
        """Rows were closed: their lanes and hosts may have more to offer."""
        self._bell.set()

    async def _wait(self) -> None:
        """Until something may have to be done: a bell, a result, a host's turn, the sweep."""
        sweep = self._runtime.settings.queue.sweep_seconds
        idle = not self._waiting and not self._slots.running
        try:
            async with asyncio.timeout(min(sweep, self._next_start(clock.monotonic(), idle=idle))):
                await self._bell.wait()
        except TimeoutError:
            return
        pause = self._not_before - clock.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
        self._bell.clear()

    def _next_start(self, moment: float, *, idle: bool) -> float:
        """How long until something that waits in hand may start."""
        if idle:
            return float("inf")
        starts = [
            host.next_start - moment
            for host in self._hosts.queue.values()
            if host.waiting and host.next_start > moment
        ]
        return max(min([*starts, _TICK]), 0.001)


def _item(row: asyncpg.Record, lease: int) -> Item:
    return Item(
        id=row["id"],
        lease=lease,
        host=row["host"],
        inbox_url=row["inbox_url"],
        activity_id=row["activity_id"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        claimed=clock.monotonic(),
    )
