"""What is left of hostile HTML: payloads, stability, the allow list, and time."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi.kit.text import clean_html, escape, plain_text, safe_url, truncate
from fedi.kit.text_html import CLASSES, LINK_SCHEMES, MAX_HTML, MAX_NESTING, TAGS
from tests.cpu import tries

PAYLOADS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//x.test/a.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script>",
    "<script\x00>alert(1)</script>",
    "<script>alert(1)",
    "<<script>alert(1)//<</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x:x onerror=alert(1)//",
    "<img/src=`x`onerror=alert(1)>",
    '<img """><script>alert(1)</script>">',
    "<image src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<svg><use href=data:image/svg+xml,x></svg>",
    "<svg><foreignObject><body onload=alert(1)></svg>",
    "<svg></p><style><a title='</style><img src onerror=alert(1)>'>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><title><style><img src=x onerror=alert(1)>",
    "<math><mtext></p><style><img title='</style><img src onerror=alert(1)>'>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<math><annotation-xml encoding='text/html'><img src onerror=alert(1)></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<template><img src=x onerror=alert(1)></template>",
    "<textarea><script>alert(1)</script></textarea>",
    "<title><img src=x onerror=alert(1)></title>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<noembed><img src=x onerror=alert(1)></noembed>",
    "<noframes><img src=x onerror=alert(1)></noframes>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<listing>&lt;img onerror=alert(1) src=x&gt;</listing>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x></applet>",
    "<frameset onload=alert(1)>",
    "<base href=//x.test/>",
    "<link rel=stylesheet href=//x.test/>",
    "<link rel=import href=//x.test/>",
    '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
    "<style>@import '//x.test';</style>",
    "<style>*{display:none}</style>",
    "<p style='position:fixed;top:0'>x</p>",
    "<div style=background:url(javascript:alert(1))>x</div>",
    "<p id=main class='modal overlay' tabindex=1 contenteditable>x</p>",
    "<p accesskey=x onclick=alert(1) autofocus onfocus=alert(1)>x</p>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='java&#9;script:alert(1)'>x</a>",
    "<a href='java&NewLine;script&colon;alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='javascript&#58;alert(1)'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='blob:https://x/1'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='view-source:javascript:alert(1)'>x</a>",
    "<a href='//x.test/'>x</a>",
    "<a href='\\\\x.test'>x</a>",
    "<a href='/\\x.test'>x</a>",
    "<a href='/settings/delete'>x</a>",
    "<a href='#x'>x</a>",
    "<a href='?logout'>x</a>",
    "<a href='https:javascript:alert(1)'>x</a>",
    "<a href=https://x.test onmouseover=alert(1)>x</a>",
    "<a href='https://x.test\" onmouseover=\"alert(1)'>x</a>",
    "<a href=https://x.test target=_self rel=opener download ping=//x>x</a>",
    "<a name=x href=https://x.test>x</a>",
    "<a href=https://x.test><a href=https://y.test>x</a></a>",
    "<a href=https://x.test><table><a href=https://y.test>x</table></a>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<input onfocus=alert(1) autofocus>",
    "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
    "<isindex action=javascript:alert(1) type=image>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<html onclick=alert(1)>",
    "<table background=javascript:alert(1)><td>x",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><img src=x onerror=alert(1)>",
    "<!DOCTYPE html [<!ENTITY x '<script>alert(1)</script>'>]>&x;",
    "<x onclick=alert(1)>x</x>",
    "<custom-element onconnected=alert(1)></custom-element>",
    "</p></div></body></html><script>alert(1)</script>",
    "<p title='<script>alert(1)</script>'>x</p>",
    "<abbr title='\"><img src=x onerror=alert(1)>'>x</abbr>",
    "<blockquote cite=javascript:alert(1)>x</blockquote>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;",
    "\ufeff<script>alert(1)</script>",
    "<p>\ud800<script>alert(1)</script>\udfff</p>",
    "\u2028<script>alert(1)</script>",
    "<ruby><rt><script>alert(1)</script></rt></ruby>",
    "<li value=1 onclick=alert(1)>x",
    "<h1><svg><desc><p><img src=x onerror=alert(1)>",
]


class Checker(HTMLParser):
    """A second parser's opinion of what we let through."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        allowed = {
            "a": {"href", "class", "translate", "target", "rel"},
            "span": {"class", "translate"},
            "p": {"class"},
            "abbr": {"title"},
            "ol": {"start", "reversed"},
            "li": {"value"},
        }.get(tag, set())
        values = dict(attrs)
        assert set(values) <= allowed
        assert set((values.get("class") or "").split()) <= CLASSES
        assert values.get("translate", "no") == "no"
        if tag == "a":
            assert values["rel"] == "nofollow noopener noreferrer"
            assert values["target"] == "_blank"
            if href := values.get("href"):
                assert href.split(":")[0].lower() in LINK_SCHEMES
                assert not href.lower().startswith(("https:javascript", "//"))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def assert_harmless(source: str) -> str:
    clean = clean_html(source)
    checker = Checker(convert_charrefs=True)
    checker.feed(clean)
    checker.close()
    assert clean_html(clean) == clean
    assert len(clean) <= MAX_HTML
    clean.encode()
    assert "\0" not in clean
    return clean


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_harmless_alone_and_inside_other_markup(payload: str) -> None:
    for wrap in ["{}", "<p>{}</p>", "<a href=https://x.test>{}", "<table><p>{}", "<b><i>{}</b>"]:
        assert_harmless(wrap.format(payload))


def test_what_clients_need_is_kept() -> None:
    source = (
        '<p>hi <span class="h-card" translate="no"><a href="https://x.test/@eve" '
        'class="u-url mention">@<span>eve</span></a></span> '
        '<a href="https://x.test/tags/a" class="mention hashtag" rel="tag">#<span>a</span></a></p>'
        '<p class="quote-inline">RE: <a href="https://y.test/1" translate="no">'
        '<span class="invisible">https://</span><span class="ellipsis">y.test</span></a></p>'
        "<blockquote><pre><code>x</code></pre></blockquote><ul><li>1</li></ul><h1>t</h1>"
        "<ruby>a<rp>(</rp><rt>b</rt><rp>)</rp></ruby><del>d</del><s>s</s><u>u</u>"
        "<sub>1</sub><sup>2</sup><em>e</em><strong>f</strong>:blobcat:"
    )
    clean = assert_harmless(source)
    outside = ' target="_blank" rel="nofollow noopener noreferrer"'
    assert clean == re.sub(
        r"(<a [^>]*?)( rel=\"tag\")?>", lambda link: link[1] + outside + ">", source
    )


@pytest.mark.parametrize("scheme", sorted(LINK_SCHEMES))
def test_listed_schemes_may_be_linked(scheme: str) -> None:
    assert f'href="{scheme}:' in clean_html(f'<a href="{scheme}://x.test/">x</a>')


def test_other_class_names_are_dropped() -> None:
    source = '<p class="mention modal">a</p><span class="mfm-spin ellipsis">b</span>'
    assert clean_html(source) == '<p class="mention">a</p><span class="ellipsis">b</span>'


def test_plain_text_without_markup_is_not_touched() -> None:
    for text in ["", "hello", "caf\xe9 \U0001f600\nline", '"quoted"']:
        assert clean_html(text) == text
    assert clean_html("a\0b\ud800") == "ab"


names = st.sampled_from(
    [
        *sorted(TAGS),
        *("div", "table", "td", "svg", "math", "style", "title", "form", "select", "template"),
        *("mtext", "annotation-xml", "foreignObject", "font", "nobr", "frameset", "!--"),
    ]
)
attributes = st.sampled_from(
    ["", " class=mention", " href=https://x.test", " href=javascript:x", " title='<b>'", " id=x"]
)
pieces = st.one_of(
    st.builds("<{}{}>".format, names, attributes),
    st.builds("</{}>".format, names),
    st.sampled_from(["x", "-->", "<!--", "&lt;", "&", "<", ">", "]]>", "<![CDATA[", "'", '"']),
    st.text(max_size=5),
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(pieces, max_size=25).map("".join))
def test_any_soup_is_harmless_and_clean_stays_clean(source: str) -> None:
    assert_harmless(source)
    plain_text(source).encode()


@pytest.mark.parametrize("tag", ["<b>", "<blockquote>", "<div>", "<ul><li>", "<span>", "<p><b>"])
def test_depth_is_bounded(tag: str) -> None:
    deep = assert_harmless(tag * 1900 + "x")
    depth = most = 0
    for end in re.findall(r"<(/?)", deep):
        depth += -1 if end else 1
        most = max(most, depth)
    assert most <= MAX_NESTING + 1
    assert "x" in deep
    assert assert_harmless("<b>" * 10 + "x" + "</b>" * 10).count("<b>") == 10


GROWTH = [
    *("<", ">", "&", "'", "</", "<a", "<a ", "<a x=", '<a x="', "<!", "<!--", "<?", "]]>", "&lt;"),
    *("<b>", "<div>", "<p>", "<br>", "</p>", "<ul><li>", "<table>", "<a href=x>", "<svg><style>"),
    *("<h1><a>", "<b><p>", "<form>", "<select><option>", "<i><b><u><s><a href=http://a.b>"),
    *("<ruby><rt>", "<math><mi>", "<nobr>", "x&", "<a b c d e f g "),
]


@pytest.mark.parametrize("piece", GROWTH)
def test_time_is_bounded(piece: str) -> None:
    for length in [100_000, 1_000_000]:
        source = piece * (length // len(piece))
        for window in tries(0.6):
            with window:
                clean = clean_html(source)
                plain_text(source)
            assert len(clean) <= MAX_HTML


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", ""),
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<p>one<br />two</p>", "one\ntwo"),
        ("<ul><li>a</li><li>b</li></ul>c", "a\nb\n\nc"),
        ("<p>a &lt;b&gt; &amp;amp; c&nbsp;d</p>", "a <b> &amp; c d"),
        ('<abbr title="a>b">c</abbr>', "c"),
        ("<script>x</script>y<style>z</style>", "y"),
        ('<a href="https://x.test"><span class="invisible">https://</span>x.test</a>',
         "https://x.test"),
        ("just text", "just text"),
    ],
)  # fmt: skip
def test_plain_text(source: str, text: str) -> None:
    assert plain_text(source) == text


def test_escape_is_safe_in_elements_and_attributes() -> None:
    assert (
        escape("<a href='x' title=\"y\">&\0")
        == "&lt;a href=&#x27;x&#x27; title=&quot;y&quot;&gt;&amp;"
    )


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "JAVASCRIPT:x", "java\tscript:x", "java\nscript:x", " https://a"),
        *("data:text/html,x", "vbscript:x", "//a.test/", "/a", "a.test", "", "https:", "https://"),
        *("https:/a.test", "https:\\\\a.test", "https://\\a", "https://a.test\\@b.test", "ftp://a"),
        *("https://u:p@a.test/", "https://a.test/ b", 'https://a.test/"x', "https://a.test/<x>"),
        *("https://a.test/\x00", "https://a.test/\u2028", "https://a.test/\ud800", "mailto:a@b.c"),
        *("https://?x", "https://#x", "blob:https://a.test/", "https://a.test/" + "x" * 5000),
    ],
)
def test_an_unsafe_url_is_none(url: str) -> None:
    assert safe_url(url) is None


@pytest.mark.parametrize(
    "value", [None, 1, True, [], ["https://a.test"], {"href": "https://a"}, b""]
)
def test_what_is_no_text_is_no_url(value: object) -> None:
    assert safe_url(value) is None


@pytest.mark.parametrize(
    "url",
    ["https://a.test", "http://a.test:8080/x?y#z", "HTTPS://A.TEST/\xe9", "https://a.test/@u/1"],
)
def test_a_safe_url_is_itself(url: str) -> None:
    assert safe_url(url) == url


def test_truncate() -> None:
    assert truncate("hello", 5) == "hello"
    assert truncate("hello world", 7) == "hello\u2026"
    assert truncate("hello", 1) == "\u2026"
    assert truncate("hello", 0) == ""
