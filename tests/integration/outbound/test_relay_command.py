"""`fedi relay`, and who has moved away."""

import json

import pytest

from fedi.cli import relay
from fedi.core.instance import ensure_instance
from tests.integration.outbound.conftest import World
from tests.integration.outbound.test_commands import call
from tests.integration.outbound.test_deliver import follow_from
from tests.integration.outbound.test_deliver import post as deliver_post

RELAY = "http://relay.peers.test/inbox"


async def test_relays_are_asked_listed_and_left(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await ensure_instance(world.runtime)
    added = {"address": RELAY, "style": None, "tag": ["#Cats"], "receive_only": True}
    assert await call(relay.run_add, world, **added) == 0
    capsys.readouterr()
    assert await call(relay.run_list, world, json=True) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["inbox"], row["state"], row["tags"], row["sends"]) == (
        RELAY,
        "asked",
        ["cats"],
        False,
    )
    assert await call(relay.run_list, world, json=False) == 0
    assert "receives only #cats" in capsys.readouterr().out
    assert await call(relay.run_remove, world, address="relay.peers.test") == 0
    assert await world.runtime.db.value("SELECT count(*) FROM relays") == 0


async def test_who_has_moved_away_gets_nothing_more(world: World) -> None:
    await follow_from(world, "b", "c")
    await world.runtime.db.fetch(
        "UPDATE accounts SET moved_to_uri = 'http://d.peers.test/users/bo'"
        " WHERE domain = 'c.peers.test'"
    )
    await deliver_post(world)
    assert [row["host"] for row in await world.ledger()] == ["b.peers.test"]
