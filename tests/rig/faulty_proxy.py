"""A reverse proxy with TLS that can be as wrong as those in the wild; by itself it is a good one.

It takes one request per connection, so that nothing of one can stick to another.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Headers = list[tuple[str, str]]

_HTML = b"<!doctype html><title>Welcome</title><p>It works!"


@dataclass
class Faults:
    """What is wrong with it; nothing, as it stands."""

    host: str = ""
    says_proto: bool = True
    says_client: bool = True
    # Hands on what the client itself wrote about its address.
    believes_client: bool = False
    most_body: int = 0
    most_header: int = 0
    # Headers of requests and of answers: taken out, or set.
    drop: tuple[str, ...] = ()
    replace: dict[str, str] = field(default_factory=dict)
    drop_answer: tuple[str, ...] = ()
    replace_answer: dict[str, str] = field(default_factory=dict)
    rewrite: Callable[[str], str] | None = None
    caches: bool = False
    upgrades: bool = True
    # Paths that begin like this are answered by a page.
    pages: tuple[str, ...] = ()
    # What begins like this is refused with 403.
    forbidden: tuple[str, ...] = ()
    redirect: str = ""
    delay: float = 0.0
    # POSTs that are let through; then 429.
    posts: int = 0
    upstream_gone: bool = False
    # The address from which it comes to the upstream.
    source: str = "127.0.0.1"


@dataclass
class Request:
    """One request as it came."""

    method: str
    target: str
    headers: Headers
    body: bytes

    def value(self, name: str) -> str:
        """A header; empty if there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")


@dataclass
class Answer:
    """One answer as it goes."""

    status: str
    headers: Headers
    body: bytes


class FaultyProxy:
    """The proxy; `use` changes what is wrong with it while it runs."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.upstream = upstream
        self.faults = Faults()
        self.port = 0
        self.plain_port = 0
        self._kept: dict[str, Answer] = {}
        self._posts = 0
        self._servers: list[asyncio.Server] = []

    def use(self, faults: Faults) -> None:
        """Be wrong in this way from now on; what was kept and counted is forgotten."""
        self.faults = faults
        self._kept.clear()
        self._posts = 0

    async def listen(self, address: str, tls: ssl.SSLContext, *, port: int = 0) -> None:
        """Take requests at an address."""
        server = await asyncio.start_server(self._serve, address, port, ssl=tls, limit=1 << 20)
        self._servers.append(server)
        self.port = server.sockets[0].getsockname()[1]

    async def listen_plain(self, address: str, location: str) -> None:
        """Send people who come without TLS elsewhere, or answer them with a page."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError, asyncio.IncompleteReadError):
                await reader.readuntil(b"\r\n\r\n")
                lead = f"301 Moved\r\nLocation: {location}" if location else "200 OK"
                writer.write(f"HTTP/1.1 {lead}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, address, 0)
        self._servers.append(server)
        self.plain_port = server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening."""
        for server in self._servers:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        trouble = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError)
        try:
            with suppress(*trouble):
                request = await _read_request(reader)
                if self.faults.delay:
                    await asyncio.sleep(self.faults.delay)
                answer = await self._answer(request, writer.get_extra_info("peername")[0])
                writer.write(_encode(answer))
                await writer.drain()
        finally:
            writer.close()

    async def _answer(self, request: Request, client: str) -> Answer:
        faults = self.faults
        path = request.target.partition("?")[0]
        if faults.redirect:
            return Answer("302 Found", [("Location", faults.redirect)], b"")
        if faults.pages and path.startswith(faults.pages):
            return _page("200 OK")
        if faults.forbidden and path.startswith(faults.forbidden):
            return _page("403 Forbidden")
        if faults.most_body and len(request.body) > faults.most_body:
            return _page("413 Request Entity Too Large")
        if faults.most_header and any(len(v) > faults.most_header for _, v in request.headers):
            return _page("400 Bad Request")
        if faults.posts and request.method == "POST" and path == "/inbox":
            self._posts += 1
            if self._posts > faults.posts:
                return _page("429 Too Many Requests")
        if faults.caches and request.method == "GET" and request.target in self._kept:
            return self._kept[request.target]
        answer = self._change(await self._pass_on(request, client))
        if faults.caches and answer.status.startswith("200"):
            self._kept[request.target] = answer
        return answer

    async def _pass_on(self, request: Request, client: str) -> Answer:
        if self.faults.upstream_gone:
            return _page("502 Bad Gateway")
        reader, writer = await asyncio.open_connection(
            *self.upstream, limit=1 << 20, local_addr=(self.faults.source, 0)
        )
        try:
            target = self.faults.rewrite(request.target) if self.faults.rewrite else request.target
            lines = [f"{request.method} {target} HTTP/1.1"]
            lines += [f"{name}: {value}" for name, value in self._headers(request, client)]
            writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + request.body)
            await writer.drain()
            return await _read_answer(reader)
        finally:
            writer.close()

    def _headers(self, request: Request, client: str) -> Headers:
        faults = self.faults
        own = {"x-forwarded-for", "x-forwarded-proto", "connection", "upgrade"}
        own |= {name.lower() for name in (*faults.drop, *faults.replace)}
        headers = [(name, value) for name, value in request.headers if name.lower() not in own]
        if faults.host:
            headers = [(n, v) for n, v in headers if n.lower() != "host"] + [("Host", faults.host)]
        is_upgrade = request.value("upgrade") != "" and faults.upgrades
        headers.append(("Connection", "Upgrade" if is_upgrade else "close"))
        if is_upgrade:
            headers.append(("Upgrade", request.value("upgrade")))
        if faults.says_proto:
            headers.append(("X-Forwarded-Proto", "https"))
        if faults.believes_client:
            headers.append(("X-Forwarded-For", request.value("x-forwarded-for") or client))
        elif faults.says_client:
            before = request.value("x-forwarded-for")
            headers.append(("X-Forwarded-For", f"{before}, {client}" if before else client))
        return headers + list(faults.replace.items())

    def _change(self, answer: Answer) -> Answer:
        faults = self.faults
        gone = {name.lower() for name in (*faults.drop_answer, *faults.replace_answer)}
        kept = [(name, value) for name, value in answer.headers if name.lower() not in gone]
        return Answer(answer.status, kept + list(faults.replace_answer.items()), answer.body)


def _page(status: str) -> Answer:
    return Answer(status, [("Content-Type", "text/html")], _HTML)


async def _read_head(reader: asyncio.StreamReader) -> tuple[str, Headers]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = [line.partition(":") for line in lines if line]
    return first, [(name, value.strip()) for name, _, value in pairs]


async def _read_request(reader: asyncio.StreamReader) -> Request:
    first, headers = await _read_head(reader)
    method, target, _ = first.split(" ", 2)
    request = Request(method, target, headers, b"")
    request.body = await reader.readexactly(int(request.value("content-length") or 0))
    return request


async def _read_answer(reader: asyncio.StreamReader) -> Answer:
    first, headers = await _read_head(reader)
    length = next((value for name, value in headers if name.lower() == "content-length"), None)
    body = await (reader.read() if length is None else reader.readexactly(int(length)))
    if any(name.lower() == "transfer-encoding" for name, _ in headers):
        body = _unchunk(body)
    own = {"content-length", "transfer-encoding", "connection", "keep-alive"}
    kept = [(name, value) for name, value in headers if name.lower() not in own]
    return Answer(first.partition(" ")[2], kept, body)


def _unchunk(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        count = int(size, 16)
        whole, body = whole + body[:count], body[count + 2 :]
        if not count:
            break
    return whole


def _encode(answer: Answer) -> bytes:
    headers = [*answer.headers, ("Content-Length", str(len(answer.body))), ("Connection", "close")]
    head = "\r\n".join([f"HTTP/1.1 {answer.status}", *(f"{n}: {v}" for n, v in headers), "", ""])
    return head.encode("latin-1") + answer.body


@asynccontextmanager
async def faulty_proxy(
    upstream: tuple[str, int], address: str, tls: ssl.SSLContext, *, leads_to: str
) -> AsyncGenerator[FaultyProxy, None]:
    """A good proxy for the length of a block; its faults are for the caller to set."""
    proxy = FaultyProxy(upstream)
    await proxy.listen(address, tls)
    await proxy.listen_plain(address, leads_to)
    try:
        yield proxy
    finally:
        await proxy.close()


def http_date(ahead: float) -> str:
    """A Date header of a clock that is ahead."""
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + ahead))
