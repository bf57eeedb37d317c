"""Reading a page as a browser does, and complaining about what is wrong with it."""

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

Attributes = dict[str, str]

_VOID = frozenset({"meta", "link", "img", "br", "input"})
_LINKS = ("href", "src", "action", "poster", "cite")
OWN = ("/", "https://a.test/")


@dataclass
class Element:
    """One element and the text right inside of it."""

    tag: str
    attributes: Attributes
    text: str = ""


@dataclass
class Document:
    """All elements of a page, in order."""

    elements: list[Element] = field(default_factory=list[Element])
    problems: list[str] = field(default_factory=list[str])

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of this name that have these attributes."""
        return [
            each
            for each in self.elements
            if each.tag == tag and attributes.items() <= each.attributes.items()
        ]

    def meta(self, name: str) -> str | None:
        """What a `meta` element says."""
        for each in self.all("meta"):
            if name in {each.attributes.get("name"), each.attributes.get("property")}:
                return each.attributes["content"]
        return None


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.document = Document()
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        if len(element.attributes) != len(attrs):
            self.document.problems.append(f"an attribute twice in {tag}")
        self.document.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self._open or self._open[-1].tag != tag:
            self.document.problems.append(f"</{tag}> where {[e.tag for e in self._open]} is open")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].text += data

    def close(self) -> None:
        super().close()
        self.document.problems += [f"<{e.tag}> is never closed" for e in self._open]


def read_page(text: str) -> Document:
    """The elements of a page, and what is wrong with it."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    document = reader.document
    document.problems += [*_find_dangers(document), *_find_faults(document)]
    return document


def _find_dangers(document: Document) -> list[str]:
    """Whatever could run, or ask another site for something."""
    found: list[str] = []
    for element in document.elements:
        if element.tag in {"script", "style", "iframe", "object", "embed", "base", "svg", "form"}:
            found.append(f"<{element.tag}>")
        for name, value in element.attributes.items():
            if name.startswith("on") or name in {"style", "srcset", "srcdoc"}:
                found.append(f"{name} in {element.tag}")
            if name in _LINKS and value.strip().lower().startswith(("javascript:", "vbscript:")):
                found.append(f"{value} in {element.tag}")
            is_loaded = name in {"src", "poster"} or (element.tag == "link" and name == "href")
            is_hint = element.attributes.get("rel") in {"alternate", "canonical"}
            if is_loaded and not is_hint and not value.startswith((*OWN, "data:,")):
                found.append(f"{element.tag} loads {value}")
    return found


def _find_faults(document: Document) -> list[str]:
    """What every page must have."""
    found = [
        f"{tag} is missing" for tag in ("html", "title", "main", "h1") if not document.all(tag)
    ]
    found += ["a picture without alt" for e in document.all("img") if "alt" not in e.attributes]
    ids = Counter(e.attributes["id"] for e in document.elements if "id" in e.attributes)
    found += [f"id {name} twice" for name, count in ids.items() if count > 1]
    if not any(e.attributes.get("lang") for e in document.all("html")):
        found.append("no language")
    if document.all("a", href="#main")[:1] != [e for e in document.elements if e.tag == "a"][:1]:
        found.append("the first link does not skip to the content")
    found += [f"{len(document.all('h1'))} h1"] if len(document.all("h1")) != 1 else []
    return found
