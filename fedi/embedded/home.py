"""The data directory: what lies in it, who owns it, and who runs in it now."""

import fcntl
import hashlib
import json
import os
import re
import secrets
import stat
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Literal, cast

from fedi.config import Settings
from fedi.kit.clock import clock
from fedi.kit.errors import FediError

# A socket address has room for 107 bytes on Linux and 103 on macOS, the name at the end included.
_LONGEST_SOCKET_PATH = 103
_POSTGRES_SOCKET = ".s.PGSQL.5432"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")

Owner = Literal["up", "command"]


class HomeError(FediError):
    """The data directory cannot be used as it is."""


class Home:
    """A data directory, made on first use."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.run = self.path / "run"
        self.log = self.path / "log"
        self._lock: IO[str] | None = None

    def create(self) -> None:
        """Make the directory and its parts, for our eyes only."""
        self.refuse_strangers()
        try:
            for part in (self.path, self.run, self.log):
                part.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.run.chmod(0o700)
        except OSError as problem:
            raise HomeError(
                f"The data directory {self.path} cannot be used: {problem.strerror}. "
                "It must belong to the user that runs fedi."
            ) from problem

    def refuse_strangers(self) -> None:
        """Refuse a directory that another user made, root included: a mixture helps nobody."""
        try:
            owner = self.path.stat().st_uid
        except FileNotFoundError:
            return
        except OSError as problem:
            raise HomeError(f"{self.path} cannot be reached: {problem.strerror}.") from problem
        if owner != os.geteuid():
            raise HomeError(
                f"{self.path} belongs to another user (number {owner}): run fedi as that user, or "
                f"give the whole directory to this one with chown -R."
            )

    def own(self, owner: Owner, wait: float = 0.0) -> bool:
        """Become the one process that may run things here; False if another one does."""
        self.create()
        lock = (self.run / "lock").open("a+", encoding="utf-8")
        deadline = clock.monotonic() + wait
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if clock.monotonic() >= deadline:
                    lock.close()
                    return False
                time.sleep(0.05)
        lock.truncate(0)
        lock.write(f"{os.getpid()} {owner}\n")
        lock.flush()
        self._lock = lock
        return True

    def find_owner(self) -> tuple[int, str] | None:
        """Pid and kind of the process that owns the directory now, or None."""
        try:
            with (self.run / "lock").open(encoding="utf-8") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    pid, _, kind = lock.read().strip().partition(" ")
                    return (int(pid) if pid.isdigit() else 0), kind
        except OSError:
            pass
        return None

    def disown(self) -> None:
        """Let others own the directory."""
        if self._lock:
            self._lock.close()
            self._lock = None

    def socket_dir(self) -> Path:
        """Where the sockets lie: `run`, or a short private directory when the path is too long."""
        longest = len(os.fsencode(self.run / _POSTGRES_SOCKET))
        if longest <= _LONGEST_SOCKET_PATH and _PLAIN_PATH.fullmatch(str(self.run)):
            return self.run
        # The variables that choose the place differ from shell to shell; the link does not.
        link = self.run / "sockets"
        if link.is_symlink() and _is_private(link.readlink()):
            return link.readlink()
        tag = hashlib.sha256(os.fsencode(self.path.resolve())).hexdigest()[:12]
        base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
        if len(str(base)) > _LONGEST_SOCKET_PATH // 2:
            base = Path("/tmp")  # noqa: S108 - made private and checked below
        short = base / f"fedi-{os.geteuid()}-{tag}"
        short.mkdir(mode=0o700, exist_ok=True)
        if not _is_private(short):
            raise HomeError(f"{short} is not a private directory of ours; please remove it.")
        link.unlink(missing_ok=True)
        link.symlink_to(short)
        return short

    def passwords(self) -> dict[str, str]:
        """Passwords of the embedded servers, made on first use."""
        names = ("postgres", "fedi", "redis")
        found = self._read_json(self.path / "secrets")
        if not all(name in found for name in names):
            found = {name: secrets.token_hex(32) for name in names} | found
            self.write_private(self.path / "secrets", json.dumps(found, indent=1))
        return found

    def instance_secret(self) -> tuple[str, bool]:
        """The secret that encrypts private keys, and whether it was made just now."""
        file = self.path / "secret"
        try:
            return file.read_text(encoding="utf-8").strip(), False
        except FileNotFoundError:
            made = secrets.token_urlsafe(32)
            self.write_private(file, made + "\n")
            return made, True

    def identity(self) -> dict[str, str]:
        """What this directory was started as: domain, handle_domain, origin."""
        return self._read_json(self.path / "identity.json")

    def claim_identity(self, settings: Settings) -> None:
        """Write down the domain at the first start, and refuse another one ever after."""
        known = self.identity()
        wanted = {"domain": settings.domain, "handle_domain": settings.handle_domain}
        for name, value in known.items():
            if name in wanted and value != wanted[name]:
                raise HomeError(_words_on_another_domain(self, name, value, wanted[name]))
        current = wanted | {"origin": settings.origin}
        if current != known:
            self.write_private(self.path / "identity.json", json.dumps(current, indent=1))

    def record(self, name: str, facts: Mapping[str, Any]) -> None:
        """Note a running process in `run`, for `fedi status` and the next start."""
        self.write_private(self.run / f"{name}.json", json.dumps(dict(facts)))

    def forget(self, name: str) -> None:
        """Take back a note."""
        (self.run / f"{name}.json").unlink(missing_ok=True)

    def records(self) -> dict[str, dict[str, Any]]:
        """All notes on processes, dead ones included."""
        return {file.stem: self._read_json(file) for file in sorted(self.run.glob("*.json"))}

    def write_private(self, file: Path, text: str) -> None:
        """Write a file that only we may read, whole or not at all, on disk when this returns."""
        temporary = file.with_name(f"{file.name}.{os.getpid()}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(temporary, flags, 0o600), "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(file)

    def _read_json(self, file: Path) -> dict[str, Any]:
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as problem:
            raise HomeError(f"{file} cannot be read: {problem}") from problem
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _is_private(folder: Path) -> bool:
    """Whether this is a real directory of ours that nobody else can enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    mine = found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return stat.S_ISDIR(found.st_mode) and mine


def _words_on_another_domain(home: Home, name: str, old: str, new: str) -> str:
    what = "domain" if name == "domain" else "handle domain"
    words = (
        f"{home.path} belongs to the {what} {old or '(none)'} and cannot become {new or '(none)'}: "
        "every account, post and follower out there knows the server by it."
    )
    if old.partition(":")[0] == "localhost":
        return (
            f"{words}\nA trial on localhost is not carried over: start the real server with "
            f"a new directory, for example\n    fedi up --data data-{new} --domain {new}\n"
            f"and remove {home.path} when you no longer need it."
        )
    return f"{words}\nStart it with --domain {old}, or give another --data for a new server."
