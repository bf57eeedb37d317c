"""What never leaves this server: not by itself, not by what hangs on it, not in any list."""

from collections.abc import AsyncGenerator

import httpx
import pytest
from starlette.applications import Starlette

from fedi.core import interactions
from fedi.core.accounts.people import People
from fedi.core.accounts.types import Account
from fedi.core.domains.policy import Policy
from fedi.core.instance import ensure_instance
from fedi.core.statuses import compose, pins, queries
from fedi.federation.facts import Home, load_boosts, load_notes
from fedi.federation.inbound.sender import Verifier
from fedi.federation.routes import Federation
from fedi.kit.errors import NotFound
from tests.integration.posts.world import World
from tests.integration.posts.writing import change, row


@pytest.fixture
async def outside(world: World) -> AsyncGenerator[httpx.AsyncClient, None]:
    """The door for other servers."""
    await ensure_instance(world.runtime)
    policy = Policy(world.runtime)
    people = People(world.runtime, policy)
    door = Federation(world.runtime, people, policy, Verifier(people, policy))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=door.routes())),
        base_url="https://a.test",
        headers={"Accept": "application/activity+json"},
    ) as client:
        yield client


async def activities(world: World) -> list[str]:
    rows = await world.runtime.read().fetch("SELECT type FROM activities ORDER BY id")
    return [found[0] for found in rows]


async def people(world: World) -> tuple[Account, Account]:
    anna, zoe = await world.member("anna"), await world.stranger("zoe")
    await world.follow(zoe, anna)
    return anna, zoe


async def test_nothing_is_sent_of_its_whole_life(world: World) -> None:
    anna, zoe = await people(world)
    bert = await world.member("bert")
    await world.follow(zoe, bert)
    mentions = {"zoe@far.test": zoe}
    status_id = await world.post(anna, "hi @zoe@far.test", local_only=True, mentions=mentions)
    await change(world, anna, status_id, "ho @zoe@far.test", mentions=mentions, quote_policy=2)
    async with world.runtime.unit() as unit:
        boost = await interactions.reblog(unit, bert, status_id)
        await interactions.favourite(unit, bert, status_id)
        await pins.pin(unit, anna, status_id)
    await world.settle()
    assert await activities(world) == []
    async with world.runtime.unit() as unit:
        await compose.delete(unit, bert.id, boost)
    await world.settle()
    async with world.runtime.unit() as unit:
        await interactions.reblog(unit, bert, status_id)
        await compose.delete(unit, anna.id, status_id)
    await world.settle()
    assert await activities(world) == []
    # Not even that there was something.
    assert await world.runtime.read().value("SELECT count(*) FROM tombstones") == 0


async def test_an_open_post_beside_it_does_leave(world: World) -> None:
    anna, _ = await people(world)
    await world.post(anna, "inside", local_only=True)
    await world.post(anna, "outside")
    await world.settle()
    assert await activities(world) == ["Create"]


async def test_answers_and_quotes_stay_too(world: World) -> None:
    anna, _ = await people(world)
    kept = await world.post(anna, "inside", local_only=True, quote_policy=2)
    reply = await world.post(anna, "answer", in_reply_to_id=kept)
    quote = await world.post(anna, "look", quoted_status_id=kept)
    await world.settle()
    for status_id in (reply, quote):
        assert (await row(world, "statuses", status_id))["local_only"]
    assert await activities(world) == []


async def test_only_members_see_it(world: World) -> None:
    anna, zoe = await people(world)
    bert = await world.member("bert")
    status_id = await world.post(
        anna, "@zoe@far.test", local_only=True, mentions={"zoe@far.test": zoe}
    )
    read = world.runtime.read()
    assert await queries.get_visible(read, bert.id, status_id)
    for stranger in (None, zoe.id):
        with pytest.raises(NotFound):
            await queries.get_visible(read, stranger, status_id)


async def test_the_door_for_other_servers_does_not_know_it(
    world: World, outside: httpx.AsyncClient
) -> None:
    anna, _ = await people(world)
    bert = await world.member("bert")
    root = await world.post(anna, "outside")
    kept = await world.post(anna, "inside", in_reply_to_id=root, local_only=True)
    async with world.runtime.unit() as unit:
        boost = await interactions.reblog(unit, bert, kept)
        await pins.pin(unit, anna, root)
        await pins.pin(unit, anna, kept)
    home = f"/ap/users/{anna.id}"
    for path in ("", "/activity", "/replies", "/likes", "/shares"):
        assert (await outside.get(f"{home}/statuses/{kept}{path}")).status_code == 404
    assert (await outside.get(f"/ap/users/{bert.id}/statuses/{boost}/activity")).status_code == 404
    assert (await outside.get(f"{home}/outbox")).json()["totalItems"] == 1
    assert (await outside.get(f"/ap/users/{bert.id}/outbox")).json()["totalItems"] == 0
    for path in (
        f"{home}/outbox?page=true",
        f"/ap/users/{bert.id}/outbox?page=true",
        f"{home}/statuses/{root}",
        f"{home}/statuses/{root}/replies",
        f"{home}/statuses/{root}/replies?page=true",
        f"/contexts/{root}",
        f"/contexts/{root}/items",
        f"{home}/collections/featured",
    ):
        answer = await outside.get(path)
        assert answer.status_code == 200, path
        assert str(kept) not in answer.text, path
        assert "inside" not in answer.text, path
    featured = (await outside.get(f"{home}/collections/featured")).json()
    assert [item["id"] for item in featured["orderedItems"]] == [
        f"https://a.test{home}/statuses/{root}"
    ]


async def test_no_document_is_made_of_it(world: World) -> None:
    anna, _ = await people(world)
    kept = await world.post(anna, "inside", local_only=True)
    async with world.runtime.unit() as unit:
        boost = await interactions.reblog(unit, anna, kept)
    settings = world.runtime.settings
    home = Home(settings.origin, settings.local_domain)
    assert await load_notes(world.runtime.read(), home, [kept]) == {}
    assert await load_boosts(world.runtime.read(), [boost]) == {}
