"""Other servers, played by one TLS listener on loopback: honest ones, hostile ones, dead ones."""

import asyncio
import itertools
import ssl
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from fedi.ap.signatures import Outgoing, keys, sign_cavage, sign_rfc9421
from fedi.config import Settings
from fedi.config.settings import Outbound
from tests.rig.certificates import Certificates

AS2 = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS2}#Public"
INBOX = "https://a.test/inbox"

# RSA keys take long to make, so a few are shared by all tests.
_RING = [keys.generate_rsa() for _ in range(4)]
_numbers = itertools.count(1)

Answer = dict[str, Any] | int | Callable[[], Any]
Played = TypeVar("Played", bound="Far")


class Far:
    """All other servers: documents by their address, and what was asked for how often."""

    def __init__(self) -> None:
        self.documents: dict[str, Answer] = {}
        self.asked: Counter[str] = Counter()
        self.content_type = "application/activity+json"
        self.hanging: set[str] = set()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head.decode("latin-1"), writer)
        except (asyncio.IncompleteReadError, OSError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.rstrip().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
        url = f"https://{headers['host']}{first.split()[1]}"
        self.asked[url] += 1
        if headers["host"] in self.hanging:
            await asyncio.Event().wait()
        found = self.documents.get(url, 404)
        if callable(found):
            found = found()
        kind = self.content_type
        if isinstance(found, dict) and "subject" in found:
            kind = "application/jrd+json"
        status, body = (found, b"") if isinstance(found, int) else (200, orjson.dumps(found))
        writer.write(
            f"HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        await writer.drain()

    def actor(self, host: str, name: str, **more: Any) -> "Person":
        """Somebody who lives on `host`, with an actor document and a handle there."""
        person = Person(self, host, name, **more)
        person.publish()
        return person

    def asked_of(self, host: str) -> int:
        """How many requests a host has had."""
        return sum(n for url, n in self.asked.items() if url.startswith(f"https://{host}/"))


@asynccontextmanager
async def playing(played: Played, certificates: Certificates) -> AsyncGenerator[Played, None]:
    """Serve `played` on loopback, with a certificate."""
    context = certificates.for_server()
    server = await asyncio.start_server(played.serve, "127.0.0.2", 0, ssl=context)
    played.port = server.sockets[0].getsockname()[1]
    yield played
    server.close()


def pin_far(settings: Settings, far: Far, certificates: Certificates) -> Settings:
    """Settings with which every host under `far.test` is `far`."""
    pins = {"*.far.test": f"127.0.0.2:{far.port}"}
    return replace(settings, outbound=Outbound(hosts=pins, ca_file=str(certificates.ca)))


@dataclass
class Person:
    """A remote actor that can sign."""

    far: Far
    host: str
    name: str
    key: RSAPrivateKey = field(default_factory=lambda: _RING[next(_numbers) % len(_RING)])
    extra: dict[str, Any] = field(default_factory=dict)
    key_id: str = ""

    @property
    def uri(self) -> str:
        return f"https://{self.host}/users/{self.name}"

    def document(self) -> dict[str, Any]:
        return {
            "@context": AS2,
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.name,
            "name": self.name.title(),
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "followers": f"{self.uri}/followers",
            "publicKey": {
                "id": f"{self.uri}#main-key",
                "owner": self.uri,
                "publicKeyPem": keys.to_pem(self.key.public_key()),
            },
            **self.extra,
        }

    def publish(self) -> None:
        self.far.documents[self.uri] = self.document()
        resource = f"https://{self.host}/.well-known/webfinger?resource=acct"
        jrd = {
            "subject": f"acct:{self.name}@{self.host}",
            "links": [
                {"rel": "self", "type": "application/activity+json", "href": self.uri},
            ],
        }
        for colon in (":", "%3A"):
            for at in ("@", "%40"):
                self.far.documents[f"{resource}{colon}{self.name}{at}{self.host}"] = jrd

    def id(self, what: str = "activities") -> str:
        return f"https://{self.host}/{what}/{next(_numbers)}"

    def note(self, text: str = "hello", **more: Any) -> dict[str, Any]:
        return {
            "id": self.id("notes"),
            "type": "Note",
            "attributedTo": self.uri,
            "content": f"<p>{text}</p>",
            "published": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "to": [PUBLIC],
            "cc": [f"{self.uri}/followers"],
            **more,
        }

    def does(self, kind: str, thing: Any, **more: Any) -> dict[str, Any]:
        return {
            "@context": AS2,
            "id": self.id(),
            "type": kind,
            "actor": self.uri,
            "object": thing,
            **more,
        }

    def creates(self, note: dict[str, Any], **more: Any) -> dict[str, Any]:
        return self.does("Create", note, to=note["to"], cc=note["cc"], **more)

    def sign(
        self,
        body: bytes,
        *,
        url: str = INBOX,
        dialect: str = "cavage",
        age: timedelta = timedelta(0),
        key_id: str = "",
    ) -> dict[str, str]:
        request = Outgoing("POST", url, body, datetime.now(UTC) - age)
        way = sign_cavage if dialect == "cavage" else sign_rfc9421
        return way(self.key, key_id or self.key_id or f"{self.uri}#main-key", request)
