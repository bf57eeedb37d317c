"""Who may speak for what: origins, ownership, audience. Pure functions.

Two ids belong together when scheme, host and port agree after strict normalisation. Anything that
is not written as a plain name, a plain address or punycode is no host at all: names that only look
like ours must never compare equal to ours.
"""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any, Literal

import idna

from fedi.ap.lenient import id_of, ids_of, many, public_iri, type_of

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"

Visibility = Literal["public", "unlisted", "private", "direct"]

_PARTS = re.compile(r"(https?)://([^/?#\\\s]+)(?:[/?#]|$)", re.IGNORECASE)
_HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
    r"(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_PORT = re.compile(r"[0-9]{1,5}")
_DEFAULT_PORT = {"http": 80, "https": 443}
GROUP_TYPES = frozenset({"Group"})


@lru_cache(maxsize=4096)
def normalise_host(host: str) -> str | None:
    """A bare host as lower-case ASCII, or None when it is not strictly one.

    No port, no user, no percent signs, no trailing dot, no shortened or hexadecimal addresses.
    """
    name = host.lower()
    if name.startswith("["):
        return _ipv6(name)
    if not name.isascii():
        if len(name) > 253:
            return None
        dots = name.count(".")
        try:
            name = idna.encode(name).decode()
        except (idna.IDNAError, UnicodeError):
            return None
        if name.count(".") != dots:
            # Full-width dots became plain ones: that is a name in disguise.
            return None
    if not _HOST.fullmatch(name):
        return None
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        try:
            return str(IPv4Address(name))
        except AddressValueError:
            return None
    return name


def _ipv6(name: str) -> str | None:
    try:
        return f"[{IPv6Address(name[1:-1])}]" if name.endswith("]") and "%" not in name else None
    except AddressValueError:
        return None


@lru_cache(maxsize=4096)
def normalise_authority(authority: str, scheme: str = "https") -> str | None:
    """A host with an optional port as one string; the default port of the scheme is left out."""
    host, port = authority, ""
    if ":" in authority and not authority.endswith("]"):
        host, _, port = authority.rpartition(":")
        if not _PORT.fullmatch(port) or not 0 < int(port) < 65536:
            return None
    name = normalise_host(host)
    if name is None:
        return None
    return f"{name}:{int(port)}" if port and int(port) != _DEFAULT_PORT.get(scheme) else name


@lru_cache(maxsize=4096)
def origin(url: str) -> str | None:
    """Scheme, host and port of an http(s) address in one normal spelling, or None."""
    found = _PARTS.match(url)
    if not found:
        return None
    scheme = found[1].lower()
    authority = normalise_authority(found[2], scheme)
    return f"{scheme}://{authority}" if authority else None


def tidy(url: str | None) -> str | None:
    """The same address with its origin in the normal spelling; None when it has none."""
    found = _PARTS.match(url) if url else None
    if url is None or found is None:
        return None
    place = origin(url)
    return place + url[found.end(2) :] if place else None


def host_of(url: str) -> str | None:
    """The host of an address, with its port when that is not the default one."""
    found = origin(url)
    return found.partition("://")[2] if found else None


def same_origin(first: str | None, second: str | None) -> bool:
    """True when both are addresses of one and the same origin."""
    if not first or not second:
        return False
    found = origin(first)
    return found is not None and found == origin(second)


def is_public(iri: Any) -> bool:
    """True for the public collection in any of its spellings."""
    return public_iri(iri)


def recipients_of(*values: Any) -> tuple[str, ...]:
    """The ids in addressing fields, each once, with the public collection written in full."""
    found: dict[str, None] = {}
    for value in values:
        for item in many(value):
            named = item.get("id") or item.get("@id") if isinstance(item, dict) else item
            if public_iri(named):
                found[PUBLIC] = None
            elif address := id_of(item):
                found[address] = None
    return tuple(found)


def visibility(to: Collection[str], cc: Collection[str], followers: str | None) -> Visibility:
    """Who a post with these addresses is for; unknown collections widen nothing."""
    if any(is_public(item) for item in to):
        return "public"
    if any(is_public(item) for item in cc):
        return "unlisted"
    return "private" if followers and (followers in to or followers in cc) else "direct"


def authors_of(document: Mapping[str, Any]) -> list[str]:
    """The ids in `attributedTo`, people before groups; `actor` where that is missing.

    A video belongs to an account and a channel, and only the account speaks for it. An event may
    belong to a group; then the `actor` is the person who arranged it.
    """
    named = many(document.get("attributedTo")) or many(document.get("actor"))
    if type_of(document, ("Event",)):
        named += many(document.get("actor"))
    named.sort(key=lambda item: type_of(item, GROUP_TYPES) is not None)
    return ids_of(named)


def owns(actor_id: str, document: Mapping[str, Any]) -> bool:
    """True when the object lies on the actor's origin and names the actor as its author.

    An actor owns itself. Host equality alone is never ownership.
    """
    object_id = id_of(document.get("id"))
    if object_id is None or not same_origin(actor_id, object_id):
        return False
    return object_id == actor_id or actor_id in authors_of(document)
