"""What every request of ours says of us, and what leads a delivery nowhere else."""

import httpx
import pytest

from fedi import __version__
from fedi.core import urls
from fedi.core.accounts.keys import ED25519, KeyRing
from fedi.core.instance import ensure_instance
from tests.integration.outbound.conftest import Peer, World, until
from tests.integration.outbound.test_deliver import follow_from, post, settled
from tests.integration.outbound.test_serve import client

__all__ = ["client"]


@pytest.mark.usefixtures("deliverer")
async def test_deliveries_say_who_we_are(world: World, peer: Peer) -> None:
    await follow_from(world, "b")
    await post(world)
    await until(lambda: settled(world))
    assert peer.got[0].headers["user-agent"] == f"fedi/{__version__} (+https://a.test/)"


async def test_fetches_say_who_we_are_and_what_is_wanted(world: World, peer: Peer) -> None:
    await ensure_instance(world.runtime)
    document = {"id": "http://b.peers.test/notes/1", "type": "Note"}
    peer.documents["/notes/1"] = ("application/activity+json", document)
    await world.people.fetcher.document("http://b.peers.test/notes/1")
    [got] = peer.got
    assert got.headers["user-agent"] == f"fedi/{__version__} (+https://a.test/)"
    assert "application/activity+json" in got.headers["accept"]


@pytest.mark.usefixtures("deliverer")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_delivery_is_not_led_elsewhere(world: World, peer: Peer, status: int) -> None:
    await follow_from(world, "b")
    peer.script["b.peers.test"] = [status]
    peer.headers["b.peers.test"] = {"location": "http://c.peers.test/inbox"}
    await post(world)
    await until(lambda: settled(world))
    assert {got.host for got in peer.got} == {"b.peers.test"}
    assert [row["state"] for row in await world.ledger()] == [1]


async def test_a_member_has_two_keys_below_the_actor(
    world: World, client: httpx.AsyncClient
) -> None:
    uri = urls.actor_uri(world.runtime.settings.origin, world.alice)
    ring = KeyRing(world.runtime)
    rsa, edwards = await ring.signing_key(world.alice), await ring.signing_key(world.alice, ED25519)
    found = (await client.get(uri)).json()
    assert (rsa.kind, rsa.key_id) == ("rsa", found["publicKey"]["id"])
    assert rsa.private_key.key_size == 2048  # type: ignore[union-attr]
    [method] = found["assertionMethod"]
    assert (edwards.kind, edwards.key_id, method["controller"]) == ("ed25519", method["id"], uri)
    for key in (rsa, edwards):
        assert key.key_id.startswith(f"{uri}#")


async def test_pinned_posts_come_whole_and_those_of_few_not_at_all(
    world: World, client: httpx.AsyncClient
) -> None:
    posts = [await world.status(world.alice, visibility=number) for number in (0, 1, 2)]
    for number, status in enumerate(posts, 1):
        await world.runtime.db.fetch(
            "INSERT INTO status_pins (id, account_id, status_id) VALUES ($1, $2, $3)",
            number,
            world.alice,
            status,
        )
    found = (await client.get(f"/ap/users/{world.alice}/collections/featured")).json()
    assert (found["type"], found["totalItems"]) == ("OrderedCollection", 2)
    uri = f"https://a.test/ap/users/{world.alice}/statuses"
    assert [item["id"] for item in found["orderedItems"]] == [
        f"{uri}/{posts[1]}",
        f"{uri}/{posts[0]}",
    ]
    assert {item["type"] for item in found["orderedItems"]} == {"Note"}


async def test_hashtags_of_a_profile(world: World, client: httpx.AsyncClient) -> None:
    await world.runtime.db.fetch(
        "INSERT INTO featured_tags (id, account_id, name) VALUES (1, $1, 'bees')", world.alice
    )
    found = (await client.get(f"/ap/users/{world.alice}/collections/tags")).json()
    assert found["type"] == "Collection"
    [tag] = found["items"]
    assert (tag["type"], tag["name"].lower()) == ("Hashtag", "#bees")
    assert tag["href"].startswith("https://a.test/tags/")


async def test_nobody_shows_what_a_member_likes(world: World, client: httpx.AsyncClient) -> None:
    actor = (await client.get(f"/ap/users/{world.alice}")).json()
    assert "liked" not in actor
    assert (await client.get(f"/ap/users/{world.alice}/liked")).status_code == 404
