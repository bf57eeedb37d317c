"""Uploads: taken in, described, thrown away. What becomes of the bytes is told in `processing`."""

import math
from dataclasses import dataclass
from pathlib import Path

from fedi.config import Settings
from fedi.core.media.child import NOT_OURS, recognise, size_of
from fedi.core.media.limits import CONTENT_TYPES, Format
from fedi.core.media.processing import queue_preview, queue_processing
from fedi.core.media.queries import COLUMNS, get_unattached, read_media
from fedi.core.media.removal import delete_later
from fedi.core.media.types import Media
from fedi.kit.errors import FediError, Invalid, NotFound
from fedi.kit.runtime import Runtime
from fedi.kit.scrub import scrub_text
from fedi.kit.store import new_key
from fedi.kit.text import character_count
from fedi.kit.unit import Unit

NOT_READY = "The picture before this one is still being made. Try again in a moment!"
IN_USE = "Media attachment is currently used by a status"


@dataclass(frozen=True, slots=True)
class Details:
    """What a member says of a file; None leaves a part as it is."""

    description: str | None = None
    focus: tuple[float, float] | None = None


def read_details(settings: Settings, description: str | None, focus: str | None) -> Details:
    """What was typed, checked.

    Raises:
        Invalid: the description is too long.
    """
    most = settings.media.description_characters
    if description is not None:
        description = scrub_text(description).strip()
        if character_count(description) > most:
            raise Invalid(
                f"Validation failed: Description is too long (maximum is {most} characters)",
                field="description",
                code="ERR_TOO_LONG",
            )
    return Details(description, parse_focus(focus))


def parse_focus(text: str | None) -> tuple[float, float] | None:
    """Two numbers from -1 to 1 with a comma between them; nonsense counts as not said."""
    if not text:
        return None
    try:
        x, y = (float(part) for part in text.split(",", 1))
    except ValueError:
        return None
    if not (math.isfinite(x) and math.isfinite(y)):
        return None
    return max(-1.0, min(1.0, x)), max(-1.0, min(1.0, y))


async def upload(
    runtime: Runtime, account_id: int, source: Path, thumbnail: Path | None, details: Details
) -> Media:
    """Take a file in and have it processed; `source` and `thumbnail` may be gone afterwards.

    Raises:
        Invalid: it is of no format that we read, or too large.
    """
    found = recognise(source)
    _check_size(runtime.settings, source, found)
    cover = await _keep_thumbnail(runtime, thumbnail)
    size = size_of(source)
    key = await _keep(runtime, source, found)
    meta = {} if details.focus is None else {"focus": _focus(details.focus)}
    async with runtime.unit() as unit:
        media_id = await unit.new_id()
        rows = await unit.fetch(
            "INSERT INTO media_attachments AS m (id, account_id, type, source_key, size_bytes,"
            " description, meta, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
            f" RETURNING {COLUMNS}",
            media_id,
            account_id,
            "image" if found.family == "image" else "unknown",
            key,
            size,
            details.description or None,
            meta,
            unit.now(),
        )
        await queue_processing(unit, media_id, cover)
    return read_media(rows[0])


async def change(
    runtime: Runtime, account_id: int, media_id: int, details: Details, thumbnail: Path | None
) -> Media:
    """Change what is said of a file that no post holds yet.

    Raises:
        NotFound: there is none of this member, or a post holds it.
        Invalid: the thumbnail is no picture, or another one is being made.
    """
    await get_unattached(runtime.read(), account_id, media_id)
    cover = await _keep_thumbnail(runtime, thumbnail)
    try:
        return await _change(runtime, account_id, media_id, details, cover)
    except FediError:
        if cover is not None:
            await runtime.store.delete([cover])
        raise


async def _change(
    runtime: Runtime, account_id: int, media_id: int, details: Details, cover: str | None
) -> Media:
    async with runtime.unit() as unit:
        focus = None if details.focus is None else {"focus": _focus(details.focus)}
        rows = await unit.fetch(
            "UPDATE media_attachments m SET description ="
            " CASE WHEN $3::text IS NULL THEN description ELSE nullif($3, '') END,"
            " meta = meta || coalesce($4::jsonb, '{}'::jsonb)"
            " WHERE m.id = $1 AND m.account_id = $2 AND m.status_id IS NULL"
            f" AND m.scheduled_status_id IS NULL RETURNING {COLUMNS}",
            media_id,
            account_id,
            details.description,
            focus,
        )
        if not rows:
            raise NotFound
        if cover is not None and not await queue_preview(unit, media_id, cover):
            raise Invalid(NOT_READY, field="thumbnail")
    return read_media(rows[0])


async def delete(unit: Unit, account_id: int, media_id: int) -> None:
    """Throw a file away.

    Raises:
        NotFound: there is none of this member.
        Invalid: a post holds it.
    """
    rows = await unit.fetch(
        f"SELECT {COLUMNS} FROM media_attachments m WHERE id = $1 AND account_id = $2 FOR UPDATE",
        media_id,
        account_id,
    )
    if not rows:
        raise NotFound
    media = read_media(rows[0])
    if media.is_attached:
        raise Invalid(IN_USE)
    await unit.execute("DELETE FROM media_attachments WHERE id = $1", media_id)
    await delete_later(unit, media.keys)


def _focus(focus: tuple[float, float]) -> dict[str, float]:
    return {"x": focus[0], "y": focus[1]}


def _check_size(settings: Settings, source: Path, found: Format) -> None:
    media = settings.media
    most = media.image_max_bytes if found.family == "image" else media.video_max_bytes
    if size_of(source) > most:
        raise Invalid(
            f"Validation failed: File must be less than {most // 1_048_576} MB", field="file"
        )


async def _keep_thumbnail(runtime: Runtime, thumbnail: Path | None) -> str | None:
    if thumbnail is None:
        return None
    found = recognise(thumbnail)
    if found.family != "image":
        raise Invalid(NOT_OURS, field="thumbnail")
    _check_size(runtime.settings, thumbnail, found)
    return await _keep(runtime, thumbnail, found)


async def _keep(runtime: Runtime, source: Path, found: Format) -> str:
    key = new_key(found.extension)
    await runtime.store.put(key, source, CONTENT_TYPES[found.extension])
    return key
