"""Files at an S3-compatible service: path-style addresses and signature version 4.

Requests leave through a guarded client of their own, which knows the endpoint of the settings and
nothing else that is private.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import quote, urlsplit

from fedi.config.settings import Media
from fedi.kit.clock import now
from fedi.kit.errors import NotFound, RemoteError, Unavailable
from fedi.kit.http import HttpClient, Stream
from fedi.kit.store import Opened, is_key

_EMPTY = hashlib.sha256(b"").hexdigest()
_SECONDS = 600.0
_STEP = 1_048_576


class S3Store:
    """Files in one bucket."""

    def __init__(self, media: Media, user_agent: str) -> None:
        self._media = media
        parts = urlsplit(media.s3_endpoint)
        self._host = parts.netloc
        self._base = f"{parts.scheme}://{parts.netloc}"
        pins = {parts.hostname or "": media.s3_address} if media.s3_address else None
        self._http = HttpClient(user_agent=user_agent, hosts=pins, per_host=32)

    async def put(self, key: str, source: Path, content_type: str) -> None:
        """Keep the file at `source` under a key."""
        digest, size = await asyncio.to_thread(_measure, source)
        more = {"content-type": content_type, "content-length": str(size)}
        async with AsyncExitStack() as stack:
            data = stack.enter_context(source.open("rb"))
            answer = await self._ask(stack, "PUT", key, digest, more, data)
            if answer.status >= 300:
                raise Unavailable("Storage is not available", f"PUT {key}: {answer.status}")

    async def open(self, key: str, start: int = 0, length: int | None = None) -> Opened:
        """Read a file, or a part of it."""
        end = "" if length is None else str(start + length - 1)
        more = {"range": f"bytes={start}-{end}"} if start or end else {}
        async with AsyncExitStack() as stack:
            answer = await self._ask(stack, "GET", key, _EMPTY, more)
            if answer.status in {404, 416}:
                raise NotFound
            if answer.status not in {200, 206}:
                raise Unavailable("Storage is not available", f"GET {key}: {answer.status}")
            span = answer.headers.get("Content-Range", "")
            size = span.rpartition("/")[2] or answer.headers.get("Content-Length", "0")
            return Opened(int(size), answer.chunks, stack.pop_all().aclose)

    async def fetch(self, key: str, to: Path) -> None:
        """Copy a file out."""
        opened = await self.open(key)
        try:
            with to.open("wb") as file:
                async for chunk in opened.chunks:
                    file.write(chunk)
        finally:
            await opened.close()

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove files."""
        for key in filter(is_key, keys):
            async with AsyncExitStack() as stack:
                answer = await self._ask(stack, "DELETE", key, _EMPTY, {})
                if answer.status >= 300 and answer.status != 404:
                    raise Unavailable("Storage is not available", f"DELETE: {answer.status}")

    def url(self, key: str) -> str | None:
        """Where readers get it without us."""
        base = self._media.s3_public_url
        return f"{base.rstrip('/')}/{key}" if base else None

    async def close(self) -> None:
        """Hang up."""
        await self._http.close()

    async def _ask(
        self,
        stack: AsyncExitStack,
        method: str,
        key: str,
        digest: str,
        more: Mapping[str, str],
        data: object = None,
    ) -> Stream:
        if not is_key(key):
            raise NotFound
        path = quote(f"/{self._media.s3_bucket}/{key}")
        headers = {**more, **self._sign(method, path, digest)}
        opened = self._http.stream(
            method, self._base + path, headers=headers, data=data, deadline=_SECONDS
        )
        try:
            return await stack.enter_async_context(opened)
        except RemoteError as problem:
            raise Unavailable("Storage is not available", str(problem)) from problem

    def _sign(self, method: str, path: str, digest: str) -> dict[str, str]:
        stamp = now().strftime("%Y%m%dT%H%M%SZ")
        signed = {"host": self._host, "x-amz-content-sha256": digest, "x-amz-date": stamp}
        media = self._media
        headers = {name: value for name, value in signed.items() if name != "host"}
        authorization = authorize(
            method, path, signed, (media.s3_access_key, media.s3_secret_key, media.s3_region)
        )
        return {**headers, "authorization": authorization}


def authorize(method: str, path: str, headers: Mapping[str, str], who: tuple[str, str, str]) -> str:
    """The Authorization header of a request without a query; `who` is key, secret and region."""
    access, secret, region = who
    stamp, digest = headers["x-amz-date"], headers["x-amz-content-sha256"]
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"{method}\n{path}\n\n{lines}\n{names}\n{digest}"
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}"
    key = b"AWS4" + secret.encode()
    for part in (stamp[:8], region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    parts = (f"Credential={access}/{scope}", f"SignedHeaders={names}", f"Signature={signature}")
    return "AWS4-HMAC-SHA256 " + ", ".join(parts)


def _measure(source: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as file:
        while chunk := file.read(_STEP):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size
