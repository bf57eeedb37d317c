"""Connections that are held, stuffed or bent: over real sockets, with the real protocol."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import ClassVar

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from fedi.kit.web_protocol import CarefulProtocol, build_protocol
from tests.cpu import tries, wall

HOST = b"Host: a.test\r\n"
GOOD = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"


async def answer(_scope: Scope, receive: Receive, send: Send) -> None:
    """Read everything and say OK."""
    while (await receive()).get("more_body"):
        pass
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    )
    await send({"type": "http.response.body", "body": b"OK"})


@dataclass
class Server:
    """A server with our protocol, impatient enough for a test."""

    port: int
    protocol: type[CarefulProtocol]

    async def send(self, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        return reader, writer

    async def hear(self, data: bytes) -> bytes:
        """Everything that comes until the server closes the connection."""
        reader, writer = await self.send(data)
        try:
            return await asyncio.wait_for(reader.read(), 5)
        except ConnectionError:
            return b""
        finally:
            writer.close()


@pytest.fixture
async def server(request: pytest.FixtureRequest) -> AsyncGenerator[Server, None]:
    networks: tuple[str, ...] = getattr(request, "param", ())

    class Impatient(build_protocol(networks)):
        head_seconds = 0.3
        per_address = 3
        counts: ClassVar[Counter[str]] = Counter()

    config = uvicorn.Config(
        answer, http=Impatient, lifespan="off", log_config=None, timeout_keep_alive=1
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: Impatient(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    yield Server(listening.sockets[0].getsockname()[1], Impatient)
    listening.close()
    for connection in list(state.connections):
        connection.transport.abort()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"GET /",
        b"GET / HTTP/1.1\r\nHost: a.te",
        GOOD + b"\r\n",
        GOOD + b"POST / HTTP/1.1\r\nX: ",
    ],
)
async def test_a_head_that_does_not_come_is_not_waited_for(server: Server, data: bytes) -> None:
    for window in tries(2, wall):
        with window:
            heard = await server.hear(data)
        assert heard.count(b"200 OK") == (1 if data.startswith(GOOD) else 0)


async def test_a_head_without_end_is_cut_off(server: Server) -> None:
    for line in (b"X: " + b"a" * 400_000, b"".join(b"X%d: y\r\n" % n for n in range(60_000))):
        assert b"200 OK" not in await server.hear(b"GET / HTTP/1.1\r\n" + HOST + line)


@pytest.mark.parametrize(
    "data",
    [
        b"GET http://evil.test/ HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET https://a.test/ HTTP/1.1\r\n" + HOST + b"\r\n",
        b"CONNECT a.test:443 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET livez HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\nHost: a.test\n\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 6\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + GOOD,
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n" + GOOD,
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" + GOOD,
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: x, chunked, y\r\n\r\n" + GOOD,
    ],
)
async def test_bent_requests_are_400_and_the_end(server: Server, data: bytes) -> None:
    heard = await server.hear(data)
    assert heard.startswith(b"HTTP/1.1 400")
    assert b"200 OK" not in heard


async def test_good_requests_are_served_one_after_the_other(server: Server) -> None:
    body = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 300000\r\n\r\n" + b"x" * 300_000
    reader, writer = await server.send(GOOD + body + GOOD)
    heard = b""
    while heard.count(b"200 OK") < 3:
        heard += await asyncio.wait_for(reader.read(4096), 5)
    # Silence between requests is measured by another clock than a head that does not end.
    await asyncio.sleep(0.5)
    writer.write(GOOD)
    assert b"200 OK" in await asyncio.wait_for(reader.read(4096), 5)
    writer.close()


async def test_an_address_has_so_many_connections(server: Server) -> None:
    held = [await server.send(GOOD) for _ in range(3)]
    for reader, _ in held:
        assert b"200 OK" in await reader.read(4096)
    assert await server.hear(GOOD) == b""
    for reader, writer in held:
        writer.close()
        await reader.read()
    async with asyncio.timeout(5):
        while server.protocol.counts:  # noqa: ASYNC110 - it is the server's side that is awaited
            await asyncio.sleep(0)
    assert b"200 OK" in await server.hear(GOOD)


@pytest.mark.parametrize("server", [("127.0.0.0/8",)], indirect=True)
async def test_a_trusted_proxy_speaks_for_many(server: Server) -> None:
    held = [await server.send(GOOD) for _ in range(10)]
    for reader, writer in held:
        assert b"200 OK" in await reader.read(4096)
        writer.close()
