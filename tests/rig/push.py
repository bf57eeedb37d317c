"""A push service that keeps what it is sent, and the phone behind it that reads it.

The phone decrypts by the standards alone, with plain HMAC: nothing of ours is used, so that a
mistake in the sender cannot hide here.
"""

import hashlib
import hmac
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.rig.certificates import Certificates
from tests.rig.instance import free_port

HOST = "push.service.test"


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 for at most one block."""
    start = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(start, info + b"\x01", hashlib.sha256).digest()[:length]


def _named(header: str, name: str) -> bytes:
    found = re.search(rf"(?:^|[;,\s]){name}=([A-Za-z0-9_-]+)", header)
    assert found, f"no {name} in {header}"
    return _bytes(found[1])


@dataclass
class Phone:
    """A browser with a subscription."""

    key: ec.EllipticCurvePrivateKey
    auth: bytes

    @classmethod
    def new(cls) -> "Phone":
        return cls(ec.generate_private_key(ec.SECP256R1()), os.urandom(16))

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def p256dh(self) -> str:
        return _text(self.point)

    @property
    def auth_text(self) -> str:
        return _text(self.auth)

    def open(self, headers: Mapping[str, str], body: bytes) -> bytes:
        """What a message says."""
        if headers["content-encoding"] == "aes128gcm":
            return self._open_standard(body)
        assert headers["content-encoding"] == "aesgcm"
        return self._open_draft(headers, body)

    def _shared(self, point: bytes) -> bytes:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        return self.key.exchange(ec.ECDH(), theirs)

    def _open_standard(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        point, text = body[21 : 21 + length], body[21 + length :]
        assert 17 <= len(text) <= size
        info = b"WebPush: info\x00" + self.point + point
        secret = _hkdf(self.auth, self._shared(point), info, 32)
        key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\x00", 12)
        plain = AESGCM(key).decrypt(nonce, text, None).rstrip(b"\x00")
        assert plain.endswith(b"\x02"), "the last record ends so"
        return plain[:-1]

    def _open_draft(self, headers: Mapping[str, str], body: bytes) -> bytes:
        salt = _named(headers["encryption"], "salt")
        point = _named(headers["crypto-key"], "dh")
        assert len(body) < 4096 + 16
        secret = _hkdf(self.auth, self._shared(point), b"Content-Encoding: auth\x00", 32)
        context = b"P-256\x00" + b"".join(
            len(each).to_bytes(2, "big") + each for each in (self.point, point)
        )
        key = _hkdf(salt, secret, b"Content-Encoding: aesgcm\x00" + context, 16)
        nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\x00" + context, 12)
        plain = AESGCM(key).decrypt(nonce, body, None)
        fill = int.from_bytes(plain[:2], "big")
        assert plain[2 : 2 + fill] == bytes(fill)
        return plain[2 + fill :]


@dataclass
class Message:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    def read(self, phone: Phone) -> dict[str, Any]:
        return orjson.loads(phone.open(self.headers, self.body))


@dataclass
class PushService:
    """The server, with what it was sent and what it answers next."""

    address: str
    port: int
    received: list[Message] = field(default_factory=list)
    # By path; 201 for the rest.
    statuses: dict[str, int] = field(default_factory=dict)

    @property
    def pins(self) -> dict[str, str]:
        return {HOST: f"{self.address}:{self.port}"}

    def endpoint(self, name: str) -> str:
        return f"https://{HOST}/{name}"

    async def answer(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Message(request.path, headers, await request.read()))
        return web.Response(status=self.statuses.get(request.path, 201))


@asynccontextmanager
async def listening_service(
    certificates: Certificates, address: str = "127.98.0.7"
) -> AsyncGenerator[PushService, None]:
    """A push service on loopback over TLS; `certificates` must be for `HOST`."""
    service = PushService(address, free_port(address))
    tls = certificates.for_server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, address, service.port, ssl_context=tls).start()
    try:
        yield service
    finally:
        await runner.cleanup()
