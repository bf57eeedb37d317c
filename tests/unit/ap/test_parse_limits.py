"""Limits: floods are cut, long texts are cut, and neither takes long."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fedi.ap.parse import parse_actor, parse_collection, parse_note
from fedi.ap.vocabulary import Actor, Note
from tests.cpu import quick

A = "https://a.example/users/1"
NOTE: dict[str, Any] = {
    "id": "https://a.example/n/1",
    "type": "Note",
    "attributedTo": A,
    "content": "x",
}
ACTOR: dict[str, Any] = {
    "id": A,
    "type": "Person",
    "inbox": A + "/inbox",
    "preferredUsername": "ana",
}
VECTORS = Path(__file__).parent / "vectors" / "vectors.json"
PEM = json.loads(VECTORS.read_text())["rsa_public_pem"]

MANY = 100_000


def flood(kind: str, number: int = MANY) -> list[dict[str, Any]]:
    return [
        {
            "type": kind,
            "href": f"https://a.example/{n}",
            "name": f"x{n}",
            "icon": {"url": "https://a.example/e.png"},
        }
        for n in range(number)
    ]


def note_with(**flooded: Any) -> Callable[[], Note]:
    given = {**NOTE, **flooded}
    return lambda: parse_note(given)


def actor_with(**flooded: Any) -> Callable[[], Actor]:
    given = {**ACTOR, **flooded}
    return lambda: parse_actor(given)


def test_floods_are_cut() -> None:
    assert len(quick(0.1, note_with(tag=flood("Mention"))).mentions) == 100
    assert len(quick(0.1, note_with(tag=flood("Hashtag"))).hashtags) == 100
    assert len(quick(0.1, note_with(tag=flood("Emoji"))).emojis) == 100
    media = [{"type": "Image", "url": f"https://a.example/{n}.png"} for n in range(MANY)]
    assert len(quick(0.1, note_with(attachment=media)).attachments) == 32
    fields = [{"type": "PropertyValue", "name": "n", "value": "v" * 5000}] * MANY
    names = [f"https://a.example/{n}" for n in range(MANY)]
    found = quick(0.1, actor_with(attachment=fields, alsoKnownAs=names))
    assert len(found.fields) == 50
    assert len(found.fields[0][1]) == 2047
    assert len(found.also_known_as) == 256
    poll = quick(0.1, note_with(oneOf=[{"name": f"o{n}"} for n in range(MANY)])).poll
    assert poll
    assert len(poll.options) == 500
    items = {"type": "Collection", "items": ["https://a.example/1"] * MANY, "totalItems": 10**12}
    assert len(quick(0.1, lambda: parse_collection(items)).items) == 1000
    keys = [{"id": f"{A}#k{n}", "owner": A, "publicKeyPem": PEM} for n in range(1000)]
    assert len(quick(0.1, actor_with(publicKey=keys)).keys) == 10


@pytest.mark.parametrize("size", [2047, 2048, 2049, 1_000_000])
def test_long_texts_are_cut(size: int) -> None:
    text = "x" * size
    found = parse_actor(
        {**ACTOR, "name": text, "summary": text, "preferredUsername": text, "webfinger": text}
    )
    assert len(found.name) == min(size, 2048)
    assert len(found.summary) == min(size, 20_000)
    assert len(found.username) == 255
    post = parse_note(
        {
            **NOTE,
            "content": text,
            "summary": text,
            "name": text,
            "attachment": [{"type": "Image", "url": "https://a.example/1.png", "name": text}],
            "context": text,
            "tag": [{"type": "Hashtag", "name": text}],
        }
    )
    assert len(post.content) == min(size, 500_000)
    assert len(post.summary or "") == min(size, 20_000)
    assert len(post.attachments[0].alt or "") == min(size, 10_000)
    assert (post.context is None) == (size > 2048)
    assert all(len(name) <= 255 for name in post.hashtags)
