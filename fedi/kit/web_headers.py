"""Headers that every answer of ours bears: CORS, caching, and what a browser may do with it."""

import re
from collections.abc import Iterable, Sequence

Header = tuple[bytes, bytes]

_EXPOSED = (
    b"Link, Mastodon-Async-Refresh, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining,"
    b" X-Request-Id"
)
_ALL = b"GET, POST, PUT, PATCH, DELETE, OPTIONS"
# Which paths scripts of other origins may read, and how.
_CORS_EXACT = {
    "/oauth/token": b"POST",
    "/oauth/revoke": b"POST",
    "/oauth/userinfo": b"GET, POST",
}
_CORS_UNDER = (
    ("/api/", _ALL),
    ("/.well-known/", b"GET"),
    ("/nodeinfo/", b"GET"),
    ("/@", b"GET"),
    ("/ap/", b"GET"),
    ("/users/", b"GET"),
    ("/media/", b"GET"),
    ("/proxy/", b"GET"),
)
# The same for everybody, whoever asks and however.
_FILES = ("/static/", "/media/", "/proxy/")
_ASKED = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~ ,-]{1,2048}")

_STANDING: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_HSTS: Header = (b"strict-transport-security", b"max-age=63072000")
_PRIVATE: Header = (b"cache-control", b"private, no-store")
_CREDENTIALS = frozenset(
    {b"authorization", b"cookie", b"signature", b"signature-input", b"sec-websocket-protocol"}
)


def cors_methods(path: str) -> bytes:
    """The methods that scripts of other origins may use on `path`; empty: none."""
    exact = _CORS_EXACT.get(path)
    if exact is not None:
        return exact
    for prefix, methods in _CORS_UNDER:
        if path.startswith(prefix):
            return methods
    return b""


def preflight(methods: bytes, asked: bytes) -> list[Header]:
    """The headers that answer a browser which asks before it sends.

    Any header may be sent. They are named one by one, since `*` does not cover Authorization.
    """
    allowed = asked if _ASKED.fullmatch(asked) else b"Authorization, Content-Type, Idempotency-Key"
    return [
        (b"access-control-allow-methods", methods),
        (b"access-control-allow-headers", allowed),
        (b"access-control-max-age", b"7200"),
        (b"content-type", b"application/json"),
        (b"content-length", b"0"),
    ]


def has_credentials(names: Iterable[bytes]) -> bool:
    """Whether a request says who asks, so that its answer is for nobody else."""
    return not _CREDENTIALS.isdisjoint(names)


class Finisher:
    """Adds what is missing to the headers of an answer."""

    def __init__(self, *, is_https: bool) -> None:
        self._standing = (*_STANDING, _HSTS) if is_https else _STANDING

    def finish(
        self, headers: Sequence[Header], path: str, request_id: bytes, *, is_private: bool
    ) -> list[Header]:
        """The headers to send for an answer under `path`."""
        is_file = path.startswith(_FILES)
        given = {name for name, _ in headers}
        done = list(headers)
        done.extend(header for header in self._standing if header[0] not in given)
        done.append((b"x-request-id", request_id))
        if cors_methods(path):
            done.append((b"access-control-allow-origin", b"*"))
            done.append((b"access-control-expose-headers", _EXPOSED))
        if not is_file:
            if b"cache-control" not in given:
                done.append(_PRIVATE)
            elif is_private:
                done = [header for header in done if header[0] != b"cache-control"]
                done.append(_PRIVATE)
            done = _with_vary(done, _vary(path), has_one=b"vary" in given)
        return done


def _vary(path: str) -> bytes:
    if path.startswith(("/api/", "/oauth/")):
        return b"Authorization, Origin"
    if path.startswith(("/.well-known/", "/nodeinfo/")):
        return b"Accept, Origin"
    return b"Accept, Authorization, Cookie, Signature, Signature-Input"


def _with_vary(headers: list[Header], wanted: bytes, *, has_one: bool) -> list[Header]:
    if not has_one:
        headers.append((b"vary", wanted))
        return headers
    named = [value for name, value in headers if name == b"vary"]
    words = {word.strip().lower(): word.strip() for word in b",".join((wanted, *named)).split(b",")}
    rest = [header for header in headers if header[0] != b"vary"]
    return [*rest, (b"vary", b", ".join(word for word in words.values() if word))]
