"""The embedded Redis: a doorbell and a bus that keeps nothing on disk."""

import os
import signal
import socket
import subprocess

from fedi.embedded.binaries import find_redis
from fedi.embedded.home import Home
from fedi.embedded.processes import birth_of, end, is_alive, let_go, open_log, tail_of, wait_until
from fedi.kit.errors import FediError

_START_SECONDS = 20.0
_STOP_SECONDS = 5.0

_TUNING = """\
# Written anew at each start.
port 0
unixsocket {socket}
unixsocketperm 700
requirepass {password}
databases 64
# Everything here may be lost at any time; nothing is worth a write to disk.
save ""
appendonly no
maxmemory 96mb
maxmemory-policy allkeys-lru
hz 5
dynamic-hz yes
dir {dir}
loglevel warning
"""


class RedisError(FediError):
    """The embedded Redis cannot be started."""


class Redis:
    """The embedded Redis of one data directory."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.pid = 0
        self._log = home.log / "redis.log"

    @property
    def url(self) -> str:
        """Address for the application."""
        return build_url(self.home)

    def start(self) -> None:
        """Start the server and return when it answers; one of an earlier life is ended first."""
        binary = find_redis()
        earlier = self.home.records().get("redis", {})
        if is_alive(earlier):
            end(earlier["pid"], signal.SIGTERM, _STOP_SECONDS, signal.SIGKILL)
        path = self.home.socket_dir() / "redis.sock"
        path.unlink(missing_ok=True)
        directory = self.home.path / "redis"
        directory.mkdir(mode=0o700, exist_ok=True)
        conf = _TUNING.format(socket=path, password=self.home.passwords()["redis"], dir=".")
        self.home.write_private(directory / "redis.conf", conf)
        log = open_log(self._log)
        server = subprocess.Popen(  # noqa: S603
            [binary, "redis.conf"],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={"PATH": os.defpath},
            start_new_session=True,
        )
        os.close(log)
        self.pid = server.pid
        self.home.record("redis", {"role": "redis", "pid": self.pid, "birth": birth_of(self.pid)})
        wait_until(lambda: server.poll() is not None or _answers(str(path)), _START_SECONDS)
        failed = server.poll() is not None or not _answers(str(path))
        let_go(server)
        if failed:
            self.stop()
            raise RedisError(f"Redis did not start; the end of {self._log}:\n{tail_of(self._log)}")

    def stop(self) -> None:
        """Stop the server."""
        if self.pid:
            end(self.pid, signal.SIGTERM, _STOP_SECONDS, signal.SIGKILL)
            self.home.forget("redis")
            self.pid = 0


def build_url(home: Home, number: int = 0) -> str:
    """Address of one numbered database of the embedded Redis."""
    return f"unix://:{home.passwords()['redis']}@{home.socket_dir()}/redis.sock?db={number}"


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True
