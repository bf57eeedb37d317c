"""Whoever knocks is alive."""

from tests.integration.inbound.conftest import World


async def test_a_verified_knock_ends_the_pause_of_its_host(world: World) -> None:
    bob = world.far.actor("v.far.test", "bob")
    await world.runtime.db.fetch(
        "INSERT INTO hosts (host, failures, held_until)"
        " VALUES ('v.far.test', 9, now() + interval '1 day'),"
        " ('w.far.test', 9, now() + interval '1 day')"
    )
    forged = await world.post(bob, bob.does("Like", "https://a.test/x"), key_id="https://x.test/k")
    assert forged.status_code != 202
    held = "SELECT count(*) FROM hosts WHERE held_until > now()"
    assert await world.value(held) == 2
    await world.deliver(bob, bob.does("Like", "https://a.test/x"))
    assert await world.value(f"{held} AND host = 'v.far.test'") == 0
    assert await world.value(held) == 1
