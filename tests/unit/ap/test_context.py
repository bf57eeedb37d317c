"""The contexts of what we send."""

import json
from pathlib import Path
from typing import Any

import pytest

from fedi.ap.context import AS2, CID, DATA_INTEGRITY, SECURITY, WEBFINGER, context_for

WIRE = Path(__file__).parents[2] / "wire"


def test_only_what_is_used() -> None:
    assert context_for({"type": "Like", "id": "x"}) == [AS2]
    note = {
        "type": "Create",
        "object": {
            "type": "Note",
            "sensitive": False,
            "tag": [{"type": "Hashtag"}, {"type": "Emoji"}],
        },
    }
    assert context_for(note) == [
        AS2,
        {
            "toot": "http://joinmastodon.org/ns#",
            "Hashtag": "as:Hashtag",
            "sensitive": "as:sensitive",
            "Emoji": "toot:Emoji",
        },
    ]
    actor = {
        "type": "Person",
        "publicKey": {},
        "assertionMethod": [],
        "webfinger": "x",
        "movedTo": "y",
    }
    assert context_for(actor) == [
        AS2,
        SECURITY,
        CID,
        WEBFINGER,
        {"movedTo": {"@id": "as:movedTo", "@type": "@id"}},
    ]
    assert context_for({"type": "Like"}, proof=True) == [AS2, DATA_INTEGRITY]


def test_order_of_properties_does_not_matter() -> None:
    first = {"type": "Note", "quote": "x", "sensitive": True, "blurhash": "y"}
    second = dict(reversed(first.items()))
    assert json.dumps(context_for(first)) == json.dumps(context_for(second))


def prefixes_are_defined(context: list[Any]) -> bool:
    terms = context[-1] if isinstance(context[-1], dict) else {}
    iris = [term if isinstance(term, str) else term["@id"] for term in terms.values()]
    return all(iri.partition(":")[0] in (*terms, "as", "http", "https") for iri in iris)


@pytest.mark.parametrize(
    "path", sorted(WIRE.rglob("*.json")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_every_prefix_is_defined(path: Path) -> None:
    assert prefixes_are_defined(context_for(json.loads(path.read_text())))
