"""From events to inboxes."""

from typing import Any

from fedi import events
from fedi.federation import publish
from tests.integration.outbound.conftest import Peer, World, until


async def settled(world: World) -> bool:
    return all(row["state"] != 0 for row in await world.ledger())


class TestPublish:
    async def test_a_public_post_goes_once_to_each_shared_inbox(
        self, world: World, deliverer: Any, peer: Peer
    ) -> None:
        for name, host in (("bo", "b"), ("bea", "b"), ("cy", "c")):
            remote = await world.account(name, f"{host}.peers.test")
            await world.follow(remote, world.alice)
        lone = await world.account("lo", "lone.peers.test", shared=False)
        status = await world.status(world.alice, mentions=[lone])
        await world.publish(
            publish.status_created, events.StatusCreated(status, world.alice, local=True)
        )
        await until(lambda: settled(world))
        assert sorted((g.host, g.path) for g in peer.got) == [
            ("b.peers.test", "/inbox"),
            ("c.peers.test", "/inbox"),
            ("lone.peers.test", "/users/lo/inbox"),
        ]
        rows = await world.ledger()
        assert {row["state"] for row in rows} == {2}
        assert all(row["status_code"] == 202 and row["first_tried_at"] for row in rows)

    async def test_what_is_known_to_be_sent(self, world: World, peer: Peer) -> None:
        rows = await world.ledger()
        assert rows == []
