"""From a page, or what it says by oEmbed, to a preview. Everything here is somebody else's word."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from fedi.core.cards.links import host_of
from fedi.core.cards.scan import Page, read_page
from fedi.kit.scrub import safe_int64, scrub_text
from fedi.kit.text import escape, safe_url, truncate

MAX_TITLE = 500
MAX_DESCRIPTION = 2000
MAX_NAME = 200
MAX_SIDE = 10_000
MAX_ADDRESS = 4096
# A player works in a frame of its own: it reaches neither our pages nor the window around it.
_FRAME = (
    '<iframe src="{src}" width="{width}" height="{height}" frameborder="0" allowfullscreen'
    ' sandbox="allow-scripts allow-same-origin allow-popups allow-forms allow-presentation"'
    ' loading="lazy" referrerpolicy="strict-origin-when-cross-origin"></iframe>'
)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?=$|[-_])")

# Whether an address is one that we would ever fetch: the same guard as for what we do fetch.
Guard = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Preview:
    """What is kept of a page; the names are those of the columns."""

    type: str = "link"
    title: str = ""
    description: str = ""
    language: str | None = None
    author_name: str = ""
    author_url: str = ""
    provider_name: str = ""
    provider_url: str = ""
    html: str = ""
    width: int = 0
    height: int = 0
    image_url: str | None = None
    image_description: str = ""
    embed_url: str = ""
    published_at: datetime | None = None
    # The handle of whoever wrote it, as the page has it.
    creator: str = ""

    @property
    def is_useful(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.title or self.html or (self.type == "photo" and self.embed_url))


class Reader:
    """Reads what one address says; `url` is where it was found in the end."""

    def __init__(self, url: str, guard: Guard, *, origin: str) -> None:
        self._url = url
        self._guard = guard
        self._own_host = host_of(origin)

    def describe(self, page: Page) -> Preview:
        """What a page says in OpenGraph, in Twitter's words and in plain ones."""
        say = self._say(page)
        image = self.address(say("og:image:secure_url", "og:image", "twitter:image"))
        player = self.address(say("og:video:secure_url", "twitter:player"))
        author = say("article:author")
        author_url = self.address(author) if author.startswith(("http:", "https:")) else None
        name = say("author", "twitter:creator") if author_url else author
        preview = Preview(
            title=_short(say("og:title", "twitter:title") or page.title, MAX_TITLE),
            description=_short(
                say("og:description", "twitter:description", "description"), MAX_DESCRIPTION
            ),
            language=_language(page.language or say("og:locale")),
            author_name=_short(name or say("author"), MAX_NAME),
            author_url=author_url or "",
            provider_name=_short(say("og:site_name", "application-name"), MAX_NAME),
            image_url=image,
            image_description=_short(say("og:image:alt", "twitter:image:alt"), MAX_DESCRIPTION),
            width=_side(say("og:image:width")) if image else 0,
            height=_side(say("og:image:height")) if image else 0,
            published_at=_moment(say("article:published_time", "og:published_time")),
            creator=_short(say("fediverse:creator"), MAX_NAME),
        )
        if player is None or _kind(say("og:video:type")) not in {"", "text/html"}:
            return preview
        sides = (
            _side(say("og:video:width", "twitter:player:width")),
            _side(say("og:video:height", "twitter:player:height")),
        )
        return self._with_player(preview, "video", player, sides)

    def _say(self, page: Page) -> Callable[..., str]:
        def say(*names: str) -> str:
            return next((page.meta[name] for name in names if page.meta.get(name)), "")

        return say

    def find_oembed(self, page: Page) -> str | None:
        """Where the page says that its oEmbed document is."""
        for link in page.links:
            kind = link.get("type", "").strip().lower()
            words = link.get("rel", "").lower().split()
            if kind == "application/json+oembed" and {"alternate", "alternative"} & set(words):
                return self.address(link.get("href", ""))
        return None

    def add_oembed(self, preview: Preview, document: dict[str, Any]) -> Preview:
        """What oEmbed says goes before what the page says, except where that says more."""

        def say(name: str) -> str:
            value = document.get(name)
            return value if isinstance(value, str) else ""

        sides = (_side(document.get("width")), _side(document.get("height")))
        found = replace(
            preview,
            title=_short(say("title"), MAX_TITLE) or preview.title,
            author_name=_short(say("author_name"), MAX_NAME) or preview.author_name,
            author_url=self.address(say("author_url")) or preview.author_url,
            provider_name=_short(say("provider_name"), MAX_NAME) or preview.provider_name,
            provider_url=self.address(say("provider_url")) or preview.provider_url,
            image_url=preview.image_url or self.address(say("thumbnail_url")),
        )
        kind = say("type")
        if kind == "photo" and (photo := self.address(say("url"))):
            return replace(
                found, type=kind, image_url=photo, embed_url=photo, width=sides[0], height=sides[1]
            )
        if kind not in {"video", "rich"}:
            return found
        frame = next(iter(read_page(say("html")).frames), {})
        source = self.address(frame.get("src", ""))
        if source is None:
            # Only a frame can be shut off from the page that it stands in.
            return found
        return self._with_player(
            found,
            kind,
            source,
            (sides[0] or _side(frame.get("width")), sides[1] or _side(frame.get("height"))),
        )

    def _with_player(
        self, preview: Preview, kind: str, source: str, sides: tuple[int, int]
    ) -> Preview:
        """A preview that plays, if its player is safe to show; else as it was."""
        parts = urlsplit(source)
        if parts.scheme.lower() != "https" or host_of(source) == self._own_host:
            return preview
        width, height = sides
        frame = _FRAME.format(src=escape(source), width=width or 480, height=height or 270)
        return replace(preview, type=kind, html=frame, embed_url=source, width=width, height=height)

    def address(self, text: str) -> str | None:
        """An address in the page as a whole one, if it may leave our API and be fetched."""
        text = scrub_text(text[: MAX_ADDRESS + 1]).strip()
        if not text or len(text) > MAX_ADDRESS:
            return None
        try:
            url = safe_url(urljoin(self._url, text))
        except ValueError:
            return None
        return url if url is not None and self._guard(url) else None


def _short(text: str, most: int) -> str:
    """A line of plain text."""
    return truncate(" ".join(scrub_text(text[: most * 4]).split()), most)


def _language(text: str) -> str | None:
    found = _LANGUAGE.match(text.strip())
    return found[0].lower() if found else None


def _side(value: object) -> int:
    if isinstance(value, str):
        value = value.strip().removesuffix("px")
    number = safe_int64(value)
    return number if number is not None and 0 < number <= MAX_SIDE else 0


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip()[:40])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
