"""Create: a post is stored when somebody here has to do with it."""

from collections.abc import Sequence

from fedi.core.statuses.receive import receive_notes
from fedi.core.statuses.types import ReceivedNote
from fedi.federation.incoming import Handler, Incoming, Known, settle
from fedi.federation.notes import (
    asks_about_note,
    fetch_note,
    needs_note,
    read_note,
    received,
    refusal_of,
)
from fedi.kit.result import Ignored, Outcome
from fedi.kit.unit import Unit


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> ReceivedNote | Outcome:
        if ending := refusal_of(item, known):
            return ending
        note = received(item, known.accounts[item.actor_uri], is_wanted=True)
        return note or Ignored("known already")

    async def carry_out(notes: list[ReceivedNote]) -> Sequence[Outcome]:
        return await receive_notes(unit, notes)

    return await settle(items, decide, carry_out)


HANDLER = Handler(
    check=read_note,
    asks=asks_about_note,
    needs=needs_note,
    fetch=fetch_note,
    apply=_apply,
    confirmable=True,
)
