"""What of a received post is stored: cleaned, cut, and of the shape that readers expect."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from fedi.ap.vocabulary import Attachment, Note
from fedi.core.accounts.types import Account
from fedi.core.statuses.quote_fallback import mark_fallback
from fedi.kit.scrub import scrub_text
from fedi.kit.text import clean_html, hashtag_key, plain_text, safe_url, truncate

MAX_URI_BYTES = 2048
MAX_SPOILER = 2000
MAX_ALT = 10_000
MAX_TAGS = 100
MAX_TAG_LENGTH = 100
MAX_ATTACHMENTS = 32
MAX_EMOJIS = 100
# Clocks of other servers may run ahead by this much.
SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Content:
    """The words and pictures of a post; an edit is a change of these."""

    content: str
    spoiler_text: str
    sensitive: bool
    language: str | None
    attachments: list[dict[str, Any]]
    emojis: list[dict[str, Any]]
    tags: list[str]


def read_content(note: Note) -> Content:
    """The content of a received post."""
    return Content(
        content=_html(note),
        spoiler_text=_warning(note.summary),
        sensitive=note.sensitive,
        language=(note.language or "")[:35] or None,
        attachments=[item for a in note.attachments[:MAX_ATTACHMENTS] if (item := _media(a))],
        emojis=[
            {"shortcode": emoji.shortcode, "url": emoji.url}
            for emoji in note.emojis[:MAX_EMOJIS]
            if safe_url(emoji.url)
        ],
        tags=read_tags(note.hashtags),
    )


def admit(content: Content, author: Account) -> Content:
    """What the rule for its author's domain lets in."""
    if author.media_rejected:
        content = replace(content, attachments=[], emojis=[])
    if author.forced_sensitive:
        content = replace(content, sensitive=True)
    return content


def as_json(values: list[Any]) -> str:
    """A list as text for an array of documents: drivers take nested lists for more dimensions."""
    return orjson.dumps(values).decode() if values else "[]"


def read_tags(names: tuple[str, ...]) -> list[str]:
    """Hashtags by their keys, each once."""
    if not names:
        return []
    keys = (hashtag_key(scrub_text(name)) for name in names[:MAX_TAGS])
    return list(dict.fromkeys(key for key in keys if 0 < len(key) <= MAX_TAG_LENGTH))


def _html(note: Note) -> str:
    cleaned = clean_html(note.content)
    return mark_fallback(cleaned, note.quote) if note.quote else cleaned


def _warning(summary: str | None) -> str:
    if not summary:
        return ""
    text = plain_text(summary) if "<" in summary else scrub_text(summary)
    return truncate(text, MAX_SPOILER)


def _media(attachment: Attachment) -> dict[str, Any] | None:
    if not safe_url(attachment.url):
        return None
    return {
        "type": attachment.type,
        "media_type": attachment.media_type,
        "url": attachment.url,
        "preview_url": safe_url(attachment.thumbnail),
        "description": scrub_text(attachment.alt)[:MAX_ALT] if attachment.alt else None,
        "blurhash": attachment.blurhash,
        "width": attachment.width,
        "height": attachment.height,
        "focus": attachment.focal,
        **({"duration": attachment.duration} if attachment.duration else {}),
    }


def clamp_published(published: datetime | None, now: datetime) -> datetime:
    """When a post was written, as far as we believe it: never ahead of our own clock."""
    if published is None or published > now + SKEW or published.year <= 1970:
        return now
    return published


def is_storable(uri: str | None) -> bool:
    """Whether an id fits into an index."""
    return uri is not None and len(uri) <= MAX_URI_BYTES and len(uri.encode()) <= MAX_URI_BYTES
