"""Members post, answer and vote in groups of others; and what a group of ours shows to others."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette

from fedi.core.accounts.queries import get_by_id
from fedi.core.accounts.types import Account
from fedi.core.groups import service
from fedi.core.groups.types import MODERATORS, GroupChanges
from fedi.core.interactions import favourite, unfavourite
from fedi.core.statuses import compose
from fedi.core.statuses.prepare import prepare
from fedi.core.statuses.types import NewStatus
from fedi.federation.inbound.sender import Verifier
from fedi.federation.routes import Federation as Door
from fedi.kit.errors import Forbidden
from fedi.kit.web import Edge
from tests.integration.groups.conftest import Group
from tests.integration.inbound.conftest import PAIR, World, member
from tests.integration.inbound.far import PUBLIC
from tests.rig import aftermath

GARDEN = "!garden@forum.far.test"
AP = {"Accept": "application/activity+json"}


async def write(world: World, text: str, author: Account | None = None, **more: Any) -> int:
    author = author or world.alice
    prepared = await prepare(world.people, author, text)
    async with world.runtime.unit() as unit:
        settings = world.runtime.settings
        made = await compose.create(unit, settings, author, NewStatus(text, **more), prepared)
    await aftermath.settle(world.runtime)
    return made


async def sent(world: World, kind: str) -> list[tuple[dict[str, Any], list[str]]]:
    """Activities of this type, each with the inboxes that get it."""
    rows = await world.runtime.db.fetch(
        "SELECT v.id, v.body, array_agg(d.inbox_url) AS inboxes FROM activities v"
        " LEFT JOIN deliveries d ON d.activity_id = v.id WHERE v.type = $1"
        " GROUP BY v.id ORDER BY v.id",
        kind,
    )
    return [(orjson.loads(row["body"]), row["inboxes"]) for row in rows]


async def test_a_post_to_a_group_says_so_in_every_way(world: World, group: Group) -> None:
    await write(world, f"Bees in July\nmany of them\n\n{GARDEN}")
    ((create, inboxes),) = await sent(world, "Create")
    note = create["object"]
    assert (note["type"], note["name"], note["audience"]) == ("Note", "Bees in July", group.uri)
    assert note["to"] == create["to"] == [PUBLIC, group.uri]
    tag = {"type": "Mention", "href": group.uri, "name": "@garden@forum.far.test"}
    assert tag in note["tag"]
    assert f"{group.uri}/inbox" in inboxes


async def test_a_private_post_that_names_a_group_is_not_in_it(world: World, group: Group) -> None:
    status_id = await write(world, f"psst {GARDEN}", visibility=3)
    assert await world.value("SELECT group_id FROM statuses WHERE id = $1", status_id) is None
    ((create, _),) = await sent(world, "Create")
    assert "audience" not in create["object"]
    assert create["to"] == [group.uri]


async def test_an_answer_goes_to_the_group_and_notifies_nobody_for_it(
    world: World, group: Group
) -> None:
    kim = world.far.actor("p.far.test", "kim")
    page = group.page(kim)
    await world.deliver(group.actor, group.announces(group.inner(kim, "Create", page)))
    parent = await world.value("SELECT id FROM statuses WHERE uri = $1", page["id"])
    await write(world, "how nice", in_reply_to_id=parent)
    ((create, inboxes),) = await sent(world, "Create")
    note = create["object"]
    assert note["audience"] == group.uri
    assert group.uri in note["to"]
    assert [tag["href"] for tag in note["tag"]] == [group.uri]
    assert "name" not in note
    assert {f"{group.uri}/inbox", f"{kim.uri}/inbox"} <= set(inboxes)
    assert await world.count("status_mentions") == 0
    assert await world.count("notifications") == 0


async def test_likes_and_deletes_of_posts_in_a_group_go_there_too(
    world: World, group: Group
) -> None:
    kim = world.far.actor("p.far.test", "kim")
    page = group.page(kim)
    await world.deliver(group.actor, group.announces(group.inner(kim, "Create", page)))
    liked = await world.value("SELECT id FROM statuses WHERE uri = $1", page["id"])
    own = await write(world, f"mine {GARDEN}")
    for deed in (favourite, unfavourite):
        async with world.runtime.unit() as unit:
            await deed(unit, world.alice, liked)
        await aftermath.settle(world.runtime)
    async with world.runtime.unit() as unit:
        await compose.delete(unit, world.alice.id, own)
    await aftermath.settle(world.runtime)
    ((like, inboxes),) = await sent(world, "Like")
    assert like["audience"] == group.uri
    assert {f"{group.uri}/inbox", f"{kim.uri}/inbox"} == set(inboxes)
    ((_, inboxes),) = await sent(world, "Undo")
    assert {f"{group.uri}/inbox", f"{kim.uri}/inbox"} == set(inboxes)
    ((delete, inboxes),) = await sent(world, "Delete")
    assert (delete["audience"], group.uri in delete["cc"]) == (group.uri, True)
    assert PUBLIC in delete["to"]
    assert f"{group.uri}/inbox" in inboxes


async def test_a_closed_conversation_elsewhere_takes_no_answers(world: World, group: Group) -> None:
    kim = world.far.actor("p.far.test", "kim")
    page = group.page(kim)
    lock = group.inner(group.mod, "Lock", page["id"])
    await world.deliver(group.actor, group.announces(group.inner(kim, "Create", page)))
    await world.deliver(group.actor, group.announces(lock))
    parent = await world.value("SELECT id FROM statuses WHERE uri = $1", page["id"])
    with pytest.raises(Forbidden):
        await write(world, "too late", in_reply_to_id=parent)


@pytest.fixture
async def client(world: World) -> AsyncGenerator[httpx.AsyncClient, None]:
    door = Door(world.runtime, world.people, world.policy, Verifier(world.people, world.policy))
    edge = Edge(Starlette(routes=list(door.routes())), world.runtime.settings)
    transport = httpx.ASGITransport(app=edge)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://a.test", headers=AP
    ) as client:
        yield client


async def test_a_group_of_ours_is_found_and_described(
    world: World, client: httpx.AsyncClient
) -> None:
    bob = await member(world.runtime, "bob")
    async with world.runtime.unit() as unit:
        changes = GroupChanges(display_name="Tea", note="and cake", posting=MODERATORS)
        made = await service.create_group(
            unit, world.runtime.settings, world.alice.id, "tea", PAIR, changes
        )
        await service.add_moderator(unit, world.alice.id, made.id, bob.id)
        account = await get_by_id(unit, made.id)
    assert account.is_local
    found = await client.get("/.well-known/webfinger", params={"resource": "acct:tea@a.test"})
    links = {link["rel"]: link.get("href") for link in found.json()["links"]}
    assert links["self"] == made.uri
    actor = (await client.get(made.uri)).json()
    assert (actor["type"], actor["preferredUsername"]) == ("Group", "tea")
    assert actor["name"] == "Tea"
    assert actor["postingRestrictedToMods"] is True
    assert actor["manuallyApprovesFollowers"] is False
    assert actor["publicKey"]["owner"] == made.uri
    for key in ("inbox", "outbox", "followers", "featured"):
        assert actor[key].startswith(made.uri)
    moderators = (await client.get(actor["attributedTo"])).json()
    assert moderators["type"] == "OrderedCollection"
    assert moderators["orderedItems"] == [world.alice.uri, bob.uri]
    assert (await client.get(f"{made.uri}/outbox")).json()["totalItems"] == 0


async def test_a_person_has_no_moderators(world: World, client: httpx.AsyncClient) -> None:
    actor = (await client.get(world.alice.uri)).json()
    assert "attributedTo" not in actor
    assert "postingRestrictedToMods" not in actor
    empty = (await client.get(f"{world.alice.uri}/collections/moderators")).json()
    assert empty["totalItems"] == 0
