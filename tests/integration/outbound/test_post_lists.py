"""The lists of a post that others read: answers, likes, shares, the whole conversation."""

from collections.abc import AsyncGenerator
from typing import Any

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


async def walk(client: httpx.AsyncClient, url: str) -> list[Any]:
    """The items of a collection, page by page; no page has two names."""
    document = (await client.get(url)).json()
    assert document["id"] == url or url.endswith("page=true")
    page = document.get("first")
    found: list[Any] = []
    while page:
        page = page if isinstance(page, dict) else (await client.get(page)).json()
        found += page.get("items") or page.get("orderedItems") or []
        page = page.get("next")
    return found


async def like(world: World, account: int, status: int, uri: str | None) -> int:
    async with world.runtime.unit() as unit:
        number = await unit.new_id()
        await unit.execute(
            "INSERT INTO favourites (id, account_id, status_id, uri) VALUES ($1, $2, $3, $4)",
            number,
            account,
            status,
            uri,
        )
    return number


async def test_all_answers_page_by_page(world: World, client: httpx.AsyncClient) -> None:
    root = await world.status(world.alice)
    bo = await world.account("bo", "b.peers.test")
    own = [await world.status(world.alice, in_reply_to_id=root) for _ in range(3)]
    theirs = [
        await world.status(bo, in_reply_to_id=root, local=False, uri=f"http://b.peers.test/{n}")
        for n in range(130)
    ]
    await world.status(
        bo, in_reply_to_id=root, local=False, uri="http://b.peers.test/p", visibility=2
    )
    uri = f"https://a.test/ap/users/{world.alice}/statuses"
    found = await walk(client, f"{uri}/{root}/replies")
    assert found == [
        *(f"{uri}/{number}" for number in own),
        *(f"http://b.peers.test/{n}" for n in range(len(theirs))),
    ]


async def test_likes_and_shares_have_items(world: World, client: httpx.AsyncClient) -> None:
    root = await world.status(world.alice)
    uri = f"https://a.test/ap/users/{world.alice}/statuses/{root}"
    fans = [await world.account(f"f{n}", "b.peers.test") for n in range(65)]
    for number, fan in enumerate(fans):
        await like(world, fan, root, f"http://b.peers.test/likes/{number}")
    mine = await like(world, world.alice, root, None)
    expected = [f"http://b.peers.test/likes/{number}" for number in range(65)]
    assert await walk(client, f"{uri}/likes") == [*expected, f"https://a.test/ap/likes/{mine}"]
    shares = [
        await world.status(
            fan, reblog_of_id=root, local=False, uri=f"http://b.peers.test/boosts/{fan}"
        )
        for fan in fans[:3]
    ]
    await world.runtime.db.fetch("UPDATE statuses SET visibility = 2 WHERE id = $1", shares[2])
    assert await walk(client, f"{uri}/shares") == [
        f"http://b.peers.test/boosts/{fan}" for fan in fans[:2]
    ]
    # Whom the author has blocked, and who is gone, is not listed.
    await world.runtime.db.fetch("UPDATE accounts SET suspended_at = now() WHERE id = $1", fans[0])
    async with world.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO blocks (id, account_id, target_id) VALUES ($1, $2, $3)",
            await unit.new_id(),
            world.alice,
            fans[1],
        )
    assert (await walk(client, f"{uri}/likes"))[:1] == expected[2:3]
    assert await walk(client, f"{uri}/shares") == []


@pytest.mark.parametrize("name", ["likes", "shares", "replies"])
async def test_lists_of_what_is_not_for_all_are_not_either(
    world: World, client: httpx.AsyncClient, name: str
) -> None:
    root = await world.status(world.alice, visibility=2)
    uri = f"https://a.test/ap/users/{world.alice}/statuses/{root}/{name}"
    assert (await client.get(uri)).status_code == 404
    assert (await client.get(f"{uri}?page=true")).status_code == 404


async def test_a_long_conversation_in_order(world: World, client: httpx.AsyncClient) -> None:
    root = await world.status(world.alice)
    await world.runtime.db.fetch("UPDATE statuses SET conversation_id = id")
    uri = f"https://a.test/ap/users/{world.alice}/statuses"
    numbers = [root]
    for _ in range(120):
        above = numbers[-1]
        more = {"in_reply_to_id": above, "in_reply_to_uri": f"{uri}/{above}"}
        numbers.append(await world.status(world.alice, conversation_id=root, **more))
    secret = await world.status(
        world.alice, conversation_id=root, in_reply_to_id=root, visibility=3
    )
    # One in the middle is gone: what is below it still belongs to the conversation.
    await world.runtime.db.fetch("DELETE FROM statuses WHERE id = $1", numbers.pop(50))
    found = await walk(client, f"https://a.test/contexts/{root}")
    assert found == [f"{uri}/{number}" for number in numbers]
    assert f"{uri}/{secret}" not in found
    document = (await client.get(f"https://a.test/contexts/{root}")).json()
    assert document["type"] == "OrderedCollection"
    assert document["attributedTo"] == f"https://a.test/ap/users/{world.alice}"


async def test_a_hashtag_is_a_collection_of_public_posts(
    world: World, client: httpx.AsyncClient
) -> None:
    shown = [await world.status(world.alice) for _ in range(70)]
    hidden = await world.status(world.alice, visibility=1)
    rows = [(number, world.alice) for number in (*shown, hidden)]
    async with world.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO status_tags (name, status_id, account_id)"
            " SELECT 'tea', i, a FROM unnest($1::bigint[], $2::bigint[]) AS x(i, a)",
            [row[0] for row in rows],
            [row[1] for row in rows],
        )
    found = await walk(client, "https://a.test/tags/tea")
    base = f"https://a.test/ap/users/{world.alice}/statuses"
    assert found == [f"{base}/{number}" for number in reversed(shown)]
    assert await walk(client, "https://a.test/tags/empty") == []
    assert (await client.get("https://a.test/tags/no-tag")).status_code == 404
