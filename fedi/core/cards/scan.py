"""Pages of strangers, read for the few tags that a preview needs; nothing of them is executed.

A parser that builds the whole page, or looks again and again for the end of what never ends, takes
minutes for a page that was made for it. This looks for five kinds of tags in one pass, gives up on
a tag that is longer than any honest one, and stops where the page has too many of them.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from fedi.kit.html_scan import INSIDE, attributes_of
from fedi.kit.scrub import scrub_text

MAX_PAGE = 262_144
_MAX_TAG = 16_384
_MAX_TAGS = 1000
_MAX_BROKEN = 20
_MAX_TITLE = 2000

_OPENING = re.compile(
    r"<(?:(!--)|(meta|link|title|html|script|style|iframe)(?=[\s/>]))", re.IGNORECASE
)
_CLOSING = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("title", "script", "style")
}


@dataclass(slots=True)
class Page:
    """What a page says of itself."""

    title: str = ""
    language: str = ""
    # By name or property, in lower case; the first of each counts.
    meta: dict[str, str] = field(default_factory=dict[str, str])
    # Attributes of <link> and <iframe>.
    links: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    frames: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


def read_page(text: str) -> Page:
    """Read the tags of a page."""
    page = Page()
    for name, attributes, content in _tags(text[:MAX_PAGE]):
        match name:
            case "title":
                page.title = page.title or content
            case "html":
                page.language = page.language or attributes.get("lang", "")
            case "meta":
                key = attributes.get("property") or attributes.get("name") or ""
                value = attributes.get("content", "").strip()
                if key and value:
                    page.meta.setdefault(key.strip().lower(), value)
            case "link":
                page.links.append(attributes)
            case _:
                page.frames.append(attributes)
    return page


def _tags(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """The tags that matter: name, attributes and (for a title) what stands in it."""
    at = broken = seen = 0
    while seen < _MAX_TAGS and broken < _MAX_BROKEN:
        found = _OPENING.search(text, at)
        if found is None:
            return
        if found[1]:
            at = text.find("-->", found.end()) + 3
            if at < 3:
                return
            continue
        name = found[2].lower()
        inside = INSIDE.match(text, found.end(), found.end() + _MAX_TAG)
        if inside is None:
            broken += 1
            at = found.end()
            continue
        seen += 1
        at = inside.end()
        content = ""
        if name in _CLOSING:
            closing = _CLOSING[name].search(text, at)
            if closing is None:
                return
            content = _plain(text[at : min(closing.start(), at + _MAX_TITLE)])
            at = closing.end()
        if name not in {"script", "style"}:
            yield name, attributes_of(inside[0]), content


def _plain(text: str) -> str:
    return " ".join(scrub_text(html.unescape(text)).split())
