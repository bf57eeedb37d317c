"""Cursors, limits and the Link header."""

import pytest

from fedi.kit.errors import Malformed, NotFound
from fedi.kit.paging import Page, link_header, parse_cursor, parse_limit, parse_page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, 20),
        ("", 20),
        ("5", 5),
        ("-5", 5),
        ("0", 1),
        ("41", 40),
        ("9" * 30, 40),
        ("1e9", 20),
        ("abc", 20),
        ("\u0663", 20),
    ],
)
def test_limits_are_clamped(text: str | None, expected: int) -> None:
    assert parse_limit(text, 20, 40) == expected


def test_cursors() -> None:
    assert parse_cursor(None) is None
    assert parse_cursor("") is None
    assert parse_cursor("0") == 0
    assert parse_cursor(str(2**63 - 1)) == 2**63 - 1
    for bad in ("abc", "-1", "1.5", "0x1", "\u0661", " 1"):
        with pytest.raises(Malformed):
            parse_cursor(bad)
    for large in (str(2**63), "9" * 20, "9" * 5000):
        with pytest.raises(NotFound):
            parse_cursor(large)


def test_what_wins() -> None:
    page = parse_page({"max_id": "9", "since_id": "3", "min_id": "5", "limit": "2"})
    assert (page.above, page.below, page.direction, page.limit) == (5, 9, "ASC", 2)
    assert page.newest_first([1, 2, 3]) == [3, 2, 1]
    page = Page(since_id=3)
    assert (page.above, page.direction, page.newest_first([3, 2])) == (3, "DESC", [3, 2])
    assert parse_page({}, default=40).limit == 40


def test_link_keeps_filters_and_has_no_comma_inside() -> None:
    query = [("limit", "2"), ("types[]", "a,b"), ("max_id", "7"), ("access_token", "secret")]
    link = link_header("https://a.test/x", query, newest=9, oldest=5)
    assert link == (
        '<https://a.test/x?limit=2&types%5B%5D=a%2Cb&max_id=5>; rel="next", '
        '<https://a.test/x?limit=2&types%5B%5D=a%2Cb&min_id=9>; rel="prev"'
    )
    assert link_header("https://a.test/x", [], newest=None, oldest=None) == ""
