"""Delete: of a post or of written consent by its author, of an actor by itself.

What we never saw is remembered.
"""

from collections.abc import Sequence

from fedi.ap.authority import same_origin
from fedi.core.accounts.service import delete_account
from fedi.core.consent.answers import Revocation, receive_revocations
from fedi.core.statuses.receive import receive_deletes
from fedi.core.statuses.types import ReceivedDelete
from fedi.federation.meaning.incoming import Handler, Incoming, Known, settle
from fedi.kit.result import Done, Outcome, Refused
from fedi.kit.unit import Unit


def _is_farewell(item: Incoming) -> bool:
    return item.activity.object_id == item.actor_uri


def _check(item: Incoming) -> Outcome | None:
    if item.activity.object_id is None:
        return Refused("the Delete has no object")
    if not same_origin(item.activity.object_id, item.actor_uri):
        return Refused("the object is not the actor's own")
    return None


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    for item in items:
        if _is_farewell(item):
            await delete_account(unit, known.accounts[item.actor_uri].id)

    taken_back = await receive_revocations(
        unit, [_revocation(item) for item in items if not _is_farewell(item)]
    )

    def decide(item: Incoming) -> ReceivedDelete | Outcome:
        if _is_farewell(item):
            return Done()
        if ending := taken_back.get(_revocation(item)):
            return ending
        return ReceivedDelete(item.activity.object_id or "", item.actor_uri)

    async def carry_out(deletes: list[ReceivedDelete]) -> Sequence[Outcome]:
        return await receive_deletes(unit, deletes)

    return await settle(items, decide, carry_out)


def _revocation(item: Incoming) -> Revocation:
    return Revocation(item.activity.object_id or "", item.actor_uri)


HANDLER = Handler(
    check=_check,
    apply=_apply,
    from_suspended=True,
)
