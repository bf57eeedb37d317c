"""Uploaded files, as apps read them."""

from typing import Any

from fedi.core.media.links import Links
from fedi.core.media.types import Media, MediaState


def build_media(media: Media, links: Links) -> dict[str, Any]:
    """A file of a member; `url` is null until it is ready."""
    ready = media.state == MediaState.READY and media.file_key is not None
    url = links.file(media.file_key) if ready and media.file_key else None
    preview = links.file(media.preview_key) if ready and media.preview_key else None
    return {
        "id": str(media.id),
        "type": media.type,
        "url": url,
        "preview_url": preview,
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": media.meta or None,
        "description": media.description,
        "blurhash": media.blurhash,
    }
