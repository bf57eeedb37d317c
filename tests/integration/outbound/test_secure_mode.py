"""Where every fetch must be signed, it must be so on every address, and caches open none."""

import httpx
import pytest

from fedi.config.settings import Federation
from fedi.core.instance import ensure_instance
from fedi.federation.routes import DOCUMENTS, PROFILE, PROFILE_POST, TAG
from tests.integration.outbound.conftest import World
from tests.integration.outbound.test_hearers import sign
from tests.integration.outbound.test_serve import client_of

CLOSED = [each for each in (*DOCUMENTS, PROFILE, PROFILE_POST, TAG) if not each.is_open]
ORIGIN = "https://a.test"
REFUSED = {401, 503}


@pytest.fixture
async def places(world: World) -> dict[str, str]:
    """An address for every closed document, by its path."""
    await ensure_instance(world.runtime)
    status = await world.status(world.alice)
    return {
        each.path: each.path.format(
            account=world.alice,
            status=status,
            username="alice",
            request=1,
            shortcode="blob",
            name="tea",
        )
        for each in CLOSED
    }


async def ask(world: World, client: httpx.AsyncClient, path: str, account: int) -> int:
    url = f"{ORIGIN}{path}"
    return (await client.get(url, headers=await sign(world, account, url))).status_code


async def test_every_address_asks_everybody_whatever_is_kept(
    world: World, places: dict[str, str]
) -> None:
    friend = await world.account("fr", "f.peers.test")
    enemy = await world.account("en", "e.peers.test")
    cut_off = await world.account("cu", "c.peers.test")
    await world.runtime.db.fetch(
        "INSERT INTO blocks (id, account_id, target_id) VALUES (1, $1, $2)", world.alice, enemy
    )
    await world.runtime.db.fetch("INSERT INTO domain_blocks (domain) VALUES ('c.peers.test')")
    async with client_of(world, secure=True) as client:
        for template, path in places.items():
            # Alice has answered no requests, and the server has no emojis.
            is_there = not {"{request}", "{shortcode}"} & set(template.split("/"))
            # The server itself blocks nobody but by domain.
            hidden = 200 if path in {"/actor/outbox", "/tags/tea"} else 404
            # Cold, then warmed by who may, then again.
            assert (await client.get(path)).status_code == 401, path
            assert await ask(world, client, path, enemy) == hidden, path
            assert await ask(world, client, path, friend) == (200 if is_there else 404), path
            answer = await client.get(path)
            assert answer.status_code == 401, path
            assert answer.headers["cache-control"] == "private, no-store"
            assert "signature" in answer.headers["vary"].lower()
            assert await ask(world, client, path, enemy) == hidden, path
            assert await ask(world, client, path, cut_off) == 403, path


async def test_a_bad_signature_gets_no_lesser_answer(world: World, places: dict[str, str]) -> None:
    friend = await world.account("fr", "f.peers.test")
    async with client_of(world, secure=True) as client:
        for path in places.values():
            headers = await sign(world, friend, f"{ORIGIN}/elsewhere")
            answer = await client.get(f"{ORIGIN}{path}", headers=headers)
            # 503: the key is asked for again where it lives, and nobody is at home there.
            assert answer.status_code in REFUSED, path
            assert "id" not in answer.json()


async def test_the_query_may_be_signed_or_left_out(world: World, places: dict[str, str]) -> None:
    friend = await world.account("fr", "f.peers.test")
    path = places["/ap/users/{account}/outbox"]
    async with client_of(world, secure=True) as client:
        for signed in (f"{ORIGIN}{path}?page=true", f"{ORIGIN}{path}"):
            headers = await sign(world, friend, signed)
            answer = await client.get(f"{ORIGIN}{path}?page=true", headers=headers)
            assert answer.status_code == 200, signed
        headers = await sign(world, friend, f"{ORIGIN}{path}?page=false")
        answer = await client.get(f"{ORIGIN}{path}?page=true", headers=headers)
        assert answer.status_code in REFUSED


async def test_members_may_be_shown_in_outline(world: World, places: dict[str, str]) -> None:
    del places
    friend = await world.account("fr", "f.peers.test")
    paths = (f"/ap/users/{world.alice}", "/@alice")
    outlines = Federation(secure_mode=True, actor_stubs=True)
    async with client_of(world, federation=outlines) as client:
        for path in paths:
            answer = await client.get(path)
            assert answer.status_code == 200
            assert set(answer.json()) == {
                "@context", "id", "type", "preferredUsername", "inbox", "publicKey",
                "assertionMethod",
            }  # fmt: skip
            assert "signature" in answer.headers["vary"].lower()
            assert answer.headers["cache-control"] == "private, no-store"
            # Whoever signs gets all or nothing.
            headers = await sign(world, friend, f"{ORIGIN}/elsewhere")
            answer = await client.get(f"{ORIGIN}{path}", headers=headers)
            assert answer.status_code in REFUSED
            headers = await sign(world, friend, f"{ORIGIN}{path}")
            whole = await client.get(f"{ORIGIN}{path}", headers=headers)
            assert "followers" in whole.json()
        for path in ("/ap/users/77", "/@nobody", f"/ap/users/{world.alice}/outbox"):
            assert (await client.get(path)).status_code == 401
