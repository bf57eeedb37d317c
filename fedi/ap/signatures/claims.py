"""What a request says about its signature, before anything of it is believed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from fedi.ap.signatures.fields import Item

Dialect = Literal["cavage", "rfc9421"]
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Claim:
    """One signature of a request as its header states it; nothing of it is verified yet."""

    dialect: Dialect
    key_id: str
    algorithm: str | None
    covered: tuple[str, ...]
    signature: bytes
    created: int | None = None
    expires: int | None = None
    label: str = ""
    tag: str | None = None
    nonce: str | None = None
    # RFC 9421 only: the components with their parameters, and the received text of the whole list.
    components: tuple[Item, ...] = ()
    parameters: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A received request: the raw target and the headers exactly as they came.

    `scheme` and `authority` are those of the public address; the authority is taken from the Host
    header when it is empty.
    """

    method: str
    target: str
    headers: Headers
    scheme: str = "https"
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request to be signed: method, full address, body, moment, and headers signed besides."""

    method: str
    url: str
    body: bytes | None
    now: datetime
    content_type: str = "application/activity+json"
    # The base64 SHA-256 of the body where the caller has it at hand (one body, many inboxes).
    digest: str | None = None
    extra: dict[str, str] = field(default_factory=dict[str, str])


def values_of(headers: Headers, name: str) -> list[str]:
    """All values of one header, trimmed, with folded lines joined."""
    return [unfold(value) for key, value in headers if key == name]


def joined(headers: Headers, name: str) -> str | None:
    """The values of a header joined as one, or None when the header is missing."""
    found = values_of(headers, name)
    return ", ".join(found) if found else None


def unfold(value: str) -> str:
    """A header value without surrounding space; line folds become one space."""
    value = value.strip()
    if "\n" in value or "\r" in value:
        value = " ".join(part.strip() for part in value.splitlines())
    return value


def to_bytes(base: str) -> bytes:
    """The bytes of a signature base; headers arrive as Latin-1 from every server interface."""
    try:
        return base.encode("latin-1")
    except UnicodeEncodeError:
        return base.encode("utf-8", "replace")
