"""The migrations make exactly the tables that the models describe."""

import asyncio

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from fedi.cli.schema import MIGRATIONS, find_head
from fedi.models import metadata


def test_there_is_one_head() -> None:
    assert find_head() is not None


def test_an_index_is_built_before_the_old_one_is_dropped(dsn: str) -> None:
    """Who reads accounts waits for the exchange at most, and what was broken off is resumed."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = dsn
    command.downgrade(config, "0005")

    async def upgrade_while_reading() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            async with connection.transaction():
                await connection.execute("SELECT count(*) FROM accounts")
                with pytest.raises(DBAPIError, match="lock timeout"):
                    await asyncio.to_thread(command.upgrade, config, "head")
                found = await connection.fetch(
                    "SELECT 1 FROM pg_class WHERE relname LIKE 'ix_accounts_local_prefix%'"
                )
                assert len(found) == 2
        finally:
            await connection.close()

    asyncio.run(upgrade_while_reading())
    command.upgrade(config, "head")
    assert differences(dsn) == []


def test_the_migrated_schema_is_the_schema_of_the_models(dsn: str) -> None:
    assert differences(dsn) == []


def differences(dsn: str) -> list[object]:
    """What the models say and the database does not, or the other way round."""

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

    return asyncio.run(look())
