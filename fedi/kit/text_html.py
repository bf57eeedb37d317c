"""HTML from strangers: what of it may be stored and shown, and what it says as plain text.

The allow list is the one that clients know from Mastodon: text markup, lists, headings, ruby and
links, with seven class names that carry meaning for clients. No images, no styles, no ids. Links
open in a window of their own and tell nobody where the reader came from.
"""

import html
import re

import nh3

from fedi.kit.scrub import scrub_text

MAX_HTML = 131_072
MAX_NESTING = 64
# An HTML parser needs time that grows with the square of what is open or escaped at once. No post
# comes near these numbers, and at these numbers it still takes milliseconds.
MAX_TAGS = 2000
MAX_AMPERSANDS = 10_000
MAX_URL = 4096

TAGS = frozenset(
    [
        *("p", "br", "span", "a", "abbr", "b", "strong", "i", "em", "u", "s", "del", "sub", "sup"),
        *("pre", "code", "blockquote", "ul", "ol", "li", "ruby", "rt", "rp"),
        *("h1", "h2", "h3", "h4", "h5", "h6"),
    ]
)
CLASSES = frozenset(
    ["mention", "hashtag", "u-url", "h-card", "invisible", "ellipsis", "quote-inline"]
)
LINK_SCHEMES = frozenset(
    [
        *("http", "https", "mailto", "xmpp", "matrix", "gemini", "gopher", "magnet"),
        *("dat", "dweb", "ipfs", "ipns", "ssb"),
    ]
)
# Their text is code, or belongs to a page and not to a post.
DROPPED_WHOLE = frozenset(["script", "style", "template", "noscript", "title", "iframe"])

_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(DROPPED_WHOLE),
    attributes={
        "*": set(),  # without this line the library adds attributes of its own
        "a": {"href"},
        "abbr": {"title"},
        "ol": {"start", "reversed"},
        "li": {"value"},
    },
    tag_attribute_values={"a": {"translate": {"no"}}, "span": {"translate": {"no"}}},
    set_tag_attribute_values={"a": {"target": "_blank"}},
    allowed_classes={tag: set(CLASSES) for tag in ("a", "span", "p")},
    link_rel="nofollow noopener noreferrer",
    url_schemes=set(LINK_SCHEMES),
    url_relative="deny",
)

_OPENED = re.compile(r"<[a-zA-Z]")
_ANY_TAG = re.compile(r"<[^<>]*+>")
# One tag in text that came out of the cleaner: attribute values may hold a bare ">".
_TAG = re.compile(r'<(/?)([a-z0-9]++)((?:[^">]++|"[^"]*+")*+)>')
_LINE_ENDS = re.compile(r"<br>|</(?:p|li|h[1-6]|blockquote|pre|ul|ol)>")
_MANY_LINES = re.compile(r"\n{3,}")
_SAFE_URL = re.compile(r"https?://[^/?#@\s<>\"\\]+(?:[/?#][^\s<>\"\\]*)?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]")


def clean_html(source: str) -> str:
    """`source` with nothing left but what may be stored and shown.

    Cleaning what is clean changes nothing: taking a tag away can make the rest mean something
    else to the next parser, so that the result is cleaned until it stays the same, and a text
    that never settles or is nested beyond reason is shown without any markup.
    """
    text = scrub_text(source[:MAX_HTML])
    if "<" not in text and "&" not in text and ">" not in text:
        return text
    if not _is_reasonable(text):
        return _without_markup(text)
    cleaned = _CLEANER.clean(text)
    for _ in range(4):
        again = _CLEANER.clean(cleaned)
        if again == cleaned:
            return cleaned if _is_moderate(cleaned) else _without_markup(text)
        cleaned = again
    return _without_markup(text)


def plain_text(source: str) -> str:
    """What the HTML in `source` says, with line breaks where its lines and paragraphs end."""
    lines = _LINE_ENDS.sub(_line_end, clean_html(source))
    text = html.unescape(_TAG.sub("", lines))
    return _MANY_LINES.sub("\n\n", text.replace("\xa0", " ")).strip()


def escape(text: str) -> str:
    """`text` for use inside of HTML, in elements and in quoted attributes."""
    return html.escape(scrub_text(text))


def safe_url(url: object) -> str | None:
    """`url` if it is one that may leave our API: absolute, http or https, to a host; else None.

    Takes whatever a remote document holds in its place.
    """
    if not isinstance(url, str) or len(url) > MAX_URL or _CONTROL.search(url):
        return None
    try:
        url.encode()
    except UnicodeEncodeError:
        return None
    return url if _SAFE_URL.fullmatch(url) else None


def truncate(text: str, limit: int) -> str:
    """`text` in at most `limit` characters; what was cut off is shown by an ellipsis."""
    if len(text) <= limit:
        return text
    return text[: max(limit - 1, 0)].rstrip() + "\u2026"[:limit]


def _line_end(end: re.Match[str]) -> str:
    return "\n" if end[0] in {"<br>", "</li>"} else "\n\n"


def _without_markup(text: str) -> str:
    """The words alone, as one paragraph. Not parsed: whatever is left of a tag is shown as text."""
    # No character grows by more than six when it is escaped: the result is within MAX_HTML.
    words = html.unescape(_ANY_TAG.sub("", text))[: MAX_HTML // 7]
    return f"<p>{escape(words)}</p>"


def _is_reasonable(text: str) -> bool:
    """Whether a parser gets through `text` in time."""
    if text.count("&") > MAX_AMPERSANDS:
        return False
    return text.count("<") <= MAX_TAGS or len(_OPENED.findall(text)) <= MAX_TAGS


def _is_moderate(cleaned: str) -> bool:
    """Whether the result is of a bounded size and no reader's parser has to go very deep."""
    if len(cleaned) > MAX_HTML:
        return False
    depth = 0
    tags = _TAG.finditer(cleaned) if cleaned.count("</") > MAX_NESTING else ()
    for tag in tags:
        if tag[2] != "br":
            depth += -1 if tag[1] else 1
        if depth > MAX_NESTING:
            return False
    return True
