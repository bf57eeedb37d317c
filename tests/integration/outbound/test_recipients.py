"""Who gets a copy and who does not, and what is said of that."""

from typing import Any

import httpx

from fedi.core.accounts.service import update_profile
from fedi.core.accounts.types import ProfileChanges
from fedi.federation import publish
from tests.integration.outbound.conftest import World
from tests.integration.outbound.test_deliver import created
from tests.integration.outbound.test_publish import sent
from tests.integration.outbound.test_serve import client

__all__ = ["client"]


async def publish_post(world: World, **more: Any) -> tuple[dict[str, Any], list[str]]:
    status = await world.status(world.alice, **more)
    await world.publish(publish.status_created, created(world, status))
    return (await sent(world))[-1]


async def test_one_copy_for_each_inbox(world: World) -> None:
    people = [await world.account(name, "b.peers.test") for name in ("bo", "cy", "di")]
    for person in people[:2]:
        await world.follow(person, world.alice)
    _, inboxes = await publish_post(world, mentions=people[1:])
    assert inboxes.count("http://b.peers.test/inbox") == 1
    assert len(inboxes) == len(set(inboxes))


async def test_who_has_moved_is_still_reached_in_person(world: World) -> None:
    bo = await world.account("bo", "b.peers.test")
    await world.follow(bo, world.alice)
    await world.runtime.db.fetch(
        "UPDATE accounts SET moved_to_uri = 'http://c.peers.test/users/bo' WHERE id = $1", bo
    )
    assert (await publish_post(world))[1] == []
    _, inboxes = await publish_post(world, visibility=3, mentions=[bo])
    assert inboxes == ["http://b.peers.test/users/bo/inbox"]


async def test_nobody_is_addressed_in_secret(world: World, client: httpx.AsyncClient) -> None:
    bo = await world.account("bo", "b.peers.test")
    await world.follow(bo, world.alice)
    for visibility in range(4):
        create, inboxes = await publish_post(world, visibility=visibility, mentions=[bo])
        assert inboxes
        for document in (create, create["object"]):
            assert not {"bto", "bcc"} & set(document)
    served = (await client.get(f"/ap/users/{world.alice}/outbox?page=true")).json()
    for item in served["orderedItems"]:
        assert not {"bto", "bcc"} & (set(item) | set(item["object"]))


async def test_an_outbox_shows_strangers_what_is_for_all(
    world: World, client: httpx.AsyncClient
) -> None:
    posts = [await world.status(world.alice, visibility=number) for number in range(4)]
    found = (await client.get(f"/ap/users/{world.alice}/outbox?page=true")).json()
    uri = f"https://a.test/ap/users/{world.alice}/statuses"
    shown = [item["object"]["id"] for item in found["orderedItems"]]
    assert shown == [f"{uri}/{posts[1]}", f"{uri}/{posts[0]}"]


async def test_members_who_are_machines_say_so(world: World, client: httpx.AsyncClient) -> None:
    async with world.runtime.unit() as unit:
        await update_profile(unit, world.alice, ProfileChanges(bot=True))
    assert (await client.get(f"/ap/users/{world.alice}")).json()["type"] == "Service"
