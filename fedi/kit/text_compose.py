"""What a member typed: who is mentioned, which hashtags it has, how long it is, and its HTML.

One scanner reads the text from left to right and yields links, mentions and hashtags; every
function here uses it, so that they agree on what is what. The work is linear in the length of
the text: each pattern starts at a character that its own body cannot contain, or cannot backtrack.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from fedi.kit.text_html import escape, safe_url

LINK_LENGTH = 23
SHOWN_LENGTH = 30

_LABEL = r"\w(?:[\w-]{0,61}\w)?"
_ENTITY = re.compile(
    r"(?P<link>(?<![^\W_])https?://[^\s<>\"\x00-\x20\x7f]++)"
    # A group may be named `!group@host`, as its readers write it.
    r"|(?<![\w/=@])(?:@|!(?=[A-Za-z0-9_.-]++@\w))(?P<user>[A-Za-z0-9_]++(?:[.-]++[A-Za-z0-9_]++)*+)(?!\w)"
    rf"(?:@(?P<domain>{_LABEL}(?:\.{_LABEL}){{0,10}}(?::[0-9]{{1,5}})?)(?![\w]))?"
    r"|(?<![\w/&#])[#\uff03](?P<tag>[^\s\x00-\x2f:-@\[-^`{-\x7f\uff03]++)",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"\n{2,}")
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_TRAILING = frozenset(".,:;!?'\u2026\u3002\u3001\u00bb\u201d\u2019*_~`|")
# Joiners within words of Indic and Persian scripts, and the dots of Catalan and Japanese.
_TAG_JOINERS = frozenset("_\u00b7\u30fb\u200c\u200d")
MAX_TAG = 100

Kind = Literal["link", "mention", "tag"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The HTML of a text, the keys of the mentions that were linked, and the tags as typed."""

    html: str
    mentions_found: tuple[str, ...]
    hashtags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of the text; `value` is the URL, `user` or `user@domain`, or the tag's name."""

    kind: Kind
    start: int
    end: int
    value: str


def find_mentions(text: str) -> list[tuple[str, str | None]]:
    """Everyone mentioned, once each, as (user, domain or None), in the order of the text."""
    found: dict[str, tuple[str, str | None]] = {}
    for entity in scan(text):
        if entity.kind == "mention":
            user, _, domain = entity.value.partition("@")
            found.setdefault(entity.value.lower(), (user, domain or None))
    return list(found.values())


def find_hashtags(text: str) -> list[str]:
    """Every hashtag, once each by its key, as it is first written."""
    found: dict[str, str] = {}
    for entity in scan(text):
        if entity.kind == "tag":
            found.setdefault(hashtag_key(entity.value), entity.value)
    return list(found.values())


def find_spans(text: str) -> list[tuple[int, int]]:
    """Where links, mentions and hashtags stand."""
    return [(entity.start, entity.end) for entity in scan(text)]


def hashtag_key(name: str) -> str:
    """The form in which two spellings of one hashtag are equal."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def character_count(text: str) -> int:
    """The length as clients count it: any link is 23, a mention counts without its domain."""
    total = at = 0
    for entity in scan(text):
        if entity.kind == "tag":
            continue
        user, _, _ = entity.value.partition("@")
        total += _count_clusters(text[at : entity.start])
        total += LINK_LENGTH if entity.kind == "link" else len(user) + 1
        at = entity.end
    return total + _count_clusters(text[at:])


def render_plain(
    text: str, mentions: Mapping[str, tuple[str, str]], tag_url: Callable[[str], str]
) -> Rendered:
    """The HTML of a member's text.

    Args:
        text: As typed.
        mentions: `user` or `user@domain` in lower case → (URL of the profile, user name). Who is
            not in it stays plain text.
        tag_url: The address of a hashtag's page, for the key of the tag.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    linked: dict[str, None] = {}
    tags: dict[str, str] = {}
    parts: list[str] = []
    at = 0
    for entity in scan(text):
        parts.append(escape(text[at : entity.start]))
        at = entity.end
        key = entity.value.lower()
        if entity.kind == "link":
            parts.append(render_link(entity.value))
        elif entity.kind == "tag":
            tag = hashtag_key(entity.value)
            tags.setdefault(tag, entity.value)
            parts.append(render_tag(tag_url(tag), text[entity.start + 1 : entity.end]))
        elif key in mentions:
            linked[key] = None
            parts.append(render_mention(*mentions[key]))
        else:
            parts.append(escape(text[entity.start : entity.end]))
    parts.append(escape(text[at:]))
    return Rendered(_paragraphs("".join(parts)), tuple(linked), tuple(tags.values()))


def scan(text: str) -> Iterator[Entity]:
    """The entities in `text`, left to right, never overlapping."""
    at = 0
    while match := _ENTITY.search(text, at):
        entity = _read(match)
        if entity is None:
            # What looked like a link is left behind whole: inside it every start would be tried.
            at = match.end() if match["link"] else match.start() + 1
        else:
            yield entity
            at = entity.end


def _read(match: re.Match[str]) -> Entity | None:
    start = match.start()
    if link := match["link"]:
        link = _without_trailing(link)
        return Entity("link", start, start + len(link), link) if safe_url(link) else None
    if user := match["user"]:
        value = f"{user}@{match['domain']}" if match["domain"] else user
        return Entity("mention", start, match.end(), value)
    name = _tag_name(match["tag"])
    return Entity("tag", start, start + 1 + len(name), name) if name else None


def _tag_name(run: str) -> str:
    """The part of `run` that is a hashtag, empty if there is none."""
    end = 0
    has_letter = False
    for character in run[: MAX_TAG + 1]:
        kind = unicodedata.category(character)[0]
        if kind not in "LMN" and character not in _TAG_JOINERS:
            break
        has_letter = has_letter or kind == "L"
        end += 1
    return run[:end] if has_letter and end <= MAX_TAG else ""


def _without_trailing(link: str) -> str:
    """A link without what belongs to the sentence: punctuation, and brackets it did not open."""
    counts = {mark: link.count(mark) for mark in "()[]{}"}
    end = len(link)
    while end:
        last = link[end - 1]
        if last in _CLOSERS and counts[last] > counts[_CLOSERS[last]]:
            counts[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return link[:end]


def render_link(url: str) -> str:
    """A link as apps know it: the reader sees no more of it than they can bear."""
    prefix = _PREFIX.match(url)
    start = prefix.end() if prefix else 0
    shown, rest = url[start : start + SHOWN_LENGTH], url[start + SHOWN_LENGTH :]
    css = "ellipsis" if rest else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{escape(url[:start])}</span>'
        f'<span class="{css}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(rest)}</span></a>'
    )


def render_mention(url: str, user: str) -> str:
    """A link to somebody's profile."""
    return (
        f'<span class="h-card" translate="no"><a href="{escape(url)}" class="u-url mention">'
        f"@<span>{escape(user)}</span></a></span>"
    )


def render_tag(url: str, name: str) -> str:
    """A link to the page of a hashtag."""
    href, shown = escape(url), escape(name)
    return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{shown}</span></a>'


def _paragraphs(markup: str) -> str:
    if not markup:
        return ""
    return "".join(
        f"<p>{part.replace(chr(10), '<br />')}</p>" for part in _PARAGRAPHS.split(markup)
    )


def _count_clusters(text: str) -> int:
    """About what a reader would count: marks, joined and toned emoji and flags are one each."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    total = 0
    is_joined = is_half_flag = False
    for character in text:
        if character == "\u200d":
            is_joined = True
            continue
        is_flag = "\U0001f1e6" <= character <= "\U0001f1ff"
        is_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
        is_more = is_tone or unicodedata.category(character)[0] == "M" or (is_flag and is_half_flag)
        total += not (is_more or is_joined)
        is_half_flag = is_flag and not is_half_flag
        is_joined = False
    return total
