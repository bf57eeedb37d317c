"""Members write, edit and take back."""

import asyncio

import pytest

from fedi.core import interactions
from fedi.core.accounts.types import Account
from fedi.core.statuses import compose, queries
from fedi.core.statuses.types import NewStatus, Prepared, StatusChanges
from fedi.kit.errors import Invalid, NotFound
from tests.checks import check_counters, check_feeds
from tests.integration.posts.world import World


async def create(
    world: World, author: Account, text: str, key: str | None = None, body: bytes = b"1"
) -> int:
    async with world.runtime.unit() as unit:
        return await compose.create(
            unit,
            world.runtime.settings,
            author,
            NewStatus(text),
            Prepared(),
            idempotency=(key, body) if key else None,
        )


async def test_one_key_makes_one_post(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    ids = await asyncio.gather(*(create(world, anna, "once", "k") for _ in range(50)))
    assert len(set(ids)) == 1
    assert await create(world, bert, "once", "k") != ids[0]
    with pytest.raises(Invalid):
        await create(world, anna, "other", "k", b"2")
    read = world.runtime.read()
    assert await read.value("SELECT count(*) FROM statuses") == 2
    await check_counters(read)


async def create_and_fall(world: World, author: Account) -> None:
    async with world.runtime.unit() as unit:
        await compose.create(
            unit,
            world.runtime.settings,
            author,
            NewStatus("x"),
            Prepared(),
            idempotency=("k", b"1"),
        )
        _ = 1 / 0  # killed before the commit


async def test_a_key_whose_request_failed_is_free_again(world: World) -> None:
    anna = await world.member("anna")
    with pytest.raises(Invalid):
        await create(world, anna, " ", "k")
    with pytest.raises(ZeroDivisionError):
        await create_and_fall(world, anna)
    assert await create(world, anna, "x", "k")
    assert await world.runtime.read().value("SELECT count(*) FROM statuses") == 1


async def test_a_key_is_forgotten_after_an_hour(world: World) -> None:
    anna = await world.member("anna")
    first = await create(world, anna, "x", "k")
    await world.runtime.db.fetch(
        "UPDATE idempotency_keys SET created_at = created_at - interval '61 minutes'"
    )
    assert await create(world, anna, "y", "k", b"2") != first


async def test_texts_have_limits(world: World) -> None:
    anna = await world.member("anna")
    with pytest.raises(Invalid):
        await create(world, anna, "")
    with pytest.raises(Invalid):
        await create(world, anna, "x" * 5001)
    assert await create(world, anna, "x" * 4000 + " https://example.org/" + "y" * 3000)


async def test_what_one_cannot_see_one_cannot_answer(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    secret = await world.post(anna, "psst", visibility=2)
    for target in (secret, 12345):
        with pytest.raises(NotFound):
            await world.post(bert, "what?", in_reply_to_id=target)


async def test_edits_keep_what_was(world: World) -> None:
    anna, bert, carl = [await world.member(name) for name in ("anna", "bert", "carl")]
    status_id = await world.post(anna, "hello @bert", mentions={"bert": bert}, visibility=3)
    people = Prepared({"carl": carl})
    runtime = world.runtime
    changes = StatusChanges("hello @carl", "careful")
    for _ in range(2):  # the second one changes nothing
        async with runtime.unit() as unit:
            await compose.edit(unit, runtime.settings, anna, status_id, changes, people)
    read = runtime.read()
    versions = await queries.history(read, anna.id, status_id)
    assert [version.text for version in versions] == ["hello @bert", "hello @carl"]
    body = (await queries.bodies(read, [status_id]))[status_id]
    assert body.edited_at
    assert body.revision == 1
    assert body.sensitive
    assert [m.id for m in body.mentions] == [carl.id]
    assert [m.id for m in body.silent_mentions] == [bert.id]
    assert (await queries.source(read, anna.id, status_id)).text == "hello @carl"
    with pytest.raises(NotFound):
        await queries.source(read, bert.id, status_id)
    with pytest.raises(NotFound):
        async with runtime.unit() as unit:
            await compose.edit(unit, runtime.settings, bert, status_id, changes, people)
    await world.settle()
    told = await read.fetch("SELECT account_id, type FROM notifications ORDER BY account_id")
    assert {tuple(row) for row in told} == {(carl.id, "mention")}


async def test_a_deleted_post_takes_everything_along(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    far = await world.stranger("far")
    await world.follow(bert, anna)
    await world.follow(far, anna)
    parent = await world.post(bert, "parent")
    status_id = await world.post(anna, "child", in_reply_to_id=parent)
    await world.settle()
    async with world.runtime.unit() as unit:
        await interactions.reblog(unit, bert, status_id)
        await interactions.favourite(unit, bert, status_id)
        await interactions.bookmark(unit, bert, status_id)
    await world.settle()
    async with world.runtime.unit() as unit:
        deleted = await compose.delete(unit, anna.id, status_id)
    assert deleted.body.text == "child"
    assert deleted.head.favourites_count == 1
    read = world.runtime.read()
    payload = await read.value(
        "SELECT payload FROM events WHERE type = 'StatusDeleted' AND state = 0"
    )
    assert set(payload["heard_by"]) == {anna.id, bert.id}
    heard = await world.settle()
    assert b'"delete"' in heard[0][1]
    assert await read.value("SELECT count(*) FROM statuses") == 1
    assert await read.value("SELECT count(*) FROM tombstones") == 1
    await check_counters(read)
    await check_feeds(read)
    with pytest.raises(NotFound):
        async with world.runtime.unit() as unit:
            await compose.delete(unit, anna.id, status_id)
