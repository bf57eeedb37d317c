"""`fedi doctor` on a server that speaks TLS itself and has friends."""

import json

from tests.federation.conftest import World


async def test_two_servers_that_know_each_other_are_well(world: World) -> None:
    for instance in (world.a, world.b):
        found = json.loads(await instance.run("doctor", "--json"))
        assert [each for each in found if each["severity"] != "ok"] == []
        [way_out] = [each["seen"] for each in found if each["key"] == "outbound"]
        assert way_out == "1 of 1 servers answer"
