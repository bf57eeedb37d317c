"""The schema of the database: how old it is, and how it is brought up to date by one process."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import asyncpg

import fedi
from fedi.config import Settings
from fedi.kit.errors import FediError, Unavailable

MIGRATIONS = Path(fedi.__file__).parent.parent / "migrations"

_LOCK = 0x66656469  # any number, as long as every fedi takes the same
_REVISION = re.compile(
    r"^(down_revision|revision)\b[^=]*=\s*(?:\(?\s*[\"']([^\"']+)[\"']|None)", re.MULTILINE
)


def find_head() -> str | None:
    """The newest revision in the source tree, found without loading alembic."""
    revisions: set[str] = set()
    parents: set[str] = set()
    for file in (MIGRATIONS / "versions").glob("*.py"):
        for kind, value in _REVISION.findall(file.read_text(encoding="utf-8")):
            (revisions if kind == "revision" else parents).add(value)
    heads = revisions - parents - {""}
    if len(heads) > 1:
        raise FediError(f"the migrations have {len(heads)} heads: {', '.join(sorted(heads))}")
    return heads.pop() if heads else None


def ensure_current(settings: Settings) -> bool:
    """Migrate if the schema is older than the source; say whether anything was done.

    One query decides, so that a warm start pays next to nothing.
    """
    head = find_head()
    if head is None or asyncio.run(current_revision(settings)) == head:
        return False
    return asyncio.run(_migrate_alone(settings, head))


async def _migrate_alone(settings: Settings, head: str) -> bool:
    """Migrate under a lock: of several processes that start together one does the work."""
    async with _connected(settings) as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        if await _find_revision(connection) == head:
            return False
        await asyncio.to_thread(_upgrade, settings.database.url)
    return True


def _upgrade(url: str) -> None:
    """Run alembic; `migrations/env.py` finds the address in `config.attributes["url"]`."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = url
    command.upgrade(config, "head")


async def current_revision(settings: Settings) -> str | None:
    """The revision that the database is at; None for an empty one."""
    async with _connected(settings) as connection:
        return await _find_revision(connection)


async def _find_revision(connection: asyncpg.Connection) -> str | None:
    with contextlib.suppress(asyncpg.UndefinedTableError):
        return await connection.fetchval("SELECT version_num FROM alembic_version")
    return None


async def has_owner(settings: Settings) -> bool:
    """Whether somebody can administer the server already."""
    async with _connected(settings) as connection:
        try:
            found = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM users WHERE role IN ('owner', 'admin'))"
            )
        except asyncpg.UndefinedTableError:
            found = False
    return bool(found)


@contextlib.asynccontextmanager
async def _connected(settings: Settings) -> AsyncGenerator[asyncpg.Connection]:
    try:
        connection = await asyncpg.connect(settings.database.url, timeout=10)
    except (OSError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as problem:
        raise Unavailable(f"PostgreSQL does not answer: {problem}") from problem
    except asyncpg.PostgresError as problem:
        raise FediError(f"PostgreSQL refused us: {problem}") from problem
    try:
        yield connection
    finally:
        await connection.close()
