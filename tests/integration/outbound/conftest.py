"""A local instance with members, and scripted peers on loopback that it may deliver to."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest

from fedi.config import Settings
from fedi.config.settings import Outbound, Queue
from fedi.core import key_pairs as keys
from fedi.core import urls
from fedi.core.accounts.people import People
from fedi.federation.delivery.pump import Deliverer, Pace
from fedi.federation.publish import Publishing
from fedi.kit.runtime import Runtime

PAIR = keys.generate_pair()
_ports = itertools.count(1)


@dataclass
class Got:
    """One request as a peer received it."""

    host: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float


@dataclass
class Peer:
    """A server that plays any number of hosts and answers as each is told to."""

    address: str = ""
    got: list[Got] = field(default_factory=list)
    # Host → statuses to answer one after the other; the last one stays. 202 by default.
    script: dict[str, list[int]] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    delay: dict[str, float] = field(default_factory=dict)
    accepts: Callable[[Got], bool] | None = None
    # Path → content type and document, for fetches.
    documents: dict[str, tuple[str, Any]] = field(default_factory=dict)
    under_way: dict[str, int] = field(default_factory=dict)
    most_under_way: dict[str, int] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head.decode("latin-1"), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        first, *lines = head.rstrip().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        host = headers["host"]
        got = Got(
            host,
            first.split()[1],
            headers,
            orjson.loads(body) if body else {},
            asyncio.get_running_loop().time(),
        )
        self.got.append(got)
        self.under_way[host] = self.under_way.get(host, 0) + 1
        self.most_under_way[host] = max(self.most_under_way.get(host, 0), self.under_way[host])
        await asyncio.sleep(self.delay.get(host, 0))
        self.under_way[host] -= 1
        if first.startswith("GET "):
            self._serve(got, writer)
            await writer.drain()
            return
        status = self._status(got)
        extra = "".join(f"{k}: {v}\r\n" for k, v in self.headers.get(host, {}).items())
        writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\n{extra}\r\n".encode())
        await writer.drain()

    def _serve(self, got: Got, writer: asyncio.StreamWriter) -> None:
        kind, document = self.documents.get(got.path, ("text/plain", None))
        body = orjson.dumps(document)
        status = "404 no" if document is None else "200 ok"
        head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)

    def _status(self, got: Got) -> int:
        if self.accepts is not None:
            return 202 if self.accepts(got) else 401
        script = self.script.get(got.host, [202])
        return script.pop(0) if len(script) > 1 else script[0]

    def of(self, host: str) -> list[dict[str, Any]]:
        return [got.body for got in self.got if got.host == host]


@pytest.fixture
async def peer() -> AsyncGenerator[Peer, None]:
    peer = Peer()
    server = await asyncio.start_server(peer.serve, "127.0.0.7", 0)
    port = server.sockets[0].getsockname()[1]
    peer.address = f"127.0.0.7:{port}"
    yield peer
    server.close()


@pytest.fixture
def settings(settings: Settings, peer: Peer) -> Settings:
    return replace(
        settings,
        outbound=Outbound(hosts={"*.peers.test": peer.address}),
        queue=Queue(sweep_seconds=0.05, retry_schedule=(60, 300, 1800)),
    )


@dataclass
class World:
    """The instance under test."""

    runtime: Runtime
    people: People
    context: Publishing
    alice: int = 0
    remote: dict[str, int] = field(default_factory=dict)

    async def account(self, name: str, host: str | None = None, *, shared: bool = True) -> int:
        origin = self.runtime.settings.origin
        async with self.runtime.unit() as unit:
            number = await unit.new_id()
            uri = f"http://{host}/users/{name}" if host else urls.actor_uri(origin, number)
            await unit.execute(
                "INSERT INTO accounts (id, username, domain, uri, url, inbox_url,"
                " shared_inbox_url) VALUES ($1, $2, $3, $4, $4, $5, $6)",
                number,
                name,
                host,
                uri,
                f"{uri}/inbox",
                f"http://{host}/inbox" if host and shared else None,
            )
            if host is None:
                await keys.store_pair(unit, self.runtime.settings.secret, number, uri, PAIR)
        return number

    async def follow(self, follower: int, target: int, *, local: bool = False) -> int:
        async with self.runtime.unit() as unit:
            number = await unit.new_id()
            await unit.execute(
                "INSERT INTO follows (id, account_id, target_id, accepted, local, uri)"
                " VALUES ($1, $2, $3, true, $4, $5)",
                number,
                follower,
                target,
                local,
                f"http://x.peers.test/follows/{number}",
            )
        return number

    async def status(self, author: int, **more: Any) -> int:
        origin = self.runtime.settings.origin
        mentions = more.pop("mentions", [])
        async with self.runtime.unit() as unit:
            number = await unit.new_id()
            boost = more.get("reblog_of_id")
            uri = urls.status_uri(origin, author, number)
            values: dict[str, Any] = {
                "id": number,
                "uri": urls.activity_uri(uri) if boost else uri,
                "url": f"{origin}/@alice/{number}",
                "account_id": author,
                "local": True,
                "visibility": 0,
                "content": "<p>hello</p>",
                "text": "hello",
                "language": "en",
                **more,
            }
            marks = ", ".join(f"${n}" for n in range(1, len(values) + 1))
            await unit.execute(
                f"INSERT INTO statuses ({', '.join(values)}) VALUES ({marks})", *values.values()
            )
            for account in mentions:
                await unit.execute("INSERT INTO status_mentions VALUES ($1, $2)", number, account)
        return number

    async def publish(self, what: Callable[..., Awaitable[None]], *events: Any) -> None:
        async with self.runtime.unit() as unit:
            await what(unit, self.context, events)

    async def ledger(self) -> list[Any]:
        return await self.runtime.db.fetch(
            "SELECT d.*, a.type FROM deliveries d JOIN activities a ON a.id = d.activity_id"
            " ORDER BY d.id"
        )


@pytest.fixture
async def world(runtime: Runtime) -> World:
    world = World(runtime, People(runtime), Publishing(runtime.settings))
    world.alice = await world.account("alice")
    return world


@pytest.fixture
async def deliverer(world: World) -> AsyncGenerator[Deliverer, None]:
    pace = Pace(deadline=3, short_deadline=2, set_aside=0.2, patience=1)
    deliverer = Deliverer(world.runtime, world.people, pace=pace)
    hear = world.runtime.bus.hear_bells(lambda _: deliverer.ring())
    world.runtime.tasks.start(hear, "bells")
    task = world.runtime.tasks.start(deliverer.run(), "deliverer")
    yield deliverer
    await deliverer.stop()
    await task


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - the other side is another process
            await asyncio.sleep(0.01)
