"""The durable queues on real Postgres: leases, fencing, lanes, holds, fairness."""

import asyncio
from datetime import timedelta

import pytest

from fedi.kit import queue
from fedi.kit.errors import Conflict
from fedi.kit.queue import Queue
from fedi.kit.result import Done, GaveUp, Ignored, Later
from fedi.kit.runtime import Runtime

CHORES = Queue("chores", ("kind", "key", "payload"))
PER_HOST = Queue("chores", ("kind", "key"), per_host=2)


async def put(
    runtime: Runtime, count: int, *, host: str = "", lane: str = "", hold: str = ""
) -> None:
    await runtime.db.fetch(
        "INSERT INTO chores (kind, key, host, lane, hold)"
        " SELECT 'k', $1 || ':' || $2 || ':' || $3 || g || random(), $1, $2, $3"
        " FROM generate_series(1, $4::int) g",
        host,
        lane,
        hold,
        count,
    )


async def take(
    runtime: Runtime, limit: int = 100, of: Queue = CHORES, lease: float = 60.0
) -> queue.Batch:
    return await queue.claim(runtime.db, of, worker="w", limit=limit, lease_seconds=lease)


async def test_a_claimed_row_is_not_claimed_again(runtime: Runtime) -> None:
    await put(runtime, 3)
    assert len((await take(runtime)).rows) == 3
    assert (await take(runtime)).rows == []


async def test_a_lease_that_ran_out_is_taken_over_and_the_old_owner_cannot_close(
    runtime: Runtime,
) -> None:
    await put(runtime, 1)
    frozen = await take(runtime, lease=0.0)
    other = await take(runtime)
    assert [r["id"] for r in other.rows] == [r["id"] for r in frozen.rows]
    with pytest.raises(Conflict):
        async with runtime.unit() as unit:
            await frozen.close(unit, [(frozen.rows[0]["id"], Done())])
    async with runtime.unit() as unit:
        await other.close(unit, [(other.rows[0]["id"], Done())])
    assert await runtime.db.value("SELECT state FROM chores") == 2


async def test_a_row_that_ends_while_it_is_being_taken_over_stays_ended(runtime: Runtime) -> None:
    """The new claim waits for the old owner's commit, and must then look at the row again."""
    await put(runtime, 2)
    slow = await take(runtime, limit=1, lease=0.0)
    async with runtime.unit() as unit:
        await slow.close(unit, [(slow.rows[0]["id"], Done())])
        taking = asyncio.create_task(take(runtime))
        while not await runtime.db.value(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
        ):
            assert not taking.done()
    taken = await taking
    assert slow.rows[0]["id"] not in [row["id"] for row in taken.rows]
    assert len(taken.rows) == 1
    assert await runtime.db.value("SELECT count(*) FROM chores WHERE state = 2 AND lease > 0") == 0


async def test_a_noisy_host_does_not_fill_the_batch(runtime: Runtime) -> None:
    await put(runtime, 50, host="noisy.test")
    await put(runtime, 1, host="quiet.test")
    batch = await take(runtime, limit=10)
    assert len(batch.rows) == 10
    assert "quiet.test" in {row["host"] for row in batch.rows}


async def test_rows_of_a_busy_lane_wait_for_its_owner(runtime: Runtime) -> None:
    await put(runtime, 2, lane="alice")
    first = await take(runtime, limit=1)
    assert len(first.rows) == 1
    assert (await take(runtime)).rows == []
    async with runtime.unit() as unit:
        await first.close(unit, [(first.rows[0]["id"], Done())])
    assert len((await take(runtime)).rows) == 1


async def test_a_parked_row_holds_back_only_its_own_object(runtime: Runtime) -> None:
    await put(runtime, 1, hold="note")
    parked = await take(runtime)
    async with runtime.unit() as unit:
        await parked.close(unit, [(parked.rows[0]["id"], Later(60, "waits for a fetch"))])
    await put(runtime, 1, hold="note")
    await put(runtime, 1, hold="another")
    ready = await take(runtime)
    assert len(ready.rows) == 1
    await runtime.db.fetch("UPDATE chores SET due_at = now() WHERE state = 1")
    assert await queue.wake(runtime.db, CHORES) == 1
    assert len((await take(runtime)).rows) == 2


async def test_a_host_gets_no_more_than_its_share_of_leases(runtime: Runtime) -> None:
    await put(runtime, 5, host="slow.test")
    await put(runtime, 5, host="held.test")
    await runtime.db.fetch(
        "INSERT INTO hosts (host, held_until) VALUES ('held.test', now() + interval '1 hour')"
    )
    assert [row["host"] for row in (await take(runtime, of=PER_HOST)).rows] == ["slow.test"] * 2
    assert (await take(runtime, of=PER_HOST)).rows == []


async def test_one_row_of_a_lane_at_a_time_where_order_leaves_the_box(runtime: Runtime) -> None:
    await put(runtime, 3, host="b.test", lane="note b.test")
    assert len((await take(runtime, of=PER_HOST)).rows) == 1


async def test_outcomes_are_stored_and_ended_rows_are_pruned(runtime: Runtime) -> None:
    await put(runtime, 3)
    batch = await take(runtime)
    ids = [row["id"] for row in batch.rows]
    async with runtime.unit() as unit:
        await batch.close(
            unit,
            [(ids[0], Done()), (ids[1], Ignored("no relation")), (ids[2], GaveUp("poison"))],
        )
    rows = await runtime.db.fetch("SELECT state, reason FROM chores ORDER BY id")
    assert [tuple(row) for row in rows] == [(2, None), (3, "no relation"), (5, "poison")]
    assert await queue.prune(runtime.db, CHORES, timedelta(0)) == 3


async def test_work_handed_back_is_ready_at_once_and_counts_no_attempt(runtime: Runtime) -> None:
    await put(runtime, 2)
    await take(runtime)
    await queue.hand_back(runtime.db, CHORES, "w")
    assert [row["attempts"] for row in (await take(runtime)).rows] == [1, 1]
