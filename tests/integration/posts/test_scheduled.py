"""Posts that wait: each is posted once, whoever dies in between."""

import asyncio
from datetime import timedelta

import pytest

from fedi.core.accounts.people import People
from fedi.core.accounts.types import Account
from fedi.core.domains.policy import Policy
from fedi.core.statuses import compose, scheduled
from fedi.core.statuses.types import NewPoll, NewStatus
from fedi.kit.clock import now
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.paging import Page
from fedi.worker import Workshop
from tests.integration.posts.world import World
from tests.integration.posts.writing import row, upload

LATER = timedelta(hours=1)


async def plan(
    world: World, author: Account, new: NewStatus, wait: timedelta = LATER, key: str = ""
) -> int:
    async with world.runtime.unit() as unit:
        return await scheduled.schedule(
            unit,
            world.runtime.settings,
            author,
            new,
            now() + wait,
            idempotency=(key, b"1") if key else None,
        )


async def make_due(world: World) -> None:
    await world.runtime.db.fetch(
        "UPDATE scheduled_statuses SET scheduled_at = now() - interval '1 second'"
    )


def people_of(world: World) -> People:
    return People(world.runtime, Policy(world.runtime))


async def test_all_that_was_asked_for_is_posted(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    parent = await world.post(bert, "hello")
    media = await upload(world, anna)
    new = NewStatus(
        "hi @bert #bees",
        visibility=1,
        spoiler_text="careful",
        language="eo",
        in_reply_to_id=parent,
        application_id=7,
        media_ids=(media,),
        quote_policy=1,
        local_only=True,
        content_type="text/markdown",
    )
    waiting = await plan(world, anna, new)
    assert scheduled.read_params(scheduled.write_params(new), 7) == new
    found = await scheduled.get_scheduled(world.runtime.read(), anna.id, waiting)
    assert [item["id"] for item in found.attachments] == [str(media)]
    assert await scheduled.publish_due(people_of(world)) == 0
    await make_due(world)
    assert await scheduled.publish_due(people_of(world)) == 1
    assert await scheduled.publish_due(people_of(world)) == 0
    status_id = await world.runtime.read().value("SELECT max(id) FROM statuses")
    post = await row(world, "statuses", status_id)
    assert (post["text"], post["visibility"], post["spoiler_text"]) == (
        "hi @bert #bees",
        1,
        "careful",
    )
    assert (post["language"], post["in_reply_to_id"], post["application_id"]) == ("eo", parent, 7)
    assert (post["quote_policy"], post["local_only"], post["tags"]) == (1, True, ["bees"])
    assert post["attachments"][0]["id"] == str(media)
    mentioned = await world.runtime.read().value(
        "SELECT account_id FROM status_mentions WHERE status_id = $1", status_id
    )
    assert mentioned == bert.id
    assert (await row(world, "media_attachments", media))["status_id"] == status_id


async def test_a_poll_ends_so_long_after_it_was_posted(world: World) -> None:
    anna = await world.member("anna")
    await plan(world, anna, NewStatus("?", poll=NewPoll(("a", "b"), 3600)), timedelta(days=400))
    await make_due(world)
    await scheduled.publish_due(people_of(world))
    left = await world.runtime.read().value("SELECT expires_at - now() FROM polls")
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


async def test_many_workers_post_it_once(world: World) -> None:
    anna = await world.member("anna")
    for number in range(5):
        await plan(world, anna, NewStatus(f"n{number}"))
    await make_due(world)
    workers = [people_of(world) for _ in range(4)]
    counts = await asyncio.gather(*(scheduled.publish_due(worker) for worker in workers))
    assert sum(counts) == 5
    assert await world.runtime.read().value("SELECT count(*) FROM statuses") == 5


async def test_a_worker_that_dies_half_way_leaves_it_for_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await world.member("anna")
    await plan(world, anna, NewStatus("once"))
    await make_due(world)

    async def die(*_args: object, **_named: object) -> int:
        await compose.create(*_args, **_named)  # type: ignore[arg-type]
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(scheduled, "create", die)
        with pytest.raises(ZeroDivisionError):
            await scheduled.publish_due(people_of(world))
    read = world.runtime.read()
    assert await read.value("SELECT count(*) FROM statuses") == 0
    assert await read.value("SELECT count(*) FROM scheduled_statuses") == 1
    assert await scheduled.publish_due(people_of(world)) == 1
    assert await read.value("SELECT count(*) FROM statuses") == 1


async def test_what_cannot_be_posted_any_more_stays_a_draft(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    parent = await world.post(bert, "hello")
    waiting = await plan(world, anna, NewStatus("hi", in_reply_to_id=parent))
    await plan(world, anna, NewStatus("another"))
    async with world.runtime.unit() as unit:
        await compose.delete(unit, bert.id, parent)
    await make_due(world)
    assert await scheduled.publish_due(people_of(world)) == 1
    found = await scheduled.get_scheduled(world.runtime.read(), anna.id, waiting)
    assert found.params["text"] == "hi"
    assert found.scheduled_at > now() + timedelta(days=1000)


async def test_the_same_key_makes_one_and_then_leads_to_the_post(world: World) -> None:
    anna = await world.member("anna")
    ids = await asyncio.gather(*(plan(world, anna, NewStatus("x"), key="k") for _ in range(5)))
    assert len(set(ids)) == 1
    await make_due(world)
    await scheduled.publish_due(people_of(world))
    made = await plan(world, anna, NewStatus("x"), key="k")
    assert (await row(world, "statuses", made))["text"] == "x"


async def test_moments_and_limits(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    with pytest.raises(Invalid, match="must be in the future"):
        await plan(world, anna, NewStatus("x"), timedelta(minutes=4))
    with pytest.raises(Invalid):
        await plan(world, anna, NewStatus(" "))
    waiting = await plan(world, anna, NewStatus("x"), timedelta(days=100))
    day = now() + timedelta(days=100)
    day = day.replace(hour=12)
    await world.runtime.db.fetch(
        "INSERT INTO scheduled_statuses (id, account_id, scheduled_at, params, created_at)"
        " SELECT n, $1, $2, '{}', now() FROM generate_series(1, 50) AS n",
        anna.id,
        day,
    )
    async with world.runtime.unit() as unit:
        with pytest.raises(Invalid, match="50 scheduled posts for today"):
            await scheduled.schedule(unit, world.runtime.settings, anna, NewStatus("x"), day)
        with pytest.raises(NotFound):
            await scheduled.reschedule(unit, bert.id, waiting, day)
        with pytest.raises(Invalid):
            await scheduled.reschedule(unit, anna.id, waiting, now())
        await scheduled.reschedule(unit, anna.id, waiting, day + timedelta(days=3))
    await world.runtime.db.fetch(
        "INSERT INTO scheduled_statuses (id, account_id, scheduled_at, params, created_at)"
        " SELECT n, $1, $2, '{}', now() FROM generate_series(51, 299) AS n",
        anna.id,
        day + timedelta(days=30),
    )
    with pytest.raises(Invalid, match="300 scheduled posts"):
        await plan(world, anna, NewStatus("x"), timedelta(days=300))
    assert await plan(world, bert, NewStatus("x"))


async def test_only_its_author_sees_and_cancels_it(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    media = await upload(world, anna)
    first = await plan(world, anna, NewStatus("x", media_ids=(media,)))
    second = await plan(world, anna, NewStatus("y"))
    read = world.runtime.read()
    assert [s.id for s in await scheduled.list_scheduled(read, anna.id, Page())] == [second, first]
    page = Page(max_id=second)
    assert [s.id for s in await scheduled.list_scheduled(read, anna.id, page)] == [first]
    assert await scheduled.list_scheduled(read, bert.id, Page()) == []
    with pytest.raises(Invalid):
        await world.post(anna, "now", media_ids=(media,))
    async with world.runtime.unit() as unit:
        with pytest.raises(NotFound):
            await scheduled.cancel(unit, bert.id, first)
        await scheduled.cancel(unit, anna.id, first)
    with pytest.raises(NotFound):
        await scheduled.get_scheduled(read, anna.id, first)
    assert await world.post(anna, "now", media_ids=(media,))


async def test_the_worker_looks_every_few_seconds(world: World) -> None:
    anna = await world.member("anna")
    await plan(world, anna, NewStatus("x"))
    await make_due(world)
    workshop = Workshop(world.runtime)
    job = next(item for item in workshop.scheduled() if item.name == "scheduled posts")
    assert len(job.seconds) == 12
    await job.job()
    assert await world.runtime.read().value("SELECT count(*) FROM statuses") == 1


async def test_nobody_posts_for_who_is_gone(world: World) -> None:
    anna = await world.member("anna")
    await plan(world, anna, NewStatus("x"))
    await make_due(world)
    await world.runtime.db.fetch("UPDATE accounts SET suspended_at = now()")
    assert await scheduled.publish_due(people_of(world)) == 0
    assert await world.runtime.read().value("SELECT count(*) FROM scheduled_statuses") == 1
