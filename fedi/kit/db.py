"""Postgres: one pool per process, plain SQL, one way to say "not now".

A read in autocommit is repeated once when its connection turns out to be lost (Postgres was
restarted); anything else that fails for want of a database becomes `Unavailable`, which the doors
answer with 503 and Retry-After.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from fedi.kit.errors import Malformed, Unavailable

Connection = PoolConnectionProxy

# The connection is gone or was never had: the statement did not run, or we cannot know.
LOST: tuple[type[BaseException], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    # What the driver says when the connection breaks off in the middle of a statement.
    asyncpg.InternalClientError,
    ConnectionError,
    OSError,
)
# A value that no column can hold: whoever sent it, sending it again will not help. The driver's own
# kind of this is a kind of `InterfaceError`, so it is looked for before `LOST`.
POISON: tuple[type[BaseException], ...] = (
    asyncpg.DataError,
    asyncpg.exceptions._base.DataError,  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
)
# The statement was heard and could not be done now: locks, time, disk, a server in trouble.
BUSY: tuple[type[BaseException], ...] = (
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.InternalServerError,
    TimeoutError,
)
RETRY_AFTER = 2
# So many connections stay with us between statements: to take one from the pool and to give it
# back costs as much as many a statement. The pool closes the others when they are not needed.
_AT_HAND = 4


class Database:
    """The pool and the autocommit way of reading through it."""

    def __init__(
        self, dsn: str, *, size: int = 10, statement_timeout_ms: int = 5000, name: str = "fedi"
    ) -> None:
        self._dsn = dsn
        self._size = size
        self._name = name
        self._statement_timeout = statement_timeout_ms
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._idle: list[Connection] = []
        # How many wait for the pool: then it gets back what is free.
        self._waiting = 0
        self._closing = False

    async def open(self) -> None:
        """Connect; raises `Unavailable` while there is no Postgres."""
        await self.pool()

    async def pool(self) -> asyncpg.Pool:
        """The pool, opened at first use, so that a process can start before Postgres does."""
        if self._pool is not None:
            return self._pool
        async with self._opening:
            if self._pool is None:
                try:
                    self._pool = await self._create()
                except (*LOST, *BUSY) as problem:
                    raise unavailable(problem) from problem
        return self._pool

    async def _create(self) -> asyncpg.Pool:
        settings = {
            "application_name": self._name,
            "statement_timeout": str(self._statement_timeout),
            "idle_in_transaction_session_timeout": "60000",
            "timezone": "UTC",
            # Our statements always look for the same thing in the same way: planning them anew
            # for each value would cost more than running them.
            "plan_cache_mode": "force_generic_plan",
            "jit": "off",
            # Every statement of ours is meant to walk indexes. Without this, one that is planned
            # while its tables are still small would keep scanning them when they have grown.
            "enable_seqscan": "off",
            "enable_hashjoin": "off",
            "enable_mergejoin": "off",
            # Where rows are to be found by something else and locked in the order of their ids, the
            # order is `id + 0`: otherwise Postgres, to be spared a sort, reads the whole table.
            "enable_sort": "off",
            # Joins are made in the order in which they are written, which is the order meant;
            # searching for another costs more than most of our statements, and finds worse ones
            # whenever the statistics are young.
            "join_collapse_limit": "1",
        }
        return await asyncpg.create_pool(
            self._dsn,
            min_size=1,
            max_size=self._size,
            max_inactive_connection_lifetime=600,
            statement_cache_size=400,
            max_cached_statement_lifetime=0,
            timeout=5,
            server_settings=settings,
            init=_prepare,
            reset=_leave,
        )

    async def close(self) -> None:
        """Give the connections back, or drop them if that takes too long."""
        pool = self._pool
        if pool is None or self._closing:
            return
        self._closing = True
        try:
            while self._idle:
                await pool.release(self._idle.pop())
            await asyncio.wait_for(pool.close(), 5)
        except (TimeoutError, *LOST):
            pool.terminate()
        finally:
            self._pool, self._closing = None, False

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """Rows of one statement in autocommit; a lost connection is tried again once."""
        try:
            try:
                return await self._fetch(sql, args)
            except POISON:
                raise
            except LOST:
                return await self._fetch(sql, args)
        except POISON as problem:
            raise unstorable(problem) from problem
        except (*LOST, *BUSY) as problem:
            raise unavailable(problem) from problem

    async def _fetch(self, sql: str, args: tuple[object, ...]) -> list[asyncpg.Record]:
        connection = await self._take()
        is_clean = False
        try:
            rows: list[asyncpg.Record] = await connection.fetch(sql, *args)
            is_clean = True
        finally:
            await (self._give if is_clean else self._release)(connection)
        return rows

    async def _take(self, timeout: float | None = None) -> Connection:  # noqa: ASYNC109 - the pool's
        """A connection to use, and to give back."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            await self._release(connection)
        pool = await self.pool()
        self._waiting += 1
        try:
            return cast("Connection", await pool.acquire(timeout=timeout))
        finally:
            self._waiting -= 1

    async def _give(self, connection: Connection) -> None:
        """Keep a connection at hand; only one on which nothing went wrong."""
        if self._waiting or self._closing or len(self._idle) >= _AT_HAND:
            await self._release(connection)
        else:
            self._idle.append(connection)

    async def _release(self, connection: Connection) -> None:
        """Give a connection back to the pool, which clears up after whatever went wrong."""
        pool = self._pool
        if pool is not None:
            await pool.release(connection)

    async def row(self, sql: str, *args: object) -> asyncpg.Record | None:
        """The first row, or None."""
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def value(self, sql: str, *args: object) -> Any:
        """The first column of the first row, or None."""
        rows = await self.fetch(sql, *args)
        return rows[0][0] if rows else None

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Connection, None]:
        """One connection in one transaction: committed at the end, rolled back on any error."""
        try:
            connection = await self._take(3)
            is_clean = False
            try:
                async with connection.transaction():
                    yield connection
                is_clean = True
            finally:
                await (self._give if is_clean else self._release)(connection)
        except POISON as problem:
            raise unstorable(problem) from problem
        except (*LOST, *BUSY) as problem:
            raise unavailable(problem) from problem


async def _prepare(connection: Any) -> None:
    """JSON columns speak Python values."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, encoder=_encode_json, decoder=orjson.loads, schema="pg_catalog"
        )


async def _leave(_connection: Any) -> None:
    """Nothing to undo when a connection goes back: we set nothing beyond a transaction.

    The driver would reset the whole session by a statement of its own, after each of ours.
    """


def _encode_json(value: object) -> str:
    return orjson.dumps(value).decode()


def unavailable(problem: BaseException) -> Unavailable:
    """What the outside hears when the database does not answer."""
    detail = f"database: {type(problem).__name__}: {problem}"
    return Unavailable("The server cannot do this just now", detail, retry_after=RETRY_AFTER)


def unstorable(problem: BaseException) -> Malformed:
    """What the outside hears when a value got past every check and no column can hold it."""
    detail = f"database: {type(problem).__name__}: {problem}"
    return Malformed("The request holds a value that cannot be stored", detail)
