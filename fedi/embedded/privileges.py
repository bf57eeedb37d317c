"""Postgres refuses to run as root; here is how it runs all the same.

As an ordinary user there is nothing to do. As root on Linux, Postgres runs in a user namespace of
its own in which root bears an ordinary number: nothing has to be opened, added or copied. Where
namespaces are forbidden, it runs as the user `postgres` or `nobody`, from a copy of the binaries
and on a directory outside the data directory, since that user could not reach either.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedi.kit.errors import FediError

# Run by a fresh interpreter, which has one thread as unshare(2) demands. A process may map itself.
_LAUNCHER = """
import ctypes, os, sys
uid, gid = os.geteuid(), os.getegid()
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x10000000) != 0:
    sys.exit("unshare: " + os.strerror(ctypes.get_errno()))
maps = {"uid_map": f"1000 {uid} 1", "setgroups": "deny", "gid_map": f"1000 {gid} 1"}
for name, text in maps.items():
    with open(f"/proc/self/{name}", "w") as file:
        file.write(text)
os.execv(sys.argv[1], sys.argv[1:])
"""
_SHELTER = Path("/var/lib/fedi")


@dataclass(frozen=True)
class Privileges:
    """How to start Postgres: what stands before its command line, as whom, and from where."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None
    install: Path = Path()
    data: Path = Path()
    sockets: Path = Path()

    def command(self, *parts: str) -> list[str]:
        """The whole command line for one of the Postgres programs."""
        return [*self.prefix, *parts]

    def options(self) -> dict[str, Any]:
        """Further arguments for subprocess."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "cwd": "/"}

    def hand_over(self, *paths: Path) -> None:
        """Give files to the user that Postgres runs as."""
        for path in paths:
            if self.uid is not None:
                os.chown(path, self.uid, self.gid or 0)


def find_privileges(install: Path, data: Path, sockets: Path) -> Privileges:
    """Choose the way for this machine and user."""
    if os.geteuid() != 0:
        return Privileges(install=install, data=data, sockets=sockets)
    shelter = _shelter_of(data)
    if not shelter.exists() and _may_unshare():
        prefix = (sys.executable, "-I", "-S", "-c", _LAUNCHER)
        return Privileges(prefix=prefix, install=install, data=data, sockets=sockets)
    return _dropped(install, data, shelter)


def _may_unshare() -> bool:
    if sys.platform != "linux":
        return False
    probe = [sys.executable, "-I", "-S", "-c", _LAUNCHER, sys.executable, "-I", "-S", "-c", ""]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0  # noqa: S603


def _shelter_of(data: Path) -> Path:
    tag = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:12]
    return _SHELTER / tag


def _dropped(install: Path, data: Path, shelter: Path) -> Privileges:
    """Copy the binaries to where another user reaches them, and keep the database there."""
    user = _find_user()
    try:
        for part in (_SHELTER, shelter):
            part.mkdir(mode=0o755, parents=True, exist_ok=True)
            part.chmod(0o755)
        copy = _copy_programs(install, shelter)
        own = shelter / "own"
        own.mkdir(mode=0o700, exist_ok=True)
        os.chown(own, user.pw_uid, user.pw_gid)
    except OSError as problem:
        raise FediError(
            f"PostgreSQL does not run as root, user namespaces are forbidden on this machine, and "
            f"{shelter} cannot be used instead: {problem.strerror}. Run fedi as an ordinary user."
        ) from problem
    note = data.with_name("postgres.path")
    note.write_text(f"{own / 'postgres'}\n", encoding="utf-8")
    return Privileges(
        uid=user.pw_uid,
        gid=user.pw_gid,
        install=copy,
        data=own / "postgres",
        sockets=own,
    )


def _copy_programs(install: Path, shelter: Path) -> Path:
    """Copy the installation, and the libraries that its wheel keeps beside the package."""
    made = (install / "bin" / "postgres").stat()
    package = install.parent
    copy = shelter / f"programs-{int(made.st_mtime)}-{made.st_size}"
    if not copy.exists():
        half = shelter / "programs.new"
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(install, half / package.name / install.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        half.rename(copy)
    return copy / package.name / install.name


def _find_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise FediError("PostgreSQL does not run as root, and there is no user to run it as instead.")
