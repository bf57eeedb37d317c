"""What the checks have at hand: the server under examination, and the doctor's own senses."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from fedi.ap.signatures import Outgoing, sign_cavage, sign_rfc9421
from fedi.core import urls
from fedi.core.accounts.keys import SigningKey
from fedi.core.accounts.people import People
from fedi.federation.doctor.echo import PATH, PROOF, build_proof, seal_answer
from fedi.kit.addresses import is_public
from fedi.kit.clock import clock, now
from fedi.kit.errors import RemoteError, RemoteNonsense
from fedi.kit.http_url import Pin, Pins
from fedi.kit.runtime import Runtime

MOST = 4 * 1024 * 1024
# One request; a check may make several.
PATIENCE = 10.0

Resolve = Callable[[str], Awaitable[Sequence[str]]]


async def resolve_all(name: str) -> list[str]:
    """Every address of a name, of both families, whether this machine can use them or not."""
    loop = asyncio.get_running_loop()
    records = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(record[4][0]) for record in records))


def measure_disk(path: Path) -> tuple[int, int]:
    """Total and free bytes of the disk that a folder is on."""
    while not path.exists() and path != path.parent:
        path = path.parent
    found = shutil.disk_usage(path)
    return found.total, found.free


@dataclass(frozen=True, slots=True)
class Senses:
    """How the doctor perceives the world; tests replace what they cannot arrange."""

    resolve: Resolve = resolve_all
    disk: Callable[[Path], tuple[int, int]] = measure_disk
    is_public: Callable[[str], bool] = is_public
    https_port: int = 443
    http_port: int = 80
    # Whether port 80 is looked at where the domain is pinned.
    knocks_at_pins: bool = False
    # Seconds after which an answer is slow, and after which a worker stands still.
    slow: float = 3.0
    still: float = 45.0
    # Seconds that one check may take.
    deadline: float = 30.0


@dataclass(frozen=True, slots=True)
class Told:
    """What only the command knows: the newest migration, and the processes of the data directory.

    None in place of the processes: this directory runs none that we could know of.
    """

    head: str | None = None
    processes: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `seconds` is how long it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> dict[str, Any]:
        """The object in it; empty when there is none."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def error(self) -> str:
        """The words of an error that is ours; empty when somebody else speaks."""
        said = self.json.get("error")
        return said if isinstance(said, str) else ""

    @property
    def kind(self) -> str:
        """The content type without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def start(self) -> str:
        """How an answer is told in a finding."""
        words = " ".join(self.body[:300].decode("utf-8", "replace").split())[:80]
        return f"{self.status} {self.kind or 'without a type'}" + (f": {words!r}" if words else "")


@dataclass(slots=True)
class Echoed:
    """What the server says about a request of ours; `said` is empty without an echo."""

    answer: Answer
    said: dict[str, Any]


@dataclass
class Patient:
    """The server under examination."""

    people: People
    told: Told = Told()
    senses: Senses = field(default_factory=Senses)
    # What stands, as far as others depend on it: "database", "door".
    stands: set[str] = field(default_factory=set[str])

    @property
    def runtime(self) -> Runtime:
        """The runtime of the command."""
        return self.people.runtime

    @property
    def origin(self) -> str:
        """The public address."""
        return self.runtime.settings.origin

    @cached_property
    def name(self) -> str:
        """The host name in the public address."""
        return urlsplit(self.origin).hostname or ""

    @cached_property
    def names(self) -> list[str]:
        """The host names that must lead here: the server's, and that of its handles."""
        handles = self.runtime.settings.local_domain.partition(":")[0]
        return list(dict.fromkeys([self.name, handles]))

    @cached_property
    def pins(self) -> Pins:
        """Where the settings place hosts."""
        return Pins(self.runtime.settings.outbound.hosts)

    async def find_places(self, name: str) -> list[Pin]:
        """Where a name leads: addresses and the port of TLS there.

        Raises:
            OSError: the name does not resolve.
        """
        if pin := self.pins.find(name):
            return [pin]
        port = urlsplit(self.origin).port or self.senses.https_port
        return [Pin(address, port) for address in await self.senses.resolve(name)]

    async def ask(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, data: bytes = b""
    ) -> Answer:
        """One request by the way that other servers take; redirects are not followed.

        Raises:
            RemoteError: no answer that can be used.
        """
        started = clock.monotonic()
        body = b""
        async with self.runtime.http.stream(
            method, url, headers=dict(headers or {}), data=data or None, deadline=PATIENCE
        ) as answer:
            # After 101 the connection carries something else, which has no end.
            if answer.status != 101:
                body = await _read(answer.chunks)
            seconds = clock.monotonic() - started
            return Answer(answer.status, answer.headers, body, seconds)

    async def try_to_ask(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, data: bytes = b""
    ) -> Answer | RemoteError:
        """The same, with the failure as a value."""
        try:
            return await self.ask(method, url, headers=headers, data=data)
        except RemoteError as failed:
            return failed

    async def fetch(self, path: str, accept: str) -> Answer:
        """A document of ours, asked for through the public address."""
        return await self.ask("GET", f"{self.origin}{path}", headers={"Accept": accept})

    async def echo(
        self,
        method: str = "GET",
        tail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes = b"",
    ) -> Echoed:
        """What a request looks like when it has come through the proxy."""
        secret = self.runtime.settings.secret
        proof = build_proof(secret)
        url = f"{self.origin}{PATH}{tail}"
        answer = await self.ask(method, url, headers={PROOF: proof, **(headers or {})}, data=data)
        is_ours = seal_answer(secret, answer.body) == answer.headers.get(PROOF)
        said = answer.json if is_ours else {}
        return Echoed(answer, said if said.get("proof") == proof else {})

    async def sign(
        self, method: str, url: str, body: bytes | None, *, dialect: str = "cavage"
    ) -> dict[str, str]:
        """The headers of a request that the server itself signs."""
        key = await self.key()
        request = Outgoing(method, url, body, now())
        make = sign_cavage if dialect == "cavage" else sign_rfc9421
        return dict(make(key.private_key, key.key_id, request))

    async def key(self) -> SigningKey:
        """The key of the server itself."""
        return await self.people.keyring.signing_key(urls.INSTANCE_ACTOR_ID)


async def _read(chunks: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MOST:
            raise RemoteNonsense("size", "the answer is too large")
    return bytes(body)
