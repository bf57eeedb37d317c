"""One box: it starts, survives kills, refuses what it must, and stops in time."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from fedi.config import Settings
from fedi.embedded import postgres, redis
from fedi.embedded.home import Home
from fedi.embedded.postgres import Postgres, PostgresError
from fedi.embedded.services import borrow_services
from tests.cpu import tries, wall

pytestmark = pytest.mark.serial

ENTRY = [sys.executable, "-P", "-m", "tests.integration.stand_in"]


def fedi(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*ENTRY, *words], capture_output=True, text=True, timeout=60, check=False)


def eventually(holds: Callable[[], Any], seconds: float = 30.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)
    return found


class Box:
    """A server under test."""

    def __init__(self, data: Path) -> None:
        self.data = data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[str] | None = None

    def up(self, *words: str) -> None:
        self.log = self.data.with_suffix(".log")
        command = [*ENTRY, "up", "--data", str(self.data), "--domain", "localhost"]
        command += ["--bind", f"127.0.0.1:{self.port}", *words]
        with self.log.open("w") as log:
            process = self.process = subprocess.Popen(command, stdout=log, stderr=log, text=True)
        eventually(lambda: "fedi is at" in self.log.read_text() or process.poll() is not None)
        assert process.poll() is None, self.log.read_text()

    def get(self, path: str = "/") -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.loads(answer.read())

    def pids(self) -> dict[str, int]:
        shown = json.loads(fedi("status", "--json", "--data", str(self.data)).stdout)
        return {part["role"]: part["pid"] for part in shown["processes"]}

    def stop(self, kind: signal.Signals = signal.SIGTERM) -> float:
        assert self.process
        start = time.monotonic()
        self.process.send_signal(kind)
        assert self.process.wait(15) == 0
        return time.monotonic() - start

    def kill_everything(self) -> None:
        for pid in self.pids().values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait(10)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Generator[Box]:
    box = Box(tmp_path_factory.mktemp("box") / "data")
    box.up()
    yield box
    box.kill_everything()


@pytest.fixture
def box(shared: Box) -> Box:
    """The server, running, whatever the test before did to it."""
    if shared.process is None or shared.process.poll() is not None:
        shared.up()
    return shared


def test_everything_runs_privately_and_offers_the_first_admin(box: Box) -> None:
    assert set(box.pids()) == {"supervisor", "web", "worker", "postgres", "redis"}
    log = box.log.read_text()
    assert f"http://localhost:{box.port}/setup/" in log
    assert "Keep a copy" in log
    for part in (box.data, box.data / "run", box.data / "postgres"):
        assert part.stat().st_mode & 0o077 == 0
    for secret in ("secret", "secrets", "run/setup-token"):
        assert (box.data / secret).stat().st_mode & 0o077 == 0
    token = log.split("/setup/")[1].split()[0]
    assert token not in (box.data / "run" / "setup-token").read_text()
    assert box.get()["secret"] == (box.data / "secret").read_text().strip()


def test_the_supervisor_is_light(box: Box) -> None:
    loaded = Path(f"/proc/{box.pids()['supervisor']}/smaps_rollup")
    if not loaded.exists():
        pytest.skip("only Linux tells")
    pss = next(line for line in loaded.read_text().splitlines() if line.startswith("Pss:"))
    assert int(pss.split()[1]) < 30_000


def test_postgres_is_durable_listens_on_no_port_and_wants_a_password(box: Box) -> None:
    server = Postgres(Home(box.data))
    assert server.query("SHOW fsync") == server.query("SHOW synchronous_commit") == "on"
    assert server.query("SHOW listen_addresses") == ""
    assert server.query("SHOW data_checksums") == "on"
    assert server.query("SELECT rolsuper FROM pg_roles WHERE rolname = 'fedi'") == "f"
    (home := Home(box.data)).passwords = lambda: dict.fromkeys(("fedi", "postgres"), "wrong")
    with pytest.raises(PostgresError, match="password"):
        Postgres(home).query("SELECT 1")


def test_a_second_owner_is_refused_in_words(box: Box) -> None:
    second = fedi("up", "--data", str(box.data), "--domain", "localhost", "--bind", "127.0.0.1:1")
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert set(box.pids()) == {"supervisor", "web", "worker", "postgres", "redis"}


@pytest.mark.parametrize("role", ["web", "worker", "postgres", "redis"])
def test_what_dies_is_started_again(box: Box, role: str) -> None:
    before = box.pids()[role]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: box.pids().get(role, before) != before)
    assert box.get()["origin"] == f"http://localhost:{box.port}"
    eventually(lambda: set(box.pids()) == {"supervisor", "web", "worker", "postgres", "redis"})


def test_no_request_is_refused_while_web_starts_again(box: Box) -> None:
    os.kill(box.get()["pid"], signal.SIGKILL)
    assert box.get()["pid"]


def test_requests_under_way_are_finished_and_it_stops_in_time(box: Box) -> None:
    slow = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import urllib.request as u; u.urlopen('http://127.0.0.1:{box.port}/slow')",
        ]
    )
    time.sleep(0.5)
    assert box.stop(signal.SIGINT) < 10
    assert slow.wait(5) == 0
    assert box.pids() == {}
    assert fedi("status", "--data", str(box.data)).returncode == 3


def test_a_start_can_be_broken_off(box: Box) -> None:
    box.stop()
    command = [*ENTRY, "up", "--data", str(box.data), "--bind", f"127.0.0.1:{box.port}"]
    for pause in (0.15, 0.3, 0.6):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            eventually((box.data / "run" / "supervisor.json").exists)
            time.sleep(pause)
            process.terminate()
            assert process.wait(10) == 0
        assert box.pids() == {}


def test_a_warm_start_is_quick(box: Box) -> None:
    for window in tries(3.0, wall):
        box.stop()
        with window:
            box.up()
            assert box.get()["origin"]


def test_committed_rows_survive_killing_everything_at_once(box: Box) -> None:
    server = Postgres(Home(box.data))
    server.query("CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (1)")
    box.kill_everything()
    box.up()
    assert server.query("SELECT count(*) FROM kept") == "1"
    server.query("DROP TABLE kept")


def test_children_follow_a_killed_supervisor_and_the_next_start_takes_over(box: Box) -> None:
    before = box.pids()
    os.kill(before["supervisor"], signal.SIGKILL)
    assert box.process
    box.process.wait(10)
    eventually(lambda: set(box.pids()) <= {"postgres", "redis"})
    box.up()
    after = box.pids()
    assert set(after) == set(before)
    assert not set(after.values()) & set(before.values())


def test_a_pid_file_that_names_a_stranger_is_no_obstacle(box: Box) -> None:
    box.stop()
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    pid_file = box.data / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{stranger.pid}\n{box.data / 'postgres'}\n1\n5432\n\n\n\nready\n")
    box.up()
    assert stranger.poll() is None
    stranger.communicate(b"\n", timeout=5)


def test_another_domain_is_refused_in_words(box: Box) -> None:
    box.stop()
    other = fedi("up", "--data", str(box.data), "--domain", "a.example", "--bind", "127.0.0.1:1")
    assert other.returncode == 1
    assert "cannot become a.example" in other.stderr
    assert "trial on localhost" in other.stderr


def test_another_postgres_is_refused_in_words(box: Box) -> None:
    if box.process and box.process.poll() is None:
        box.stop()
    version = box.data / "postgres" / "PG_VERSION"
    own = version.read_text()
    version.write_text("17\n")
    refused = fedi("up", "--data", str(box.data), "--bind", f"127.0.0.1:{box.port}")
    version.write_text(own)
    assert refused.returncode == 1
    assert "fedi db dump" in refused.stderr


def test_a_taken_port_is_refused_in_words(box: Box) -> None:
    if box.process and box.process.poll() is None:
        box.stop()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        refused = fedi("up", "--data", str(box.data), "--bind", address)
    assert refused.returncode == 1
    assert "something else listens there" in refused.stderr


def test_a_command_borrows_the_databases_when_nothing_runs(tmp_path: Path) -> None:
    home = Home(tmp_path / ("a-path-much-too-long-for-a-socket-" * 3) / "with blanks and ünïcode")
    with borrow_services(home, Settings(domain="localhost")) as settings:
        assert settings.database.url
        assert Postgres(home).query("SELECT 1") == "1"
        assert (home.run / "sockets").readlink().stat().st_mode & 0o077 == 0
        waiting = subprocess.Popen(
            [*ENTRY, "migrate", "--data", home.path, "--domain", "localhost"]
        )
        time.sleep(0.5)
        assert waiting.poll() is None, "a second command waits for its turn"
    assert waiting.wait(30) == 0
    (home.run / "sockets").readlink().rmdir()


def test_one_role_alone_needs_a_database_and_ends_with_code_0(box: Box) -> None:
    if box.process is None or box.process.poll() is not None:
        box.up()
    alone = [*ENTRY, "web", "--data", str(box.data), "--bind", "127.0.0.1:0"]
    for command in (alone, [*ENTRY, "worker", "--data", str(box.data)]):
        process = subprocess.Popen(command)
        record = box.data / "run" / f"{command[4]}-{process.pid}.json"
        eventually(lambda record=record: record.exists() and '"ready": true' in record.read_text())
        process.terminate()
        assert process.wait(30) == 0
    box.stop()
    nothing = fedi(*alone[4:])
    assert nothing.returncode == 1
    assert "fedi up" in nothing.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step aside")
def test_root_steps_aside_where_namespaces_are_forbidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelter = Path(tempfile.mkdtemp(prefix="fedi-shelter-", dir="/tmp"))
    shelter.chmod(0o755)
    monkeypatch.setattr("fedi.embedded.privileges._SHELTER", shelter / "fedi")
    monkeypatch.setattr("fedi.embedded.privileges._may_unshare", lambda: False)
    home = Home(tmp_path / "data")
    settings = Settings(domain="localhost")
    try:
        for expected in ("1", "2"):
            with borrow_services(home, settings):
                server = Postgres(home)
                sql = "CREATE TABLE IF NOT EXISTS t (n int); INSERT INTO t VALUES (1);"
                assert server.query(f"{sql} SELECT count(*) FROM t") == expected
                pid = home.records()["postgres"]["pid"]
                assert Path(f"/proc/{pid}").stat().st_uid != 0
    finally:
        shutil.rmtree(shelter)


def test_databases_elsewhere_are_used_by_address(box: Box, tmp_path: Path) -> None:
    if box.process is None or box.process.poll() is not None:
        box.up()
    home = Home(box.data)
    Postgres(home).query("DROP DATABASE IF EXISTS elsewhere WITH (FORCE)")
    Postgres(home).query("CREATE DATABASE elsewhere")
    other = Box(tmp_path / "data")
    other.data.mkdir(mode=0o700)
    (other.data / "fedi.toml").write_text(
        f'[database]\nurl = "{postgres.build_url(home, "elsewhere")}"\n'
        f'[redis]\nurl = "{redis.build_url(home, 5)}"\n'
    )
    other.up()
    assert set(other.pids()) == {"supervisor", "web", "worker"}
    assert other.get()["origin"] == f"http://localhost:{other.port}"
    migrated = fedi("migrate", "--check", "--data", str(other.data))
    assert migrated.stdout.strip() == "up to date"
    assert other.stop() < 10
