"""Announce: a boost. The original counts as its own server gives it, whatever came along."""

from collections.abc import Sequence

from fedi.core.accounts.people import People
from fedi.core.statuses.resolve import resolve_statuses
from fedi.core.statuses.types import ReceivedAnnounce
from fedi.core.urls import is_ours
from fedi.federation.meaning.by_groups import receive_boosts
from fedi.federation.meaning.incoming import Asks, Handler, Incoming, Known
from fedi.federation.meaning.parts import split_objects
from fedi.federation.meaning.relayed import fetch_relayed, find_relayed
from fedi.kit.errors import FediError, RemoteDown
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit


def _parts(item: Incoming) -> list[tuple[str, str]]:
    """(id, original) of each boost that this is."""
    activity = item.activity
    return split_objects(activity.id or "", (activity.object_id, *activity.object_ids))


def _originals(item: Incoming) -> list[str]:
    return [uri for _, uri in _parts(item)]


def _check(item: Incoming) -> Outcome | None:
    if item.activity.id is None or not _parts(item):
        return Refused("the Announce has no id, or no object")
    return None


def _asks(item: Incoming) -> Asks:
    return Asks(statuses=_originals(item))


def _concerns_us(item: Incoming, known: Known, uri: str) -> bool:
    """Whether somebody here follows the booster, or the post is here already."""
    account = known.accounts.get(item.actor_uri)
    followed = account is not None and account.id in known.followed
    return followed or uri in known.statuses


def _needs(item: Incoming, known: Known) -> bool:
    return bool(find_relayed(item, known)) or any(
        uri not in known.statuses
        and not is_ours(known.origin, uri)
        and _concerns_us(item, known, uri)
        for uri in _originals(item)
    )


async def _fetch(people: People, item: Incoming, known: Known) -> Outcome | None:
    if find_relayed(item, known):
        return await fetch_relayed(people, item, known)
    originals = _originals(item)
    missing = [uri for uri in originals if uri not in known.statuses]
    if not missing:
        return None
    resolved = await resolve_statuses(people, missing)
    found = [resolved.get(uri) for uri in missing]
    for problem in found:
        if isinstance(problem, RemoteDown):
            raise problem
    failed = [thing for thing in found if thing is None or isinstance(thing, FediError)]
    if len(failed) == len(originals):
        return Ignored(f"the original cannot be had: {failed[0]}")
    return None


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    owners: list[int] = []
    boosts: list[ReceivedAnnounce] = []
    for item in items:
        for uri, original in _parts(item):
            if _concerns_us(item, known, original) and item.signer_uri not in known.relays:
                owners.append(item.row_id)
                boosts.append(_boost(item, known, uri, original))
    endings: dict[int, Outcome] = {}
    for row_id, outcome in zip(owners, await receive_boosts(unit, boosts), strict=True):
        # One boost that is new is enough to call the whole done.
        if row_id not in endings or isinstance(outcome, Done):
            endings[row_id] = outcome
    return [endings.get(item.row_id) or Ignored("no relation") for item in items]


def _boost(item: Incoming, known: Known, uri: str, original: str) -> ReceivedAnnounce:
    activity = item.activity
    return ReceivedAnnounce(
        uri=uri,
        account=known.accounts[item.actor_uri],
        object_uri=original,
        published=activity.published,
        to=activity.to,
        cc=activity.cc,
    )


HANDLER = Handler(check=_check, asks=_asks, needs=_needs, fetch=_fetch, apply=_apply)
