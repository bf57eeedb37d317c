"""Pages of strangers, read in one pass for the tags that somebody wants; nothing is executed.

A parser that builds the whole page, or looks again and again for the end of what never ends, takes
minutes for a page that was made for it. This goes over every tag once, gives up on one that is
longer than any honest one, and stops where the page has too many of them. What is no element is
none here: comments, scripts, titles, forms to write in, and the values of other tags' attributes.
"""

import codecs
import html
import re
from collections.abc import Collection, Iterator

_MAX_TAG = 16_384
_MAX_TAGS = 20_000
_MAX_BROKEN = 20
_PROLOGUE = 4096

_OPENING = re.compile(r"<(?:(!--)|([!?]|/(?![a-zA-Z]))|(/?)([a-zA-Z][^\s/><]{0,60}+))")
INSIDE = re.compile(r"(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_ATTRIBUTE = re.compile(
    r"([^\s=\"'<>/]{1,100}+)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'=<>`]++)))?+"
)
# Elements in which other tags are nothing but text, or are kept for later.
_RAW = frozenset(
    [
        *("script", "style", "title", "textarea", "iframe", "xmp", "noembed", "noframes"),
        *("template", "plaintext"),
    ]
)
_CLOSING = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW}
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


def find_tags(text: str, wanted: Collection[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The opening tags of these names (in lower case), with their attributes."""
    at = broken = 0
    for _ in range(_MAX_TAGS):
        found = _OPENING.search(text, at)
        if found is None or broken >= _MAX_BROKEN:
            return
        inside = None
        if found[4]:
            inside = INSIDE.match(text, found.end(), found.end() + _MAX_TAG)
            broken += inside is None
        name = "" if found[3] or inside is None else found[4].lower()
        if inside is not None and name in wanted:
            yield name, attributes_of(inside[0])
        at = _end_of(text, found, inside, name)


def _end_of(text: str, found: re.Match[str], inside: re.Match[str] | None, name: str) -> int:
    """Where to go on after a tag, and after all that is only text because of it."""
    if name in _RAW and inside is not None:
        closing = _CLOSING[name].search(text, inside.end())
        return len(text) if closing is None else closing.end()
    if inside is not None:
        return inside.end()
    # A comment, what browsers take for one, or a tag that makes no sense.
    end = "-->" if found[1] else ">"
    at = text.find(end, found.end())
    return len(text) if at < 0 else at + len(end)


def attributes_of(text: str) -> dict[str, str]:
    """The attributes in what follows the name of a tag; the first of each counts."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        value = match[2] or match[3] or match[4] or ""
        found.setdefault(match[1].lower(), html.unescape(value))
    return found


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
