"""What the database cannot do is said in our own words."""

import asyncio

import pytest

from fedi.kit.errors import Malformed
from fedi.kit.runtime import Runtime


@pytest.mark.parametrize("value", ["nul \x00", "half \ud800"])
async def test_a_value_that_no_column_can_hold_is_the_askers_fault(
    runtime: Runtime, value: str
) -> None:
    with pytest.raises(Malformed):
        await runtime.db.fetch("SELECT $1::text", value)
    with pytest.raises(Malformed):
        async with runtime.unit() as unit:
            await unit.fetch("SELECT $1::text", value)


async def test_a_number_beyond_all_columns_is_the_askers_fault(runtime: Runtime) -> None:
    with pytest.raises(Malformed):
        await runtime.db.fetch("SELECT $1::bigint", 2**70)


async def test_a_lost_connection_is_found_again_for_reads(runtime: Runtime) -> None:
    await runtime.db.fetch("SELECT 1")
    await runtime.db.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert await runtime.db.value("SELECT 1") == 1


async def test_a_deadlock_is_a_matter_of_trying_again(runtime: Runtime) -> None:
    await runtime.db.fetch("CREATE TABLE pair (id int PRIMARY KEY, n int)")
    await runtime.db.fetch("INSERT INTO pair VALUES (1, 0), (2, 0)")
    both = asyncio.Barrier(2)

    async def lock(first: int, second: int) -> None:
        async with runtime.unit() as unit:
            await unit.execute("UPDATE pair SET n = n + 1 WHERE id = $1", first)
            await both.wait()
            await unit.execute("UPDATE pair SET n = n + 1 WHERE id = $1", second)

    ended = await asyncio.gather(lock(1, 2), lock(2, 1), return_exceptions=True)
    assert sorted(type(e).__name__ for e in ended) == ["NoneType", "Unavailable"]


async def test_units_at_once_do_not_wait_for_each_others_connections(runtime: Runtime) -> None:
    async def work() -> list[int]:
        async with runtime.unit() as unit:
            return await unit.new_ids(100)

    async with asyncio.timeout(10):
        taken = await asyncio.gather(*(work() for _ in range(20)))
    assert len({i for ids in taken for i in ids}) == 2000
