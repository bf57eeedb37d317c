"""Making room: uploads that nobody used, and what was kept of other servers beyond the budget."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fedi.core.media.removal import delete_later
from fedi.kit.clock import ago, clock
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MEMORY = timedelta(days=30)
_BATCH = 200
# So far below the budget that it need not be done at once again.
_SHARE = 0.95

Progress = Callable[[str, int, int], None]

# What failed goes sooner.
_UNUSED = """
SELECT id, size_bytes FROM media_attachments
WHERE status_id IS NULL AND scheduled_status_id IS NULL
  AND created_at < CASE WHEN state = 2 THEN $2::timestamptz ELSE $1::timestamptz END
"""
_DROP_UNUSED = f"""
WITH old AS ({_UNUSED} ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED)
DELETE FROM media_attachments m USING old WHERE m.id = old.id
RETURNING m.source_key, m.file_key, m.preview_key, m.size_bytes
"""
_CACHE = (
    "SELECT count(*), coalesce(sum(size_bytes), 0) FROM cached_files WHERE file_key IS NOT NULL"
)
_OLDEST = """
SELECT key, file_key, size_bytes FROM cached_files
WHERE file_key IS NOT NULL ORDER BY seen_at LIMIT $1 OFFSET $2
"""
_DROP_CACHED = """
DELETE FROM cached_files WHERE key = ANY($1::text[]) AND file_key = ANY($2::text[])
RETURNING file_key, size_bytes
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """How much room files take."""

    uploads: int
    uploads_bytes: int
    unused: int
    unused_bytes: int
    profile_images: int
    emojis: int
    cached: int
    cached_bytes: int
    cache_max_bytes: int


@dataclass(slots=True)
class Pruned:
    """What went, or would go."""

    uploads: int = 0
    uploads_bytes: int = 0
    cached: int = 0
    cached_bytes: int = 0
    scratch: int = 0


async def measure(read: ReadUnit, cache_max_bytes: int) -> Usage:
    """How much room files take."""
    row = await read.row(
        "SELECT count(*) AS all, coalesce(sum(size_bytes), 0) AS bytes,"
        " count(*) FILTER (WHERE status_id IS NULL AND scheduled_status_id IS NULL) AS free,"
        " coalesce(sum(size_bytes) FILTER (WHERE status_id IS NULL"
        "   AND scheduled_status_id IS NULL), 0) AS free_bytes FROM media_attachments"
    )
    cached = await read.row(_CACHE)
    images = await read.value(
        "SELECT coalesce(sum((avatar_key IS NOT NULL)::int + (header_key IS NOT NULL)::int), 0)"
        " FROM accounts WHERE domain IS NULL"
    )
    emojis = await read.value("SELECT count(*) FROM custom_emojis")
    uploads = [int(value) for value in row or (0, 0, 0, 0)]
    kept = [int(value) for value in cached or (0, 0)]
    return Usage(
        uploads=uploads[0],
        uploads_bytes=uploads[1],
        unused=uploads[2],
        unused_bytes=uploads[3],
        profile_images=int(images),
        emojis=int(emojis),
        cached=kept[0],
        cached_bytes=kept[1],
        cache_max_bytes=cache_max_bytes,
    )


async def prune(
    runtime: Runtime, *, dry_run: bool = False, progress: Progress | None = None
) -> Pruned:
    """Remove what nobody used and what was seen least recently; with `dry_run` only count it."""
    done = Pruned()
    report = progress or _say_nothing
    await _prune_uploads(runtime, done, report, dry_run=dry_run)
    await _prune_cache(runtime, done, report, dry_run=dry_run)
    done.scratch = await asyncio.to_thread(_prune_scratch, runtime.scratch, dry_run=dry_run)
    if not dry_run:
        await runtime.db.fetch(
            "DELETE FROM cached_files WHERE file_key IS NULL AND seen_at < $1", ago(_MEMORY)
        )
    return done


async def _prune_uploads(
    runtime: Runtime, done: Pruned, report: Progress, *, dry_run: bool
) -> None:
    limits = (ago(_DAY), ago(_HOUR))
    if dry_run:
        rows = await runtime.db.fetch(_UNUSED, *limits)
        done.uploads, done.uploads_bytes = len(rows), sum(row["size_bytes"] for row in rows)
        return
    while True:
        async with runtime.unit() as unit:
            rows = await unit.fetch(_DROP_UNUSED, *limits, _BATCH)
            await delete_later(unit, [key for row in rows for key in row[:3]])
        done.uploads += len(rows)
        done.uploads_bytes += sum(row["size_bytes"] for row in rows)
        report("uploads", done.uploads, done.uploads_bytes)
        if len(rows) < _BATCH:
            return


async def _prune_cache(runtime: Runtime, done: Pruned, report: Progress, *, dry_run: bool) -> None:
    budget = runtime.settings.media.cache_max_bytes
    kept = int((await runtime.db.fetch(_CACHE))[0][1])
    if kept <= budget:
        return
    excess, seen = kept - int(budget * _SHARE), 0
    while excess > 0:
        rows = await runtime.db.fetch(_OLDEST, _BATCH, seen if dry_run else 0)
        if not rows:
            return
        chosen = []
        for row in rows:
            if excess > 0:
                chosen.append(row)
                excess -= row["size_bytes"]
        seen += len(chosen)
        if not dry_run:
            async with runtime.unit() as unit:
                gone = await unit.fetch(
                    _DROP_CACHED,
                    [row["key"] for row in chosen],
                    [row["file_key"] for row in chosen],
                )
                await delete_later(unit, [row["file_key"] for row in gone])
        done.cached += len(chosen)
        done.cached_bytes += sum(row["size_bytes"] for row in chosen)
        report("cached files", done.cached, done.cached_bytes)


def _prune_scratch(folder: Path, *, dry_run: bool) -> int:
    """What a crash left behind."""
    limit = clock.timestamp() - _DAY.total_seconds()
    count = 0
    for path in sorted(folder.rglob("*"), reverse=True):
        try:
            if path.lstat().st_mtime < limit:
                count += path.is_file()
                if not dry_run:
                    path.rmdir() if path.is_dir() else path.unlink()
        except OSError:
            continue
    return count


def _say_nothing(_what: str, _count: int, _size: int) -> None:
    """Nobody looks."""
