"""Files and the posts that hold them: each file once, and only its owner's."""

from collections.abc import Iterable, Sequence
from typing import Any

from fedi.core.media.queries import COLUMNS, read_media
from fedi.core.media.removal import delete_later
from fedi.core.media.types import Media, MediaState, attachment_of
from fedi.kit.errors import Invalid
from fedi.kit.unit import Unit

NOT_READY = "Cannot attach files that have not finished processing. Try again in a moment!"
MIXED = "Cannot attach a video to a post that already contains images"
_ALONE = frozenset({"video", "audio"})


async def take(
    unit: Unit,
    account_id: int,
    media_ids: Sequence[int],
    *,
    status_id: int | None = None,
    scheduled_id: int | None = None,
    most: int,
) -> list[dict[str, Any]]:
    """Give files to a post, or to one to come; what the post keeps of them, in this order.

    What a scheduled post of the same member holds can go over to a post. Who comes second to a
    file waits here for the first one to commit, and then finds it taken.

    Raises:
        Invalid: one is not there for this member, not ready or taken, or they do not go together.
    """
    wanted = list(dict.fromkeys(media_ids))
    if not wanted:
        return []
    if len(wanted) > most:
        raise Invalid(f"Cannot attach more than {most} files")
    rows = await unit.fetch(
        f"SELECT {COLUMNS} FROM media_attachments m"
        " WHERE m.id = ANY($1::bigint[]) AND m.account_id = $2 ORDER BY m.id FOR UPDATE",
        wanted,
        account_id,
    )
    found = {row["id"]: read_media(row) for row in rows}
    files = [found[media_id] for media_id in wanted if media_id in found]
    if len(files) < len(wanted) or any(_is_taken(each, status_id, scheduled_id) for each in files):
        raise Invalid("Validation failed: Media attachments could not be found", field="media_ids")
    if any(each.state != MediaState.READY for each in files):
        raise Invalid(NOT_READY, field="media_ids")
    if len(files) > 1 and any(each.type in _ALONE for each in files):
        raise Invalid(MIXED, field="media_ids")
    await unit.execute(
        "UPDATE media_attachments SET status_id = $2, scheduled_status_id = $3"
        " WHERE id = ANY($1::bigint[])",
        wanted,
        status_id,
        None if status_id is not None else scheduled_id,
    )
    return [attachment_of(each) for each in files]


def _is_taken(media: Media, status_id: int | None, scheduled_id: int | None) -> bool:
    if media.status_id is not None:
        return media.status_id != status_id
    return media.scheduled_status_id is not None and media.scheduled_status_id != scheduled_id


async def change(
    unit: Unit,
    account_id: int,
    status_id: int,
    changes: Iterable[tuple[int, str | None, tuple[float, float] | None]],
) -> None:
    """Change descriptions and focal points of the files of a post; None leaves one as it is."""
    items = list(changes)
    if not items:
        return
    await unit.execute(
        "UPDATE media_attachments m SET description ="
        "   CASE WHEN c.description IS NULL THEN m.description ELSE nullif(c.description, '') END,"
        "   meta = CASE WHEN c.x IS NULL THEN m.meta ELSE m.meta"
        "     || jsonb_build_object('focus', jsonb_build_object('x', c.x, 'y', c.y)) END"
        " FROM unnest($3::bigint[], $4::text[], $5::float8[], $6::float8[])"
        "   AS c(id, description, x, y)"
        " WHERE m.id = c.id AND m.account_id = $1 AND m.status_id = $2",
        account_id,
        status_id,
        [item[0] for item in items],
        [item[1] for item in items],
        [item[2][0] if item[2] else None for item in items],
        [item[2][1] if item[2] else None for item in items],
    )


async def drop(unit: Unit, status_id: int, media_ids: Sequence[int]) -> None:
    """A post holds some of its files no longer; for a day they can be given to another one."""
    await unit.execute(
        "UPDATE media_attachments SET status_id = NULL, created_at = $3"
        " WHERE status_id = $1 AND id = ANY($2::bigint[])",
        status_id,
        list(media_ids),
        unit.now(),
    )


async def release_scheduled(unit: Unit, scheduled_id: int) -> None:
    """A post to come will not come: for a day its files can be given to another one."""
    await unit.execute(
        "UPDATE media_attachments SET scheduled_status_id = NULL, created_at = $2"
        " WHERE scheduled_status_id = $1",
        scheduled_id,
        unit.now(),
    )


async def release(unit: Unit, status_id: int, *, keep_files: bool) -> None:
    """A post goes: its files go as well, or stay for a day so that it can be written anew."""
    if keep_files:
        await unit.execute(
            "UPDATE media_attachments SET status_id = NULL, created_at = $2 WHERE status_id = $1",
            status_id,
            unit.now(),
        )
        return
    rows = await unit.fetch(
        "DELETE FROM media_attachments WHERE status_id = $1"
        " RETURNING source_key, file_key, preview_key",
        status_id,
    )
    await delete_later(unit, [key for row in rows for key in row])
