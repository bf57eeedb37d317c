"""The link of a post that gets a preview: the first that is neither a name nor a hashtag."""

import html
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from fedi.core.urls import is_ours
from fedi.kit.text import safe_url

# What an index can hold, with room to spare.
MAX_URL_BYTES = 2000

# One tag in text that came out of the cleaner: attribute values may hold a bare ">".
_LINK = re.compile(r'<(a|p)((?:[^">]++|"[^"]*+")*+)>')
_HREF = re.compile(r'\shref="([^"]*+)"')
_CLASS = re.compile(r'\s(?:class|rel)="([^"]*+)"')
_NAMES = frozenset({"mention", "hashtag", "u-url", "tag"})


def find_link(content: str, *, origin: str = "", besides: Iterable[str] = ()) -> str | None:
    """The address that a post's preview is of, if there is one.

    Args:
        content: Stored HTML.
        origin: This server, whose own pages get no preview.
        besides: Addresses that are shown in another way: files, quoted posts, people.
    """
    if "<a" not in content:
        return None
    known = set(besides)
    is_quote = False
    for found in _LINK.finditer(content):
        words = {word for part in _CLASS.findall(found[2]) for word in part.split()}
        if found[1] == "p":
            # What stands for a quoted post in apps that show none.
            is_quote = "quote-inline" in words
            continue
        href = _HREF.search(found[2])
        url = html.unescape(href[1]) if href else ""
        if is_quote or words & _NAMES or url in known or is_ours(origin, url):
            continue
        if _is_fetchable(url) and not (origin and host_of(url) == host_of(origin)):
            return url
    return None


def host_of(url: str) -> str:
    """The host of a link, as it is written."""
    return (urlsplit(url).hostname or "").lower()


def _is_fetchable(url: str) -> bool:
    if safe_url(url) is None or len(url.encode()) > MAX_URL_BYTES:
        return False
    try:
        return bool(host_of(url))
    except ValueError:
        return False
