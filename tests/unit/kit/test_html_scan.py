"""Tags of strange pages: what is one, what only looks like one, and how long it takes to see."""

import pytest

from fedi.core.accounts.links import find_claim
from fedi.kit.html_scan import find_tags
from tests.cpu import tries


def names(text: str) -> list[str]:
    return [attributes.get("id", "") for _, attributes in find_tags(text, ("a", "link"))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<a id=1><LINK ID='2'/><p id=3><a\nid=\"4\">", ["1", "2", "4"]),
        ("<abbr id=1><a-b id=2><a id=3>", ["3"]),
        ("<!-- <a id=1> --><a id=2>", ["2"]),
        ("<!-- <a id=1>", []),
        ("<?x <a id=1> ?><a id=2>", ["2"]),
        ("</ <a id=1> ><a id=2>", ["2"]),
        ("<style>a{}<a id=1></style><a id=2>", ["2"]),
        ("<SCRIPT>'<a id=1>'</sCript ><a id=2>", ["2"]),
        ("<script><a id=1>", []),
        ("<xmp><a id=1></xmp><plaintext><a id=2>", []),
        ("<p title='<a id=1>'><a id=2>", ["2"]),
        ("</p title='<a id=1>'><a id=2>", ["2"]),
        ("<p title='<a id=1>", []),
        ("< a id=1><a id=2", []),
    ],
)
def test_tags(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    "piece",
    ["<a ", "<a id='", "<!--", "<p '\"", "</", "<script>", "<a id=1>", "<!", "a='", "<" * 9],
)
def test_the_scan_is_quick_whatever_is_repeated(piece: str) -> None:
    text = piece * (1_048_576 // len(piece))
    for window in tries(1.5):
        with window:
            names(text)


@pytest.mark.parametrize("piece", ["<span>", '<a href="', "</span>", '" ', "<p>", "x"])
def test_the_look_at_a_field_is_quick(piece: str) -> None:
    for window in tries(1):
        with window:
            find_claim('<a href="https://far.test/">' + piece * 50_000)
            find_claim(piece * 50_000)
