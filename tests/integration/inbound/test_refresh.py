"""People elsewhere change while nobody tells us: they are asked now and then."""

from fedi.federation.reading.refresh import CHORES
from fedi.kit.result import Done, Ignored
from tests.integration.inbound.conftest import World


async def test_old_acquaintances_are_read_anew(world: World) -> None:
    bob = world.far.actor("v.far.test", "bob")
    await world.follow(bob)

    async def chores() -> int:
        return await world.count("chores", "kind = 'refresh_actor'")

    await world.deliver(bob, bob.creates(bob.note()))
    assert await chores() == 0
    await world.runtime.db.fetch(
        "UPDATE accounts SET fetched_at = now() - interval '25 hours' WHERE uri = $1", bob.uri
    )
    for _ in range(2):
        await world.deliver(bob, bob.creates(bob.note()))
    assert await chores() == 1
    bob.extra["name"] = "Robert"
    bob.publish()
    rows = await world.runtime.db.fetch("SELECT key FROM chores WHERE kind = 'refresh_actor'")
    assert await CHORES["refresh_actor"](world.people, rows) == [Done()]
    stored = "SELECT display_name FROM accounts WHERE uri = $1"
    assert await world.value(stored, bob.uri) == "Robert"
    world.far.documents[bob.uri] = 410
    (outcome,) = await CHORES["refresh_actor"](world.people, rows)
    assert isinstance(outcome, Ignored)
