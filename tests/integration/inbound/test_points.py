"""Whatever breaks at whichever point, each activity has its effect once."""

from collections.abc import Generator

import pytest

from fedi.kit import faults
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import AS2, PUBLIC


class StruckError(Exception):
    """What an armed point raises."""


@pytest.fixture
def strike(request: pytest.FixtureRequest) -> Generator[list[str], None, None]:
    """Arms a point to raise once; the list says that it did."""
    name: str = request.param
    struck: list[str] = []

    def action() -> None:
        if not struck:
            struck.append(name)
            raise StruckError(name)

    faults.arm(name, action)
    yield struck
    faults._armed.pop(name)


@pytest.mark.parametrize("strike", ["I5", "I6", "I7", "I8", "I9"], indirect=True)
async def test_one_effect_whatever_breaks(world: World, strike: list[str]) -> None:
    bob = world.far.actor("p.far.test", "bob")
    vera = world.far.actor("v.far.test", "vera")
    note = vera.note("to be fetched")
    world.far.documents[note["id"]] = {"@context": AS2, **note}
    armed = dict(faults._armed)
    faults._armed.clear()
    await world.follow(bob)
    faults._armed.update(armed)
    for n in range(5):
        await world.post(bob, bob.creates(bob.note(f"{n}")))
    await world.post(bob, bob.does("Announce", note["id"], to=[PUBLIC]))
    world.expects_failure = True
    for _ in range(4):
        await world.drain()
        await world.settle_clock()
    assert strike
    assert await world.count("statuses", "reblog_of_id IS NULL") == 6
    assert await world.count("statuses", "reblog_of_id IS NOT NULL") == 1
    assert await world.count("inbound", "state NOT IN (2, 3)") == 0
    counted = await world.value(
        "SELECT statuses_count FROM account_stats n JOIN accounts a ON a.id = n.account_id"
        " WHERE a.uri = $1",
        bob.uri,
    )
    assert counted == 6
