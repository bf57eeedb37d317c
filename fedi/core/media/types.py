"""What an uploaded file is to the rest of the house."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class MediaState(IntEnum):
    """How far a file has come."""

    IN_WORK = 0
    READY = 1
    FAILED = 2


@dataclass(frozen=True, slots=True)
class Media:
    """An uploaded file. The order of fields is that of `queries.COLUMNS`."""

    id: int
    account_id: int
    status_id: int | None
    scheduled_status_id: int | None
    type: str
    state: int
    error: str | None
    source_key: str | None
    file_key: str | None
    preview_key: str | None
    content_type: str | None
    size_bytes: int
    description: str | None
    blurhash: str | None
    meta: dict[str, Any]

    @property
    def is_attached(self) -> bool:
        """Whether a post, written or to come, holds it."""
        return self.status_id is not None or self.scheduled_status_id is not None

    @property
    def keys(self) -> list[str]:
        """Its names in the store."""
        return [key for key in (self.source_key, self.file_key, self.preview_key) if key]


def attachment_of(media: Media) -> dict[str, Any]:
    """What a post keeps of a file: enough to show it without asking again."""
    return {
        "id": str(media.id),
        "type": media.type,
        "media_type": media.content_type,
        "file_key": media.file_key,
        "preview_key": media.preview_key,
        "description": media.description,
        "blurhash": media.blurhash,
        "meta": media.meta,
    }
