"""Text on pages: custom emojis become pictures, links of a profile claim it, languages are named.

All that leaves this module as `Markup` was cleaned or escaped here; templates escape the rest.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from fedi.core.media.links import Links
from fedi.entities.accounts import build_emojis
from fedi.kit.text import clean_html, escape, plain_text

_SHORTCODE = re.compile(r"(?<![A-Za-z0-9_]):([A-Za-z0-9_]{1,100}):(?![A-Za-z0-9_])")
# One tag in text that came out of the cleaner: attribute values may hold a bare ">".
_TAG = re.compile(r'(</?[a-z0-9]++(?:[^">]++|"[^"]*+")*+>)')
_HEADING = re.compile(r"<(/?)h([1-6])>")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_SUMMARY = 200

Pictures = Mapping[str, str]


def pictures_of(emojis: Sequence[Mapping[str, Any]], links: Links) -> Pictures:
    """Addresses of emojis by shortcode; those that do not move."""
    return {emoji["shortcode"]: emoji["static_url"] for emoji in build_emojis(emojis, links)}


def show_text(text: str, pictures: Pictures) -> Markup:
    """A plain text with its emojis."""
    return Markup(_with_pictures(escape(text), pictures))  # noqa: S704 - escaped


def show_html(source: str, pictures: Pictures) -> Markup:
    """What may be shown of an HTML text, with its emojis; nothing inside of tags is touched."""
    cleaned = clean_html(source)
    if "<h" in cleaned:
        cleaned = _HEADING.sub(_lower, cleaned)
    if not pictures or ":" not in cleaned:
        return Markup(cleaned)  # noqa: S704 - cleaned
    parts = _TAG.split(cleaned)
    parts[::2] = [_with_pictures(part, pictures) for part in parts[::2]]
    return Markup("".join(parts))  # noqa: S704 - cleaned


def show_own_field(source: str, pictures: Pictures) -> Markup:
    """A field of a member's profile; its links say that what they lead to is the member's, too."""
    shown = str(show_html(source, pictures))
    return Markup(shown.replace(' rel="nofollow ', ' rel="me nofollow '))  # noqa: S704 - cleaned


def _lower(match: re.Match[str]) -> str:
    """A heading within a text stands below those of the page around it."""
    return f"<{match[1]}h{min(int(match[2]) + 2, 6)}>"


def _with_pictures(markup: str, pictures: Pictures) -> str:
    if not pictures or ":" not in markup:
        return markup

    def show(match: re.Match[str]) -> str:
        address = pictures.get(match[1])
        if address is None:
            return match[0]
        return (
            f'<img class="emoji" src="{escape(address)}" alt="{match[0]}" title="{match[0]}"'
            ' width="20" height="20" loading="lazy">'
        )

    return _SHORTCODE.sub(show, markup)


def visible(name: str) -> str:
    """A name that somebody gave to an app, without what would turn or hide the words around it."""
    shown = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf"}).strip()
    return shown or "an app without a name"


def read_language(code: str | None) -> str:
    """A language as pages name it; empty for none, or for what is no code."""
    return code if code and _LANGUAGE.fullmatch(code) else ""


def summarise(source: str, longest: int = _SUMMARY) -> str:
    """The first words of an HTML text, for previews."""
    return shorten(plain_text(source), longest)


def shorten(text: str, longest: int = _SUMMARY) -> str:
    """A plain text on one line, for previews."""
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
