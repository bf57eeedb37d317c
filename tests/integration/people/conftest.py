"""People to act with: members and strangers, made by plain functions."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from fedi.core import instance
from fedi.core.accounts import queries
from fedi.core.accounts.keys import KeyPair, generate_pair
from fedi.core.accounts.service import create_local
from fedi.core.accounts.types import Account
from fedi.kit.runtime import Runtime


@dataclass
class World:
    """An instance with its own actor, and short ways to ask and to act."""

    runtime: Runtime
    pair: KeyPair

    async def local(self, name: str, **columns: Any) -> Account:
        async with self.runtime.unit() as unit:
            account = await create_local(unit, self.runtime.settings, name, self.pair)
        return await self.change(account, **columns)

    async def remote(self, acct: str, **columns: Any) -> Account:
        name, _, domain = acct.partition("@")
        async with self.runtime.unit() as unit:
            account_id = await unit.new_id()
            uri = f"https://{domain}/users/{name}"
            await unit.execute(
                "INSERT INTO accounts (id, username, domain, uri, inbox_url, fetched_at)"
                " VALUES ($1, $2, $3, $4, $4 || '/inbox', now())",
                account_id,
                name,
                domain,
                uri,
            )
            await unit.execute("INSERT INTO account_stats (account_id) VALUES ($1)", account_id)
        return await self.change(await self.get(account_id), **columns)

    async def change(self, account: Account, **columns: Any) -> Account:
        for name, value in columns.items():
            await self.sql(f"UPDATE accounts SET {name} = $2 WHERE id = $1", account.id, value)
        return await self.get(account.id)

    async def get(self, account_id: int) -> Account:
        return await queries.get_by_id(self.runtime.read(), account_id)

    async def sql(self, statement: str, *args: object) -> list[Any]:
        return await self.runtime.db.fetch(statement, *args)

    async def do(self, action: Callable[..., Awaitable[Any]], *args: Any, **named: Any) -> Any:
        """Run a service function in a unit of its own."""
        async with self.runtime.unit() as unit:
            return await action(unit, *args, **named)

    async def events(self) -> list[tuple[str, dict[str, Any]]]:
        """What was recorded since the last call."""
        rows = await self.sql(
            "WITH gone AS (DELETE FROM events RETURNING id, type, payload)"
            " SELECT type, payload FROM gone ORDER BY id"
        )
        return [(row["type"], row["payload"]) for row in rows]

    async def counts(self, account: Account) -> tuple[int, int]:
        """Followers and following, which must always be what the rows say."""
        found = await self.get(account.id)
        rows = await self.sql(
            "SELECT (SELECT count(*) FROM follows WHERE target_id = $1 AND accepted),"
            " (SELECT count(*) FROM follows WHERE account_id = $1 AND accepted)",
            account.id,
        )
        assert (found.followers_count, found.following_count) == tuple(rows[0])
        return found.followers_count, found.following_count

    async def follows(self) -> set[tuple[int, int, bool]]:
        rows = await self.sql("SELECT account_id, target_id, accepted FROM follows")
        return {tuple(row) for row in rows}


@pytest.fixture(scope="session")
def pair() -> KeyPair:
    """One pair of keys for everybody: making them is slow, and who has them does not matter."""
    return generate_pair()


@pytest.fixture
async def world(runtime: Runtime, pair: KeyPair) -> World:
    await instance.ensure_instance(runtime)
    return World(runtime, pair)


def moment(text: str) -> datetime:
    """A time of day on some day."""
    return datetime.fromisoformat(f"2026-01-01T{text}:00+00:00")
