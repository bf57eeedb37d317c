"""Body digests: `Digest` (RFC 3230) and `Content-Digest` (RFC 9530)."""

import base64
from hashlib import sha256, sha512

from fedi.ap.signatures.claims import Headers, values_of
from fedi.ap.signatures.fields import decode_base64, parse_dictionary
from fedi.kit.errors import Malformed, Unauthorized

_HASHES = {"sha-256": sha256, "sha-512": sha512}


def sha256_base64(body: bytes) -> str:
    """The SHA-256 of a body in base64, as both headers carry it."""
    return base64.b64encode(sha256(body).digest()).decode()


def check_digest(headers: Headers, body: bytes) -> None:
    """Every SHA-256 and SHA-512 value that the request states must fit the bytes received.

    Raises:
        Unauthorized: a value differs, or there is none that we can check.
        Malformed: a digest header cannot be read.
    """
    stated = _stated(headers)
    if not stated:
        if body or any(name in ("digest", "content-digest") for name, _ in headers):
            raise Unauthorized("the request states no SHA-256 digest of its body")
        return
    actual: dict[str, bytes] = {}
    for algorithm, digest in stated:
        if algorithm not in actual:
            actual[algorithm] = _HASHES[algorithm](body).digest()
        if digest != actual[algorithm]:
            raise Unauthorized("the digest does not match the body")


def _stated(headers: Headers) -> list[tuple[str, bytes]]:
    """The digests of known algorithms, from both headers and all of their lines."""
    found: list[tuple[str, bytes]] = []
    for value in values_of(headers, "digest"):
        if len(value) > 4096:
            raise Malformed("digest header too long")
        for part in value.split(","):
            name, _, digest = part.strip().partition("=")
            algorithm = name.strip().lower()
            if algorithm in _HASHES:
                found.append((algorithm, decode_base64(digest.strip().strip('"'))))
    lines = values_of(headers, "content-digest")
    if lines:
        for name, item in parse_dictionary(", ".join(lines)).items():
            if name in _HASHES:
                if not isinstance(item.value, bytes):
                    raise Malformed("content-digest cannot be read")
                found.append((name, item.value))
    return found
