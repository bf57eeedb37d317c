"""Pages as strangers write them: what is read of them, and how long that takes."""

import pytest

from fedi.core.cards.describe import Preview, Reader
from fedi.core.cards.links import find_link
from fedi.core.cards.scan import read_page
from fedi.kit.html_scan import decode_page
from tests.cpu import check_growth


def reader() -> Reader:
    return Reader(
        "https://far.test/a/page",
        lambda url: url.startswith("https://") and "inner" not in url,
        origin="https://a.test",
    )


def describe(source: str) -> Preview:
    return reader().describe(read_page(source))


def test_the_first_proper_link_counts() -> None:
    content = (
        '<p class="quote-inline">RE: <a href="https://q.test/1">q</a></p>'
        '<p><a href="https://b.test/@b" class="u-url mention">@b</a>'
        '<a class="mention hashtag" href="https://b.test/tags/x" rel="tag">#x</a>'
        '<a href="https://a.test/@alice">own</a><a href="mailto:a@b.test">mail</a>'
        '<a href="https://pics.test/1.png">file</a>'
        '<a title="&gt;" href="https://far.test/?a=1&amp;b=2" rel="nofollow">it</a>'
        '<a href="https://later.test">later</a></p>'
    )
    besides = ["https://pics.test/1.png"]
    found = find_link(content, origin="https://a.test", besides=besides)
    assert found == "https://far.test/?a=1&b=2"
    assert find_link("<p>no link</p>") is None
    assert find_link(f'<a href="https://far.test/{"x" * 2000}">long</a>') is None


def test_open_graph_goes_before_the_rest() -> None:
    found = describe(
        '<!doctype html><html lang="de-AT"><head><title>Plain &amp; simple</title>'
        '<META NAME=description CONTENT="desc">'
        "<meta property='og:title' content='A  &quot;title&quot;'>"
        '<meta property="og:image" content="/pic.png"><meta property="og:image:alt" content="alt">'
        '<meta property="og:image:width" content="640px"><meta property="og:image:height" '
        'content="480"><meta property="og:site_name" content="Site">'
        '<meta property="article:published_time" content="2024-05-01T12:00:00+02:00">'
        '<meta name="author" content="Ann"><meta property="article:author" '
        'content="https://far.test/ann"><meta name="fediverse:creator" content="@ann@far.test">'
    )
    assert found.title == 'A "title"'
    assert found.description == "desc"
    assert found.language == "de"
    assert found.image_url == "https://far.test/pic.png"
    assert (found.image_description, found.width, found.height) == ("alt", 640, 480)
    assert (found.author_name, found.author_url) == ("Ann", "https://far.test/ann")
    assert found.provider_name == "Site"
    assert found.published_at is not None
    assert found.published_at.isoformat() == "2024-05-01T10:00:00+00:00"
    assert found.creator == "@ann@far.test"
    assert describe("<title>Plain &amp; simple</title>").title == "Plain & simple"
    assert not describe("<p>nothing").is_useful


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "data:text/html,x", "http://far.test/x", "https://inner.test/x",
        "//inner.test/x", "file:///etc/passwd", "https://u:p@far.test/", "https://[::1", "\x00",
        "https://far.test/\nx y",
    ],
)  # fmt: skip
def test_addresses_that_the_guard_refuses_are_not_shown(address: str) -> None:
    names = ("og:image", "og:video:secure_url", "article:author")
    tags = "".join(f'<meta property="{name}" content="{address}">' for name in names)
    found = describe(
        f'<title>t</title>{tags}<link rel=alternate type=application/json+oembed href="{address}">'
    )
    assert (found.image_url, found.html, found.embed_url, found.author_url) == (None, "", "", "")
    document = {"type": "photo", "url": address, "thumbnail_url": address, "author_url": address}
    found = reader().add_oembed(found, document)
    assert (found.type, found.image_url, found.author_url) == ("link", None, "")
    frame = {"type": "video", "html": f'<iframe src="{address}"></iframe>'}
    assert reader().add_oembed(found, frame).html == ""


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>", "<b onclick=x>y</b>", "", "<iframe>", "<iframe src>",
        '<iframe src="https://a.test/own"></iframe>', '<embed src="https://far.test/x">',
        '<blockquote>x</blockquote><script src="https://far.test/w.js"></script>',
        '<!--<iframe src="https://far.test/x"></iframe>-->',
    ],
)  # fmt: skip
def test_players_that_cannot_be_shut_off_are_dropped(markup: str) -> None:
    found = reader().add_oembed(Preview(title="t"), {"type": "rich", "html": markup, "width": 5})
    assert (found.type, found.html, found.embed_url) == ("link", "", "")


def test_a_player_is_reduced_to_a_frame() -> None:
    markup = '<div><iframe onload=x src="https://far.test/p?a=1&amp;b=%22" allow="camera"></iframe>'
    document = {"type": "video", "html": markup, "width": "640", "height": 360, "title": "T"}
    found = reader().add_oembed(Preview(), document)
    assert (found.type, found.title, found.width, found.height) == ("video", "T", 640, 360)
    assert found.embed_url == "https://far.test/p?a=1&b=%22"
    assert found.html.startswith('<iframe src="https://far.test/p?a=1&amp;b=%22" width="640"')
    assert "sandbox=" in found.html
    assert "onload" not in found.html
    assert "camera" not in found.html


@pytest.mark.parametrize(
    "document",
    [{}, {"type": 5}, {"type": "photo"}, {"title": ["x"]}, {"type": "video", "html": {}},
     {"width": 1e300, "height": "9" * 30, "type": "video", "html": "x"}],
)  # fmt: skip
def test_broken_oembed_changes_nothing(document: dict[str, object]) -> None:
    before = Preview(title="t")
    assert reader().add_oembed(before, document) == before


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("é".encode(), "text/html; charset=utf-8", "é"),
        ("é".encode("latin-1"), "text/html; charset=ISO-8859-1", "é"),
        ('<meta charset="windows-1251">ж'.encode("cp1251"), "text/html", "ж"),
        ("<meta charset=shift_jis>日".encode("shift_jis"), "text/html", "日"),
        ("é".encode("utf-16"), "text/html", "é"),
        ("é!".encode("latin-1"), "text/html", "é"),
        ("é".encode()[:1] + b"<p>", "text/html", "Ã"),
        ("aé".encode()[:2], "text/html", "a"),
        (b"x", "text/html; charset=zip_codec", "x"),
        (b"x", "text/html; charset=hex", "x"),
        (b"x", "text/html; charset=unicode_escape", "x"),
        (b"\xff\xff", "text/html; charset=utf-8", "\ufffd"),
    ],
)
def test_letters_are_read_as_they_were_meant(body: bytes, kind: str, text: str) -> None:
    assert text in decode_page(body, kind)


@pytest.mark.parametrize(
    "piece",
    [
        "<!--", "<meta ", "<title>", "<script>", '<meta a="', "<meta a='\"", "<", "<meta>", "<a ",
        "<meta/", "<link rel=x href=y>", "<iframe src=", "<meta " + "a" * 50,
        "<meta content=&amp;>",
        "<!", "<![CDATA[", "<?", "</", "<title></title", '<meta x="y" ' + "z= " * 9,
    ],
)  # fmt: skip
def test_time_grows_with_length_alone(piece: str) -> None:
    def work(source: str) -> None:
        describe(source)
        decode_page(source.encode(), "text/html")

    def make(length: int) -> str:
        return (piece * (length // len(piece) + 1))[:length]

    check_growth(make, work, size=262_144, limit=0.2)
