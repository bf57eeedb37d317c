"""Markdown that a member typed: the part of it that posts may hold, as HTML.

Links, mentions and hashtags are found first, by the scanner of plain texts, and stand aside as
marks while the markdown is read: no underscore in an address can become emphasis. What comes out
is cleaned like everything else, and only then the marks become what they stand for.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from fedi.kit.text_compose import (
    Entity,
    Rendered,
    hashtag_key,
    render_link,
    render_mention,
    render_tag,
    scan,
)
from fedi.kit.text_html import clean_html, escape

# Characters of nobody's writing frame the number of an entity.
_OPEN, _CLOSE = "\ue000", "\ue001"
# Entities of HTML can spell out such a frame, so what is in it may be anybody's writing.
_MARK = re.compile(f"{_OPEN}([0-9]{{1,6}}){_CLOSE}")
_BRACKETED = re.compile(f"<({_OPEN}[0-9]+{_CLOSE})>")
_BETWEEN = re.compile(r"(?<=>)\n+|\n+(?=</?(?:ul|ol|li|p|blockquote|pre|h[1-6])\b)")
_PRE = re.compile(r"(<pre>.*?</pre>)", re.DOTALL)

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 20}).enable(
    "strikethrough"
)
_MARKDOWN.disable(["image", "html_block", "html_inline", "hr", "reference"])


@dataclass(slots=True)
class _Page:
    """One text while it is rendered: its entities by number, and what came of them."""

    text: str
    entities: Sequence[Entity]
    mentions: Mapping[str, tuple[str, str]]
    tag_url: Callable[[str], str]
    linked: dict[str, None] = field(default_factory=dict[str, None])
    tags: dict[str, str] = field(default_factory=dict[str, str])

    def raw(self, match: re.Match[str]) -> str:
        """What was typed where the mark is."""
        entity = self._entity(match)
        return self.text[entity.start : entity.end] if entity else ""

    def shown(self, match: re.Match[str]) -> str:
        """What the reader gets where the mark is."""
        entity = self._entity(match)
        if entity is None:
            return ""
        typed = self.text[entity.start : entity.end]
        if entity.kind == "link":
            return render_link(entity.value)
        if entity.kind == "tag":
            key = hashtag_key(entity.value)
            self.tags.setdefault(key, entity.value)
            return render_tag(self.tag_url(key), typed[1:])
        key = entity.value.lower()
        if key not in self.mentions:
            return escape(typed)
        self.linked[key] = None
        return render_mention(*self.mentions[key])

    def _entity(self, match: re.Match[str]) -> Entity | None:
        number = int(match[1])
        return self.entities[number] if number < len(self.entities) else None


def render_markdown(
    text: str, mentions: Mapping[str, tuple[str, str]], tag_url: Callable[[str], str]
) -> Rendered:
    """The HTML of a member's markdown; the arguments are those of `render_plain`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(_OPEN, "").replace(_CLOSE, "")
    text = text.strip("\n")
    page = _Page(text, list(scan(text)), mentions, tag_url)
    tokens = _MARKDOWN.parse(_with_marks(page))
    _restore(tokens, page)
    cleaned = clean_html(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
    markup = _MARK.sub(page.shown, _on_one_line(cleaned))
    return Rendered(markup, tuple(page.linked), tuple(page.tags.values()))


def _with_marks(page: _Page) -> str:
    parts: list[str] = []
    at = 0
    for number, entity in enumerate(page.entities):
        parts += page.text[at : entity.start], f"{_OPEN}{number}{_CLOSE}"
        at = entity.end
    parts.append(page.text[at:])
    return _BRACKETED.sub(r"\1", "".join(parts))


def _restore(tokens: Sequence[Token], page: _Page) -> None:
    """Put back what was typed where it is no text: in code, in addresses and in texts of links."""
    depth = 0
    for token in tokens:
        depth += token.nesting if token.type in ("link_open", "link_close") else 0
        if token.type == "link_open":
            # The parser has escaped the marks in the address.
            token.attrs["href"] = _address(str(token.attrs.get("href", "")), page)
        if depth or token.type in ("code_inline", "code_block", "fence"):
            token.content = _MARK.sub(page.raw, token.content)
        if token.children:
            _restore(token.children, page)


def _address(href: str, page: _Page) -> str:
    return _MARK.sub(page.raw, href.replace("%EE%80%80", _OPEN).replace("%EE%80%81", _CLOSE))


def _on_one_line(markup: str) -> str:
    """Without line ends, but for those in preformatted text."""
    parts = _PRE.split(markup)
    return "".join(
        part if number % 2 else _BETWEEN.sub("", part).replace("\n", " ")
        for number, part in enumerate(parts)
    ).strip()
