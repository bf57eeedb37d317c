"""Announce: a boost. The original counts as its own server gives it, whatever came along."""

from collections.abc import Sequence

from fedi.core.accounts.people import People
from fedi.core.interactions import receive_announces
from fedi.core.statuses.resolve import resolve_statuses
from fedi.core.statuses.types import ReceivedAnnounce
from fedi.core.urls import is_ours
from fedi.federation.incoming import Asks, Handler, Incoming, Known, ids, settle
from fedi.kit.errors import FediError, RemoteDown
from fedi.kit.result import Ignored, Outcome, Refused
from fedi.kit.unit import Unit


def _check(item: Incoming) -> Outcome | None:
    if item.activity.id is None or item.activity.object_id is None:
        return Refused("the Announce has no id, or no object")
    return None


def _asks(item: Incoming) -> Asks:
    return Asks(statuses=ids(item.activity.object_id))


def _concerns_us(item: Incoming, known: Known) -> bool:
    """Whether somebody here follows the booster, or the post is here already."""
    account = known.accounts.get(item.actor_uri)
    followed = account is not None and account.id in known.followed
    return followed or item.activity.object_id in known.statuses


def _needs(item: Incoming, known: Known) -> bool:
    uri = item.activity.object_id or ""
    unknown = uri not in known.statuses and not is_ours(known.origin, uri)
    return unknown and _concerns_us(item, known)


async def _fetch(people: People, item: Incoming, known: Known) -> Outcome | None:
    uri = item.activity.object_id or ""
    if uri in known.statuses:
        return None
    found = (await resolve_statuses(people, [uri])).get(uri)
    if isinstance(found, RemoteDown):
        raise found
    if found is None or isinstance(found, FediError):
        return Ignored(f"the original cannot be had: {found}")
    return None


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> ReceivedAnnounce | Outcome:
        if not _concerns_us(item, known):
            return Ignored("no relation")
        activity = item.activity
        return ReceivedAnnounce(
            uri=activity.id or "",
            account=known.accounts[item.actor_uri],
            object_uri=activity.object_id or "",
            published=activity.published,
            to=activity.to,
            cc=activity.cc,
        )

    async def carry_out(announces: list[ReceivedAnnounce]) -> Sequence[Outcome]:
        return await receive_announces(unit, announces)

    return await settle(items, decide, carry_out)


HANDLER = Handler(check=_check, asks=_asks, needs=_needs, fetch=_fetch, apply=_apply)
