"""Addresses of files, as apps and browsers see them.

Files of our own are served by name. Those of other servers are never named to apps: they go
through a proxy address that only we can make, so that nobody can have us fetch what they like.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

from fedi.config import Settings
from fedi.kit.store import still_key
from fedi.kit.text import safe_url

_SIGNATURE_BYTES = 12


class Links:
    """Builds the addresses of one server; cheap, and the same in every process."""

    def __init__(self, origin: str, secret: str) -> None:
        self.origin = origin
        self._key = hashlib.sha256(b"media proxy\x00" + secret.encode()).digest()
        self._proxied = lru_cache(maxsize=20_000)(self._proxy)

    def file(self, key: str) -> str:
        """The address of a file in our own store."""
        return file_url(self.origin, key)

    def still(self, key: str) -> str:
        """The address of a profile picture or emoji as it does not move."""
        return self.file(still_key(key) if key.endswith(".gif") else key)

    def remote(self, url: str | None) -> str | None:
        """The address under which we show a file of another server; None for what is no URL."""
        url = safe_url(url)
        return None if url is None else self._proxied(url)

    def _proxy(self, url: str) -> str:
        name = base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
        return f"{self.origin}/proxy/{self._sign(name)}/{name}"

    def read(self, signature: str, name: str) -> str | None:
        """The address behind a proxy address, if it is one of ours."""
        if not hmac.compare_digest(self._sign(name).encode(), signature.encode()):
            return None
        try:
            return base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
        except ValueError:
            return None

    def _sign(self, name: str) -> str:
        digest = hmac.digest(self._key, name.encode(), "sha256")[:_SIGNATURE_BYTES]
        return base64.urlsafe_b64encode(digest).decode()


def file_url(origin: str, key: str) -> str:
    """The address of a file in the store of the server at `origin`."""
    return f"{origin}/media/{key}"


def build_links(settings: Settings) -> Links:
    """The addresses of this server."""
    return Links(settings.origin, settings.secret)
