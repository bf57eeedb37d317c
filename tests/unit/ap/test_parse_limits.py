"""Limits: floods are cut, long texts are cut, and neither takes long."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from fedi.ap.parse import parse_actor, parse_collection, parse_note

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


def flood(kind: str, number: int = 100_000) -> list[dict[str, Any]]:
    return [
        {
            "type": kind,
            "href": f"https://a.example/{n}",
            "name": f"x{n}",
            "icon": {"url": "https://a.example/e.png"},
        }
        for n in range(number)
    ]


def test_floods_are_cut() -> None:
    start = time.process_time()
    assert len(parse_note({**NOTE, "tag": flood("Mention")}).mentions) == 100
    assert len(parse_note({**NOTE, "tag": flood("Hashtag")}).hashtags) == 100
    assert len(parse_note({**NOTE, "tag": flood("Emoji")}).emojis) == 100
    media = [{"type": "Image", "url": f"https://a.example/{n}.png"} for n in range(100_000)]
    assert len(parse_note({**NOTE, "attachment": media}).attachments) == 32
    fields = [{"type": "PropertyValue", "name": "n", "value": "v" * 5000}] * 100_000
    found = parse_actor(
        {
            **ACTOR,
            "attachment": fields,
            "alsoKnownAs": [f"https://a.example/{n}" for n in range(100_000)],
        }
    )
    assert len(found.fields) == 50
    assert len(found.fields[0][1]) == 2047
    assert len(found.also_known_as) == 256
    options = [{"name": f"o{n}"} for n in range(100_000)]
    poll = parse_note({**NOTE, "oneOf": options}).poll
    assert poll
    assert len(poll.options) == 500
    assert (
        len(
            parse_collection(
                {
                    "type": "Collection",
                    "items": ["https://a.example/1"] * 100_000,
                    "totalItems": 10**12,
                }
            ).items
        )
        == 1000
    )
    keys = [{"id": f"{A}#k{n}", "owner": A, "publicKeyPem": PEM} for n in range(1000)]
    assert len(parse_actor({**ACTOR, "publicKey": keys}).keys) == 10
    assert time.process_time() - start < 1.5


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
