"""Which HTTP library carries documents and deliveries? CPU per request over warm TLS connections.

    .venv/bin/python tests/bench/http_transports.py [requests per run]

A bare TLS server runs in a process of its own; each client sends the same delivery (2 KB, signed
headers) and fetches the same document (2 KB) eight at a time, under uvloop as in production.
Compared are httpx with its own transport, httpx over the one guarded aiohttp session, plain
aiohttp, and `kit.http`, which adds the guard, the deadline and the bounded body. The figures that
decided are in docs/performance.md.
"""

import asyncio
import multiprocessing
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import aiohttp
import httptools
import httpx
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from httpx_aiohttp import AiohttpTransport

from fedi.kit.http import HttpClient

HOST = "peer.test"
BODY = b'{"type": "Create", "object": "https://x.test/1", "data": "' + b"z" * 2000 + b'"}'
HEADERS = {
    "Content-Type": "application/activity+json",
    "Date": "x" * 29,
    "Digest": "y" * 50,
    "Signature": "z" * 400,
}
ACCEPT = "application/activity+json"
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
DOCUMENT = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (
    ACCEPT.encode(),
    len(BODY),
    BODY,
)
Send = Callable[[], Awaitable[object]]


class Server(asyncio.Protocol):
    """Answers every POST with 202 and every GET with one document."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.WriteTransport", transport)
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        is_post = self.parser.get_method() == b"POST"
        self.transport.write(ACCEPTED if is_post else DOCUMENT)


def make_certificate(folder: Path) -> Path:
    """A self-signed certificate with its key, good for HOST."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "peer.pem"
    file.write_bytes(certificate.public_bytes(pem) + private)
    return file


def serve(certificate: Path, port: "multiprocessing.Queue[int]") -> None:
    async def run() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Server, "127.0.0.1", 0, ssl=context)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


async def measure(name: str, send: Send, requests: int) -> None:
    async def drive(count: int) -> float:
        left = iter(range(count))

        async def work() -> None:
            for _ in left:
                await send()

        started = time.process_time()
        await asyncio.gather(*(work() for _ in range(8)))
        return (time.process_time() - started) * 1000 / count

    await drive(100)
    runs = [await drive(requests) for _ in range(5)]
    print(f"{name:38} {statistics.median(runs):.3f} ms CPU  (best {min(runs):.3f})", flush=True)


async def compare(certificate: Path, port: int, requests: int) -> None:
    url, context = f"https://{HOST}/inbox", ssl.create_default_context(cafile=certificate)
    guarded = HttpClient(user_agent="bench", hosts={HOST: f"127.0.0.1:{port}"}, ca_file=certificate)
    session = guarded._open()
    own = f"https://127.0.0.1:{port}/inbox"
    sni = {"sni_hostname": HOST}

    async with (
        httpx.AsyncClient(verify=context, trust_env=False) as plain_httpx,
        httpx.AsyncClient(transport=AiohttpTransport(client=session)) as over_aiohttp,
    ):

        async def httpx_post() -> None:
            await plain_httpx.post(own, content=BODY, headers=HEADERS, extensions=sni)

        async def httpx_get() -> None:
            await plain_httpx.get(own, headers={"Accept": ACCEPT}, extensions=sni)

        async def over_post() -> None:
            await over_aiohttp.post(url, content=BODY, headers=HEADERS)

        async def over_get() -> None:
            await over_aiohttp.get(url, headers={"Accept": ACCEPT})

        async def aiohttp_post() -> None:
            async with session.post(url, data=BODY, headers=HEADERS) as answer:
                await answer.read()

        async def aiohttp_get() -> None:
            async with session.get(url, headers={"Accept": ACCEPT}) as answer:
                await answer.read()

        await measure("POST httpx, own transport", httpx_post, requests)
        await measure("POST httpx over guarded aiohttp", over_post, requests)
        await measure("POST guarded aiohttp session, bare", aiohttp_post, requests)
        await measure("POST kit.http", lambda: guarded.post(url, BODY, HEADERS), requests)
        await measure("GET  httpx, own transport", httpx_get, requests)
        await measure("GET  httpx over guarded aiohttp", over_get, requests)
        await measure("GET  guarded aiohttp session, bare", aiohttp_get, requests)
        await measure("GET  kit.http", lambda: guarded.get(url, accept=ACCEPT), requests)
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context, force_close=True)
        ) as fresh:

            async def new_connection() -> None:
                async with fresh.post(own, data=BODY, server_hostname=HOST) as answer:
                    await answer.read()

            await measure("POST aiohttp, new TLS connection each", new_connection, requests // 5)
    await guarded.close()


def main() -> None:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as folder:
        certificate = make_certificate(Path(folder))
        ports: multiprocessing.Queue[int] = multiprocessing.Queue()
        server = multiprocessing.Process(target=serve, args=(certificate, ports), daemon=True)
        server.start()
        uvloop.run(compare(certificate, ports.get(timeout=10), requests))
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
