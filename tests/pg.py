"""One real Postgres and one real Redis for a whole test session, shared by all xdist workers.

The first worker to come starts them, the last one to go stops them. Each worker takes a database of
its own, cloned from a template that is migrated once, and a Redis database number of its own.
"""

import contextlib
import fcntl
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from fedi.embedded import postgres, redis
from fedi.embedded.home import Home
from fedi.embedded.postgres import Postgres
from fedi.embedded.processes import is_alive
from fedi.embedded.redis import Redis


@dataclass
class Services:
    """The servers of this session. `dsn_admin` may create databases; call `close` at the end."""

    root: Path
    home: Home
    dsn_admin: str
    redis_url: str
    _users: IO[str] = field(repr=False)

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
        with _locked(self.root / "services.start"):
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._users.close()
                return
            for server in (Postgres(self.home), Redis(self.home)):
                record = self.home.records().get(type(server).__name__.lower(), {})
                server.pid = record["pid"] if is_alive(record) else 0
                server.stop()
            self._users.close()


def start_services(root: Path) -> Services:
    """Start the servers in `root`, or join those that another worker has started there."""
    root.mkdir(parents=True, exist_ok=True)
    home = Home(root / "services")
    with _locked(root / "services.start"):
        users = (root / "services.users").open("a")
        fcntl.flock(users, fcntl.LOCK_SH)
        home.create()
        records = home.records()
        if not is_alive(records.get("redis", {})):
            Redis(home).start()
        if not is_alive(records.get("postgres", {})):
            Postgres(home, durable=False).start()
    return Services(
        root=root,
        home=home,
        dsn_admin=postgres.build_url(home, "postgres"),
        redis_url=redis.build_url(home),
        _users=users,
    )


def create_database(services: Services, name: str, template: str | None = None) -> str:
    """Make an empty database, or a copy of `template`, in place of any of that name."""
    run = Postgres(services.home).query
    run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', "postgres")
    run(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""), "postgres")
    return services.dsn_of(name)


def copy_database(services: Services, name: str, template: str) -> str:
    """Make a database that was never there, as a copy of `template`: files cost less than WAL."""
    sql = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'
    Postgres(services.home).query(sql, "postgres")
    return services.dsn_of(name)


_drops = ThreadPoolExecutor(1)


def drop_later(services: Services, name: str) -> None:
    """Remove a database beside the next test: thousands of them would fill the disk."""
    sql = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    _drops.submit(Postgres(services.home).query, sql, "postgres")


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
