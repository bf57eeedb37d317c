"""Pages of strangers, read for the few tags that a preview needs; nothing of them is executed.

A parser that builds the whole page, or looks again and again for the end of what never ends, takes
minutes for a page that was made for it. This looks for five kinds of tags in one pass, gives up on
a tag that is longer than any honest one, and stops where the page has too many of them.
"""

import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from fedi.kit.scrub import scrub_text

MAX_PAGE = 262_144
_MAX_TAG = 16_384
_MAX_TAGS = 1000
_MAX_BROKEN = 20
_MAX_TITLE = 2000
_PROLOGUE = 4096

_OPENING = re.compile(
    r"<(?:(!--)|(meta|link|title|html|script|style|iframe)(?=[\s/>]))", re.IGNORECASE
)
_INSIDE = re.compile(r"(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_ATTRIBUTE = re.compile(
    r"([^\s=\"'<>/]{1,100}+)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'=<>`]++)))?+"
)
_CLOSING = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("title", "script", "style")
}
_CHARSET = re.compile(
    rb"charset\s{0,10}=\s{0,10}[\"']?\s{0,10}([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What pages are written in. Python knows more codings, not all of which are for text.
_CODINGS = frozenset(
    codecs.lookup(name).name
    for name in (
        *("utf-8", "utf-16-le", "utf-16-be", "ascii", "koi8-r", "koi8-u", "gb18030", "gbk"),
        *("gb2312", "big5", "big5hkscs", "euc-jp", "shift_jis", "cp932", "iso2022_jp", "euc-kr"),
        *("cp949", "cp866", "cp874", "mac-roman", *(f"cp125{n}" for n in range(9))),
        *(f"iso8859-{n}" for n in range(1, 17) if n != 12),
    )
)
_LATIN = frozenset({codecs.lookup("ascii").name, codecs.lookup("iso8859-1").name})


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
        inside = _INSIDE.match(text, found.end(), found.end() + _MAX_TAG)
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
            yield name, _attributes(inside[0]), content


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        value = match[2] or match[3] or match[4] or ""
        found.setdefault(match[1].lower(), html.unescape(value))
    return found


def _plain(text: str) -> str:
    return " ".join(scrub_text(html.unescape(text)).split())


def decode_page(body: bytes, content_type: str) -> str:
    """The text of a page: its own mark counts first, then its sender's word, then its own."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    stated = _CHARSET.search(content_type.encode("utf-8", "replace"))
    within = _CHARSET.search(body[:_PROLOGUE])
    for found in (stated, within):
        name = _coding(found[1].decode()) if found else None
        if name is not None:
            return body.decode(name, "replace")
    try:
        # It may be cut off within a letter.
        return codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _coding(name: str) -> str | None:
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    if known in _LATIN:
        # As browsers do.
        return "cp1252"
    return known if known in _CODINGS else None
