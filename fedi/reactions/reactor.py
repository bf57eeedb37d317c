"""The work of the events drain: the table, run for a batch."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from fedi import events as happened
from fedi.config import Settings
from fedi.core import live
from fedi.core.accounts.keys import KeyRing
from fedi.core.accounts.people import People
from fedi.federation.publish import Publishing
from fedi.kit import faults
from fedi.kit.queue import Batch
from fedi.kit.result import Done, GaveUp, Outcome
from fedi.kit.runtime import Runtime
from fedi.kit.unit import Unit
from fedi.reactions.context import Context
from fedi.reactions.table import REACTIONS


class Reactor:
    """The work of the events drain."""

    def __init__(self, runtime: Runtime, people: People) -> None:
        self._runtime = runtime
        self._people = people

    async def work(self, batch: Batch) -> None:
        """React to a batch of events and close them, in one transaction."""
        read = [(row["id"], read_event(row["type"], row["payload"])) for row in batch.rows]
        outcomes: list[tuple[int, Outcome]] = [
            # Another release may have written it: it is kept for whoever looks.
            (row_id, Done() if event is not None else GaveUp("an event of an unknown kind"))
            for row_id, event in read
        ]
        known = [(row_id, event) for row_id, event in read if event is not None]
        async with self._runtime.unit() as unit:
            await react(unit, self._runtime.settings, known, self._people.keyring)
            faults.point("events.applied")
            await batch.close(unit, outcomes)


def read_event(name: str, payload: dict[str, Any]) -> happened.Event | None:
    """The event in a row; None if this release does not know it."""
    kind = happened.EVENTS.get(name)
    if kind is None:
        return None
    try:
        make = cast("Callable[..., happened.Event]", kind)
        return make(**{k: tuple(v) if isinstance(v, list) else v for k, v in payload.items()})
    except TypeError:
        return None


async def react(
    unit: Unit,
    settings: Settings,
    events: Sequence[tuple[int, happened.Event]],
    keyring: KeyRing | None = None,
) -> None:
    """Run the table for events (row id, event), in their order."""
    ids = {event: row_id for row_id, event in events}
    context = Context(settings, Publishing(settings, ids, keyring))
    for group in in_waves([event for _, event in events]):
        for reaction in REACTIONS[type(group[0])]:
            await reaction(unit, context, group)
    live.say(unit, context.live)


def in_waves(events: Sequence[happened.Event]) -> list[list[happened.Event]]:
    """Events grouped by type, as few groups as the order within each lane permits.

    Within a lane an event of another type begins a new wave; waves follow each other.
    """
    last: dict[str, tuple[int, type[happened.Event]]] = {}
    groups: dict[tuple[int, int], list[happened.Event]] = {}
    kinds = {kind: number for number, kind in enumerate(REACTIONS)}
    for event in events:
        kind = type(event)
        wave, before = last.get(event.lane, (0, kind))
        wave += before is not kind
        last[event.lane] = (wave, kind)
        groups.setdefault((wave, kinds[kind]), []).append(event)
    return [groups[key] for key in sorted(groups)]
