"""FeatureRequest: somebody wants a member in a collection of accounts; the answer is no.

Members have no say in that yet, and whoever asks need not wait for it.
"""

from collections.abc import Sequence

from fedi.events import FeatureRefused
from fedi.federation.meaning.incoming import Asks, Handler, Incoming, Known, ids
from fedi.kit.result import Done, Ignored, Outcome
from fedi.kit.unit import Unit


def _asks(item: Incoming) -> Asks:
    return Asks(members=ids(item.activity.object_id))


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    return [_refuse(unit, known, item) for item in items]


def _refuse(unit: Unit, known: Known, item: Incoming) -> Outcome:
    member = known.local(item.activity.object_id)
    if member is None or item.activity.id is None:
        return Ignored("not about a member")
    actor = known.accounts[item.actor_uri]
    unit.record(FeatureRefused(member.id, actor.id, item.activity.id))
    return Done("refused")


HANDLER = Handler(asks=_asks, apply=_apply)
