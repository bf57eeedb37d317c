"""Move: somebody has a new account. Both profiles are read anew before anything is believed."""

from collections.abc import Sequence

from fedi.core.accounts.people import People
from fedi.core.accounts.resolve import resolve_actors
from fedi.core.moving import ReceivedMove, receive_moves
from fedi.federation.meaning.incoming import Handler, Incoming, Known
from fedi.kit.clock import now
from fedi.kit.errors import FediError, RemoteDown
from fedi.kit.result import Outcome, Refused
from fedi.kit.unit import Unit


def _read(item: Incoming) -> ReceivedMove | None:
    """Who moves where: the old account says so itself, or the new one that it was the old one."""
    old, target = item.activity.object_id, item.activity.target
    if old is None or target is None or old == target:
        return None
    if item.actor_uri not in {old, target}:
        return None
    return ReceivedMove(old, target, by_target=item.actor_uri == target)


def _check(item: Incoming) -> Outcome | None:
    return None if _read(item) else Refused("it is not its actor who moves, or nobody does")


def _needs(_item: Incoming, _known: Known) -> bool:
    return True


async def _fetch(people: People, item: Incoming, _known: Known) -> Outcome | None:
    move = _read(item)
    if move is None:
        return None
    uris = (move.old_uri, move.target_uri) if move.by_target else (move.target_uri,)
    for uri in uris:
        # What was read a moment ago may be from before the move.
        people.fetcher.forget(uri)
    began = now()
    for found in (await resolve_actors(people, uris, refresh=True)).values():
        if isinstance(found, RemoteDown):
            raise found
        if isinstance(found, FediError):
            return Refused(f"one of the two accounts cannot be had: {found}")
        if not found.is_local and (found.fetched_at is None or found.fetched_at < began):
            # What stands here is from another day, and may have changed.
            raise RemoteDown("its profile cannot be read now")
    return None


async def _apply(unit: Unit, _known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    return await receive_moves(unit, [move for item in items if (move := _read(item))])


HANDLER = Handler(check=_check, needs=_needs, fetch=_fetch, apply=_apply)
