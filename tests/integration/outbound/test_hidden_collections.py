"""Who keeps followers and followed private tells other servers only how many they are."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from fedi.core.instance import ensure_instance
from tests.integration.outbound.conftest import World
from tests.integration.outbound.test_serve import client_of


@pytest.fixture
async def client(world: World) -> AsyncGenerator[httpx.AsyncClient, None]:
    await ensure_instance(world.runtime)
    async with client_of(world) as client:
        yield client


@pytest.mark.parametrize("part", ["followers", "following"])
async def test_only_their_number(world: World, client: httpx.AsyncClient, part: str) -> None:
    bo = await world.account("bo", "b.peers.test")
    pair = (bo, world.alice) if part == "followers" else (world.alice, bo)
    await world.follow(*pair)
    await world.runtime.db.fetch(
        "UPDATE accounts SET hide_collections = true WHERE id = $1", world.alice
    )
    uri = f"/ap/users/{world.alice}/{part}"
    for path in (uri, f"{uri}?page=true", f"{uri}?page=true&max_id=99999999999999999"):
        answer = await client.get(path)
        assert answer.status_code == 200
        document = answer.json()
        assert "first" not in document
        assert "orderedItems" not in document
        assert "b.peers.test" not in answer.text
