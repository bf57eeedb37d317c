"""Where files are kept: one interface, on the local disk or at an S3-compatible service.

A key is a random name with a plain ending (`new_key`). What stands under a key never changes: new
content gets a new key, so that whatever was kept of the old one anywhere cannot be taken for it.
"""

import asyncio
import base64
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from fedi.kit.errors import NotFound, Unavailable

KEY = re.compile(r"[a-z2-7]{32}(-still)?\.[a-z0-9]{2,5}")
STEP = 262_144
_PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is being read, until it is closed."""

    size: int
    chunks: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]


class Store(Protocol):
    """What a place for files can do."""

    async def put(self, key: str, source: Path, content_type: str) -> None:
        """Keep the file at `source` under a key; `source` may be gone afterwards.

        Raises:
            Unavailable: there is no room, or nobody answers.
        """
        ...

    async def open(self, key: str, start: int = 0, length: int | None = None) -> Opened:
        """Read a file, or a part of it. `size` is that of the whole.

        Raises:
            NotFound: there is none under this key.
        """
        ...

    async def fetch(self, key: str, to: Path) -> None:
        """Copy a file out.

        Raises:
            NotFound: there is none under this key.
        """
        ...

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove files; those that are not there are removed already."""
        ...

    def url(self, key: str) -> str | None:
        """Where readers get it without us; None if only here."""
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


def new_key(extension: str) -> str:
    """A name that nobody can guess."""
    return base64.b32encode(secrets.token_bytes(20)).decode().lower() + "." + extension


def still_key(key: str) -> str:
    """The name of the picture that does not move, beside one that does."""
    return key.rpartition(".")[0] + "-still.png"


def is_key(key: str) -> bool:
    """Whether a text can be a name of ours."""
    return KEY.fullmatch(key) is not None


class DiskStore:
    """Files in a folder, spread over 1024 smaller ones."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, key: str) -> Path:
        """Where a file lies.

        Raises:
            NotFound: this is no name of ours.
        """
        if not is_key(key):
            raise NotFound
        return self._root / key[:2] / key

    async def put(self, key: str, source: Path, content_type: str) -> None:
        """Keep the file at `source` under a key."""
        del content_type  # the ending of the key says it
        try:
            await asyncio.to_thread(_keep, source, self.path(key))
        except OSError as problem:
            raise Unavailable("Storage is not available", str(problem)) from problem

    async def open(self, key: str, start: int = 0, length: int | None = None) -> Opened:
        """Read a file, or a part of it."""
        path = self.path(key)
        try:
            file = path.open("rb")
        except OSError as problem:
            raise NotFound from problem

        async def close() -> None:
            file.close()

        size = os.fstat(file.fileno()).st_size
        wanted = max(size - start, 0) if length is None else min(length, max(size - start, 0))
        return Opened(size, _read(file, start, wanted), close)

    async def fetch(self, key: str, to: Path) -> None:
        """Copy a file out."""
        try:
            await asyncio.to_thread(_link, self.path(key), to)
        except OSError as problem:
            raise NotFound from problem

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove files."""
        paths = [self.path(key) for key in keys if is_key(key)]
        await asyncio.to_thread(_remove, paths)

    def url(self, key: str) -> str | None:
        """Only here."""
        del key

    async def close(self) -> None:
        """Nothing is held."""


async def _read(file: BinaryIO, start: int, left: int) -> AsyncIterator[bytes]:
    """A part of a file. Small ones are read at once: a thread would cost more than they do."""
    if start:
        file.seek(start)
    is_small = left <= STEP
    while left > 0:
        count = min(STEP, left)
        chunk = file.read(count) if is_small else await asyncio.to_thread(file.read, count)
        if not chunk:
            return
        left -= len(chunk)
        yield chunk


def _keep(source: Path, target: Path) -> None:
    """Move a file to its place so that it is there whole, also after a power cut, or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
    part = target.with_suffix(".part")
    try:
        try:
            source.rename(part)
        except OSError:
            shutil.copyfile(source, part)
        _sync(part)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    _sync(target.parent)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _link(source: Path, to: Path) -> None:
    """A second name is enough: what is stored is never written to again."""
    try:
        os.link(source, to)
    except OSError:
        shutil.copyfile(source, to)


def _remove(paths: list[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()
