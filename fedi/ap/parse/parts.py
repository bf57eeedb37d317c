"""The parts that posts and profiles have in common: tags, addresses, pictures."""

import html
import re
from collections.abc import Sequence
from typing import Any

from fedi.ap.lenient import as_object, count, id_of, instant, is_url, many, text_of, type_of
from fedi.ap.media_types import is_activity_type
from fedi.ap.vocabulary import Emoji, Mention

MAX_TAGS = 100
MAX_TAG_NAME = 255

_SHORTCODE = re.compile(r"[\w.+-]{1,100}", re.ASCII)
_QUOTE_RELATIONS = (
    "https://misskey-hub.net/ns#_misskey_quote",
    "https://misskey-hub.net/ns/#_misskey_quote",
)

_TAG_KINDS = ("Mention", "Hashtag", "Emoji", "Link")

Tags = Sequence[tuple[str, dict[str, Any]]]


def tags_of(raw: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The first hundred tags, those of a kind that we know, each with its kind."""
    found: list[tuple[str, dict[str, Any]]] = []
    for item in many(raw.get("tag"))[:MAX_TAGS]:
        tag = as_object(item)
        kind = type_of(tag, _TAG_KINDS)
        if tag and kind:
            found.append((kind, tag))
    return found


def mentions_of(tags: Tags) -> tuple[Mention, ...]:
    """Who is mentioned, each once; a name may be missing."""
    found: dict[str, Mention] = {}
    for kind, tag in tags:
        href = id_of(tag.get("href")) if kind == "Mention" else None
        if href:
            found.setdefault(
                href, Mention(href, (text_of(tag.get("name"), MAX_TAG_NAME) or "").strip())
            )
    return tuple(found.values())


def hashtags_of(tags: Tags) -> tuple[str, ...]:
    """The hashtags without their sign, each once in the spelling that came first."""
    found: dict[str, str] = {}
    for kind, tag in tags:
        if kind == "Hashtag":
            name = (text_of(tag.get("name"), MAX_TAG_NAME) or "").strip().lstrip("#\uff03")
            if name and not any(letter.isspace() or letter in "#<>&\"'" for letter in name):
                found.setdefault(name.casefold(), name)
    return tuple(found.values())


def emojis_of(tags: Tags) -> tuple[Emoji, ...]:
    """The custom emojis, each name once; ids are often missing."""
    found: dict[str, Emoji] = {}
    for kind, tag in tags:
        if kind != "Emoji":
            continue
        # In reactions some write `:name@host:`; the host says where the picture came from.
        name = (text_of(tag.get("name"), 512) or "").strip().strip(":").partition("@")[0]
        picture = icon_of(tag.get("icon"))
        if picture and _SHORTCODE.fullmatch(name):
            emoji = Emoji(name, picture, id_of(tag.get("id")), instant(tag.get("updated")))
            found.setdefault(name, emoji)
    return tuple(found.values())


def quote_of(raw: dict[str, Any], tags: Tags) -> str | None:
    """The id of the quoted post, from any of the ways in which servers say it.

    One program uses `quote` for the quoted words themselves: only addresses count.
    """
    for key in ("quote", "_misskey_quote", "quoteUrl", "quoteUri", "quoteURL"):
        if found := id_of(raw.get(key)):
            return found
    for kind, tag in tags:
        if kind == "Link" and _is_quote_link(tag):
            return id_of(tag.get("href"))
    return None


def _is_quote_link(tag: dict[str, Any]) -> bool:
    relations = many(tag.get("rel"))
    media_type = text_of(tag.get("mediaType"), 512) or ""
    return any(rel in _QUOTE_RELATIONS for rel in relations) and (
        not media_type or is_activity_type(media_type)
    )


def clean_url(value: Any) -> str | None:
    """An address for display or download; some write it with HTML entities."""
    if not isinstance(value, str) or len(value) > 4096:
        return None
    text = html.unescape(value).strip() if "&" in value and ";" in value else value.strip()
    return text if is_url(text) else None


def media_type_of(link: dict[str, Any]) -> str | None:
    """The media type without parameters, in lower case."""
    stated = text_of(link.get("mediaType"), 255) or text_of(link.get("mimeType"), 255)
    name = stated.partition(";")[0].strip().lower() if stated else ""
    return name if name.count("/") == 1 else None


def links_of(value: Any) -> list[dict[str, Any]]:
    """All links in a `url`, as objects with `href`, those nested in `tag` included."""
    found: list[dict[str, Any]] = []
    for item in many(value)[:64]:
        if isinstance(item, str):
            found.append({"href": item})
        elif link := as_object(item):
            found.append(link)
            found.extend(inner for part in many(link.get("tag"))[:64] if (inner := as_object(part)))
    return found


def href_of(link: dict[str, Any]) -> str | None:
    """The address of a link or of a picture object."""
    for key in ("href", "url"):
        value = link.get(key)
        if isinstance(value, list | dict):
            inner = links_of(value)
            value = inner[0].get("href") if inner else None
        if found := clean_url(value):
            return found
    return None


def url_of(value: Any) -> str | None:
    """The page for people: the HTML link where several are given, else the first that works."""
    links = [(link, address) for link in links_of(value) if (address := href_of(link))]
    for link, address in links:
        if media_type_of(link) in ("text/html", "application/xhtml+xml"):
            return address
    for link, address in links:
        if media_type_of(link) is None:
            return address
    return None


def icon_of(value: Any) -> str | None:
    """The address of a picture; of several sizes the largest."""
    best: tuple[int, str] | None = None
    for link in links_of(value)[:16]:
        address = href_of(link)
        width = count(link.get("width")) or 0
        if address and (best is None or width > best[0]):
            best = (width, address)
    return best[1] if best else None
