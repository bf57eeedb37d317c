"""Files of other servers: fetched when somebody looks, kept under one budget of bytes.

A row in `cached_files` is the truth for all processes. Whoever sets `retry_at` on a row without a
file fetches; the others look at the row until it has a file or an error. A failure is remembered
until `retry_at`, longer each time.
"""

import asyncio
import hashlib
import logging
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from fedi.core.accounts.people import People
from fedi.core.media.limits import CONTENT_TYPES, SNIFFED, content_type, sniff
from fedi.kit.clock import clock, now
from fedi.kit.errors import FediError, NotFound, RemoteDown, RemoteError, RemoteNonsense
from fedi.kit.store import new_key

log = logging.getLogger("fedi.media")

_DEADLINE = 60.0
_FETCHING = timedelta(seconds=90)
_LOOK = 0.2
_AT_ONCE = 24
_REMEMBERED = 20_000
_FRESH = 300.0
_SEEN = timedelta(hours=1)
_WAITS = (60, 600, 3600, 21_600, 86_400)
_ACCEPT = "image/avif,image/webp,image/png,image/jpeg,image/gif,video/*,audio/*;q=0.9,*/*;q=0.1"

_FIND = """
SELECT file_key, content_type, size_bytes, error, retry_at, seen_at FROM cached_files
WHERE key = $1
"""
_CLAIM = """
INSERT INTO cached_files AS c (key, url, seen_at, retry_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO UPDATE SET retry_at = excluded.retry_at, seen_at = excluded.seen_at,
  error = NULL
WHERE c.file_key IS NULL AND (c.retry_at IS NULL OR c.retry_at <= excluded.seen_at)
RETURNING failures
"""
_KEEP = """
UPDATE cached_files SET file_key = $2, content_type = $3, size_bytes = $4, failures = 0,
  error = NULL, retry_at = NULL, fetched_at = $5, seen_at = $5
WHERE key = $1 AND file_key IS NULL RETURNING 1
"""
_FAIL = """
UPDATE cached_files SET failures = failures + 1, error = $2, retry_at = $3
WHERE key = $1 AND file_key IS NULL
"""


@dataclass(frozen=True, slots=True)
class Cached:
    """A file of another server that we have."""

    file_key: str
    content_type: str
    size: int


class RemoteFiles:
    """The kept files, as one process knows them."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._runtime = people.runtime
        self._known: OrderedDict[str, tuple[Cached, float]] = OrderedDict()
        self._slots = asyncio.Semaphore(_AT_ONCE)

    def recall(self, url: str) -> Cached | None:
        """What this process looked up a moment ago."""
        found = self._known.get(url)
        if found is None or found[1] < clock.monotonic():
            return None
        return found[0]

    async def get(self, url: str) -> Cached:
        """The file behind an address, fetched if we do not have it.

        Raises:
            NotFound: there is none, or none that we show.
            RemoteError: its server does not answer just now.
        """
        host = urlsplit(url).netloc
        if (await self._people.policy.load()).is_suspended(host):
            raise NotFound
        key = hashlib.sha256(url.encode()).hexdigest()
        found = await self._find(key)
        if found is None:
            found = await self._people.once(("file", key), lambda: self._obtain(key, url))
        self._known[url] = (found, clock.monotonic() + _FRESH)
        self._known.move_to_end(url)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return found

    async def forget(self, url: str, lost: Cached) -> None:
        """The file is not where it should be: have it fetched again."""
        self._known.pop(url, None)
        await self._runtime.db.fetch(
            "UPDATE cached_files SET file_key = NULL, size_bytes = 0, retry_at = NULL"
            " WHERE key = $1 AND file_key = $2",
            hashlib.sha256(url.encode()).hexdigest(),
            lost.file_key,
        )

    async def _find(self, key: str) -> Cached | None:
        """The file, if it is here; None if it is to be fetched or being fetched.

        Raises:
            NotFound: it could not be had a while ago.
        """
        rows = await self._runtime.db.fetch(_FIND, key)
        if not rows:
            return None
        file_key, kind, size, error, retry_at, seen_at = rows[0]
        if file_key is None:
            if error is not None and retry_at is not None and retry_at > now():
                raise NotFound(detail=error)
            return None
        if seen_at < now() - _SEEN:
            # Only the day matters for what goes first: not each look is written down.
            await self._runtime.db.fetch(
                "UPDATE cached_files SET seen_at = $2 WHERE key = $1", key, now()
            )
        return Cached(file_key, kind, size)

    async def _obtain(self, key: str, url: str) -> Cached:
        """Fetch the file, or wait for the process that does."""
        ends = clock.monotonic() + _FETCHING.total_seconds()
        while clock.monotonic() < ends:
            moment = now()
            rows = await self._runtime.db.fetch(_CLAIM, key, url, moment, moment + _FETCHING)
            if rows:
                async with self._slots:
                    return await self._fetch(key, url, rows[0]["failures"])
            await asyncio.sleep(_LOOK)
            found = await self._find(key)
            if found is not None:
                return found
        raise RemoteDown("The file is not available", f"nobody fetched {url[:200]}")

    async def _fetch(self, key: str, url: str, failures: int) -> Cached:
        path = self._runtime.scratch / f"fetch-{secrets.token_hex(16)}"
        try:
            size, extension = await self._download(url, path)
            file_key = new_key(extension)
            await self._runtime.store.put(file_key, path, CONTENT_TYPES[extension])
            cached = Cached(file_key, content_type(file_key), size)
            kept = await self._runtime.db.fetch(
                _KEEP, key, file_key, cached.content_type, size, now()
            )
            if not kept:
                await self._runtime.store.delete([file_key])
                raise RemoteDown("The file is not available")
        except FediError as problem:
            await self._fail(key, problem, failures)
            if isinstance(problem, RemoteError):
                raise NotFound(detail=str(problem)) from problem
            raise
        finally:
            _remove(path)
        return cached

    async def _fail(self, key: str, problem: FediError, failures: int) -> None:
        wait = _WAITS[min(failures, len(_WAITS) - 1)]
        until: datetime = now() + timedelta(seconds=wait)
        log.info("file not fetched", extra={"why": str(problem)[:300]})
        await self._runtime.db.fetch(_FAIL, key, str(problem)[:300] or "failed", until)

    async def _download(self, url: str, path: Path) -> tuple[int, str]:
        """Fetch into a file; its size and the ending that its first bytes ask for.

        Raises:
            RemoteError: it cannot be had, or is nothing that we show.
        """
        with _create(path) as file:
            sink = _Sink(file)
            answer = await self._runtime.http.save(
                url,
                sink,
                accept=_ACCEPT,
                max_bytes=self._runtime.settings.media.cache_file_max_bytes,
                deadline=_DEADLINE,
            )
            if answer.status != 200:
                raise RemoteDown("status", f"{url[:200]!a} answered {answer.status}")
            if (await self._people.policy.load()).is_suspended(urlsplit(answer.url).netloc):
                raise RemoteNonsense("redirect", "led to a blocked server")
            return sink.finish()


class _Sink:
    """Writes a file whose first bytes say that it is one of those that we show."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._head = b""
        self._extension = ""
        self._size = 0

    def __call__(self, chunk: bytes) -> None:
        """Take a piece.

        Raises:
            RemoteNonsense: the file is none of ours.
        """
        self._size += len(chunk)
        if not self._extension:
            self._head += chunk
            if len(self._head) < SNIFFED:
                return
            self._recognise()
            chunk = self._head
        self._file.write(chunk)

    def finish(self) -> tuple[int, str]:
        """Size and ending of the whole file."""
        if not self._extension:
            self._recognise()
            self._file.write(self._head)
        self._file.flush()
        return self._size, self._extension

    def _recognise(self) -> None:
        found = sniff(self._head)
        if found is None:
            raise RemoteNonsense("type", "neither picture, video nor sound")
        self._extension = found.extension


def _create(path: Path) -> BinaryIO:
    return path.open("xb")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
