"""An outgoing signature in two halves, so that the slow middle can run in a thread."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Prepared:
    """`base` is what the private key signs; `finish` turns that signature into all the headers.

    Each `finish` fills the one dictionary that it gives back, so it is called once.
    """

    base: bytes
    finish: Callable[[bytes], dict[str, str]]


@lru_cache(maxsize=4096)
def split_url(url: str) -> tuple[str, str, str]:
    """Scheme, host with port, and target of an address, as they stand in the request."""
    scheme, _, rest = url.partition("#")[0].partition("://")
    cut = min((at for mark in "/?" if (at := rest.find(mark)) >= 0), default=len(rest))
    host, target = rest[:cut].lower(), rest[cut:]
    scheme = scheme.lower()
    for known, port in (("https", ":443"), ("http", ":80")):
        if scheme == known:
            host = host.removesuffix(port)
    return scheme, host, target if target.startswith("/") else f"/{target}"
