"""Text that is meant to take long to read: time grows with its length, and no faster."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from fedi.ap.followers_digest import parse_synchronization
from fedi.ap.jcs import canonical
from fedi.ap.lenient import id_of, instant, is_url, short_name
from fedi.ap.media_types import is_activity_type
from fedi.ap.parse import parse_actor, parse_note
from fedi.ap.parse.media import seconds
from fedi.ap.parse.reactions import reaction_of
from fedi.ap.proofs import read_proofs
from fedi.ap.signatures.fields import parse_dictionary, parse_parameters
from fedi.ap.webfinger import handle_of, template_of
from fedi.core.accounts.links import find_claim, has_backlink
from fedi.core.cards.links import find_link
from fedi.core.emojis.queries import find_shortcodes
from fedi.core.search.grammar import parse_query
from fedi.core.statuses.quote_fallback import mark_fallback, without_fallback
from fedi.kit.errors import FediError
from fedi.kit.language import detect_language
from fedi.kit.text_html import clean_html, plain_text
from fedi.kit.text_markdown import render_markdown
from fedi.web.words import show_html, summarise
from tests.cpu import check_growth

SIZE = 120_000
HERE = "https://p.far.test/users/bob"
ACTOR: dict[str, Any] = {
    "id": HERE, "type": "Person", "inbox": f"{HERE}/inbox", "preferredUsername": "bob",
}  # fmt: skip
NOTE: dict[str, Any] = {"id": f"{HERE}/1", "type": "Note", "attributedTo": HERE, "content": "x"}


def of_note(*names: str) -> Callable[[str], Any]:
    return lambda text: parse_note({**NOTE, **dict.fromkeys(names, text)})


def of_clean(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Some read only what has been cleaned."""
    return lambda text: read(clean_html(text))


def proof(text: str) -> Any:
    stated = {"type": "DataIntegrityProof", "proofValue": text, "verificationMethod": text}
    return read_proofs({"proof": [stated] * 3, "@context": text}, HERE, datetime.now(UTC))


def tree(text: str) -> Any:
    return canonical({text[:1000]: [text, {"\U0001f9a6" + text: 1.5}]})


QUOTE = '<span class="quote-inline">'
READERS: dict[str, tuple[Callable[[str], Any], list[str]]] = {
    "an address": (is_url, ["https://" + "a." * 9, "https://a" + "/" * 9, "https://[" * 5]),
    "an id": (id_of, ["bear:?t=x&u=", "https://%", "bear:?&&&"]),
    "a moment": (instant, ["2026-01-01T", "0", "+00:00", " "]),
    "a name": (short_name, ["https://www.w3.org/ns/", "as:", "#", "/"]),
    "a media type": (is_activity_type, ["application/ld+json;", ';a="', '; profile="x" ', " ;"]),
    "a duration": (seconds, ["P1D", "9", "PT", "PT9H9M", "1."]),
    "a header": (parse_parameters, ['a="', 'a="b",', ",", 'a="\\"', " "]),
    "a dictionary": (parse_dictionary, ["a=(", 'a="\\', "a;b;c,", "a=:", "a=1,", ", ", '("x" ']),
    "followers": (parse_synchronization, ['collectionId="', 'url="x", ', '",', "digest="]),
    "a handle": (handle_of, ["@", "a@", "acct:", "%40", "a.b@c."]),
    "a template": (
        lambda text: template_of(text.encode(), "application/xrd+xml"),
        ["<Link ", "<Link rel=", 'a="', "<x:Link rel='lrdd' ", "a = ", "<" * 9],
    ),
    "a reaction": (
        lambda text: reaction_of({"content": text, "tag": []}, HERE, plain=False),
        [":a@", ":a:", ":", "\u200d\U0001f9d1", ":" + "a" * 90],
    ),
    "a report": (
        of_note("name", "summary", "content", "conversation", "context"), ["/@", "<p>", ":a:", "#"]
    ),
    "a profile": (
        lambda text: parse_actor(
            {**ACTOR, "name": text, "preferredUsername": text, "webfinger": text, "published": text}
        ),
        ["@", "a@b", " ", "acct:"],
    ),
    "a proof": (proof, ["z1", "did:key:z", "#", "u-_"]),
    "canonical text": (tree, ["\\", '"', "\ud7ff", "\x01"]),
    "a claim": (
        of_clean(find_claim), ["<a ", '<a href="', "<span>", "<a href='x'>", "</a>", "<p><a x>"]
    ),
    "a page that links back": (
        lambda text: has_backlink(text, ["https://a.test/@alice"]),
        ["<a ", "<a rel=me ", '<a rel="', "<!--", "<script>", "<link ", "<a rel=me href=x>", "</"],
    ),
    "the line of a quote": (
        of_clean(lambda text: mark_fallback(text, HERE)),
        ["<br>", "RE: ", "RE:<br>", 'RE: <a href="https://p.far.test/">', "</span>", " "],
    ),
    "a text without that line": (
        without_fallback,
        [QUOTE, f"{QUOTE}<span>", "<span><br></span>", "<p>" + QUOTE, f"<span>{QUOTE}</span>"],
    ),
    "a link to preview": (of_clean(find_link), ["<a ", '<a href="', "<p>", '<a class="mention">']),
    "shortcodes": (lambda text: find_shortcodes([text]), [":a", ":", "a:", "::a"]),
    "a search": (
        lambda text: parse_query(text[:9000]), ['"', "from:", '-"', "before:", ": ", "\u3000", "-"]
    ),
    "a language": (
        of_clean(lambda it: detect_language(plain_text(it))),
        ["ab ", "\u044a", "@a ", "https://", "#"],
    ),
    "markdown": (
        lambda text: render_markdown(text[:5000], {}, str),
        ["[", "![", "*", "_a", "`", "> ", "<", "[a](", "- ", "~~", "&amp", "\\", "1. ", "|a"],
    ),
    "a text on a page": (of_clean(lambda text: show_html(text, {})), ["<a ", ":a:", "<h1>", "<p>"]),
    "a summary": (of_clean(summarise), ["<p>", "&", "<br>", "&amp;"]),
}  # fmt: skip
CASES = [(name, text) for name, (_, texts) in READERS.items() for text in texts]


@pytest.mark.parametrize(("name", "piece"), CASES)
def test_time_grows_with_length_alone(name: str, piece: str) -> None:
    def read(text: str) -> None:
        with suppress(FediError, ValueError):
            READERS[name][0](text)

    check_growth(lambda size: piece * (size // len(piece)), read, size=SIZE, limit=0.5)
