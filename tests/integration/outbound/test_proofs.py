"""What is for everybody leaves with a proof of its author; what is not leaves without."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest

from fedi import events as happened
from fedi.ap.context import DATA_INTEGRITY
from fedi.ap.proofs import read_proofs, verify_proof
from fedi.core.instance import ensure_instance
from fedi.federation import publish
from fedi.kit.clock import now
from tests.integration.outbound.conftest import PAIR, World
from tests.integration.outbound.test_serve import client_of


@pytest.fixture
def proving(world: World) -> World:
    """As in a worker, where the keys are at hand."""
    world.context = replace(world.context, keyring=world.people.keyring)
    return world


@pytest.fixture
async def client(world: World) -> AsyncGenerator[httpx.AsyncClient, None]:
    await ensure_instance(world.runtime)
    async with client_of(world) as client:
        yield client


def is_proven(world: World, document: dict[str, Any]) -> bool:
    """Whether it carries a proof; one that is not good fails the test."""
    proofs = read_proofs(document, f"https://a.test/ap/users/{world.alice}", now())
    for proof in proofs:
        assert proof.key_id == f"https://a.test/ap/users/{world.alice}#ed25519-key"
        assert proof.created is not None
        assert verify_proof(document, proof, PAIR.ed25519.public_key())
        assert DATA_INTEGRITY in document["@context"]
    return bool(proofs)


async def sent(world: World) -> list[Any]:
    rows = await world.runtime.db.fetch("SELECT body FROM activities ORDER BY id")
    return [orjson.loads(row["body"]) for row in rows]


@pytest.mark.parametrize(("visibility", "proven"), [(0, True), (1, True), (2, False), (3, False)])
async def test_posts_by_who_may_see_them(proving: World, visibility: int, proven: bool) -> None:
    bo = await proving.account("bo", "b.peers.test")
    post = await proving.status(proving.alice, visibility=visibility, mentions=[bo])
    created = happened.StatusCreated(post, proving.alice, local=True)
    await proving.publish(publish.status_created, created)
    (activity,) = await sent(proving)
    assert is_proven(proving, activity) == proven
    assert (DATA_INTEGRITY in activity["@context"]) == proven


async def test_everything_public_and_nothing_between_two(proving: World) -> None:
    bo = await proving.account("bo", "b.peers.test")
    theirs = await proving.status(
        bo, local=False, uri="http://b.peers.test/notes/1", url="http://b.peers.test/notes/1"
    )
    boost = await proving.status(proving.alice, reblog_of_id=theirs)
    boosted = happened.StatusBoosted(boost, proving.alice, theirs, local=True)
    liked = happened.StatusFavourited(1, proving.alice, theirs, local=True)
    async with proving.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO favourites (id, account_id, status_id, uri)"
            " VALUES (1, $1, $2, 'https://a.test/ap/likes/1')",
            proving.alice,
            theirs,
        )
    await proving.publish(publish.status_boosted, boosted)
    await proving.publish(publish.status_favourited, liked)
    await proving.publish(
        publish.account_updated, happened.AccountUpdated(proving.alice, local=True)
    )
    uri = f"https://a.test/ap/users/{proving.alice}/statuses/{boost}/activity"
    gone = happened.StatusDeleted(
        boost,
        proving.alice,
        uri,
        local=True,
        visibility=0,
        reblog_of_id=theirs,
        reblog_of_uri="http://b.peers.test/notes/1",
    )
    await proving.publish(publish.status_deleted, gone)
    found = {activity["type"]: activity for activity in await sent(proving)}
    assert {kind: is_proven(proving, activity) for kind, activity in found.items()} == {
        "Announce": True,
        "Like": False,
        "Update": True,
        "Undo": True,
    }
    # What is undone is named in full, and not proven once more.
    assert "proof" not in found["Undo"]["object"]


async def test_served_documents_in_the_same_bytes(world: World, client: httpx.AsyncClient) -> None:
    post = await world.status(world.alice)
    secret = await world.status(world.alice, visibility=2)
    uri = f"/ap/users/{world.alice}/statuses/{post}"
    for path in (uri, f"{uri}/activity"):
        first, second = await client.get(path), await client.get(path)
        assert first.content == second.content
        assert is_proven(world, first.json())
    assert (await client.get(f"/ap/users/{world.alice}/statuses/{secret}")).status_code == 404
    boost = await world.status(world.alice, reblog_of_id=post)
    announce = await client.get(f"/ap/users/{world.alice}/statuses/{boost}/activity")
    assert announce.json()["type"] == "Announce"
    assert is_proven(world, announce.json())
