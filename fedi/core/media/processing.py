"""From what was uploaded to what is shown: chores that outlive the worker that does them.

A file may take minutes, longer than a lease on the queue. So the chore only starts the work and is
parked; whoever does the work renews its claim in the payload of the chore, and says the end of it
on the row of the file. A chore that comes back finds the file done, somebody still at it, or takes
it over.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

from fedi.core.accounts.people import People
from fedi.core.chores import Chore, add_chores
from fedi.core.media.child import NOT_OURS, Made, Undecodable, decode, is_long, size_of, workbench
from fedi.core.media.limits import CONTENT_TYPES, content_type
from fedi.core.media.queries import find_media
from fedi.core.media.removal import delete_later
from fedi.core.media.types import Media, MediaState
from fedi.kit.errors import FediError, NotFound, Unavailable
from fedi.kit.result import Done, Ignored, Later, Outcome
from fedi.kit.runtime import Runtime
from fedi.kit.store import new_key, still_key
from fedi.kit.unit import Unit

log = logging.getLogger("fedi.media")

PROCESS = "process_media"
PREVIEW = "media_preview"
_CLAIM = timedelta(seconds=20)
_RENEW = 6.0
_AGAIN = 5.0
_MOST_TRIES = 3

_TAKE = """
UPDATE chores SET payload = payload || jsonb_build_object('owner', $3::text, 'until', $4::text,
  'tries', coalesce((payload->>'tries')::int, 0) + 1)
WHERE kind = $1 AND key = $2 AND state < 2
  AND coalesce((payload->>'until')::timestamptz, '-infinity') < $5
RETURNING payload
"""
_KEEP = """
UPDATE chores SET payload = payload || jsonb_build_object('until', $4::text)
WHERE kind = $1 AND key = $2 AND state < 2 AND payload->>'owner' = $3
"""
_FORGIVE = """
UPDATE chores SET payload = payload || jsonb_build_object('tries', (payload->>'tries')::int - 1)
WHERE kind = $1 AND key = $2 AND state < 2 AND payload->>'owner' = $3
"""
_FINISH = """
UPDATE media_attachments m SET state = $2, error = $3, type = coalesce($4, type),
  file_key = $5, preview_key = $6, content_type = $7, size_bytes = coalesce($8, size_bytes),
  blurhash = $9, meta = $10::jsonb || (CASE WHEN meta ? 'focus'
    THEN jsonb_build_object('focus', meta->'focus') ELSE '{}'::jsonb END), source_key = NULL
WHERE m.id = $1 AND m.state = 0 RETURNING 1
"""


async def queue_processing(unit: Unit, media_id: int, cover_key: str | None) -> None:
    """Have a file processed; `cover_key` names the picture that its owner chose for it."""
    await _queue(unit, PROCESS, media_id, cover_key)


async def queue_preview(unit: Unit, media_id: int, cover_key: str) -> bool:
    """Have the small picture of a file replaced; False if another one waits for that already."""
    return await _queue(unit, PREVIEW, media_id, cover_key)


async def _queue(unit: Unit, kind: str, media_id: int, cover_key: str | None) -> bool:
    payload = {"cover": cover_key} if cover_key else {}
    return await add_chores(unit, kind, [Chore(str(media_id), payload)]) > 0


async def process_media(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """Begin with the files of these chores, or look how far they are."""
    known = await find_media(people.runtime.read(), [int(row["key"]) for row in rows])
    lost = [row["payload"].get("cover") for row in rows if int(row["key"]) not in known]
    if any(lost):
        async with people.runtime.unit() as unit:
            await delete_later(unit, lost)
    return [_begin(people, known.get(int(row["key"]))) for row in rows]


def _begin(people: People, media: Media | None) -> Outcome:
    if media is None:
        return Ignored("it was thrown away")
    if media.state != MediaState.IN_WORK:
        return Done()
    work = people.once((PROCESS, media.id), lambda: _work(people.runtime, media))
    people.runtime.tasks.start(work, f"media {media.id}")
    return Later(_AGAIN, "in work", counts=False)


async def _work(runtime: Runtime, media: Media) -> None:
    key, me = str(media.id), f"{id(runtime):x}-{media.id:x}"
    moment = runtime.read().now()
    rows = await runtime.db.fetch(_TAKE, PROCESS, key, me, (moment + _CLAIM).isoformat(), moment)
    if not rows:
        return
    payload: dict[str, Any] = rows[0]["payload"]
    cover = payload.get("cover")
    async with _claim_kept(runtime, key, me):
        if payload["tries"] > _MOST_TRIES:
            await _fail(runtime, media, cover, "The file could not be processed")
            return
        try:
            await process(runtime, media, cover)
        except (Undecodable, NotFound) as problem:
            await _fail(runtime, media, cover, problem.public)
        except Unavailable as problem:
            log.warning("media wait", extra={"media": media.id, "why": str(problem)})
            await runtime.db.fetch(_FORGIVE, PROCESS, key, me)
        except asyncio.CancelledError:
            # We are told to end: that is not the fault of the file either.
            await runtime.db.fetch(_FORGIVE, PROCESS, key, me)
            raise


@contextlib.asynccontextmanager
async def _claim_kept(runtime: Runtime, key: str, me: str) -> AsyncGenerator[None]:
    """Renew the claim while the work goes on; give it back at its end."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(_RENEW)
            until = runtime.read().now() + _CLAIM
            with contextlib.suppress(FediError):
                await runtime.db.fetch(_KEEP, PROCESS, key, me, until.isoformat())

    keeper = runtime.tasks.start(renew(), "media claim")
    try:
        yield
    finally:
        keeper.cancel()
        with contextlib.suppress(FediError):
            now = runtime.read().now().isoformat()
            await runtime.db.fetch(_KEEP, PROCESS, key, me, now)


async def process(runtime: Runtime, media: Media, cover_key: str | None) -> None:
    """Process one file and say so.

    Raises:
        Undecodable: it cannot be used.
    """
    if media.source_key is None:
        raise NotFound
    async with workbench(runtime) as folder:
        source = folder / "source"
        await runtime.store.fetch(media.source_key, source)
        slots = runtime.decoders.long if is_long(source) else runtime.decoders.short
        async with slots:
            made = await decode(runtime, source, folder, "media")
            report, small = made.report, made.path("small")
            if cover_key is not None:
                cover = await _decode_cover(runtime, cover_key, folder)
                report = _with_cover(report, cover.report)
                small = cover.path("small")
        await _store(runtime, media, Made(folder, report), small, cover_key)


async def _decode_cover(runtime: Runtime, cover_key: str, folder: Path) -> Made:
    cover = folder / "cover"
    await runtime.store.fetch(cover_key, cover)
    target = folder / "small"
    target.mkdir()
    return await decode(runtime, cover, target, "preview")


def _with_cover(report: dict[str, Any], cover: dict[str, Any]) -> dict[str, Any]:
    """What the report says once the owner's own picture stands for the file."""
    meta = {**report["meta"], "small": cover["small_size"]}
    if report["type"] == "audio":
        meta["colors"] = cover["colors"]
    return {**report, "blurhash": cover["blurhash"], "meta": meta}


async def _store(
    runtime: Runtime, media: Media, made: Made, small: Path | None, cover_key: str | None
) -> None:
    """Keep what was made under new names, then tell of it; the source goes."""
    original = made.path("original")
    if original is None:
        raise Undecodable("The file could not be processed")
    size = size_of(original) + (size_of(small) if small else 0)
    file_key = await keep(runtime, original)
    preview_key = await keep(runtime, small) if small else None
    report = made.report
    async with runtime.unit() as unit:
        done = await unit.fetch(
            _FINISH,
            media.id,
            int(MediaState.READY),
            None,
            report["type"],
            file_key,
            preview_key,
            content_type(file_key),
            size,
            report["blurhash"],
            report["meta"],
        )
        # Thrown away meanwhile, or done by somebody else: then ours is one too many.
        ours = [] if done else [file_key, preview_key]
        await delete_later(unit, [*ours, media.source_key, cover_key])


async def keep(runtime: Runtime, path: Path) -> str:
    """Store a file that we made; the name that it gets."""
    extension = path.suffix.removeprefix(".")
    key = new_key(extension)
    await runtime.store.put(key, path, CONTENT_TYPES[extension])
    return key


async def keep_with_still(runtime: Runtime, made: Made) -> tuple[str, str]:
    """Store a picture and the one beside it that does not move, if there is one; their names.

    Raises:
        Undecodable: no picture was made.
    """
    original, still = made.path("original"), made.path("still")
    if original is None:
        raise Undecodable(NOT_OURS, field="file")
    key = await keep(runtime, original)
    if still is None:
        return key, key
    await runtime.store.put(still_key(key), still, CONTENT_TYPES["png"])
    return key, still_key(key)


async def _fail(runtime: Runtime, media: Media, cover_key: str | None, why: str) -> None:
    log.info("media refused", extra={"media": media.id, "why": why})
    async with runtime.unit() as unit:
        failed = int(MediaState.FAILED)
        empty: dict[str, Any] = {}
        nothing = (None,) * 6
        await unit.fetch(_FINISH, media.id, failed, why[:300], *nothing, empty)
        await delete_later(unit, [media.source_key, cover_key])


async def make_previews(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """Replace small pictures by those that their owners chose."""
    return [await _make_preview(people.runtime, row) for row in rows]


async def _make_preview(runtime: Runtime, row: asyncpg.Record) -> Outcome:
    media_id, cover_key = int(row["key"]), row["payload"]["cover"]
    media = (await find_media(runtime.read(), [media_id])).get(media_id)
    if media is None:
        return await _drop_cover(runtime, cover_key, "it was thrown away")
    if media.state == MediaState.IN_WORK:
        return Later(_AGAIN, "in work", counts=False)
    try:
        async with workbench(runtime) as folder, runtime.decoders.short:
            cover = await _decode_cover(runtime, cover_key, folder)
            small = cover.path("small")
            preview_key = await keep(runtime, small) if small else None
    except (Undecodable, NotFound) as problem:
        return await _drop_cover(runtime, cover_key, problem.public)
    changed = _with_cover({"type": media.type, "meta": {}}, cover.report)
    async with runtime.unit() as unit:
        await unit.execute(
            "UPDATE media_attachments SET preview_key = $2, blurhash = $3, meta = meta || $4::jsonb"
            " WHERE id = $1",
            media_id,
            preview_key,
            changed["blurhash"],
            changed["meta"],
        )
        await delete_later(unit, [media.preview_key, cover_key])
    return Done()


async def _drop_cover(runtime: Runtime, cover_key: str, why: str) -> Outcome:
    async with runtime.unit() as unit:
        await delete_later(unit, [cover_key])
    return Ignored(why)


CHORES = {PROCESS: process_media, PREVIEW: make_previews}
