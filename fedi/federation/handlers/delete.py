"""Delete: of a post by its author, of an actor by itself. What we never saw is remembered."""

from collections.abc import Sequence

from fedi.ap.authority import same_origin
from fedi.core.accounts.people import People
from fedi.core.accounts.service import delete_account
from fedi.core.statuses.policy import UNLISTED
from fedi.core.statuses.receive import receive_deletes
from fedi.core.statuses.types import ReceivedDelete
from fedi.federation.incoming import Asks, Handler, Incoming, Known, ids, settle
from fedi.kit.errors import RemoteGone, RemoteNonsense
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit


def _is_farewell(item: Incoming) -> bool:
    return item.activity.object_id == item.actor_uri


def _check(item: Incoming) -> Outcome | None:
    if item.activity.object_id is None:
        return Refused("the Delete has no object")
    if not same_origin(item.activity.object_id, item.actor_uri):
        return Refused("the object is not the actor's own")
    return None


def _asks(item: Incoming) -> Asks:
    return Asks(statuses=() if item.authentic else ids(item.activity.object_id))


async def _fetch(people: People, item: Incoming, known: Known) -> Outcome | None:
    """Somebody else's word for it is checked where the object was, if it concerns us at all."""
    if item.believed:
        return None
    uri = item.activity.object_id or ""
    stored = known.statuses.get(uri)
    if stored is None and not (_is_farewell(item) and item.actor_uri in known.accounts):
        return Ignored("nothing here")
    if stored is not None and stored.account_uri != item.actor_uri:
        return Refused("the object is not the actor's own")
    try:
        document = await people.fetcher.document(uri)
    except RemoteGone as problem:
        if not problem.permanent and (stored is None or stored.visibility > UNLISTED):
            # People and private posts are missing for many reasons; gone is another word.
            return Refused("its origin does not say that it is gone")
    except RemoteNonsense as problem:
        return Refused(f"its origin does not say that it is gone: {problem}")
    else:
        if document.get("type") != "Tombstone":
            return Refused("it is still there")
    item.confirmed = True
    return None


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    for item in items:
        if _is_farewell(item):
            await delete_account(unit, known.accounts[item.actor_uri].id)

    def decide(item: Incoming) -> ReceivedDelete | Outcome:
        if _is_farewell(item):
            return Done()
        return ReceivedDelete(item.activity.object_id or "", item.actor_uri)

    async def carry_out(deletes: list[ReceivedDelete]) -> Sequence[Outcome]:
        return await receive_deletes(unit, deletes)

    return await settle(items, decide, carry_out)


HANDLER = Handler(
    check=_check,
    asks=_asks,
    fetch=_fetch,
    apply=_apply,
    confirmable=True,
    from_suspended=True,
)
