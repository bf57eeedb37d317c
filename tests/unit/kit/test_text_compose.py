"""What a member typed, and the HTML that becomes of it."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi.kit.text import (
    character_count,
    clean_html,
    find_hashtags,
    find_mentions,
    hashtag_key,
    plain_text,
    render_plain,
)
from tests.cpu import tries

PEOPLE = {"bob": ("https://h.test/@bob", "bob"), "eve@x.test": ("https://x.test/@eve", "Eve")}


def tag_url(name: str) -> str:
    return f"https://h.test/tags/{name}"


def html(text: str) -> str:
    return render_plain(text, PEOPLE, tag_url).html


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@bob", [("bob", None)]),
        ("hi @bob!", [("bob", None)]),
        ("(@bob)", [("bob", None)]),
        ("@bob, @bob @BOB", [("bob", None)]),
        ("@Eve@X.test", [("Eve", "X.test")]),
        ("@eve@x.test.", [("eve", "x.test")]),
        ("@eve@x.test's", [("eve", "x.test")]),
        ("@eve@x.test:8443 ok", [("eve", "x.test:8443")]),
        ("@eve@b\xfccher.test", [("eve", "b\xfccher.test")]),
        ("@first.last_x-y@a-b.test", [("first.last_x-y", "a-b.test")]),
        ("@bob.", [("bob", None)]),
        ("@bob-", [("bob", None)]),
        ("\u3010@bob\u3011", [("bob", None)]),
        ("\n@bob\n@eve@x.test", [("bob", None), ("eve", "x.test")]),
        ("@bob @eve@x.test @bob@x.test", [("bob", None), ("eve", "x.test"), ("bob", "x.test")]),
        ("me@x.test", []),
        ("https://x.test/@bob", []),
        ("/@bob =@bob @@bob", []),
        ("@ bob", []),
        ("@b\xf6b", []),
        ("", []),
        ("!tea@x.test and !nobody!", [("tea", "x.test")]),
        ("(!tea@x.test) @tea@x.test wow!a@b.c", [("tea", "x.test")]),
    ],
)
def test_find_mentions(text: str, found: list[tuple[str, str | None]]) -> None:
    assert find_mentions(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#one", ["one"]),
        ("#One #one #ONE", ["One"]),
        ("#\uff4fne #one", ["\uff4fne"]),
        ("\uff03\u732b", ["\u732b"]),
        ("#a, #b. #c! (#d)", ["a", "b", "c", "d"]),
        ("#caf\xe9", ["caf\xe9"]),
        ("#\u0939\u093f\u0928\u094d\u0926\u0940", ["\u0939\u093f\u0928\u094d\u0926\u0940"]),
        ("#\u732b\u3001#\u72ac\u3002", ["\u732b", "\u72ac"]),
        ("#snake_case #a1 #1a", ["snake_case", "a1", "1a"]),
        ("#col\xb7lecci\xf3", ["col\xb7lecci\xf3"]),
        ("#a#b", ["a"]),
        ("#100 #2_3 #_ # #\U0001f600", []),
        ("x#a &#x27; /#a", []),
        ("https://x.test/#a", []),
        ("#" + "a" * 101, []),
    ],
)
def test_find_hashtags(text: str, found: list[str]) -> None:
    assert find_hashtags(text) == found


def test_a_hashtag_has_one_key_for_all_its_spellings() -> None:
    for name in ["stra\xdfe", "STRASSE", "\uff33trasse"]:
        assert hashtag_key(name) == "strasse"
    assert hashtag_key("cafe\u0301") == hashtag_key("CAF\xc9") == "caf\xe9"


def test_a_mention_is_a_card() -> None:
    assert html("@BOB and @Eve@x.test") == (
        '<p><span class="h-card" translate="no"><a href="https://h.test/@bob" '
        'class="u-url mention">@<span>bob</span></a></span> and '
        '<span class="h-card" translate="no"><a href="https://x.test/@eve" '
        'class="u-url mention">@<span>Eve</span></a></span></p>'
    )
    assert html("@nobody @nobody@x.test") == "<p>@nobody @nobody@x.test</p>"


def test_a_hashtag_is_a_link() -> None:
    assert html("#Hello") == (
        '<p><a href="https://h.test/tags/hello" class="mention hashtag" rel="tag">'
        "#<span>Hello</span></a></p>"
    )


def test_a_link_is_shortened() -> None:
    head = '" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">'
    short, long = "https://x.test/a", "https://www.x.test/" + "0123456789" * 4
    assert html(short) == (
        f'<p><a href="{short}{head}https://</span>'
        '<span class="">x.test/a</span><span class="invisible"></span></a></p>'
    )
    assert html(long) == (
        f'<p><a href="{long}{head}https://www.</span><span class="ellipsis">x.test/'
        '01234567890123456789012</span><span class="invisible">34567890123456789</span></a></p>'
    )


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("(see https://x.test/a)", "https://x.test/a"),
        ("https://x.test/a_(b)", "https://x.test/a_(b)"),
        ("(https://x.test/a_(b)).", "https://x.test/a_(b)"),
        ("https://x.test/a, then", "https://x.test/a"),
        ("https://x.test/a?b=c&d=e#f!", "https://x.test/a?b=c&amp;d=e#f"),
        ("https://x.test/@bob", "https://x.test/@bob"),
        ("https://x.test/\u732b\u3002", "https://x.test/\u732b"),
        ("HTTP://X.TEST", "HTTP://X.TEST"),
        ('"https://x.test/"', "https://x.test/"),
        ("https://x.test/<b>", "https://x.test/"),
    ],
)
def test_a_link_ends_where_the_sentence_goes_on(text: str, link: str) -> None:
    assert f'<a href="{link}" ' in html(text)
    assert html(text).count("<a ") == 1


@pytest.mark.parametrize("text", ["https://", "https://.", "xhttps://x.test", "ftp://x.test"])
def test_what_is_no_link(text: str) -> None:
    assert "<a" not in html(text)


def test_paragraphs_and_lines() -> None:
    assert html('a\r\nb\n\n\n c <d> & "e"\n') == (
        "<p>a<br />b</p><p> c &lt;d&gt; &amp; &quot;e&quot;</p>"
    )
    assert html("") == html(" \n ") == ""
    assert "\n" not in html("a\rb\n\nc")


def test_what_was_found_is_reported() -> None:
    rendered = render_plain("@bob #A #a @eve@X.test @bob @who #b", PEOPLE, tag_url)
    assert rendered.mentions_found == ("bob", "eve@x.test")
    assert rendered.hashtags == ("A", "b")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("hello", 5),
        ("caf\xe9", 4),
        ("cafe\u0301", 4),
        ("a\r\nb", 3),
        ("https://x.test/" + "x" * 500, 23),
        ("see https://x.test/.", 4 + 23 + 1),
        ("@eve@very.long.domain.test", 4),
        ("@eve", 4),
        ("#tag", 4),
        ("\U0001f600", 1),
        ("\U0001f44d\U0001f3fd", 1),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 1),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 2),
        ("\u2764\ufe0f", 1),
    ],
)
def test_character_count(text: str, count: int) -> None:
    assert character_count(text) == count


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["@bob", "#a", "https://x.test/", "@eve@x.test", "<b>", "&", "\n", " ", ")"]
        )
        | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zs", "Zl", "Zp"])),
        max_size=20,
    ).map("".join)
)
def test_the_html_says_what_was_typed(text: str) -> None:
    """Nothing is lost, and nothing but markup of ours is added."""
    everybody = {
        (f"{user}@{domain}" if domain else user).lower(): ("https://h.test/u", user)
        for user, domain in find_mentions(text)
    }
    rendered = render_plain(text, everybody, tag_url)
    assert "\n" not in rendered.html
    assert clean_html(clean_html(rendered.html)) == clean_html(rendered.html)
    said = "".join(plain_text(rendered.html).split())
    typed = "".join(text.split())
    for user, domain in find_mentions(text):
        typed = typed.replace(f"@{user}@{domain}", f"@{user}") if domain else typed
    if "@" not in text:
        assert unicodedata.normalize("NFC", said) == unicodedata.normalize("NFC", typed)
    assert len(rendered.mentions_found) == len(everybody)
    assert len(rendered.hashtags) == len(find_hashtags(text))
    assert character_count(text) <= max(
        len(text), 23 * (text.lower().count("http") + 1) + len(text)
    )


ATTACKS = [
    *("!", "!a", "!a.", "!a@", "!a@b."),
    *("@", "@a", "@a.", "@a@", "@a@b.", "@a@b", "@a-", "@@", " @a@b-", "@a@b.c:1", "a@b."),
    *("#", "#a", "#\u3001", "#a\u3001", "#1", "#a#", "\u0301", "#\u0301", "#\u200d", "\uff03"),
    *("https://", "https://a", "https://a/(", ")", "https://a)", "https://a.", "http://http://"),
    *("https://a/,", "\n", "\n\n", "\r\n", " ", "&", "<", "\U0001f1e9", "a", "_", "-."),
]


@pytest.mark.parametrize("prefix", ["", "@a@b", "https://a/(", "#a"])
@pytest.mark.parametrize("piece", ATTACKS)
def test_the_scanner_is_linear(prefix: str, piece: str) -> None:
    text = prefix + piece * (100_000 // len(piece))
    for work in [find_mentions, find_hashtags, character_count, html]:
        for window in tries(0.8):
            with window:
                work(text)
