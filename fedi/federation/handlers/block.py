"""Block: somebody wants nothing to do with a member."""

from collections.abc import Sequence

from fedi.core.relationships.blocks import receive_blocks
from fedi.core.relationships.types import ReceivedBlock
from fedi.federation.meaning.incoming import Asks, Handler, Incoming, Known, ids, settle
from fedi.kit.result import Outcome, Refused
from fedi.kit.unit import Unit


def _asks(item: Incoming) -> Asks:
    return Asks(members=ids(item.activity.object_id))


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> ReceivedBlock | Outcome:
        target = known.local(item.activity.object_id)
        if target is None:
            return Refused("nobody here to block")
        actor = known.accounts[item.actor_uri]
        return ReceivedBlock(item.activity.id, actor.id, target.id, item.signed_at)

    async def carry_out(blocks: list[ReceivedBlock]) -> Sequence[Outcome]:
        return await receive_blocks(unit, blocks)

    return await settle(items, decide, carry_out)


HANDLER = Handler(asks=_asks, apply=_apply)
