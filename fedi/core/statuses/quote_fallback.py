"""The line `RE: address` below a post that quotes, for software that knows no quotes.

It is marked where a post is stored, and left out where what it points to is shown.
"""

import re

from fedi.ap.authority import host_of

_CLASS = 'class="quote-inline"'
# In HTML that has been cleaned: line breaks, `RE:`, one link, and only ends of elements after it.
_LINE = re.compile(
    r"(?P<breaks>(?:<br>|\s)*+)(?P<word>(?:RE|QT|RT):\s*)(?P<end></span>)?\s*"
    r'(?P<link><a href="(?P<href>[^"]*+)"[^<>]*+>(?:(?!</a>).){0,4000}+</a>)'
    r"(?P<tail>(?:</span>|</p>|\s|<br>)*+)$",
    re.DOTALL,
)
_OPENED = re.compile(rf"<(p|span) {_CLASS}>")
_EMPTY = re.compile(r"<(p|span)>(?:\s|<br>)*</\1>")
# The line is the last thing in a text, or the first.
_REACH = 5000


def mark_fallback(content: str, quoted: str) -> str:
    """The text with its line, if there is one about the post `quoted`, marked as such."""
    if _CLASS in content or ":" not in content[-_REACH:]:
        return content
    start = max(content.rfind(f"{word}:") for word in ("RE", "QT", "RT"))
    if start < 0 or len(content) - start > _REACH:
        return content
    while content.endswith("<br>", 0, start) or (start and content[start - 1].isspace()):
        start -= 4 if content.endswith("<br>", 0, start) else 1
    found = _LINE.match(content, start)
    # The link leads to the page of the post as often as to its id.
    if found is None or host_of(found["href"]) != host_of(quoted):
        return content
    line = f"<span {_CLASS}>{found['breaks']}{found['word']}{found['link']}</span>"
    return content[:start] + (found["end"] or "") + line + found["tail"]


def without_fallback(content: str) -> str:
    """The text without its line; the same text where it has none."""
    found = _OPENED.search(content)
    if found is None:
        return content
    end = _end_of(content, found[1], found.end())
    left = content[: found.start()] + content[end:]
    before = ""
    while before != left:
        before, left = left, _EMPTY.sub("", left)
    return left


def _end_of(content: str, tag: str, at: int) -> int:
    """Where the element that is open at `at` is closed."""
    depth = 1
    for step in re.compile(rf"<(/?){tag}[ >]").finditer(content, at):
        depth += -1 if step[1] else 1
        if depth == 0:
            return step.end()
    return len(content)
