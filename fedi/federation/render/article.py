"""Articles: long posts with a title and an abstract, and a short form for readers of short posts.

All of it is found in the text: the first line is the title, or else the content warning is, and
what comes next is the abstract. A warning warns of everything below it, so that nothing of the text
may be shown in its title, its abstract or its short form.
"""

import re
from dataclasses import dataclass

from fedi.federation.render.activity import Json
from fedi.federation.render.facts import NoteFacts
from fedi.federation.render.group import title_of
from fedi.kit.text import escape, plain_text

MAX_TITLE = 150
MAX_ABSTRACT = 400

# The first line: a paragraph or heading, or what comes before the first break in one.
_FIRST_LINE = re.compile(r"<(p|h[1-6])>(.*?)(</\1>|<br ?/?>)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Article:
    """The parts of a long post; title and abstract are plain text, and may be empty."""

    title: str
    body: str
    abstract: str


def read_article(facts: NoteFacts) -> Article:
    """What a text says as an article."""
    if facts.spoiler_text:
        return Article(_shorten(facts.spoiler_text, MAX_TITLE), facts.content, "")
    title = title_of(plain_text(facts.content), most=len(facts.content))
    body = _without_first_line(facts.content, title)
    abstract = _shorten(plain_text(body), MAX_ABSTRACT)
    return Article(_shorten(title, MAX_TITLE), body, abstract)


def render_article(article: Article, facts: NoteFacts) -> Json:
    """What sets an article apart from a note; the content aside."""
    parts: Json = {"type": "Article", "preview": _preview(article, facts)}
    if article.title:
        parts["name"] = article.title
    if article.abstract and not facts.sensitive:
        # Of a sensitive post the summary is its warning to all who read articles.
        parts["summary"] = escape(article.abstract)
    return parts


def _without_first_line(content: str, title: str) -> str:
    """The text below its title, where that has a line of its own; else it begins the text.

    Lines with links stay: whom or what they lead to must not get lost.
    """
    found = _FIRST_LINE.match(content)
    if found is None or len(title) > MAX_TITLE or "<a " in found[2]:
        return content
    if plain_text(found[2]).lstrip("#").strip() != title:
        return content
    rest = content[found.end() :]
    if found[3].startswith("</"):
        return rest or content
    # Marks that begin in the title and end below it would be torn.
    return content if "<" in found[2] else f"<{found[1]}>{rest}"


def _preview(article: Article, facts: NoteFacts) -> Json:
    """A note that stands for the article, without an id: nobody can fetch or answer it."""
    url = escape(facts.url)
    lines = [f'<a href="{url}">{url}</a>']
    if article.abstract:
        lines.insert(0, escape(article.abstract))
    if article.title and not facts.spoiler_text:
        lines.insert(0, f"<strong>{escape(article.title)}</strong>")
    note: Json = {
        "type": "Note",
        "attributedTo": facts.author_uri,
        "url": facts.url,
        "sensitive": facts.sensitive,
        "content": "".join(f"<p>{line}</p>" for line in lines),
    }
    return {**note, "summary": facts.spoiler_text} if facts.spoiler_text else note


def _shorten(text: str, most: int) -> str:
    """One line of at most so many characters, cut between words."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    head, _, _ = cut.rpartition(" ")
    return f"{(head or cut).rstrip()}\u2026"
