"""The migrations make exactly the tables that the models describe."""

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from fedi.cli.schema import find_head
from fedi.models import metadata


def test_there_is_one_head() -> None:
    assert find_head() is not None


def test_the_migrated_schema_is_the_schema_of_the_models(dsn: str) -> None:
    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection)
        return list(compare_metadata(context, metadata))

    async def look() -> list[object]:
        engine = create_async_engine(
            dsn.replace("postgresql://", "postgresql+asyncpg://"), poolclass=NullPool
        )
        async with engine.connect() as connection:
            found = await connection.run_sync(compare)
        await engine.dispose()
        return found

    assert asyncio.run(look()) == []
