"""Dislike: a vote against a post that is here; any other is nothing to us."""

from collections.abc import Sequence

from fedi.core.interactions.dislikes import receive_dislikes
from fedi.core.statuses.types import ReceivedLike
from fedi.federation.meaning.incoming import Handler, Incoming, Known, settle
from fedi.kit.result import Outcome, Refused
from fedi.kit.unit import Unit


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> ReceivedLike | Outcome:
        if item.activity.object_id is None:
            return Refused("the Dislike has no object")
        actor = known.accounts[item.actor_uri]
        return ReceivedLike(item.activity.id, actor.id, actor.uri, item.activity.object_id)

    async def carry_out(votes: list[ReceivedLike]) -> Sequence[Outcome]:
        return await receive_dislikes(unit, votes)

    return await settle(items, decide, carry_out)


HANDLER = Handler(apply=_apply)
