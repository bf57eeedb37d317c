"""Follow: somebody wants to read a member."""

from collections.abc import Sequence

from fedi.core.relationships.receive import receive_follows
from fedi.core.relationships.types import ReceivedFollow
from fedi.federation.incoming import Asks, Handler, Incoming, Known, ids, settle
from fedi.kit.result import Outcome, Refused
from fedi.kit.unit import Unit


def _asks(item: Incoming) -> Asks:
    return Asks(members=ids(item.activity.object_id))


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> ReceivedFollow | Outcome:
        target = known.local(item.activity.object_id)
        if target is None:
            return Refused("nobody here to follow")
        follower = known.accounts[item.actor_uri]
        return ReceivedFollow(item.activity.id, follower.id, target.id, item.signed_at)

    async def carry_out(follows: list[ReceivedFollow]) -> Sequence[Outcome]:
        return await receive_follows(unit, follows)

    return await settle(items, decide, carry_out)


HANDLER = Handler(asks=_asks, apply=_apply)
