"""Previews of links: pages that point back at us, or take long to be read."""

import pytest

from fedi.core.accounts.people import People
from fedi.core.cards.describe import Reader
from fedi.core.cards.fetch import may_show
from fedi.core.cards.links import find_link
from fedi.core.cards.scan import read_page
from tests.cpu import tries
from tests.integration.attacks.conftest import Site

OURS = [
    "https://a.test/media/x.png",
    "https://A.TEST/media/x.png",
    "HTTPS://a.test/x",
    "https://a.test:443/x",
    "https://a.test:0443/x",
    "http://a.test/x",
    "https://a.test?x",
    "https://a.test./x",
    "https://\uff41.test/x",
    "https://a%2etest/x",
]
INSIDE = [
    "https://127.0.0.1/x",
    "https://localhost/x",
    "https://[::1]/x",
    "https://10.1.1.1/x",
    "https://2130706433/x",
    "https://far.test:22/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,x",
]
PAGE = (
    '<title>t</title><meta property="og:image" content="{0}">'
    '<meta property="og:video:secure_url" content="{0}">'
    '<meta property="article:author" content="{0}">'
    '<link rel="alternate" type="application/json+oembed" href="{0}">'
)


@pytest.mark.parametrize("address", [*OURS, *INSIDE])
async def test_a_page_makes_us_show_and_ask_nothing_of_our_own(site: Site, address: str) -> None:
    people = People(site.runtime)
    reader = Reader(
        "https://far.test/p", lambda it: may_show(people, it), origin=site.runtime.settings.origin
    )
    page = read_page(PAGE.format(address))
    preview = reader.describe(page)
    assert (preview.html, preview.embed_url, preview.image_url) == ("", "", None)
    assert preview.author_url == ""
    assert reader.find_oembed(page) is None
    document = {"type": "video", "html": f'<iframe src="{address}"></iframe>', "url": address}
    found = reader.add_oembed(preview, {**document, "thumbnail_url": address})
    assert (found.html, found.image_url) == ("", None)
    assert reader.add_oembed(preview, {**document, "type": "photo"}).embed_url == ""


@pytest.mark.parametrize("address", OURS[:7])
def test_our_own_pages_get_no_preview(address: str) -> None:
    content = f'<p><a href="{address}">x</a></p>'
    assert find_link(content, origin="https://a.test") is None
    other = find_link('<p><a href="https://far.test/x">x</a></p>', origin="https://a.test")
    assert other == "https://far.test/x"


N = 262_144
SLOW = [
    "<title>" * (N // 7),
    "<meta " * (N // 6),
    ("<meta " + "a " * 8000 + ">") * 16,
    ("<meta " + 'a="' * 5000) * 5,
    "<!--" * (N // 4),
    "<!---->" * (N // 7),
    "<script>" * (N // 8),
    "<" * N,
    "<iframe src='" * 20_000,
    "<title>" + "&amp;" * 50_000 + "</title>",
    ("<meta " + "a" * 16_000 + ">") * 16,
]


@pytest.mark.parametrize("text", SLOW, ids=range(len(SLOW)))
def test_no_page_takes_long_to_read(text: str) -> None:
    for window in tries(1.0):
        with window:
            read_page(text)
