"""The embedded PostgreSQL: real, durable, on a socket of its own, small."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from fedi.embedded.binaries import POSTGRES_MAJOR, find_postgres
from fedi.embedded.home import Home
from fedi.embedded.privileges import Privileges, find_privileges
from fedi.embedded.processes import birth_of, end, let_go, open_log, tail_of, wait_until
from fedi.kit.clock import clock
from fedi.kit.errors import FediError

_START_SECONDS = 45.0
_STOP_SECONDS = 8.0

_TUNING = """\
# Written anew at each start. Settings of your own go into `postgres.conf` in the data directory.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
port = 5432
max_connections = 60
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
# Small: the page cache of the machine does most of the caching.
shared_buffers = 32MB
work_mem = 4MB
maintenance_work_mem = 32MB
effective_cache_size = 512MB
random_page_cost = 1.1
jit = off
io_method = sync
max_worker_processes = 2
max_parallel_workers = 0
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
max_logical_replication_workers = 0
autovacuum_max_workers = 2
autovacuum_worker_slots = 2
autovacuum_naptime = 10s
min_wal_size = 64MB
max_wal_size = 512MB
checkpoint_timeout = 15min
log_checkpoints = off
log_min_messages = warning
log_timezone = 'UTC'
timezone = 'UTC'
# The passwords are 256 random bits: stretching them would only make connecting slow.
scram_iterations = 256
"""


class PostgresError(FediError):
    """The embedded Postgres cannot be started or used."""


class Postgres:
    """The embedded Postgres of one data directory."""

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        self.home = home
        self.pid = 0
        self._durable = durable
        self._log = home.log / "postgres.log"
        self._data = home.path / "postgres"
        self._way: Privileges | None = None

    @property
    def url(self) -> str:
        """Address for the application."""
        return build_url(self.home)

    def start(self) -> None:
        """Start the server, building the database first if there is none; returns when it answers.

        What an earlier life left behind is stopped cleanly first.
        """
        install = find_postgres()
        self._way = find_privileges(install, self._data, self.home.socket_dir())
        data = self._way.data
        self._refuse_other_major(data)
        self._end_leftover(data)
        if not data.exists():
            self._build(self._way)
        self._configure(self._way)
        self._launch(self._way)
        if not (self.home.path / "postgres.ready").exists():
            self._provision()

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, everything is on disk afterwards."""
        if self.pid:
            end(self.pid, signal.SIGINT, _STOP_SECONDS, signal.SIGQUIT)
            self.home.forget("postgres")
            self.pid = 0

    def query(self, sql: str, database: str = "fedi", role: str = "fedi") -> str:
        """Run SQL through psql and return what it prints: start-up loads no driver."""
        answer = subprocess.run(  # noqa: S603
            [
                find_postgres() / "bin" / "psql",
                *("-h", str(find_sockets(self.home)), "-U", role, "-d", database),
                *("-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql),
            ],
            env={"PGPASSWORD": self.home.passwords()[role], "PGCONNECT_TIMEOUT": "10"},
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode != 0:
            raise PostgresError(f"PostgreSQL refused a statement: {answer.stderr.strip()}")
        return answer.stdout.strip()

    def _refuse_other_major(self, data: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            found = (data / "PG_VERSION").read_text(encoding="utf-8").strip()
            if found != POSTGRES_MAJOR:
                raise PostgresError(
                    f"{data} was made by PostgreSQL {found}; this fedi brings {POSTGRES_MAJOR}. "
                    "Write its content to a file with the fedi that made it (`fedi db dump FILE`), "
                    f"move {data} and {self.home.path / 'postgres.ready'} away, and read the file "
                    "in with this fedi (`fedi db load FILE`)."
                )

    def _end_leftover(self, data: Path) -> None:
        """Stop a server of an earlier life, and remove a pid file that only seems to name one.

        After a crash of the machine the pid may belong to anybody; Postgres would then refuse.
        """
        file = data / "postmaster.pid"
        try:
            pid = int(file.read_text(encoding="utf-8").split("\n", 1)[0])
        except PermissionError as problem:
            raise PostgresError(
                f"{data} belongs to another user. Start fedi as the user who made it, "
                f"or give it away with chown -R."
            ) from problem
        except (OSError, ValueError):
            return
        if _is_postmaster_of(pid, data):
            end(pid, signal.SIGINT, _STOP_SECONDS, signal.SIGQUIT)
        elif birth_of(pid):
            file.unlink(missing_ok=True)

    def _build(self, way: Privileges) -> None:
        """Run initdb beside the final place: a half-built database is never taken for one."""
        half = way.data.with_name(way.data.name + ".new")
        shutil.rmtree(half, ignore_errors=True)
        (self.home.path / "postgres.ready").unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(prefix="fedi-") as scratch:
            password = Path(scratch) / "password"
            password.write_text(self.home.passwords()["postgres"] + "\n", encoding="utf-8")
            way.hand_over(Path(scratch), password)
            made = subprocess.run(  # noqa: S603
                way.command(
                    str(way.install / "bin" / "initdb"),
                    *("-D", str(half), "-U", "postgres", f"--pwfile={password}"),
                    *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                    *(() if self._durable else ("--no-sync",)),
                ),
                env=_environment(),
                capture_output=True,
                text=True,
                check=False,
                **way.options(),
            )
        if made.returncode != 0:
            raise PostgresError(f"initdb failed: {made.stderr.strip() or made.stdout.strip()}")
        with (half / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\ninclude 'fedi.conf'\n")
        half.rename(way.data)

    def _configure(self, way: Privileges) -> None:
        durable = "on" if self._durable else "off"
        text = _TUNING.format(sockets=way.sockets, durable=durable)
        own = self.home.path / "postgres.conf"
        if own.exists():
            text += own.read_text(encoding="utf-8")
        file = way.data / "fedi.conf"
        self.home.write_private(file, text)
        way.hand_over(file)

    def _launch(self, way: Privileges) -> None:
        """Start the postmaster in a session of its own, so that Ctrl-C reaches only the supervisor.

        Backends of a killed postmaster may still be going: then it refuses for a moment.
        """
        deadline = clock.monotonic() + _START_SECONDS
        while True:
            log = open_log(self._log)
            server = subprocess.Popen(  # noqa: S603
                way.command(str(way.install / "bin" / "postgres"), "-D", str(way.data)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                start_new_session=True,
                **way.options(),
            )
            os.close(log)
            self.pid = server.pid
            self.home.record(
                "postgres", {"role": "postgres", "pid": self.pid, "birth": birth_of(self.pid)}
            )
            wait_until(
                lambda server=server: server.poll() is not None or _is_ready(way.data, server.pid),
                deadline - clock.monotonic(),
            )
            if server.poll() is None and _is_ready(way.data, server.pid):
                let_go(server)
                return
            if server.poll() is None or clock.monotonic() > deadline or not self._may_clear():
                self.stop()
                let_go(server)
                raise PostgresError(
                    f"PostgreSQL did not start; the end of {self._log}:\n{tail_of(self._log)}"
                )
            time.sleep(0.3)

    def _may_clear(self) -> bool:
        """Whether the server failed only because backends of a killed one are still going."""
        end_of_log = tail_of(self._log, 4)
        return "shared memory block" in end_of_log or "postmaster.pid" in end_of_log

    def _provision(self) -> None:
        """Make the application's role and database; may run again after a crash half-way."""
        password = self.home.passwords()["fedi"]
        self.query(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fedi') THEN "
            "CREATE ROLE fedi LOGIN CREATEDB; END IF; END $$;"
            f"ALTER ROLE fedi PASSWORD '{password}'",
            "postgres",
            "postgres",
        )
        have = "SELECT 1 FROM pg_database WHERE datname = 'fedi'"
        if not self.query(have, "postgres", "postgres"):
            self.query("CREATE DATABASE fedi OWNER fedi", "postgres", "postgres")
        self.home.write_private(self.home.path / "postgres.ready", POSTGRES_MAJOR + "\n")


def find_sockets(home: Home) -> Path:
    """Where the socket of the embedded Postgres lies."""
    try:
        moved = (home.path / "postgres.path").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return home.socket_dir()
    return Path(moved).parent


def build_url(home: Home, database: str = "fedi", role: str = "fedi") -> str:
    """Address of a database in the embedded Postgres, as asyncpg and SQLAlchemy read it."""
    password = home.passwords()[role]
    return f"postgresql://{role}:{password}@/{database}?host={quote(str(find_sockets(home)))}"


def _environment() -> dict[str, str]:
    """Nothing of ours reaches the servers, in particular no PG* variable and no locale."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _is_ready(data: Path, pid: int) -> bool:
    """Whether the postmaster says of itself that it accepts connections (as pg_ctl asks)."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def _is_postmaster_of(pid: int, data: Path) -> bool:
    """Whether that process is the server of this very directory."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == data.resolve()
        except OSError:
            return False
    shown = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return "postgres" in shown and str(data) in shown
