"""The documents of this folder by their names."""

from pathlib import Path
from typing import Any

from fedi.ap.documents import loads
from fedi.ap.parse import parse_activity, parse_actor, parse_collection, parse_note
from fedi.ap.vocabulary import Activity, Actor, CollectionPage, Note

WIRE = Path(__file__).parent
ANA = "https://masto.example/users/ana"


def raw(name: str) -> Any:
    """A document, `software/kind_what`, as its bytes are read from the network."""
    return loads((WIRE / f"{name}.json").read_bytes())


def note(name: str, /, **changes: Any) -> Note:
    """The post in a document, with some of its properties changed."""
    return parse_note({**raw(name), **changes})


def actor(name: str, /, **changes: Any) -> Actor:
    """The actor in a document."""
    return parse_actor({**raw(name), **changes})


def activity(name: str) -> Activity:
    """The activity in a document."""
    return parse_activity(raw(name))


def collection(name: str) -> CollectionPage:
    """The collection in a document."""
    return parse_collection(raw(name))
