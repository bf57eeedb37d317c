"""Asking for consent and giving it: what the tests about it share."""

from typing import Any

import orjson

from fedi.core.accounts.queries import get_by_id
from fedi.core.consent.stamps import CHORES
from fedi.core.statuses import compose
from fedi.core.statuses.types import NewStatus, Prepared
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import AS2, PUBLIC, Person
from tests.rig import aftermath

OPEN: dict[str, Any] = {"interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}}}


async def write(world: World, text: str = "hello", **fields: Any) -> tuple[int, str]:
    """A post by alice: its id and its address."""
    async with world.runtime.unit() as unit:
        alice = await get_by_id(unit, world.alice.id)
        status_id = await compose.create(
            unit, world.runtime.settings, alice, NewStatus(text, **fields), Prepared({})
        )
    return status_id, f"{world.alice.uri}/statuses/{status_id}"


async def meet(world: World, person: Person, **fields: Any) -> tuple[int, str]:
    """A post by somebody elsewhere, which comes here because alice follows them."""
    await world.follow(person)
    note = person.note(**fields)
    assert (await world.deliver(person, person.creates(note)))[0][0] == 2
    found = await world.value("SELECT id FROM statuses WHERE uri = $1", note["id"])
    return found, note["id"]


async def sent(world: World) -> list[dict[str, Any]]:
    """React to what has happened; everything that was sent since it was last asked."""
    await aftermath.settle(world.runtime)
    rows = await world.runtime.db.fetch("SELECT body FROM activities ORDER BY id")
    await world.runtime.db.fetch("DELETE FROM deliveries")
    await world.runtime.db.fetch("DELETE FROM activities")
    return [orjson.loads(row["body"]) for row in rows]


async def look(world: World) -> list[Any]:
    """Do the chores about quotes; how they ended."""
    rows = await world.runtime.db.fetch(
        "SELECT * FROM chores WHERE kind = 'check_quote' AND state < 2 ORDER BY id"
    )
    endings = await CHORES["check_quote"](world.people, rows)
    await world.runtime.db.fetch("UPDATE chores SET state = 2 WHERE kind = 'check_quote'")
    return endings


async def quote_of(world: World, status_id: int) -> tuple[int, str | None]:
    """The state of a quote, and the consent that is known."""
    row = await world.runtime.read().row(
        "SELECT state, approval_uri FROM quotes WHERE status_id = $1", status_id
    )
    assert row is not None
    return row["state"], row["approval_uri"]


def stamp(author: Person, quoting: str, quoted: str, **changes: Any) -> dict[str, Any]:
    """Consent in writing."""
    return {
        "@context": AS2,
        "id": f"{author.uri}/stamps/1",
        "type": "QuoteAuthorization",
        "attributedTo": author.uri,
        "interactingObject": quoting,
        "interactionTarget": quoted,
        **changes,
    }


def requests(person: Person, kind: str, target: str, instrument: Any, **more: Any) -> Any:
    """A request to do something with a post."""
    return person.does(kind, target, instrument=instrument, **more)
