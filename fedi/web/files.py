"""Files: our own by their names, those of other servers by addresses that only we can make.

The hottest door after the API, so it speaks ASGI by itself. What a file is was decided when it was
stored and stands in the ending of its name; no reader may take it for anything else.
"""

import re
from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fedi.core.accounts.people import People
from fedi.core.media.limits import content_type
from fedi.core.media.links import Links
from fedi.core.media.remote import RemoteFiles
from fedi.kit.errors import FediError, Malformed, NotFound
from fedi.kit.store import Opened, is_key
from fedi.kit.web import error_response

_RANGE = re.compile(rb"bytes=(\d{0,15})-(\d{0,15})")
_FOR_EVER = b"public, max-age=31536000, immutable"
_A_WEEK = b"public, max-age=604800"
_SANDBOX = (b"content-security-policy", b"default-src 'none'; sandbox")
_INLINE = ("image/", "video/", "audio/")


class Files:
    """The door to files, as an ASGI application."""

    def __init__(self, people: People, links: Links) -> None:
        self._store = people.runtime.store
        self._remote = RemoteFiles(people)
        self._links = links

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            if scope["method"] not in {"GET", "HEAD"}:
                raise NotFound
            parts = scope["path"].split("/")
            scope["state"]["route"] = f"/{parts[1]}"
            if parts[1] == "media" and len(parts) == 3:
                await self._serve_own(scope, receive, send, parts[2])
            elif parts[1] == "proxy" and len(parts) == 4:
                await self._serve_remote(scope, receive, send, (parts[2], parts[3]))
            else:
                raise NotFound
        except FediError as problem:
            await error_response(problem)(scope, receive, send)

    async def _serve_own(self, scope: Scope, receive: Receive, send: Send, key: str) -> None:
        if not is_key(key):
            raise NotFound
        elsewhere = self._store.url(key)
        if elsewhere is not None:
            await Response(status_code=302, headers={"location": elsewhere})(scope, receive, send)
            return
        await self._send(scope, send, key, _FOR_EVER)

    async def _serve_remote(
        self, scope: Scope, receive: Receive, send: Send, address: tuple[str, str]
    ) -> None:
        url = self._links.read(*address)
        if url is None:
            raise Malformed("This is no address of ours")
        cached = self._remote.recall(url) or await self._remote.get(url)
        elsewhere = self._store.url(cached.file_key)
        if elsewhere is not None:
            await Response(status_code=302, headers={"location": elsewhere})(scope, receive, send)
            return
        try:
            await self._send(scope, send, cached.file_key, _A_WEEK)
        except NotFound:
            # It was its turn to go while we remembered it.
            await self._remote.forget(url, cached)
            cached = await self._remote.get(url)
            await self._send(scope, send, cached.file_key, _A_WEEK)

    async def _send(self, scope: Scope, send: Send, key: str, cache: bytes) -> None:
        """Send a file, or the part of it that was asked for.

        Raises:
            NotFound: it is not there; nothing has been sent then.
        """
        asked = dict(scope["headers"])
        headers = [*_describe(key), (b"cache-control", cache)]
        if asked.get(b"if-none-match") == _etag(key):
            await _finish(send, 304, headers)
            return
        part = _range_of(asked, key)
        opened = await self._store.open(key, *_place(part)) if part else await self._store.open(key)
        span = _resolve(part, opened.size) if part else None
        if part and span is None:
            await opened.close()
            ends = (b"content-range", b"bytes */%d" % opened.size)
            await _finish(send, 416, [*headers, ends])
            return
        if part and part[0] is None and span:
            # The last bytes were asked for, and only now is it known where these begin.
            await opened.close()
            opened = await self._store.open(key, span[0], span[1] - span[0] + 1)
        status, length = 200, opened.size
        if span:
            status, length = 206, span[1] - span[0] + 1
            headers.append((b"content-range", b"bytes %d-%d/%d" % (*span, opened.size)))
        headers.append((b"content-length", b"%d" % length))
        try:
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await _pass_on(opened, send, is_head=scope["method"] == "HEAD", length=length)
        finally:
            await opened.close()


Part = tuple[int | None, int | None]


def _describe(key: str) -> list[tuple[bytes, bytes]]:
    kind = content_type(key)
    headers = [
        (b"content-type", kind.encode()),
        (b"etag", _etag(key)),
        (b"accept-ranges", b"bytes"),
        (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-resource-policy", b"cross-origin"),
        _SANDBOX,
    ]
    if not kind.startswith(_INLINE):
        headers.append((b"content-disposition", b"attachment"))
    return headers


def _etag(key: str) -> bytes:
    return b'"%b"' % key.encode()


def _range_of(asked: Mapping[bytes, bytes], key: str) -> Part | None:
    """The one range that was asked for. Several at once are answered with the whole file."""
    text = asked.get(b"range")
    if text is None or asked.get(b"if-range", _etag(key)) != _etag(key):
        return None
    found = _RANGE.fullmatch(text[:64].strip())
    if found is None or not (found[1] or found[2]):
        return None
    return int(found[1]) if found[1] else None, int(found[2]) if found[2] else None


def _place(part: Part) -> tuple[int, int | None]:
    """Where to begin to read, before it is known how long the file is."""
    start, end = part
    if start is None:
        return 0, 1
    return start, None if end is None else max(end - start + 1, 1)


def _resolve(part: Part, size: int) -> tuple[int, int] | None:
    """First and last byte of a range; None if the file has none of it."""
    start, end = part
    if start is None:
        start, end = max(size - (end or 0), 0), size - 1
    end = size - 1 if end is None else min(end, size - 1)
    return (start, end) if start <= end else None


async def _pass_on(opened: Opened, send: Send, *, is_head: bool, length: int) -> None:
    left, sent = length, False
    if not is_head:
        async for chunk in opened.chunks:
            left, sent = left - len(chunk), True
            await send({"type": "http.response.body", "body": chunk, "more_body": left > 0})
    if not sent or left > 0:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _finish(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    if status != 304:
        headers = [*headers, (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
