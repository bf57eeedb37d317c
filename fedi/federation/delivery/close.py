"""Results of deliveries, written together: one transaction for whatever has accumulated."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fedi.core.domains import reachability
from fedi.federation.delivery.gone import ask_after
from fedi.federation.delivery.hosts import Host, Item
from fedi.federation.delivery.knock import Learned
from fedi.federation.delivery.verdict import Ending
from fedi.kit import faults
from fedi.kit.clock import clock
from fedi.kit.errors import Unavailable
from fedi.kit.result import END_STATE, Later, State
from fedi.kit.runtime import Runtime
from fedi.kit.tasks import TaskSet
from fedi.kit.unit import Unit

log = logging.getLogger("fedi.deliver")

# How long results gather while more are on their way.
GATHER_SECONDS = 0.04
# A host's health is written this often as long as it does not change.
_NOTE_SECONDS = 60.0
_GONE = 410

_CLOSE = """
UPDATE deliveries t SET state = o.state, reason = nullif(o.reason, ''),
  status_code = coalesce(o.code, t.status_code),
  first_tried_at = coalesce(t.first_tried_at, o.tried_at),
  last_tried_at = coalesce(o.tried_at, t.last_tried_at),
  lease = NULL, leased_until = NULL, leased_by = NULL,
  due_at = CASE WHEN o.state = 1 THEN now() + o.after * interval '1 second' ELSE t.due_at END,
  ended_at = CASE WHEN o.state > 1 THEN now() END,
  attempts = t.attempts - CASE WHEN o.counts THEN 0 ELSE 1 END
FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[], $5::smallint[],
            $6::timestamptz[], $7::float8[], $8::bool[])
  o(id, lease, state, reason, code, tried_at, after, counts)
WHERE t.id = o.id AND t.lease = o.lease AND t.state = 0
"""


@dataclass(frozen=True, slots=True)
class Result:
    """One delivery's ending, to be written."""

    item: Item
    host: Host
    ending: Ending
    # None when nothing was sent.
    tried_at: datetime | None = None
    # The dialect in which a later knock was let in.
    learned: Learned | None = None
    # The first knock was let in where the second had been before.
    is_settled: bool = False


class Closer:
    """Writes results in batches; keeps them while the database is away."""

    def __init__(
        self, runtime: Runtime, is_busy: Callable[[], bool], closed: Callable[[], None]
    ) -> None:
        self._runtime = runtime
        self._is_busy = is_busy
        self._closed = closed
        self._results: list[Result] = []
        # Those that are being written.
        self._batch: list[Result] = []
        self._tasks = TaskSet()
        self._active = False

    def add(self, result: Result) -> None:
        """Write this with the next batch."""
        self._results.append(result)
        if not self._active:
            self._active = True
            self._tasks.start(self._pump(), "delivery closer")

    async def drain(self, seconds: float) -> None:
        """Wait until everything is written, for a while."""
        await self._tasks.wait(seconds)
        await self._tasks.cancel()

    def is_behind(self, host: Host) -> bool:
        """Whether the database has yet to hear how this host fared."""
        return any(result.host is host for result in (*self._batch, *self._results))

    async def _pump(self) -> None:
        try:
            while self._results:
                if self._is_busy():
                    await asyncio.sleep(GATHER_SECONDS)
                self._batch, self._results = self._results, []
                left = await self._settle(self._batch)
                self._batch, self._results = [], left + self._results
                if left:
                    await asyncio.sleep(0.5)
                self._closed()
        finally:
            self._active = False

    async def _settle(self, batch: list[Result]) -> list[Result]:
        """Write results; gives back those that have to wait for the database.

        One that cannot be written must not cost its neighbours: after a failure each goes by
        itself, and only the row of the culprit is left to its lease.
        """
        parts = [batch]
        while parts:
            part = parts.pop()
            try:
                await self._write(part)
            except Unavailable as problem:
                left = [result for each in (part, *parts) for result in each]
                log.warning("results wait", extra={"why": str(problem), "rows": len(left)})
                _forget_notes(part)
                return left
            except Exception:
                rows = [result.item.id for result in part[:10]]
                log.exception("results not written", extra={"deliveries": rows, "rows": len(part)})
                _forget_notes(part)
                if len(part) > 1:
                    parts += [[result] for result in reversed(part)]
        return []

    async def _write(self, batch: list[Result]) -> None:
        batch.sort(key=lambda result: result.item.id)
        async with self._runtime.unit() as unit:
            if any(isinstance(result.ending.outcome, Later) for result in batch):
                faults.point("O10")
            faults.point("O8")
            closed = await close_all(unit, batch)
            faults.point("O9")
            await _note_health(unit, batch)
            await _note_dialects(unit, batch)
            await ask_after(
                unit, {each.item.inbox_url for each in batch if each.ending.status == _GONE}
            )
        if closed != len(batch):
            # Somebody else took over after our lease ran out; the peer knows activities by id.
            log.warning("lease lost", extra={"rows": len(batch) - closed})


async def close_all(unit: Unit, batch: list[Result]) -> int:
    """Write endings on the rows that we still own; how many those were."""
    outcomes = [result.ending.outcome for result in batch]
    return await unit.execute(
        _CLOSE,
        [result.item.id for result in batch],
        [result.item.lease for result in batch],
        [int(State.PARKED if isinstance(o, Later) else END_STATE[type(o)]) for o in outcomes],
        [_storable(outcome.reason) for outcome in outcomes],
        [result.ending.status for result in batch],
        [result.tried_at for result in batch],
        [outcome.after if isinstance(outcome, Later) else 0.0 for outcome in outcomes],
        [outcome.counts if isinstance(outcome, Later) else True for outcome in outcomes],
    )


def _storable(reason: str) -> str:
    """The start of a reason, without what no column can hold."""
    return reason[:500].replace("\0", "").encode(errors="replace").decode()


async def _note_health(unit: Unit, batch: list[Result]) -> None:
    """Tell the breaker; successes of a healthy host only now and then."""
    moment = clock.monotonic()
    failed: list[tuple[str, str]] = []
    good: dict[str, Host] = {}
    for result in batch:
        if result.ending.healthy is False:
            failed.append((result.item.host, result.ending.outcome.reason))
            # Its next success is news again.
            result.host.noted = float("-inf")
    for result in batch:
        if result.ending.healthy is True and moment - result.host.noted > _NOTE_SECONDS:
            good[result.item.host] = result.host
    if good:
        await reachability.succeeded(unit, sorted(good))
    names = {name for name, _ in failed}
    for name, host in good.items():
        host.noted = float("-inf") if name in names else moment
    if failed:
        await reachability.failed(unit, failed)


def _forget_notes(batch: list[Result]) -> None:
    """What was noted about these hosts went with its transaction: the next success is news."""
    for result in batch:
        result.host.noted = float("-inf")


# What a host is remembered by that has asked for a dialect.
_ASKED = (
    ("rfc9421", reachability.advertised),
    ("ed25519", reachability.advertised_ed25519),
)


async def _note_dialects(unit: Unit, batch: list[Result]) -> None:
    """Remember which dialect each host let in."""
    if settled := {result.item.host for result in batch if result.is_settled}:
        await reachability.first_knock(unit, settled)
    learned = [(each.item.host, each.learned) for each in batch if each.learned is not None]
    for dialect, note in _ASKED:
        asked = {host for host, how in learned if how.was_asked and how.dialect == dialect}
        await note(unit, asked)
    for host, how in learned:
        if not how.was_asked:
            await reachability.second_knock(unit, host, how.dialect)
