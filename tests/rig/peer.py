"""A scripted peer: one TLS server that plays any number of hosts under `peers.test`.

Every host has actors, answers WebFinger, takes deliveries (whose signatures it checks) and keeps
each byte of them. How fast it answers, and what, can be set for each host. Its actors follow, like,
boost and post by signed activities with keys of their own.
"""

import asyncio
import itertools
import json
import ssl
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
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
from fedi.ap.signatures.keys import generate_rsa, load_public, to_pem
from fedi.kit.errors import FediError
from tests.rig.certificates import Certificates
from tests.rig.instance import Instance, free_port

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
ACTIVITY = "application/activity+json"
SUFFIX = "peers.test"

_numbers = itertools.count(int(time.time()) % 1_000_000 * 1000)


@cache
def private_key() -> Any:
    """One key for all actors of the peer: making them takes longer than most tests."""
    return generate_rsa()


@dataclass(frozen=True)
class Actor:
    """Somebody on a host of the peer."""

    host: str
    name: str

    @property
    def uri(self) -> str:
        """The actor id."""
        return f"https://{self.host}/users/{self.name}"

    @property
    def handle(self) -> str:
        """@name@host."""
        return f"@{self.name}@{self.host}"

    @property
    def followers(self) -> str:
        """The followers collection."""
        return f"{self.uri}/followers"

    @property
    def shared_inbox(self) -> str:
        """Where its host takes everything."""
        return f"https://{self.host}/inbox"

    def document(self) -> dict[str, Any]:
        """The actor document."""
        return {
            "@context": CONTEXT,
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.name,
            "name": self.name,
            "url": f"https://{self.host}/@{self.name}",
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "followers": self.followers,
            "following": f"{self.uri}/following",
            "endpoints": {"sharedInbox": self.shared_inbox},
            "publicKey": {
                "id": f"{self.uri}#main-key",
                "owner": self.uri,
                "publicKeyPem": to_pem(private_key().public_key()),
            },
        }

    # What it says. Every id is new.

    def says(self, kind: str, thing: object, **more: Any) -> dict[str, Any]:
        """An activity of this actor about `thing`."""
        return {
            "@context": CONTEXT,
            "id": f"{self.uri}/{kind.lower()}s/{next(_numbers)}",
            "type": kind,
            "actor": self.uri,
            "object": thing,
            **more,
        }

    def note(self, text: str, *, mentions: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
        """A public note, with the actors that it mentions."""
        uri = f"{self.uri}/notes/{next(_numbers)}"
        return {
            "@context": CONTEXT,
            "id": uri,
            "type": "Note",
            "attributedTo": self.uri,
            "content": f"<p>{text}</p>",
            "published": stamp(datetime.now(UTC)),
            "to": [PUBLIC],
            "cc": [self.followers, *mentions],
            "tag": [{"type": "Mention", "href": uri, "name": "@x"} for uri in mentions],
            "url": uri,
            **more,
        }

    def creates(self, note: dict[str, Any]) -> dict[str, Any]:
        """The Create of a note."""
        return self.says(
            "Create", note, to=note["to"], cc=note["cc"], published=note["published"]
        ) | {"id": f"{note['id']}/activity"}

    def announces(self, uri: str) -> dict[str, Any]:
        """A public boost."""
        return self.says(
            "Announce",
            uri,
            to=[PUBLIC],
            cc=[self.followers],
            published=stamp(datetime.now(UTC)),
        )

    def undoes(self, activity: dict[str, Any]) -> dict[str, Any]:
        """The Undo of an activity of its own."""
        inner = {key: value for key, value in activity.items() if key != "@context"}
        return self.says("Undo", inner) | {"id": f"{activity['id']}#undo"}

    def deletes(self, note_uri: str) -> dict[str, Any]:
        """The Delete of a note of its own."""
        tombstone = {"id": note_uri, "type": "Tombstone"}
        return self.says("Delete", tombstone, to=[PUBLIC]) | {"id": f"{note_uri}#delete"}


def stamp(moment: datetime) -> str:
    """ISO 8601 with Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


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
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificates.cert, self._certificates.key)
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
