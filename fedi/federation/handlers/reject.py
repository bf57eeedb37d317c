"""Reject: the answer to a Follow of ours is no, or no longer."""

from collections.abc import Sequence

from fedi.core.relationships.receive import receive_rejects
from fedi.core.relationships.types import ReceivedAnswer
from fedi.federation.answers import asks_about_answer, read_answer
from fedi.federation.incoming import Handler, Incoming, Known, settle
from fedi.kit.result import Outcome
from fedi.kit.unit import Unit


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> ReceivedAnswer | Outcome:
        return read_answer(item, known)

    async def carry_out(answers: list[ReceivedAnswer]) -> Sequence[Outcome]:
        return await receive_rejects(unit, answers)

    return await settle(items, decide, carry_out)


HANDLER = Handler(asks=asks_about_answer, apply=_apply, from_suspended=True)
