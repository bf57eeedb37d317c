"""One page and what it points to, fetched within narrow bounds; whoever calls this may wait."""

import asyncio
from urllib.parse import urlsplit

from fedi.core.accounts.people import People
from fedi.core.accounts.resolve import resolve_handle
from fedi.core.cards.describe import Preview, Reader
from fedi.core.cards.links import host_of
from fedi.core.cards.scan import MAX_PAGE, Page, read_page
from fedi.core.urls import is_ours
from fedi.kit.errors import FediError, RemoteDown, RemoteNonsense, RemoteRefused
from fedi.kit.html_scan import decode_page
from fedi.kit.scrub import loads_remote

PAGE_SECONDS = 10.0
OEMBED_SECONDS = 6.0
AUTHOR_SECONDS = 8.0
# A page may go on for so long; only its beginning is read.
_MAX_BYTES = 2_097_152
_MAX_OEMBED = 131_072
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_ACCEPT = "text/html,application/xhtml+xml;q=0.9"
_BUSY = frozenset({408, 425, 429})


async def fetch_preview(people: People, url: str) -> tuple[Preview, int | None]:
    """What a link leads to, and which account known here wrote it.

    Raises:
        RemoteDown: nobody answers just now.
        RemoteError: there is nothing to show.
    """
    await _check_host(people, url)
    head = _Head()
    answer = await people.runtime.http.save(
        url, head, accept=_ACCEPT, max_bytes=_MAX_BYTES, deadline=PAGE_SECONDS
    )
    if answer.status >= 500 or answer.status in _BUSY:
        raise RemoteDown("status", f"{url[:200]!a} answers {answer.status}")
    if answer.status != 200:
        raise RemoteNonsense("status", f"{url[:200]!a} answers {answer.status}")
    if answer.content_type.partition(";")[0].strip().lower() not in _PAGES:
        raise RemoteNonsense("type", answer.content_type[:100])
    await _check_host(people, answer.url)
    page = await asyncio.to_thread(_read, bytes(head.body), answer.content_type)
    reader = Reader(
        answer.url, lambda it: may_show(people, it), origin=people.runtime.settings.origin
    )
    preview = reader.describe(page)
    oembed = reader.find_oembed(page)
    if oembed is not None:
        preview = await _add_oembed(people, reader, preview, oembed)
    if not preview.is_useful:
        raise RemoteNonsense("empty", "the page says nothing of itself")
    return preview, await _find_author(people, preview.creator, host_of(answer.url))


class _Head:
    """Keeps the beginning of a page."""

    def __init__(self) -> None:
        self.body = bytearray()

    def __call__(self, chunk: bytes) -> None:
        self.body += chunk[: MAX_PAGE - len(self.body)]


def _read(body: bytes, content_type: str) -> Page:
    return read_page(decode_page(body, content_type))


async def _check_host(people: People, url: str) -> None:
    if (await people.policy.load()).is_suspended(urlsplit(url).netloc):
        raise RemoteRefused("domain", "a blocked server")


def may_show(people: People, url: str) -> bool:
    """Whether an address in a page passes the guard that stands before everything we fetch."""
    try:
        found = people.runtime.http.check_url(url)
    except FediError:
        return False
    # Ours is ours in every spelling: in capitals, or with the port that goes without saying.
    return found.may_carry and not is_ours(people.runtime.settings.origin, found.url)


async def _add_oembed(people: People, reader: Reader, preview: Preview, url: str) -> Preview:
    """A page stands by itself if its oEmbed document cannot be had."""
    try:
        await _check_host(people, url)
        answer = await people.runtime.http.get(
            url, accept="application/json", max_bytes=_MAX_OEMBED, deadline=OEMBED_SECONDS
        )
        document = loads_remote(answer.body, max_bytes=_MAX_OEMBED)
    except FediError:
        return preview
    if answer.status != 200 or not isinstance(document, dict):
        return preview
    return await asyncio.to_thread(reader.add_oembed, preview, document)


async def _find_author(people: People, creator: str, host: str) -> int | None:
    """The account that a page names, if it names the page's site in turn."""
    handle = creator.strip().removeprefix("acct:").lstrip("@")
    if "@" not in handle:
        return None
    try:
        async with asyncio.timeout(AUTHOR_SECONDS):
            account = await resolve_handle(people, handle)
    except (FediError, TimeoutError):
        return None
    domains = [domain.lower().rstrip(".") for domain in account.attribution_domains]
    is_theirs = any(host == domain or host.endswith(f".{domain}") for domain in domains if domain)
    return account.id if is_theirs and not account.is_gone else None
