"""The drain of `inbound`: what was accepted takes effect, once, in order, many at a time.

    parse    each row by itself: what cannot be read ends here
    know     one look into the database for all
    apply    what needs nothing else: one transaction with the effects and the ends of the rows
    bring    what needs the network: fetched beside the drain, applied when it is there

An activity that waits for another server keeps its lease and holds back only what is about the
same thing; the rest of its batch does not notice.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence

import asyncpg

from fedi.ap import documents
from fedi.ap.authority import host_of, same_origin
from fedi.ap.lenient import MAX_ID
from fedi.ap.parse import parse_activity
from fedi.core.accounts.people import People
from fedi.core.accounts.types import Account
from fedi.core.domains.policy import Blocks, Policy
from fedi.federation.handlers import HANDLERS
from fedi.federation.inbound.confirm import by_proofs, may_be_confirmed
from fedi.federation.inbound.forwarding import find_readers, send_on
from fedi.federation.inbound.gather import bring, know
from fedi.federation.inbound.hearing import hear
from fedi.federation.inbound.ordering import Wave, build_waves, find_unheard, is_farewell, split
from fedi.federation.meaning.incoming import Incoming, Known
from fedi.federation.meaning.unwrap import carries_activity, reclassify, refusal_of_group, unwrap
from fedi.federation.reading.refresh import refresh_later
from fedi.kit import faults, metrics
from fedi.kit.clock import clock
from fedi.kit.drain import verdict
from fedi.kit.errors import Conflict, FediError, Unavailable
from fedi.kit.queue import Batch
from fedi.kit.result import Done, Ignored, Later, Outcome, Refused
from fedi.kit.unit import Unit

log = logging.getLogger("fedi.inbound")

Ending = tuple[int, Outcome]

# Lanes that fetch at once, and how many of them for the actors of one host. Whoever finds no room
# is parked for a moment: waiting here would use up the lease.
FETCHING = 32
FETCHING_PER_HOST = 4
BUSY = Later(3.0, "too much is being fetched", counts=False)
GONE = Ignored("the actor is gone")
TYPES = tuple(HANDLERS)
# What may come without an id, from its actor only: what it is about makes it single. Mastodon
# never gives ids to its pins.
NAMELESS = frozenset(
    {
        "Follow", "Accept", "Reject", "Undo", "Like", "EmojiReact", "Dislike", "Delete", "Block",
        "Add", "Remove",
    }
)  # fmt: skip


class Receiver:
    """Works on batches of `inbound`."""

    def __init__(self, people: People, policy: Policy) -> None:
        self._people = people
        self._runtime = people.runtime
        self._policy = policy
        self._fetching: Counter[str] = Counter()
        self._slow: set[asyncio.Task[None]] = set()

    async def work(self, batch: Batch) -> None:
        """Apply what can be applied now; start fetching for the rest."""
        started = clock.monotonic()
        faults.point("I5")
        endings: list[Ending] = []
        items = self._read(batch, endings)
        await by_proofs(self._people, items)
        known = await know(self._people, items)
        blocks = await self._policy.load()
        allowed = _pass(items, endings, lambda item: judge(item, known, blocks))
        waiting = {item.row_id for item in allowed if _takes_long(item, known)}
        ahead, behind = split(allowed, waiting)
        await self._apply(batch, known, ahead, endings)
        metrics.observe("activitypub.inbox.processing_duration", clock.monotonic() - started)
        await self._start(batch, behind)

    async def settled(self) -> None:
        """Wait until nothing is being fetched."""
        while self._slow:
            await asyncio.wait(set(self._slow))

    def _read(self, batch: Batch, endings: list[Ending]) -> list[Incoming]:
        items: list[Incoming] = []
        for row in batch.rows:
            read = parse_row(row)
            if isinstance(read, Incoming):
                items.append(read)
            else:
                endings.append((row["id"], read))
        return items

    async def _apply(
        self, batch: Batch, known: Known, items: Sequence[Incoming], endings: list[Ending]
    ) -> None:
        """Effects and endings, in one transaction."""
        if not items and not endings:
            return
        unheard = find_unheard(items)
        endings += [(row_id, GONE) for row_id in unheard]
        waves = build_waves([item for item in items if item.row_id not in unheard], TYPES)
        try:
            done = await self._commit(batch, known, waves, endings)
        except asyncpg.DeadlockDetectedError:
            # Somebody else changed the same people in another order; they are through now.
            done = await self._commit(batch, known, waves, endings)
        faults.point("I9")
        types = {row["id"]: row["type"] for row in batch.rows}
        for row_id, outcome in done:
            name = types[row_id] if types[row_id] in HANDLERS else "other"
            kind = type(outcome).__name__.lower()
            metrics.count("activitypub.inbox.activity", type=name, outcome=kind)

    async def _commit(
        self, batch: Batch, known: Known, waves: Sequence[Wave], endings: Sequence[Ending]
    ) -> list[Ending]:
        async with self._runtime.unit() as unit:
            done = [*endings, *await self._carry_out(unit, batch, known, waves)]
            await refresh_later(unit, _actors(known, waves))
            await batch.close(unit, done)
            faults.point("I7")
            unit.after_commit(lambda: faults.point("I8"))
        return done

    async def _carry_out(
        self, unit: Unit, batch: Batch, known: Known, waves: Sequence[Wave]
    ) -> list[Ending]:
        """Effects, and what of these activities the followers of members are sent."""
        items = [item for wave in waves for group in wave.values() for item in group]
        forwards = await find_readers(unit, known, items)
        endings = await _apply_waves(unit, known, waves)
        await hear(unit, self._runtime.settings.origin, items, endings)
        if forwards:
            effective = {row_id for row_id, outcome in endings if isinstance(outcome, Done)}
            bodies = {row["id"]: (row["body"], row["host"]) for row in batch.rows}
            forwards = [each for each in forwards if each.item.row_id in effective]
            await send_on(unit, self._runtime.settings.host, forwards, bodies)
        return endings

    async def _start(self, batch: Batch, items: Sequence[Incoming]) -> None:
        """Fetch for each lane in its own time."""
        lanes: dict[str, list[Incoming]] = {}
        for item in items:
            lanes.setdefault(item.lane, []).append(item)
        for lane in lanes.values():
            ids = {item.row_id for item in lane}
            mine = batch.only([row for row in batch.rows if row["id"] in ids])
            host = mine.rows[0]["host"]
            if len(self._slow) >= FETCHING or self._fetching[host] >= FETCHING_PER_HOST:
                await self._end(mine, [(row_id, BUSY) for row_id in ids])
                continue
            self._fetching[host] += 1
            task = self._runtime.tasks.start(self._bring(mine, lane, host), "inbound fetch")
            self._slow.add(task)
            task.add_done_callback(self._slow.discard)

    async def _bring(self, batch: Batch, items: Sequence[Incoming], host: str) -> None:
        """Fetch for one lane, then apply it; whatever fails ends its own rows only."""
        try:
            async with asyncio.timeout(self._runtime.settings.queue.lease_seconds / 2):
                await self._fetch_and_apply(batch, items)
        except (Conflict, Unavailable) as problem:
            log.warning("fetched for nothing", extra={"why": str(problem)})
        except Exception as problem:
            log.warning("lane failed, trying one by one", exc_info=problem)
            await self._one_by_one(batch, items, problem)
        finally:
            self._fetching[host] -= 1
            if not self._fetching[host]:
                del self._fetching[host]

    async def _one_by_one(
        self, batch: Batch, items: Sequence[Incoming], problem: Exception
    ) -> None:
        for item in items:
            alone = batch.only([row for row in batch.rows if row["id"] == item.row_id])
            row = alone.rows[0]
            failed = problem if len(items) == 1 else await self._try(alone, item)
            if failed is not None:
                extra = {"queue": "inbound", "row": row["id"]}
                log.error("row failed", extra=extra, exc_info=failed)
                await self._end(alone, [(row["id"], verdict(failed, row, batch.queue))])

    async def _try(self, batch: Batch, item: Incoming) -> Exception | None:
        try:
            async with asyncio.timeout(self._runtime.settings.queue.lease_seconds / 4):
                await self._fetch_and_apply(batch, [item])
        except (Conflict, Unavailable) as problem:
            log.warning("fetched for nothing", extra={"why": str(problem)})
        except Exception as problem:  # noqa: BLE001 - it ends the row, with its reason
            return problem
        return None

    async def _fetch_and_apply(self, batch: Batch, items: Sequence[Incoming]) -> None:
        known = await know(self._people, items)
        found = await asyncio.gather(*(self._bring_one(item, known) for item in items))
        faults.point("I6")
        endings: list[Ending] = []
        parked = {
            item.row_id
            for item, outcome in zip(items, found, strict=True)
            if isinstance(outcome, Later)
        }
        ahead, behind = split(items, parked)
        outcomes = {item.row_id: outcome for item, outcome in zip(items, found, strict=True)}
        for item in behind:
            after = outcomes[item.row_id]
            wait = (
                after if isinstance(after, Later) else Later(30.0, "behind another", counts=False)
            )
            endings.append((item.row_id, wait))
        fetched = _pass(ahead, endings, lambda item: outcomes[item.row_id])
        known = await know(self._people, fetched)
        blocks = await self._policy.load()
        allowed = _pass(fetched, endings, lambda item: judge(item, known, blocks, final=True))
        await self._apply(batch, known, allowed, endings)

    async def _bring_one(self, item: Incoming, known: Known) -> Outcome | None:
        return await bring(self._people, item, known) if _needs(item, known) else None

    async def _end(self, batch: Batch, endings: list[Ending]) -> None:
        async with self._runtime.unit() as unit:
            await batch.close(unit, endings, fenced=False)


async def _apply_waves(unit: Unit, known: Known, waves: Sequence[Wave]) -> list[Ending]:
    endings: list[Ending] = []
    for wave in waves:
        for name, items in wave.items():
            outcomes = await HANDLERS[name].apply(unit, known, items)
            pairs = zip(items, outcomes, strict=True)
            endings += [(item.row_id, outcome) for item, outcome in pairs]
    return endings


def _actors(known: Known, waves: Sequence[Wave]) -> list[Account]:
    """Who did all this."""
    uris = {item.actor_uri for wave in waves for items in wave.values() for item in items}
    return [known.accounts[uri] for uri in uris if uri in known.accounts]


def _pass(
    items: Sequence[Incoming],
    endings: list[Ending],
    find: Callable[[Incoming], Outcome | None],
) -> list[Incoming]:
    """Those that no outcome ends here; the ends of the others are added to `endings`."""
    passed: list[Incoming] = []
    for item in items:
        ending = find(item)
        if ending is None:
            passed.append(item)
        else:
            endings.append((item.row_id, ending))
    return passed


def _takes_long(item: Incoming, known: Known) -> bool:
    """Whether the neighbours in the batch should not wait for this."""
    return is_farewell(item) or _needs(item, known)


def _needs(item: Incoming, known: Known) -> bool:
    """Whether the network must be asked before this can be applied."""
    return (
        not item.believed
        or item.actor_uri not in known.accounts
        or HANDLERS[item.activity.type].needs(item, known)
    )


def parse_row(row: asyncpg.Record) -> Incoming | Outcome:
    """The activity of a row, as far as it can be judged by itself."""
    try:
        document = documents.loads(row["body"])
        activity = parse_activity(document)
    except FediError as problem:
        return Refused(str(problem))
    authentic: bool = row["authentic"]
    item = Incoming(
        row_id=row["id"],
        received_at=row["created_at"],
        lane=row["lane"],
        activity=activity,
        actor_uri=row["signer_uri"] if authentic else activity.actor,
        authentic=authentic,
        recipient_id=row["recipient_id"],
        signed_at=row["signed_at"],
        signer_uri=row["signer_uri"],
        document=document if not authentic and "proof" in document else None,
    )
    if carries_activity(activity):
        passed_on = unwrap(item)
        return _check(passed_on) if isinstance(passed_on, Incoming) else passed_on
    if authentic:
        item.activity = reclassify(activity)
    return _check(item)


def _check(item: Incoming) -> Incoming | Outcome:
    """The activity, if it can mean anything at all."""
    activity = item.activity
    handler = HANDLERS.get(activity.type)
    if handler is None:
        return Ignored("nothing of a kind that is kept here")
    for uri in (activity.id, activity.object_id):
        if uri is not None and len(uri.encode()) > MAX_ID:
            return Refused("an id is too long")
    if activity.id is None and not (item.authentic and activity.type in NAMELESS):
        return Refused("the activity has no id")
    if activity.id is not None and not same_origin(activity.id, item.actor_uri):
        # Ids are remembered: whoever could use those of others could stand in their way.
        return Refused("the id of the activity is not the actor's own")
    return handler.check(item) or item


def _refusal_of_place(item: Incoming, known: Known, blocks: Blocks) -> Outcome | None:
    if blocks.is_suspended(host_of(item.actor_uri) or ""):
        return Refused("the domain is blocked here")
    if known.origin.startswith("https:") and item.actor_uri[:5].lower() == "http:":
        return Refused("the id of the actor is not https")
    return None


def judge(item: Incoming, known: Known, blocks: Blocks, *, final: bool = False) -> Outcome | None:
    """Why an activity must not take effect, whatever it says; None when it may.

    `final`: the network has been asked, and what is still open stays open.
    """
    handler = HANDLERS[item.activity.type]
    if ending := _refusal_of_place(item, known, blocks):
        return ending
    if not item.believed and (final or not may_be_confirmed(item)):
        return Refused("signed by somebody else")
    if ending := refusal_of_group(item, known):
        return ending
    account = known.accounts.get(item.actor_uri)
    if account is None:
        if final:
            return Refused("the actor is not known")
        # They become known when what they are said to do is confirmed, and concerns us.
        return Refused("unknown actor") if item.believed and item.via is None else None
    if account.is_local and item.via is not None:
        return Ignored("it was said here")
    if account.is_local:
        return Refused("nobody here knocks at our own door")
    if account.deleted_at is not None:
        return GONE
    if account.suspended_at is not None and not handler.from_suspended:
        return Refused("the actor is suspended here")
    return None
