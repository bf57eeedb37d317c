"""`fedi delivery` and `fedi probe`."""

import asyncio
import json
from argparse import Namespace
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from fedi import events
from fedi.ap.signatures.keys import to_pem
from fedi.cli import delivery
from fedi.cli import probe as probe_command
from fedi.core import key_pairs
from fedi.core.instance import ensure_instance
from fedi.federation import publish
from fedi.federation.reading.probe import probe
from tests.integration.outbound.conftest import PAIR, Peer, World

AP = "application/activity+json"


class Stub:
    """A context whose databases are those of the test."""

    def __init__(self, world: World, **args: Any) -> None:
        self.args = Namespace(**args)
        self.settings = world.runtime.settings

    def run(self, work: Callable[[Any], Coroutine[Any, Any, int | None]]) -> int:
        return asyncio.run(work(self.settings)) or 0


async def call(handler: Callable[[Any], int], world: World, **args: Any) -> int:
    return await asyncio.to_thread(handler, Stub(world, **args))


def actor(uri: str) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": uri,
        "type": "Person",
        "preferredUsername": "bo",
        "inbox": f"{uri}/inbox",
        "publicKey": {
            "id": f"{uri}#main-key",
            "owner": uri,
            "publicKeyPem": to_pem(PAIR.rsa.public_key()),
        },
    }


class TestDelivery:
    async def test_shows_how_deliveries_stand(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await world.follow(await world.account("bo", "b.peers.test"), world.alice)
        status = await world.status(world.alice)
        event = events.StatusCreated(status, world.alice, local=True)
        await world.publish(publish.status_created, event)
        assert await call(delivery.show_status, world, json=True) == 0
        assert json.loads(capsys.readouterr().out)["pending"] == 1
        assert await call(delivery.show_receipt, world, json=False, post=str(status)) == 0
        assert "http://b.peers.test/inbox" in capsys.readouterr().out
        assert await call(delivery.show_receipt, world, json=False, post="1") == 1
        assert await call(delivery.show_hosts, world, json=False) == 0
        assert "b.peers.test" in capsys.readouterr().out
        assert await call(delivery.retry, world, json=True, host="b.peers.test") == 0


class TestProbe:
    async def test_says_step_by_step_what_works(self, world: World, peer: Peer) -> None:
        await ensure_instance(world.runtime)
        uri = "http://b.peers.test/users/bo"
        peer.documents["/users/bo"] = (AP, actor(uri))
        steps = {step.name: step for step in await probe(world.people, uri)}
        for name in ("our own rules", "signed fetch", "actor", "keys", "inbox"):
            assert steps[name].ok is True, steps[name]
        # WebFinger wants TLS, which this peer does not speak.
        assert steps["handle back"].ok is False
        assert steps["handle back"].advice

    @pytest.mark.usefixtures("peer")
    async def test_names_what_fails(self, world: World) -> None:
        await ensure_instance(world.runtime)
        steps = await probe(world.people, "http://b.peers.test/users/nobody")
        assert steps[-1].name == "signed fetch"
        assert steps[-1].ok is False
        assert steps[-1].advice
        [step] = await probe(world.people, "no handle")
        assert step.ok is False

    @pytest.mark.usefixtures("peer")
    async def test_the_command_prints_each_step(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code = await call(
            probe_command.run, world, json=False, target="http://b.peers.test/users/nobody"
        )
        assert code == 1
        assert "FAIL" in capsys.readouterr().out


def test_keys_of_tests_are_of_both_kinds() -> None:
    assert isinstance(PAIR, key_pairs.KeyPair)
