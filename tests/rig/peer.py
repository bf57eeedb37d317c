"""A scripted peer: one TLS server that plays any number of hosts under `peers.test`.

Every host has actors, answers WebFinger, takes deliveries (whose signatures it checks) and keeps
each byte of them. How fast it answers, and what, can be set for each host. Its actors follow, like,
boost and post by signed activities with keys of their own.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from aiohttp import web

from fedi.ap.signatures import (
    Outgoing,
    PublicKey,
    Request,
    check_cover,
    check_digest,
    check_time,
    parse_signature,
    sign_cavage,
    sign_rfc9421,
    verify,
)
from fedi.ap.signatures.keys import load_public
from fedi.kit.errors import FediError
from tests.rig.actors import ACTIVITY, SUFFIX, Actor, private_key
from tests.rig.certificates import Certificates
from tests.rig.instance import Instance, free_port


@dataclass(frozen=True)
class Copy:
    """One delivery as it arrived, and how it was answered."""

    at: float
    host: str
    path: str
    body: bytes
    activity: dict[str, Any]
    status: int

    @property
    def about(self) -> str:
        """The id of its object."""
        thing = self.activity["object"]
        return thing if isinstance(thing, str) else thing["id"]


@dataclass
class Host:
    """How one host behaves, and what it has been sent."""

    name: str
    # Seconds before it answers anything.
    latency: float = 0.0
    # It takes the delivery and never answers.
    hangs: bool = False
    # What it answers to deliveries: these first, one each, then `status`.
    answers: list[int] = field(default_factory=list)
    status: int = 202
    headers: dict[str, str] = field(default_factory=dict)
    # What it answers to fetches of documents.
    get_status: int = 200
    received: list[Copy] = field(default_factory=list)
    fetched: Counter[str] = field(default_factory=Counter)

    def next_status(self) -> int:
        """The answer to the next delivery."""
        return self.answers.pop(0) if self.answers else self.status


class Peer:
    """The server behind all hosts."""

    def __init__(self, certificates: Certificates, address: str) -> None:
        self.address = address
        self.port = free_port(address)
        self.hosts: dict[str, Host] = {}
        self.actors: dict[str, Actor] = {}
        # Further documents by their ids: notes that may be fetched.
        self.documents: dict[str, dict[str, Any]] = {}
        self.instances: dict[str, Instance] = {}
        # What was wrong with deliveries: must stay empty.
        self.problems: list[str] = []
        # Whether follows are accepted by themselves.
        self.accepts = True
        # Seconds by which this side's clock is ahead.
        self.ahead = 0.0
        self._certificates = certificates
        self._keys: dict[str, PublicKey] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner | None = None

    @property
    def pins(self) -> dict[str, str]:
        """The pin under which instances reach all hosts."""
        return {f"*.{SUFFIX}": f"{self.address}:{self.port}"}

    def host(self, name: str) -> Host:
        """A host by its short or full name; made when it is first named."""
        full = name if name.endswith(SUFFIX) else f"{name}.{SUFFIX}"
        return self.hosts.setdefault(full, Host(full))

    def actor(self, host: str, name: str = "pia") -> Actor:
        """Somebody on a host; made when first named."""
        actor = Actor(self.host(host).name, name)
        return self.actors.setdefault(actor.uri, actor)

    def publish(self, note: dict[str, Any]) -> str:
        """Let a note be fetched; its id."""
        self.documents[note["id"]] = note
        return note["id"]

    def received(self) -> list[Copy]:
        """Everything that any host took, in the order of time."""
        return sorted((c for h in self.hosts.values() for c in h.received), key=lambda c: c.at)

    def forget(self) -> None:
        """Start counting anew."""
        for host in self.hosts.values():
            host.received.clear()
            host.fetched.clear()

    # sending

    async def send(
        self,
        instance: Instance,
        actor: Actor,
        activity: dict[str, Any],
        *,
        inbox: str = "/inbox",
        dialect: str = "cavage",
    ) -> httpx.Response:
        """Sign an activity and deliver it once; raises httpx.HTTPError without an answer."""
        body = json.dumps(activity).encode()
        url = f"{instance.origin}{inbox}"
        request = Outgoing("POST", url, body, self.now())
        make = sign_cavage if dialect == "cavage" else sign_rfc9421
        headers = make(private_key(), f"{actor.uri}#main-key", request)
        return await instance.request("POST", inbox, content=body, headers=headers)

    async def deliver(
        self,
        instance: Instance,
        actor: Actor,
        activity: dict[str, Any],
        *,
        inbox: str = "/inbox",
        seconds: float = 40.0,
    ) -> Counter[int]:
        """Deliver until it is accepted, as real servers do; how often each answer came.

        0 stands for no answer at all.
        """
        seen: Counter[int] = Counter()
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = await self.send(instance, actor, activity, inbox=inbox)
            except httpx.HTTPError:
                seen[0] += 1
            else:
                seen[answer.status_code] += 1
                if answer.status_code == 202:
                    return seen
                if answer.status_code == 503:
                    assert "retry-after" in answer.headers, "503 without Retry-After"
            assert time.monotonic() < deadline, f"{activity['id']} is not accepted: {seen}"
            await asyncio.sleep(0.1)

    def now(self) -> datetime:
        """The time by the peer's clock."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    # serving

    async def start(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_get("/{path:.*}", self._get)
        app.router.add_post("/{path:.*}", self._post)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        context = self._certificates.for_server()
        site = web.TCPSite(self._runner, self.address, self.port, ssl_context=context, backlog=1024)
        await site.start()

    async def stop(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _get(self, request: web.Request) -> web.Response:
        host = self.host(request.host)
        host.fetched[request.path] += 1
        if host.latency:
            await asyncio.sleep(host.latency)
        if host.hangs:
            await asyncio.Event().wait()
        if host.get_status != 200:
            return web.Response(status=host.get_status)
        if request.path == "/.well-known/webfinger":
            return self._webfinger(request.query.get("resource", ""))
        uri = f"https://{host.name}{request.path}"
        if actor := self.actors.get(uri):
            return _json(actor.document())
        if document := self.documents.get(uri):
            return _json(document)
        return web.Response(status=404)

    def _webfinger(self, resource: str) -> web.Response:
        name, _, domain = resource.removeprefix("acct:").partition("@")
        actor = self.actors.get(f"https://{domain}/users/{name}")
        if actor is None:
            return web.Response(status=404)
        links = [{"rel": "self", "type": ACTIVITY, "href": actor.uri}]
        return web.json_response(
            {"subject": f"acct:{name}@{domain}", "links": links},
            content_type="application/jrd+json",
        )

    async def _post(self, request: web.Request) -> web.Response:
        body = await request.read()
        host = self.host(request.host)
        if host.latency:
            await asyncio.sleep(host.latency)
        at = time.monotonic()
        problem = await self._problem_of(request, body)
        if problem is not None:
            self.problems.append(f"{host.name}{request.path}: {problem}")
        activity = json.loads(body)
        status = 0 if host.hangs else host.next_status() if problem is None else 401
        host.received.append(Copy(at, host.name, request.path, body, activity, status))
        if host.hangs:
            await asyncio.Event().wait()
        if activity["type"] == "Follow" and self.accepts and status < 300:
            self._accept(activity)
        return web.Response(status=status, headers=host.headers)

    async def _problem_of(self, request: web.Request, body: bytes) -> str | None:
        """What is wrong with a delivery; None when its signature holds."""
        headers = [(name.lower(), value) for name, value in request.headers.items()]
        try:
            claim = parse_signature("POST", request.raw_path, headers)[0]
            check_cover(claim, "POST", has_body=True)
            check_time(claim, headers, self.now())
            check_digest(headers, body)
            key = await self._key(claim.key_id)
            if not verify(claim, Request("POST", request.raw_path, headers), key):
                return "the signature does not fit"
        except FediError as problem:
            return str(problem)
        except (httpx.HTTPError, KeyError) as problem:
            return f"the key cannot be had: {problem!r}"
        if json.loads(body)["actor"] != claim.key_id.partition("#")[0]:
            return "signed by somebody else"
        return None

    async def _key(self, key_id: str) -> PublicKey:
        if key_id not in self._keys:
            parts = urlsplit(key_id)
            answer = await self.instances[parts.netloc].request(
                "GET", parts.path, headers={"Accept": ACTIVITY}
            )
            self._keys[key_id] = load_public(answer.json()["publicKey"]["publicKeyPem"])
        return self._keys[key_id]

    def _accept(self, follow: dict[str, Any]) -> None:
        actor = self.actors.get(follow["object"])
        instance = self.instances.get(urlsplit(follow["actor"]).netloc)
        if actor is None or instance is None:
            return
        answer = actor.says("Accept", follow)
        self.start_task(self.deliver(instance, actor, answer))

    def start_task(self, work: Any) -> asyncio.Task[Any]:
        """Do something beside everything else."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _json(document: dict[str, Any]) -> web.Response:
    return web.json_response(document, content_type=ACTIVITY)


@asynccontextmanager
async def listening_peer(certificates: Certificates, address: str) -> AsyncGenerator[Peer, None]:
    """A peer for the length of a block."""
    peer = Peer(certificates, address)
    await peer.start()
    try:
        yield peer
    finally:
        await peer.stop()
