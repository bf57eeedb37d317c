"""Two running instances that know each other, with a member on each."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import worker_number
from tests.rig.certificates import Certificates, make_certificates
from tests.rig.instance import Instance, Member, running


@dataclass
class World:
    """Alice on a.test, Bob on b.test, following each other."""

    a: Instance
    b: Instance
    alice: Member
    bob: Member


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """One authority for all test hosts."""
    names = ["a.test", "b.test", "c.test", "*.peers.test", "peer.test", "hostile.test"]
    return make_certificates(tmp_path_factory.mktemp("certificates"), names)


@pytest.fixture(scope="session")
async def world(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> AsyncGenerator[World, None]:
    """The two instances, started once for all tests of a session."""
    folder: Path = tmp_path_factory.mktemp("world")
    net = f"127.{80 + worker_number()}"
    async with running(folder, certificates, ["a.test", "b.test"], net=net) as (a, b):
        alice, bob = await a.member("alice", role="owner"), await b.member("bob", role="owner")
        await alice.follow(bob)
        await bob.follow(alice)
        yield World(a, b, alice, bob)
