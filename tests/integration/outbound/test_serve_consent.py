"""Consent in writing, at its address: who may read it, and until when."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from fedi.core.instance import ensure_instance
from tests.integration.outbound.conftest import World
from tests.integration.outbound.test_serve import client_of

QUOTING = "http://b.peers.test/notes/1"


@pytest.fixture
async def client(world: World) -> AsyncGenerator[httpx.AsyncClient, None]:
    await ensure_instance(world.runtime)
    async with client_of(world) as client:
        yield client


async def allow(world: World, kind: str, *, visibility: int = 0, state: int = 1) -> tuple[int, str]:
    """Something that alice allowed bo; its number and the address of her post."""
    bo = await world.account("bo", "b.peers.test")
    status = await world.status(world.alice, visibility=visibility)
    async with world.runtime.unit() as unit:
        number = await unit.new_id()
        await unit.execute(
            "INSERT INTO interaction_requests (id, kind, account_id, status_id, actor_id,"
            " object_uri, request, state, created_at) VALUES ($1, $2, $3, $4, $5, $6, '{}', $7,"
            " now())",
            number,
            kind,
            world.alice,
            status,
            bo,
            QUOTING,
            state,
        )
    return number, f"https://a.test/ap/users/{world.alice}/statuses/{status}"


async def read(client: httpx.AsyncClient, world: World, path: str) -> dict[str, Any] | int:
    answer = await client.get(f"/ap/users/{world.alice}/{path}")
    return answer.json() if answer.status_code == 200 else answer.status_code


async def test_a_stamp_names_both_posts_and_shows_neither(
    world: World, client: httpx.AsyncClient
) -> None:
    number, post = await allow(world, "quote")
    path = f"quote_authorizations/{number}"
    found = await read(client, world, path)
    assert isinstance(found, dict)
    assert "QuoteAuthorization" in found.pop("@context")[1]
    author = f"https://a.test/ap/users/{world.alice}"
    assert found == {
        "id": f"{author}/{path}",
        "type": "QuoteAuthorization",
        "attributedTo": author,
        "interactingObject": QUOTING,
        "interactionTarget": post,
    }
    # It has no other address, and nobody else has one like it.
    assert await read(client, world, f"approvals/{number}") == 404
    answer = await client.get(f"/ap/users/{world.alice + 1}/{path}")
    assert answer.status_code == 404


@pytest.mark.parametrize("why", ["waiting", "taken back", "private post", "deleted post"])
async def test_there_is_none(world: World, client: httpx.AsyncClient, why: str) -> None:
    state = {"waiting": 0, "taken back": 2}.get(why, 1)
    number, post = await allow(
        world, "quote", state=state, visibility=2 if why == "private post" else 0
    )
    if why == "deleted post":
        await world.runtime.db.fetch("DELETE FROM statuses WHERE uri = $1", post)
    assert await read(client, world, f"quote_authorizations/{number}") == 404


@pytest.mark.parametrize(("kind", "verb"), [("like", "Like"), ("reply", "Reply")])
async def test_approvals_have_two_names(
    world: World, client: httpx.AsyncClient, kind: str, verb: str
) -> None:
    number, post = await allow(world, kind)
    old = await read(client, world, f"approvals/{number}")
    new = await read(client, world, f"authorizations/{number}")
    assert isinstance(old, dict)
    assert isinstance(new, dict)
    assert (old["type"], old["object"], old["target"]) == (f"{verb}Approval", QUOTING, post)
    assert new["type"] == f"{verb}Authorization"
    assert (new["interactingObject"], new["interactionTarget"]) == (QUOTING, post)
