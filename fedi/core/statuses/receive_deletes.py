"""Deletes from the network. Only the author deletes; what never came is remembered as deleted."""

from collections.abc import Sequence

from fedi.ap.authority import same_origin
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.queries import find_by_uris
from fedi.core.statuses.removal import bury, remove
from fedi.core.statuses.types import ReceivedDelete, StoredStatus
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit


async def receive_deletes(unit: Unit, items: Sequence[ReceivedDelete]) -> list[Outcome]:
    """Delete posts that their authors took back; others' posts stay, whoever asks.

    Ownership is equality of persons: the same host is not enough. A Delete of what is not here
    binds only the deleting actor's own post, should one of that id ever come.
    """
    stored = await find_by_uris(unit, [item.uri for item in items])
    outcomes = [_judge(item, stored.get(item.uri)) for item in items]
    doomed = [
        stored[item.uri].id
        for item, outcome in zip(items, outcomes, strict=True)
        if isinstance(outcome, Done)
    ]
    removed = await remove(unit, doomed)
    # Those have their tombstones; a boost has none when it goes.
    buried = {event.uri for event in removed if event.reblog_of_id is None}
    await bury(
        unit,
        [
            (item.uri, item.actor_uri)
            for item, outcome in zip(items, outcomes, strict=True)
            if not isinstance(outcome, Refused) and item.uri not in buried
        ],
    )
    return outcomes


def _judge(item: ReceivedDelete, stored: StoredStatus | None) -> Outcome:
    if not is_storable(item.uri) or not same_origin(item.uri, item.actor_uri):
        return Refused("the object is not the actor's own")
    if stored is None:
        return Ignored("not here")
    if stored.account_uri != item.actor_uri or stored.local:
        return Refused("the object is not the actor's own")
    return Done()
