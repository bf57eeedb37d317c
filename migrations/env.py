"""How alembic reaches the database: `fedi migrate` hands the address over; no ini file."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from fedi.models import metadata


def run(connection: Any) -> None:
    """Run what is missing, each migration in a transaction of its own."""
    # A migration that cannot get its lock gives up instead of queueing everybody behind it.
    connection.execute(text("SET lock_timeout = '2s'"))
    connection.execute(text("SET statement_timeout = 0"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect() -> None:
    """Open one connection with the driver that the server itself uses."""
    url: str = context.config.attributes["url"]
    scheme, rest = url.split("://", 1)
    engine = create_async_engine(f"{scheme.split('+')[0]}+asyncpg://{rest}", poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(connect())
