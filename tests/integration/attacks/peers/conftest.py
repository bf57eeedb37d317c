"""One instance, and other servers on loopback that answer as they like: honest, hostile, robbed."""

from typing import Any

import pytest

from tests.integration.inbound.conftest import World, certificates, far, settings, world
from tests.integration.inbound.far import AS2, Person
from tests.integration.inbound.proving import prover

__all__ = ["certificates", "far", "settings", "world"]

DONE, IGNORED, REFUSED = 2, 3, 4
# What a request may change that has no effect: the row of the request, and counters.
SPARED = frozenset({"inbound", "hosts", "counters", "alembic_version"})


async def dump(world: World) -> dict[str, list[Any]]:
    """Every row of every table."""
    tables = await world.runtime.db.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )
    return {
        name: [
            row[0]
            for row in await world.runtime.db.fetch(f'SELECT t::text FROM "{name}" t ORDER BY 1')
        ]
        for (name,) in tables
        if name not in SPARED
    }


async def meet(world: World, person: Person) -> None:
    """Be known here: whoever knocks once is."""
    await world.deliver(person, person.does("Like", "https://a.test/nothing"))


async def without_effect(
    world: World, person: Person, *activities: Any, **how: Any
) -> list[tuple[int, str]]:
    """Deliver what must change nothing at all; gives the endings."""
    before = await dump(world)
    endings = await world.deliver(person, *activities, **how)
    after = await dump(world)
    changed = [name for name in before if before[name] != after[name]]
    assert changed == [], [(name, before[name], after[name]) for name in changed]
    assert all(state in (IGNORED, REFUSED) for state, _ in endings), endings
    return endings


def serve(world: World, document: dict[str, Any]) -> None:
    """Have the origin of a document serve it."""
    world.far.documents[document["id"]] = {"@context": AS2, **document}


@pytest.fixture
async def bob(world: World) -> Person:
    """The victim: an honest person elsewhere, whom alice follows."""
    person = prover(world.far, "v.far.test", "bob")
    await world.follow(person)
    return person


@pytest.fixture
async def mallory(world: World) -> Person:
    """The attacker, whom alice follows, too, and who can sign."""
    person = prover(world.far, "m.far.test", "mallory")
    await world.follow(person)
    return person
