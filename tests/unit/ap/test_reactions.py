"""Which emoji a reaction says, in all the ways in which it is written."""

from typing import Any

import pytest

from fedi.ap.parse.reactions import Reaction, reaction_of
from fedi.kit.emoji import is_emoji

ACTOR = "https://far.test/users/bob"
PICTURE = "https://far.test/blob.png"


def tag(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "Emoji", "name": name, "icon": {"type": "Image", "url": PICTURE}, **more}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"content": "🐝"}, Reaction("🐝")),
        ({"_misskey_reaction": "🐝"}, Reaction("🐝")),
        ({"name": "🎉"}, Reaction("🎉")),
        ({"content": ":blob:", "tag": [tag(":blob:")]}, Reaction("blob", "far.test", PICTURE)),
        ({"content": ":blob:", "tag": tag("blob")}, Reaction("blob", "far.test", PICTURE)),
        (
            {"content": ":blob:", "tag": [tag(":blob:", id=None)]},
            Reaction("blob", "far.test", PICTURE),
        ),
        (
            {"content": ":blob@third.test:", "tag": [tag(":blob@third.test:")]},
            Reaction("blob", "third.test", PICTURE),
        ),
        ({"content": ":blob@.:", "tag": [tag(":blob:")]}, Reaction("blob", "far.test", PICTURE)),
        ({"content": "blob", "tag": [tag("blob")]}, Reaction("blob", "far.test", PICTURE)),
        ({"content": ":blob:"}, None),
        ({"content": ":blob:", "tag": [tag(":other:")]}, None),
        ({"content": "lovely"}, None),
        ({"content": "🐝🐝"}, None),
        ({"content": "x" * 100_000}, None),
        ({"content": {"a": 1}, "tag": 7}, None),
        ({}, None),
    ],
)
def test_what_is_said(said: dict[str, Any], expected: Reaction | None) -> None:
    assert reaction_of(said, ACTOR, plain=False) == expected


@pytest.mark.parametrize("heart", ["❤", "❤️", "♥️", "⭐"])
def test_hearts_and_stars_are_likes_where_likes_are_written_so(heart: str) -> None:
    assert reaction_of({"content": heart}, ACTOR, plain=True) is None
    assert reaction_of({"content": heart}, ACTOR, plain=False) == Reaction(heart)
    assert reaction_of({"content": "👍"}, ACTOR, plain=True) == Reaction("👍")


@pytest.mark.parametrize("text", ["🐝", "👍🏽", "👨‍👩‍👧‍👦", "🇩🇪", "1️⃣", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈", "⁉️"])
def test_one_emoji(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize("text", ["", "a", "🐝🐝", "🇩🇪🇫🇷", "a🐝", "1", "\u200d", "🐝" * 16])
def test_none_or_several(text: str) -> None:
    assert not is_emoji(text)
