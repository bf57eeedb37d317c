"""The digest of a followers collection, by which two servers find out that they disagree."""

from collections.abc import Iterable
from hashlib import sha256

from fedi.ap.signatures.fields import parse_parameters

HEADER = "Collection-Synchronization"


def followers_digest(ids: Iterable[str]) -> str:
    """The exclusive or of the SHA-256 of every id, in hex; order does not matter."""
    total = 0
    for item in ids:
        total ^= int.from_bytes(sha256(item.encode("utf-8", "replace")).digest(), "big")
    return f"{total:064x}"


def render_synchronization(collection: str, url: str, digest: str) -> str:
    """The value of the `Collection-Synchronization` header."""
    return f'collectionId="{collection}", url="{url}", digest="{digest}"'


def parse_synchronization(value: str) -> tuple[str, str, str]:
    """Collection, address and digest from that header.

    Raises:
        Malformed: the header cannot be read or lacks a part.
    """
    found = parse_parameters(value, ("collectionId", "url", "digest"))
    return found["collectionId"], found["url"], found["digest"].lower()
