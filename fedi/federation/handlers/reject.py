"""Reject: the answer to a Follow, or to what a member wants with a post, is no, or no longer."""

from collections.abc import Sequence

from fedi.core.relationships.receive import receive_rejects
from fedi.core.relationships.types import ReceivedAnswer
from fedi.federation.meaning.answers import asks_about_answer, read_answer
from fedi.federation.meaning.consent import receive_consent
from fedi.federation.meaning.incoming import Handler, Incoming, Known, settle
from fedi.federation.meaning.relayed import take_answers
from fedi.kit.result import Done, Outcome
from fedi.kit.unit import Unit


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    consent = await receive_consent(unit, known, items, is_yes=False)
    relays = await take_answers(unit, items, accepted=False)

    def decide(item: Incoming) -> ReceivedAnswer | Outcome:
        if item.row_id in consent:
            return consent[item.row_id]
        return Done("of a relay") if item.row_id in relays else read_answer(item, known)

    async def carry_out(answers: list[ReceivedAnswer]) -> Sequence[Outcome]:
        return await receive_rejects(unit, answers)

    return await settle(items, decide, carry_out)


HANDLER = Handler(asks=asks_about_answer, apply=_apply, from_suspended=True)
