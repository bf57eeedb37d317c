"""Follow: somebody wants to read a member."""

from collections.abc import Sequence

from fedi.ap.authority import is_public
from fedi.core.relationships.receive import receive_follows
from fedi.core.relationships.types import ReceivedFollow
from fedi.core.urls import INSTANCE_ACTOR_ID
from fedi.events import FollowRejected
from fedi.federation.meaning.incoming import Asks, Handler, Incoming, Known, ids, settle
from fedi.federation.meaning.relayed import follow_back
from fedi.kit.result import Outcome, Refused
from fedi.kit.unit import Unit


def _asks(item: Incoming) -> Asks:
    return Asks(members=ids(item.activity.object_id))


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> ReceivedFollow | Outcome:
        follower = known.accounts[item.actor_uri]
        uri = item.activity.id
        if is_public(item.activity.object_id):
            # This is how one asks a relay for everything public; we say no in so many words.
            unit.record(FollowRejected(follower.id, INSTANCE_ACTOR_ID, uri or "", local=False))
            return Refused("this server is no relay")
        target = known.local(item.activity.object_id)
        if target is not None and target.id == INSTANCE_ACTOR_ID:
            ending = follow_back(unit, item, known)
            if ending is not None:
                return ending
        if target is None:
            return Refused("nobody here to follow")
        return ReceivedFollow(uri, follower.id, target.id, item.signed_at)

    async def carry_out(follows: list[ReceivedFollow]) -> Sequence[Outcome]:
        return await receive_follows(unit, follows)

    return await settle(items, decide, carry_out)


HANDLER = Handler(asks=_asks, apply=_apply)
