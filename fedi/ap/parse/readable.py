"""Long posts and special ones as one readable text: title, words, and the facts around them.

Articles, films, events, reviews, and whatever nobody has met yet. What comes out is HTML that is
cleaned like any other.
"""

import html
from collections.abc import Iterator, Sequence
from typing import Any

from fedi.ap.lenient import as_object, id_of, instant, many, text_of, type_of
from fedi.ap.parse.language import read_text
from fedi.ap.parse.media import seconds
from fedi.kit.text import render_markdown

MAX_NAME = 2048
MAX_LINKS = 16
MAX_PLACES = 4
# Longer markdown is shown as it was typed: reading it would take too long.
MAX_MARKDOWN = 20_000

_ADDRESS = ("streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry")


def read_long(
    raw: dict[str, Any],
    *,
    name: str | None,
    body: str,
    media: str,
    page: str | None,
    languages: Sequence[str],
) -> str:
    """The text of a post that is no short message."""
    words = as_html(body, media) or _instead(raw, languages)
    parts = [words]
    if name and not _begins_with(words, name):
        parts.insert(0, f"<p><strong>{html.escape(name)}</strong></p>")
    parts += _facts(raw)
    seen = "".join(parts)
    # Films, events and articles are best met where they are; forums link to what they speak of.
    links = [*_links(raw), *([page] if page else [])]
    parts += [_link(link) for link in dict.fromkeys(links) if html.escape(link) not in seen]
    return "".join(parts)


def as_html(text: str, media: str) -> str:
    """A text of any kind as HTML."""
    if media == "text/html":
        return text
    if media == "text/markdown" and len(text) <= MAX_MARKDOWN:
        # Hashtags in somebody else's text have no page that we know of.
        return render_markdown(text, {}, lambda _: "").html
    blocks = (html.escape(block.strip()).replace("\n", "<br>") for block in text.split("\n\n"))
    return "".join(f"<p>{block}</p>" for block in blocks if block)


def _instead(raw: dict[str, Any], languages: Sequence[str]) -> str:
    """What there is to read when the post has no text of its own: its abstract or its preview."""
    preview = as_object(raw.get("preview")) or {}
    for document, key in ((raw, "summary"), (preview, "content"), (preview, "name")):
        found, _ = read_text(document, key, 20_000, languages)
        if found:
            return found if "<" in found else f"<p>{html.escape(found)}</p>"
    return ""


def _begins_with(words: str, name: str) -> bool:
    """Whether the title stands on top of the text already, as some programs send it."""
    start = words[: len(name) + 200].lstrip()
    return start.startswith("<h") and html.escape(name.strip()) in start.partition("</h")[0]


def _facts(raw: dict[str, Any]) -> Iterator[str]:
    """When and where something takes place, how long it lasts, and how it was found."""
    if moments := _moments(raw):
        yield f"<p>{html.escape(moments)}</p>"
    for place in many(raw.get("location"))[:MAX_PLACES]:
        if where := _place(place):
            yield f"<p>{html.escape(where)}</p>"
    if type_of(raw, ("Video", "Audio")) and (length := seconds(raw.get("duration"))):
        yield f"<p>{_clock(round(length))}</p>"
    rating = text_of(raw.get("rating"), 16)
    if type_of(raw, ("Review", "Rating")) and rating:
        yield f"<p>{html.escape(rating.removesuffix('.0'))}/5</p>"


def _moments(raw: dict[str, Any]) -> str:
    start, end = instant(raw.get("startTime")), instant(raw.get("endTime"))
    found = [f"{moment:%Y-%m-%d %H:%M} UTC" for moment in (start, end) if moment]
    return " \u2013 ".join(found) if start else ""


def _place(value: Any) -> str:
    """The name of a place and its postal address, as far as they are told."""
    if isinstance(value, str):
        return value[:MAX_NAME]
    place = as_object(value) or {}
    stated = place.get("address")
    address = as_object(stated) or {}
    parts = [text_of(place.get("name"), MAX_NAME), stated if isinstance(stated, str) else None]
    parts += [text_of(address.get(key), MAX_NAME) for key in _ADDRESS]
    return ", ".join(dict.fromkeys(part.strip() for part in parts if part and part.strip()))


def _clock(length: int) -> str:
    hours, rest = divmod(length, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def _links(raw: dict[str, Any]) -> Iterator[str]:
    """The pages that a post speaks of."""
    for item in many(raw.get("attachment"))[:MAX_LINKS]:
        link = as_object(item) or {}
        address = id_of(link.get("href")) if type_of(link, ("Link",)) else None
        if address and not _is_media(link):
            yield address


def _is_media(link: dict[str, Any]) -> bool:
    kind = text_of(link.get("mediaType"), 128) or ""
    return kind.partition("/")[0] in ("image", "video", "audio")


def _link(address: str) -> str:
    return f'<p><a href="{html.escape(address)}">{html.escape(address)}</a></p>'
