"""What the fields of a post mean, in every spelling that servers have for them."""

from typing import Any

import pytest

from fedi.ap.parse import parse_note

A = "https://a.example/users/1"
NOTE: dict[str, Any] = {
    "id": "https://a.example/n/1",
    "type": "Note",
    "attributedTo": A,
    "content": "x",
}


@pytest.mark.parametrize(("fields", "summary", "sensitive"), [
    ({}, None, False), ({"summary": ""}, None, False),
    ({"summary": None, "sensitive": True}, None, True), ({"summary": "cw"}, "cw", True),
    ({"summary": "\u200b"}, "", True),
    ({"sensitive": "true"}, None, True), ({"summaryMap": {"en": "cw"}}, "cw", True),
    ({"type": "Article", "summary": "abstract"}, None, False),
    ({"type": "Article", "summary": "cw", "sensitive": True}, "cw", True),
    ({"summary": {"x": 1}}, None, False), ({"summary": ["cw"]}, "cw", True),
])  # fmt: skip
def test_warnings(fields: dict[str, Any], summary: str | None, sensitive: bool) -> None:
    found = parse_note({**NOTE, **fields})
    assert (found.summary, found.sensitive) == (summary, sensitive)


@pytest.mark.parametrize(("fields", "content", "language"), [
    ({"content": "a", "contentMap": {"en": "a", "de": "b"}}, "a", "en"),
    ({"content": None, "contentMap": {"fr": "f", "de": "b"}}, "b", "de"),
    ({"content": None, "contentMap": {"fr": "f"}}, "f", "fr"),
    ({"content": "a", "language": "pt-BR"}, "a", "pt-BR"),
    ({"content": "a", "language": {"identifier": "und"}}, "a", None),
    ({"content": "a", "contentMap": "x"}, "a", None),
    ({"content": "a", "@context": [{"@language": "und"}]}, "a", None),
    ({"content": "a", "contentMap": {"nonsense tag": "a"}}, "a", None),
    ({"content": ["a", "b"]}, "a", None), ({"content": ""}, "", None),
])  # fmt: skip
def test_languages(fields: dict[str, Any], content: str, language: str | None) -> None:
    found = parse_note({**NOTE, **fields}, languages=("de", "en"))
    assert (found.content, found.language) == (content, language)


@pytest.mark.parametrize(("fields", "vote"), [
    ({"name": "yes", "content": None, "inReplyTo": A}, True),
    ({"name": "yes", "content": "", "inReplyTo": A}, True),
    ({"name": "yes", "content": "text", "inReplyTo": A}, False),
    ({"name": "yes", "content": None}, False),
    ({"name": None, "content": None, "inReplyTo": A}, False),
    ({"name": "yes", "content": None, "inReplyTo": A, "type": "Article"}, False),
])  # fmt: skip
def test_votes(fields: dict[str, Any], vote: bool) -> None:
    assert parse_note({**NOTE, **fields}).is_vote is vote


@pytest.mark.parametrize(("fields", "quote"), [
    ({"quote": "https://b.example/1"}, True), ({"quote": {"id": "https://b.example/1"}}, True),
    ({"quoteURL": "https://b.example/1"}, True), ({"quote": {"type": "Tombstone"}}, False),
    ({"quote": "<p>words</p>"}, False),
    ({"tag": {"type": "Link", "rel": "https://misskey-hub.net/ns#_misskey_quote",
    "mediaType": "application/activity+json", "href": "https://b.example/1"}}, True),
    ({"tag": [{"type": "Link", "rel": ["https://misskey-hub.net/ns/#_misskey_quote"],
    "href": "https://b.example/1"}]}, True),
    ({"tag": {"type": "Link", "rel": "other", "href": "https://b.example/1"}}, False),
    ({"tag": {"type": "Link", "rel": "https://misskey-hub.net/ns#_misskey_quote",
    "mediaType": "text/html", "href": "https://b.example/1"}}, False),
])  # fmt: skip
def test_quotes(fields: dict[str, Any], quote: bool) -> None:
    assert parse_note({**NOTE, **fields}).quote == ("https://b.example/1" if quote else None)


@pytest.mark.parametrize(
    "value",
    [
        [0, 0, 0],
        [2, 0],
        ["0", "0"],
        [True, False],
        "0,0",
        None,
        [float("nan"), 0],
        [float("inf"), 0],
        {},
    ],
)
def test_focal_points_that_are_none(value: Any) -> None:
    [found] = parse_note(
        {
            **NOTE,
            "attachment": {
                "type": "Image",
                "url": "https://a.example/1.png",
                "focalPoint": value,
                "blurhash": value,
            },
        }
    ).attachments
    assert (found.focal, found.blurhash) == (None, None)


@pytest.mark.parametrize(("item", "kind"), [
    ("https://a.example/1.png", "image"), ({"type": "Document", "url": "https://a.example/1.mp3"},
    "audio"), ({"type": "Document", "url": "https://a.example/1"}, "unknown"),
    ({"type": "Video", "url": "https://a.example/1"}, "video"),
    ({"type": "Document", "mediaType": "video/mp4; codecs=x", "url": "https://a.example/1.png"},
    "video"), ({"type": "Link", "mediaType": "image/png", "href": "https://a.example/1"}, "image"),
    ({"type": "Link", "href": "https://a.example/page"}, None),
    ({"type": "PropertyValue", "name": "x", "value": "y"}, None),
    ({"type": "Note", "content": "x"}, None), ("", None), ({"type": "Image"}, None),
    ({"type": "Image", "url": []}, None),
    ({"type": "Document", "url": [{"type": "Link", "mediaType": "text/html",
    "href": "https://a.example/p"}, {"type": "Link", "mimeType": "image/png",
    "href": "https://a.example/i"}]}, "image"),
])  # fmt: skip
def test_attachment_shapes(item: Any, kind: str | None) -> None:
    for shape in (item, [item]):
        found = parse_note({**NOTE, "attachment": shape}).attachments
        assert [media.type for media in found] == ([kind] if kind else [])
