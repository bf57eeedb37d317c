"""`fedi up`: starts everything, starts again what dies, stops everything.

Plain system calls and no event loop: this process lives beside the server for its whole life and
must cost nothing.
"""

import contextlib
import hashlib
import json
import os
import secrets
import select
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fedi.config import Settings
from fedi.embedded.home import Home, HomeError
from fedi.embedded.listener import open_listener
from fedi.embedded.processes import birth_of, end, is_alive
from fedi.embedded.services import Services
from fedi.kit.clock import clock
from fedi.kit.errors import FediError

# Everything has to be over ten seconds after Ctrl-C: web and worker get most of it.
_GRACE = 6.5
_STEADY = 30.0
_LONGEST_PAUSE = 30.0
_TRY_AGAIN = 75
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class _Stopped(Exception):
    """A signal came while something long was under way that it may break off."""


@dataclass(frozen=True)
class Plan:
    """What to run: the data directory, the settings, and the command lines of the children."""

    home: Home
    settings: Settings
    prepare: Sequence[str]
    web: Sequence[str]
    worker: Sequence[str]


@dataclass
class Child:
    """One web or worker process, kept alive."""

    name: str
    command: Sequence[str]
    fd: int | None = None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    failures: int = 0

    def start(self) -> None:
        """Start the process on a leash: its standard input ends when we do."""
        passed = () if self.fd is None else (self.fd,)
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, pass_fds=passed)  # noqa: S603
        self.started = clock.monotonic()

    def mind(self) -> None:
        """Start the process again if it has ended, later and later when it keeps ending."""
        now = clock.monotonic()
        if self.process and (code := self.process.poll()) is not None:
            if self.process.stdin:
                self.process.stdin.close()
            self.process = None
            self.failures = 0 if now - self.started > _STEADY else self.failures + 1
            pause = min(_LONGEST_PAUSE, 0.1 * 2**self.failures) if self.failures > 1 else 0.0
            self.due = now + pause
            _say(f"{self.name} ended with code {code}; it is started again in {pause:.1f} s.")
        if self.process is None and now >= self.due:
            self.start()


@dataclass
class Supervisor:
    """The state of one `fedi up`."""

    plan: Plan
    services: Services
    children: list[Child] = field(default_factory=list[Child])
    told: int = 0
    services_due: float = 0.0
    token: str = ""
    greeted: bool = False
    breakable: bool = False

    def begin(self, listener: socket.socket) -> None:
        """Start the databases, migrate, start web and worker."""
        settings = self.plan.settings
        self.services.start()
        self.prepare()
        for number in range(1, settings.web.processes + 1):
            fd = listener.fileno()
            command = [*self.plan.web, "--fd", str(fd), "--number", str(number)]
            self.children.append(Child(f"web-{number}", command, fd))
        for number in range(1, settings.worker.processes + 1):
            command = [*self.plan.worker, "--number", str(number)]
            self.children.append(Child(f"worker-{number}", command))

    def prepare(self) -> None:
        """Migrate and learn whether there is an owner; waits for a Postgres that is away."""
        announced = False
        while True:
            done = subprocess.run(  # noqa: S603
                self.plan.prepare, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False
            )
            if done.returncode == 0:
                found = json.loads(done.stdout.splitlines()[-1])
                self.offer_setup(owner=found["owner"])
                return
            if done.returncode != _TRY_AGAIN:
                raise FediError("The database could not be prepared; see above.")
            if not announced:
                _say("PostgreSQL does not answer yet; waiting for it.")
                announced = True
            time.sleep(1.0)

    def offer_setup(self, *, owner: bool) -> None:
        """Leave the hash of a one-time token where the web process looks for it."""
        file = self.plan.home.run / "setup-token"
        file.unlink(missing_ok=True)
        if not owner:
            self.token = secrets.token_urlsafe(24)
            digest = hashlib.sha256(self.token.encode()).hexdigest()
            self.plan.home.write_private(file, digest + "\n")

    def mind(self) -> None:
        """Look after everything once."""
        self.mind_services()
        for child in self.children:
            child.mind()
        if not self.greeted and self.is_serving():
            self.greeted = True
            self.greet()

    def mind_services(self) -> None:
        """Start an embedded server again that has died."""
        now = clock.monotonic()
        for server in (self.services.redis, self.services.postgres):
            if server is None or now < self.services_due or birth_of(server.pid):
                continue
            name = type(server).__name__
            _say(f"{name} has died; it is started again.")
            with contextlib.suppress(ChildProcessError):
                os.waitpid(server.pid, os.WNOHANG)
            try:
                with self.breaking_off():
                    server.start()
            except FediError as problem:
                _say(f"{problem}\n{name} is tried again in 5 s.")
                self.services_due = clock.monotonic() + 5.0

    @contextlib.contextmanager
    def breaking_off(self) -> Generator[None]:
        """Let a signal break off what is inside: starting a database may take a minute."""
        self.breakable = True
        try:
            if self.told:
                raise _Stopped
            yield
        finally:
            self.breakable = False

    def is_serving(self) -> bool:
        """Whether every web process has said that it is ready."""
        records = self.plan.home.records()
        return all(
            child.process is not None
            and records.get(child.name, {}).get("pid") == child.process.pid
            and bool(records[child.name].get("ready"))
            for child in self.children
            if child.fd is not None
        )

    def greet(self) -> None:
        """Say where the server is, and how to begin."""
        settings = self.plan.settings
        _say(f"fedi is at {settings.origin} (it listens on {settings.bind}).")
        if self.token:
            _say(f"Create the first admin account here: {settings.origin}/setup/{self.token}")

    def finish(self) -> None:
        """Stop the children together, then the databases under them."""
        running = [child.process for child in self.children if child.process]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = clock.monotonic() + _GRACE
        while any(process.poll() is None for process in running):
            if clock.monotonic() > deadline or self.told > 1:
                for process in running:
                    process.kill()
                break
            time.sleep(0.02)
        for process in running:
            process.wait()
            if process.stdin:
                process.stdin.close()
        self.services.stop()


def supervise(plan: Plan) -> int:
    """Run a server until a signal comes."""
    home = plan.home
    _own(home)
    home.claim_identity(plan.settings)
    _end_leftovers(home)
    listener = open_listener(plan.settings.bind_address)
    _tell_about_secret(plan)
    supervisor = Supervisor(plan, Services(home, plan.settings))
    bell = _ring_on_signals(supervisor)
    home.record(
        "supervisor", {"role": "supervisor", "pid": os.getpid(), "birth": birth_of(os.getpid())}
    )
    try:
        with supervisor.breaking_off():
            supervisor.begin(listener)
        while not supervisor.told:
            supervisor.mind()
            select.select([bell], [], [], 0.05 if not supervisor.greeted else 1.0)
            with contextlib.suppress(BlockingIOError):
                bell.recv(4096)
    except _Stopped:
        pass
    finally:
        supervisor.finish()
        home.forget("supervisor")
        (home.run / "setup-token").unlink(missing_ok=True)
        home.disown()
    return 0


def _own(home: Home) -> None:
    if home.own("up"):
        return
    owner = home.find_owner()
    if owner and owner[1] == "up":
        raise HomeError(
            f"fedi already runs on {home.path} (process {owner[0]}). "
            "Stop that one first, or give this one a --data of its own."
        )
    if not home.own("up", wait=60.0):
        raise HomeError(f"Another command has been using {home.path} for too long.")


def _end_leftovers(home: Home) -> None:
    """End web and worker processes whose supervisor was killed; drop the notes of the dead."""
    for name, facts in home.records().items():
        if facts.get("role") not in {"web", "worker", "supervisor"}:
            continue
        if not is_alive(facts):
            home.forget(name)
        elif facts.get("supervised"):
            end(facts["pid"], signal.SIGTERM, 3.0, signal.SIGKILL)
            home.forget(name)


def _tell_about_secret(plan: Plan) -> None:
    if plan.settings.secret:
        return
    if plan.home.instance_secret()[1]:
        _say(
            f"The secret of this server was made and lies in {plan.home.path / 'secret'}.\n"
            "Keep a copy of it in a safe place, apart from the database: the keys that other "
            "servers know us by cannot be read without it, and it cannot be made again."
        )


def _ring_on_signals(supervisor: Supervisor) -> socket.socket:
    """Count signals that ask us to stop; any signal, a child's death too, wakes the loop."""
    bell, button = socket.socketpair()
    bell.settimeout(0)
    button.settimeout(0)

    def hear(number: int, _frame: Any) -> None:
        if number != signal.SIGCHLD:
            supervisor.told += 1
            if supervisor.breakable:
                supervisor.breakable = False
                raise _Stopped

    for kind in (*_SIGNALS, signal.SIGCHLD):
        # Under nohup a closed terminal is no reason to stop.
        if kind != signal.SIGHUP or signal.getsignal(kind) != signal.SIG_IGN:
            signal.signal(kind, hear)
    signal.set_wakeup_fd(button.detach(), warn_on_full_buffer=False)
    return bell


def _say(words: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        print(words, flush=True)  # noqa: T201 - this is what the person who started us reads
