"""A process of its own that plays a hundred hosts over TLS, and takes orders as JSON lines.

    {"do": "set", "latency": 0.1, "faults": {"s1.peers.test": "hang", "s2.peers.test": "500"}}
    {"do": "expect", "count": 500}    → forgets what came before, says "ok" at once
    {"do": "wait", "seconds": 30}     → {"times": […]} when all that was expected is there

It serves WebFinger and actors, takes deliveries and accepts every Follow.
"""

import asyncio
import json
import ssl
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httptools
import orjson
import uvloop

from tests.bench import wire
from tests.bench.client import Connection

_WORDS = {200: "OK", 202: "Accepted", 404: "Not Found", 500: "Internal Server Error"}


def _response(status: int, body: bytes = b"", kind: str = wire.ACTIVITY) -> bytes:
    head = (
        f"HTTP/1.1 {status} {_WORDS[status]}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


ACCEPTED = _response(202)


class Peer:
    """All hosts together."""

    def __init__(self, folder: Path, domain: str, address: tuple[str, int]) -> None:
        self.latency = 0.0
        self.faults: dict[str, str] = {}
        self.times: list[float] = []
        self._expected = 0
        self._complete = asyncio.Event()
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self._domain = domain
        self._key = wire.key(folder)
        self._public = wire.public_pem(self._key)
        self._follows: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._instance = Connection(address)

    def answer(self, method: bytes, host: str, url: str, body: bytes) -> bytes:
        """The answer of one host."""
        if self.faults.get(host) == "500":
            return _response(500)
        if method == b"POST":
            return self._take(orjson.loads(body))
        parts = urlsplit(url)
        if parts.path == "/.well-known/webfinger":
            return self._webfinger(host, parse_qs(parts.query).get("resource", [""])[0])
        names = parts.path.strip("/").split("/")
        if len(names) != 2 or names[0] != "users":
            return _response(404)
        actor = wire.Actor(host, names[1])
        return _response(200, orjson.dumps(wire.document(actor, self._public)))

    def _take(self, activity: dict[str, Any]) -> bytes:
        if activity["type"] == "Follow":
            self._follows.put_nowait(activity)
        elif activity["type"] == "Create":
            self.times.append(time.monotonic())
            if len(self.times) >= self._expected:
                self._complete.set()
        return ACCEPTED

    def _webfinger(self, host: str, resource: str) -> bytes:
        name = resource.removeprefix("acct:").partition("@")[0].rpartition("/")[2]
        uri = wire.Actor(host, name).uri
        links = [{"rel": "self", "type": wire.ACTIVITY, "href": uri}]
        found = {"subject": f"acct:{name}@{host}", "links": links}
        return _response(200, orjson.dumps(found), "application/jrd+json")

    async def accept_follows(self) -> None:
        """Answer each Follow with an Accept."""
        while True:
            asked = await self._follows.get()
            actor = asked["object"]
            activity = {
                "@context": wire.CONTEXT,
                "id": f"{actor}/accepts/{asked['id'].rpartition('/')[2]}",
                "type": "Accept",
                "actor": actor,
                "object": {key: value for key, value in asked.items() if key != "@context"},
            }
            raw = wire.signed_post(self._key, activity, self._domain)
            status, body = await self._instance.send(raw)
            if status >= 300:
                print("accept", status, body[:200], file=sys.stderr, flush=True)

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what the driver says."""
        match order["do"]:
            case "set":
                self.latency = order.get("latency", 0.0)
                self.faults = order.get("faults", {})
            case "expect":
                self.times = []
                self._expected = order["count"]
                self._complete.clear()
            case "wait":
                try:
                    async with asyncio.timeout(order["seconds"]):
                        await self._complete.wait()
                except TimeoutError:
                    pass
                return {"times": self.times}
            case unknown:
                return {"error": unknown}
        return {"ok": True}

    async def take_orders(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve the driver; when it hangs up, all is over."""
        self.begun.set()
        while line := await reader.readline():
            writer.write(orjson.dumps(await self.obey(orjson.loads(line))) + b"\n")
        writer.close()
        self.ended.set()


class Connected(asyncio.Protocol):
    """One connection of the instance to one of the hosts."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._parser = httptools.HttpRequestParser(self)
        self._begin()

    def _begin(self) -> None:
        self._host = self._url = ""
        self._chunks: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    # called by httptools

    def on_url(self, url: bytes) -> None:
        self._url += url.decode()

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"host":
            self._host = value.decode().partition(":")[0]

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        method, host, url, body = (
            self._parser.get_method(),
            self._host,
            self._url,
            b"".join(self._chunks),
        )
        self._begin()
        if self._peer.faults.get(host) == "hang":
            return
        if self._peer.latency:
            loop = asyncio.get_running_loop()
            loop.call_later(self._peer.latency, self._respond, method, host, url, body)
        else:
            self._respond(method, host, url, body)

    def _respond(self, method: bytes, host: str, url: str, body: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._peer.answer(method, host, url, body))


async def serve(plan: dict[str, Any]) -> None:
    """Listen until the driver hangs up."""
    peer = Peer(Path(plan["folder"]), plan["domain"], tuple(plan["instance"]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(plan["cert"], plan["key"])
    loop = asyncio.get_running_loop()
    make: Callable[[], Connected] = lambda: Connected(peer)  # noqa: E731 - a factory needs a name
    host, port = plan["listen"]
    server = await loop.create_server(make, host, port, ssl=context, backlog=2048)
    accepting = loop.create_task(peer.accept_follows())
    orders = await asyncio.start_unix_server(peer.take_orders, plan["orders"])
    async with asyncio.timeout(30):
        await peer.begun.wait()
    await peer.ended.wait()
    accepting.cancel()
    orders.close()
    server.close()


if __name__ == "__main__":
    uvloop.run(serve(json.loads(sys.argv[1])))
