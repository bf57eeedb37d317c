"""One real Postgres and one real Redis for a whole test session, shared by all xdist workers.

The first worker to come starts them, the last one to go stops them. Each worker takes a database of
its own, cloned from a template that is migrated once, and a Redis database number of its own.

A run copies gigabytes of small files, one template per test. Where there is plenty of memory they
lie there: a disk would be busy with writing out what is already gone.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

import asyncpg

from fedi.embedded import postgres, redis
from fedi.embedded.home import Home
from fedi.embedded.postgres import Postgres
from fedi.embedded.processes import is_alive
from fedi.embedded.redis import Redis


@dataclass
class Services:
    """The servers of this session, in `root`. `dsn_admin` may create databases.

    Call `close` at the end.
    """

    root: Path
    home: Home
    dsn_admin: str
    redis_url: str
    _users: IO[str] = field(repr=False)
    _lock: Path

    def redis_url_of(self, number: int) -> str:
        """Address of one of the 64 Redis databases; give each worker its own."""
        return redis.build_url(self.home, number)

    def dsn_of(self, name: str) -> str:
        """Address of a database."""
        return postgres.build_url(self.home, name)

    def close(self) -> None:
        """Let go of the servers; the last one stops them."""
        if self._users.closed:
            return
        with _locked(self._lock):
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._users.close()
                return
            _stop(self.home)
            self._users.close()
            if self.root.parent == _MEMORY:
                shutil.rmtree(self.root)


def _stop(home: Home) -> None:
    for server in (Postgres(home), Redis(home)):
        record = home.records().get(type(server).__name__.lower(), {})
        server.pid = record["pid"] if is_alive(record) else 0
        server.stop()


_MEMORY = Path("/dev/shm")  # noqa: S108 - the folders made there are for our eyes only
_PREFIX = f"fedi-tests-{os.getuid()}-"
_PLENTY = 6 * 2**30


def start_services(root: Path) -> Services:
    """Start the servers of the run in `root`, or join those that another worker has started."""
    root.mkdir(parents=True, exist_ok=True)
    lock = root / "services.start"
    with _locked(lock):
        place, users = _join(root / "services.place")
        home = Home(place / "services")
        home.create()
        records = home.records()
        if not is_alive(records.get("redis", {})):
            Redis(home).start()
        if not is_alive(records.get("postgres", {})):
            Postgres(home, durable=False).start()
    return Services(
        root=place,
        home=home,
        dsn_admin=postgres.build_url(home, "postgres"),
        redis_url=redis.build_url(home),
        _users=users,
        _lock=lock,
    )


def _join(note: Path) -> tuple[Path, IO[str]]:
    """The directory of this run, which its first worker makes, and a hold on it."""
    if note.exists() and (place := Path(note.read_text())).exists():
        return place, _hold(place)
    place = note.parent
    if _MEMORY.is_dir():
        with _locked(_MEMORY / f"{_PREFIX}lock"):
            for left in _MEMORY.glob(f"{_PREFIX}*/"):
                _sweep(left)
            if shutil.disk_usage(_MEMORY).free > _PLENTY:
                place = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_MEMORY))
            users = _hold(place)
    else:
        users = _hold(place)
    note.write_text(str(place))
    return place, users


def _hold(place: Path) -> IO[str]:
    users = (place / "services.users").open("a")
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def _sweep(left: Path) -> None:
    """End what a killed run has left in memory: nobody holds it any more."""
    with (left / "services.users").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        _stop(Home(left / "services"))
        shutil.rmtree(left)


def create_database(services: Services, name: str, template: str | None = None) -> str:
    """Make an empty database, or a copy of `template`, in place of any of that name."""
    run = Postgres(services.home).query
    run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', "postgres")
    run(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""), "postgres")
    return services.dsn_of(name)


def copy_database(services: Services, name: str, template: str) -> str:
    """Make a database that was never there, as a copy of `template`: files cost less than WAL."""
    sql = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'
    _open_desk(services.dsn_admin, "copy").run(sql)
    return services.dsn_of(name)


class _Desk:
    """A lasting connection in a thread of its own: one for each statement would cost far more."""

    def __init__(self, dsn: str) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True, name="test databases").start()
        self._connection: asyncpg.Connection = self._wait(asyncpg.connect(dsn))

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def run(self, sql: str) -> None:
        self._wait(self._connection.execute(sql))


@cache
def _open_desk(dsn: str, _purpose: str) -> _Desk:
    # What is copied does not wait for what is dropped.
    return _Desk(dsn)


_drops = ThreadPoolExecutor(1)


def drop_later(services: Services, name: str) -> None:
    """Remove a database beside the next test: thousands of them would fill the disk."""
    sql = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    _drops.submit(lambda: _open_desk(services.dsn_admin, "drop").run(sql))


def create_template(services: Services, name: str, build: Callable[[str], None]) -> str:
    """Make the template `name` once per session; `build` gets the address of the empty database.

    `build` must leave no connection behind, and must not run inside an event loop that does.
    """
    with _locked(services.root / f"{name}.template"):
        done = services.root / f"{name}.template.done"
        if not done.exists():
            build(create_database(services, name))
            done.touch()
    return name


@contextlib.contextmanager
def _locked(file: Path) -> Generator[None]:
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
