"""Reading uploaded files."""

from collections.abc import Sequence

import asyncpg

from fedi.core.media.types import Media
from fedi.kit.errors import NotFound
from fedi.kit.unit import ReadUnit

COLUMNS = (
    "m.id, m.account_id, m.status_id, m.scheduled_status_id, m.type, m.state, m.error,"
    " m.source_key, m.file_key, m.preview_key, m.content_type, m.size_bytes, m.description,"
    " m.blurhash, m.meta"
)


def read_media(row: asyncpg.Record) -> Media:
    """A row as it is known to the house."""
    return Media(*row)


async def find_media(read: ReadUnit, media_ids: Sequence[int]) -> dict[int, Media]:
    """Files by id, whoever they belong to."""
    if not media_ids:
        return {}
    rows = await read.fetch(
        f"SELECT {COLUMNS} FROM media_attachments m WHERE m.id = ANY($1::bigint[])",
        list(media_ids),
    )
    return {row["id"]: read_media(row) for row in rows}


async def get_unattached(read: ReadUnit, account_id: int, media_id: int) -> Media:
    """A file of a member that no post holds yet.

    Raises:
        NotFound: there is none, or it belongs to somebody else or to a post.
    """
    found = (await find_media(read, [media_id])).get(media_id)
    if found is None or found.account_id != account_id or found.is_attached:
        raise NotFound
    return found


async def list_scheduled(read: ReadUnit, scheduled_ids: Sequence[int]) -> dict[int, list[Media]]:
    """The files of scheduled posts, by the id of these."""
    found: dict[int, list[Media]] = {scheduled_id: [] for scheduled_id in scheduled_ids}
    if found:
        rows = await read.fetch(
            f"SELECT {COLUMNS} FROM media_attachments m"
            " WHERE m.scheduled_status_id = ANY($1::bigint[]) ORDER BY m.id",
            list(found),
        )
        for media in map(read_media, rows):
            if media.scheduled_status_id is not None:
                found[media.scheduled_status_id].append(media)
    return found
