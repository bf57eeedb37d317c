"""A tiny S3-compatible service: one bucket in memory, which checks every signature."""

import hashlib
import hmac
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.rig.instance import free_port

ACCESS, SECRET, REGION = "AKIATEST", "a very secret key", "test-1"


@dataclass
class FakeS3:
    """The service; `objects` holds what was put, by path."""

    port: int
    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    refused: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if not self._is_signed(request, body):
            self.refused += 1
            return web.Response(status=403)
        path = request.path
        if request.method == "PUT":
            self.objects[path] = (body, request.headers["content-type"])
            return web.Response()
        found = self.objects.get(path)
        if found is None:
            return web.Response(status=404)
        if request.method == "DELETE":
            del self.objects[path]
            return web.Response(status=204)
        wanted = request.http_range
        if wanted.start is None:
            return web.Response(body=found[0], headers={"content-type": found[1]})
        part = found[0][wanted]
        span = f"bytes {wanted.start}-{wanted.start + len(part) - 1}/{len(found[0])}"
        return web.Response(status=206, body=part, headers={"content-range": span})

    def _is_signed(self, request: web.Request, body: bytes) -> bool:
        """Signature version 4, as the service computes it."""
        digest = hashlib.sha256(body).hexdigest()
        stamp = request.headers["x-amz-date"]
        scope = f"{stamp[:8]}/{REGION}/s3/aws4_request"
        lines = [request.method, request.raw_path, ""]
        names = ["host", "x-amz-content-sha256", "x-amz-date"]
        lines += [f"{name}:{request.headers[name]}" for name in names]
        lines += ["", ";".join(names), digest]
        hashed = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        key = f"AWS4{SECRET}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}"
        expected = hmac.new(key, text.encode(), "sha256").hexdigest()
        said = request.headers["authorization"]
        return said == (
            f"AWS4-HMAC-SHA256 Credential={ACCESS}/{scope},"
            f" SignedHeaders={';'.join(names)}, Signature={expected}"
        )


@asynccontextmanager
async def fake_s3() -> AsyncGenerator[FakeS3]:
    """The service, for the length of a test."""
    service = FakeS3(free_port("127.0.0.1"))
    app = web.Application(client_max_size=50_000_000)
    app.router.add_route("*", "/{path:.*}", service.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", service.port).start()
    try:
        yield service
    finally:
        await runner.cleanup()
