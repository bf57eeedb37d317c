"""Remove: a pin or a hashtag that no longer stands on a profile."""

from collections.abc import Sequence

from fedi.core.statuses.pins_received import remove_pins
from fedi.core.tags.received import remove_featured
from fedi.federation.meaning.incoming import Handler, Incoming, Known, settle
from fedi.federation.meaning.listed import (
    UNKNOWN,
    Listed,
    Member,
    Pin,
    Tag,
    asks_about_listed,
    check_listed,
    read_listed,
)
from fedi.kit.result import Done, Outcome
from fedi.kit.unit import Unit


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    async def carry_out(things: list[Listed]) -> Sequence[Outcome]:
        if pins := [(thing.account_id, thing.uri) for thing in things if isinstance(thing, Pin)]:
            await remove_pins(unit, pins)
        if tags := [(thing.account_id, thing.name) for thing in things if isinstance(thing, Tag)]:
            await remove_featured(unit, tags)
        return [UNKNOWN if isinstance(thing, Member) else Done() for thing in things]

    return await settle(items, lambda item: read_listed(item, known), carry_out)


HANDLER = Handler(check=check_listed, asks=asks_about_listed, apply=_apply)
