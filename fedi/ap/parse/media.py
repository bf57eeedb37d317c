"""Attachments: pictures, films and sounds of a post, wherever its server put them."""

import re
from collections.abc import Iterator
from typing import Any

from fedi.ap.lenient import as_object, count, flag, many, one, text_of, type_of
from fedi.ap.parse.parts import clean_url, href_of, icon_of, links_of, media_type_of
from fedi.ap.vocabulary import Attachment, MediaKind

MAX_ATTACHMENTS = 32
MAX_ALT = 10_000
MAX_SIDE = 100_000
MAX_DURATION = 10_000_000
# Of the sizes of a film, the largest up to this height: kind to small machines and small screens.
PREFERRED_HEIGHT = 720

_MEDIA_TYPES = ("Document", "Image", "Video", "Audio")
_BLURHASH = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,100}")
_DURATION = re.compile(
    r"P(?:([0-9]{1,6})D)?(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,8}(?:\.[0-9]{1,6})?)S)?)?",
    re.IGNORECASE | re.ASCII,
)
_KIND_OF_TYPE: dict[str, MediaKind] = {"Image": "image", "Video": "video", "Audio": "audio"}
_KINDS: dict[str, MediaKind] = {"image": "image", "video": "video", "audio": "audio"}
_ENDINGS: dict[str, MediaKind] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "webp", "avif", "heic"), "image"),
    **dict.fromkeys(("mp4", "webm", "mov", "m4v"), "video"),
    **dict.fromkeys(("mp3", "ogg", "oga", "wav", "flac", "opus", "m4a"), "audio"),
}


def attachments_of(raw: dict[str, Any], kind: str) -> tuple[Attachment, ...]:
    """The media of a post, each address once, at most thirty-two."""
    found: dict[str, Attachment] = {}
    for item in _candidates(raw, kind):
        attachment = _attachment(item)
        if attachment and len(found) < MAX_ATTACHMENTS:
            found.setdefault(attachment.url, attachment)
    return tuple(found.values())


def _candidates(raw: dict[str, Any], kind: str) -> Iterator[Any]:
    """Everything that may be an attachment, the likeliest place first."""
    listed = [item for item in many(raw.get("attachment"))[:64] if item != ""]
    yield from listed
    if kind in ("Video", "Audio", "Image"):
        yield from _own_media(raw, kind)
    if kind not in ("Note", "Question", "Video", "Audio"):
        # A page or an article keeps its picture beside its text.
        yield from many(raw.get("image"))[:4]


def _own_media(raw: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """The film or sound that the post itself is: one of the sizes offered in `url`."""
    wanted = kind.lower() + "/"
    offered = [
        link for link in links_of(raw.get("url")) if (media_type_of(link) or "").startswith(wanted)
    ]
    if not offered:
        return
    fitting = [link for link in offered if (count(link.get("height")) or 0) <= PREFERRED_HEIGHT]
    sign = 1 if fitting else -1
    best = max(fitting or offered, key=lambda link: sign * (count(link.get("height")) or 0))
    around = {key: raw.get(key) for key in ("icon", "name", "duration")}
    yield {**around, **best, "type": kind}


def _attachment(item: Any) -> Attachment | None:
    if isinstance(item, str):
        item = {"type": "Document", "url": item}
    entry = as_object(item) if isinstance(item, dict) else None
    if entry is None:
        return None
    name = type_of(entry)
    if name not in _MEDIA_TYPES and not (name in ("Link", None) and _is_media_link(entry)):
        return None
    url, media_type = _best_source(entry)
    if url is None:
        return None
    return Attachment(
        type=_kind(name, media_type, url),
        media_type=media_type,
        url=url,
        alt=_alt(entry),
        blurhash=_blurhash(entry),
        width=_side(entry.get("width")),
        height=_side(entry.get("height")),
        focal=_focal(entry.get("focalPoint")),
        thumbnail=icon_of(entry.get("icon")),
        sensitive=flag(entry.get("sensitive")),
        duration=seconds(entry.get("duration")),
    )


def _is_media_link(entry: dict[str, Any]) -> bool:
    """A Link is media only when it says so; else it is a link to a page, as forums use it."""
    return (media_type_of(entry) or "").partition("/")[0] in _KINDS


def _best_source(entry: dict[str, Any]) -> tuple[str | None, str | None]:
    """The address and its media type; of several links the first that is media."""
    links = links_of(entry.get("url"))
    own = media_type_of(entry)
    if len(links) > 1:
        links.sort(key=lambda link: not _is_media_link(link))
    for link in links:
        if address := href_of(link):
            return address, own or media_type_of(link)
    return clean_url(entry.get("href")), own


def _kind(name: str | None, media_type: str | None, url: str) -> MediaKind:
    if media_type:
        return _KINDS.get(media_type.partition("/")[0], "unknown")
    if name in _KIND_OF_TYPE:
        return _KIND_OF_TYPE[name]
    ending = url.partition("?")[0].partition("#")[0].rpartition(".")[2].lower()
    return _ENDINGS.get(ending, "unknown")


def _alt(entry: dict[str, Any]) -> str | None:
    """The description; some programs write it as `summary`, most as `name`."""
    found = text_of(entry.get("summary"), MAX_ALT) or text_of(entry.get("name"), MAX_ALT)
    return found.strip() or None if found else None


def _blurhash(entry: dict[str, Any]) -> str | None:
    found = one(entry.get("blurhash"))
    return found if isinstance(found, str) and _BLURHASH.fullmatch(found) else None


def _side(value: Any) -> int | None:
    found = count(value)
    return found if found and found <= MAX_SIDE else None


def seconds(value: Any) -> float | None:
    """A duration in seconds, from a number or from what ISO 8601 writes; None when it is none."""
    value = one(value)
    if isinstance(value, str) and (found := _DURATION.fullmatch(value.strip()[:40])):
        days, hours, minutes, rest = (float(part or 0) for part in found.groups())
        value = ((days * 24 + hours) * 60 + minutes) * 60 + rest
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= MAX_DURATION else None


def _focal(value: Any) -> tuple[float, float] | None:
    """Two numbers between -1 and 1."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    x, y = value
    for number in (x, y):
        if isinstance(number, bool) or not isinstance(number, int | float) or not -1 <= number <= 1:
            return None
    return float(x), float(y)
