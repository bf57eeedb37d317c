"""Accept: the answer to a Follow of ours is yes."""

from collections import Counter
from collections.abc import Sequence

from fedi.core.relationships.receive import receive_accepts
from fedi.core.relationships.types import ReceivedAnswer
from fedi.federation.answers import asks_about_answer, read_answer
from fedi.federation.backfill import backfill_later
from fedi.federation.incoming import Handler, Incoming, Known, settle
from fedi.kit.result import Done, Outcome
from fedi.kit.unit import Unit


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> ReceivedAnswer | Outcome:
        return read_answer(item, known)

    async def carry_out(answers: list[ReceivedAnswer]) -> Sequence[Outcome]:
        outcomes = await receive_accepts(unit, answers)
        pairs = zip(answers, outcomes, strict=True)
        begun = Counter(answer.target_id for answer, end in pairs if isinstance(end, Done))
        await backfill_later(unit, begun)
        return outcomes

    return await settle(items, decide, carry_out)


HANDLER = Handler(asks=asks_about_answer, apply=_apply)
