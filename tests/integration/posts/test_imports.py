"""Posts that are fetched and delivered at the same time: whoever is first, members hear of them."""

import asyncio

from fedi.core.statuses import receive
from fedi.core.statuses.threading import mark_imported
from fedi.kit.result import Outcome
from tests.integration.posts.world import World


async def test_a_delivery_that_waits_for_the_import_of_its_post_is_news(world: World) -> None:
    far = await world.stranger("far")
    note = world.note(far)

    async def deliver() -> list[Outcome]:
        async with world.runtime.unit() as unit:
            return await receive.receive_notes(unit, [note])

    async with world.runtime.unit() as unit:
        await receive.receive_notes(unit, [note], are_news=False)
        await mark_imported(unit, [note.note.id])
        delivery = asyncio.create_task(deliver())
        while not await world.runtime.db.value(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
        ):
            assert not delivery.done()
    await delivery
    read = world.runtime.read()
    assert await read.value("SELECT count(*) FROM events WHERE type = 'StatusCreated'") == 1
    assert await read.value("SELECT imported FROM statuses") is False
