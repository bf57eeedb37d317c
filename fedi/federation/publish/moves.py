"""Moves of members become activities."""

from collections.abc import Sequence

from fedi import events as happened
from fedi.federation.facts import load_parties
from fedi.federation.publish.audience import Reach
from fedi.federation.publish.outgoing import Outgoing, Publishing, send
from fedi.federation.render.move import render_move
from fedi.kit.unit import Unit


async def account_moved(
    unit: Unit, context: Publishing, events: Sequence[happened.AccountMoved]
) -> None:
    """Move, to followers; the Update of the profile has gone to them before."""
    parties = await load_parties(unit, [event.account_id for event in events])
    await send(
        unit,
        context,
        [
            Outgoing(
                event,
                render_move(f"{party.uri}#moves/{event.moment}", party.uri, event.target),
                party.id,
                party.uri,
                Reach(followers_of=party.id),
            )
            for event in events
            if (party := parties.get(event.account_id)) and party.is_local
        ],
    )
