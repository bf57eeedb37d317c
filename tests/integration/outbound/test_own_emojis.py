"""Emojis and pictures of ours as others get them: with addresses that lead somewhere."""

from typing import Any

import pytest

from fedi.federation import publish
from tests.integration.outbound.conftest import World
from tests.integration.outbound.test_publish import created, sent
from tests.integration.outbound.test_serve import AP, client_of

EMOJI = {"shortcode": "blob", "key": "b.png", "static_key": "s.png", "media_type": "image/png"}
TAG = {
    "type": "Emoji",
    "name": ":blob:",
    "icon": {"type": "Image", "mediaType": "image/png", "url": "https://a.test/media/b.png"},
    "id": "https://a.test/emojis/blob",
}


@pytest.fixture
async def emoji(world: World) -> dict[str, Any]:
    await world.runtime.db.fetch(
        "INSERT INTO custom_emojis (id, shortcode, file_key, static_key, content_type, updated_at)"
        " VALUES (1, 'blob', 'b.png', 's.png', 'image/png', '2026-02-01T00:00:00Z')"
    )
    return EMOJI


async def test_in_posts(world: World, emoji: dict[str, Any]) -> None:
    status = await world.status(world.alice, emojis=[emoji])
    await world.follow(await world.account("cy", "cy.peers.test"), world.alice)
    await world.publish(publish.status_created, created(world, status))
    [(create, _)] = await sent(world)
    assert create["object"]["tag"] == [TAG]


async def test_in_names(world: World, emoji: dict[str, Any]) -> None:
    await world.runtime.db.fetch(
        "UPDATE accounts SET emojis = $2, avatar_key = 'x.webp', avatar_description = 'a cat',"
        " header_key = 'y.png' WHERE id = $1",
        world.alice,
        [emoji],
    )
    async with client_of(world) as client:
        actor = (await client.get(f"/ap/users/{world.alice}", headers=AP)).json()
    assert actor["tag"] == [TAG]
    picture = {"type": "Image", "mediaType": "image/webp", "url": "https://a.test/media/x.webp"}
    assert actor["icon"] == {**picture, "summary": "a cat"}
    assert "summary" not in actor["image"], "nothing is said where there is nothing to say"


async def test_at_their_own_addresses(world: World, emoji: dict[str, Any]) -> None:
    address = f"/emojis/{emoji['shortcode']}"
    async with client_of(world) as client:
        answer = await client.get(address, headers=AP)
        document = answer.json()
        context = document.pop("@context")
        assert document == {**TAG, "updated": "2026-02-01T00:00:00Z"}
        assert context[1]["Emoji"] == "toot:Emoji"
        assert answer.headers["content-type"] == "application/activity+json"
        for other in ("/emojis/blobby", "/emojis/%00"):
            assert (await client.get(other, headers=AP)).status_code == 404
        await world.runtime.db.fetch("UPDATE custom_emojis SET disabled = true")
        assert (await client.get(address, headers=AP)).status_code == 404
