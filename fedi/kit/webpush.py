"""Messages for the push services of browsers: encrypted for one browser, signed by one server.

    aes128gcm   RFC 8291, in one record of RFC 8188
    aesgcm      its draft (draft-ietf-webpush-encryption-04), which older apps still speak
    VAPID       RFC 8292: who sends, as a token signed with ES256; one token per push service

Only the browser can read a message: not the push service, and not we once it is sent.
"""

import base64
import binascii
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fedi.kit.errors import Invalid

# A push service takes 4096 bytes at least. What is left of them for the message itself, and the
# steps to which it is filled up, so that its length says little about it.
MAX_PLAIN = 3900
STEP = 512
_RECORD = 4096
_POINT = 65
_AUTH = 16
_CURVE = ec.SECP256R1()


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser gave to its app: its public key and a shared secret."""

    point: bytes
    auth: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message as it travels."""

    body: bytes
    headers: dict[str, str]


def encode(data: bytes) -> str:
    """URL-safe base64 without padding, as all of these standards write it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Base64 in either alphabet, with padding or without.

    Raises:
        ValueError: it is none.
    """
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), b"-_", validate=True)
    except binascii.Error as problem:
        raise ValueError("not base64") from problem


def read_browser(p256dh: str, auth: str) -> Browser:
    """The keys of a browser.

    Raises:
        Invalid: nothing could be encrypted with them.
    """
    wrong = Invalid("Validation failed: Keys are invalid", field="keys")
    try:
        point, secret = decode(p256dh), decode(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError as problem:
        raise wrong from problem
    if len(point) != _POINT or len(secret) != _AUTH:
        raise wrong
    return Browser(point, secret)


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half of a key, as a point."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def seal_message(
    plain: bytes,
    browser: Browser,
    *,
    standard: bool,
    key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> Sealed:
    """Encrypt a message; `key` and `salt` are made for this one message (tests bring theirs).

    Raises:
        Invalid: it is longer than a push service must take.
    """
    if len(plain) > MAX_PLAIN:
        raise Invalid("The message is too long to be pushed")
    key = key or ec.generate_private_key(_CURVE)
    salt = salt or os.urandom(16)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, browser.point)
    shared = key.exchange(ec.ECDH(), theirs)
    fill = min(-len(plain) % STEP, MAX_PLAIN - len(plain))
    make = _seal_standard if standard else _seal_draft
    return make(plain, fill, browser, shared, point_of(key), salt)


def _seal_standard(
    plain: bytes, fill: int, browser: Browser, shared: bytes, ours: bytes, salt: bytes
) -> Sealed:
    info = b"WebPush: info\x00" + browser.point + ours
    secret = _derive(shared, browser.auth, info, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\x00", 12)
    text = AESGCM(key).encrypt(nonce, plain + b"\x02" + bytes(fill), None)
    head = salt + _RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return Sealed(head + text, {"Content-Encoding": "aes128gcm"})


def _seal_draft(
    plain: bytes, fill: int, browser: Browser, shared: bytes, ours: bytes, salt: bytes
) -> Sealed:
    secret = _derive(shared, browser.auth, b"Content-Encoding: auth\x00", 32)
    length = _POINT.to_bytes(2, "big")
    context = b"P-256\x00" + length + browser.point + length + ours
    key = _derive(secret, salt, b"Content-Encoding: aesgcm\x00" + context, 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\x00" + context, 12)
    text = AESGCM(key).encrypt(nonce, fill.to_bytes(2, "big") + bytes(fill) + plain, None)
    return Sealed(
        text,
        {
            "Content-Encoding": "aesgcm",
            "Encryption": f"salt={encode(salt)}",
            "Crypto-Key": f"dh={encode(ours)}",
        },
    )


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


class Vapid:
    """The key pair with which a server names itself to push services."""

    def __init__(self, private: bytes) -> None:
        self._key = ec.derive_private_key(int.from_bytes(private, "big"), _CURVE)
        self.public = encode(point_of(self._key))

    def headers(
        self, endpoint: str, *, contact: str, expires: int, standard: bool
    ) -> dict[str, str]:
        """What names us to the push service behind `endpoint`, until `expires` (Unix time)."""
        token = self.token(_origin(endpoint), contact, expires)
        if standard:
            return {"Authorization": f"vapid t={token}, k={self.public}"}
        return {"Authorization": f"WebPush {token}", "Crypto-Key": f"p256ecdsa={self.public}"}

    def token(self, audience: str, contact: str, expires: int) -> str:
        """A signed token for one push service."""
        claims = {"aud": audience, "exp": expires, "sub": contact}
        head = encode(orjson.dumps({"typ": "JWT", "alg": "ES256"}))
        said = f"{head}.{encode(orjson.dumps(claims))}"
        r, s = decode_dss_signature(self._key.sign(said.encode(), ec.ECDSA(SHA256())))
        return f"{said}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def make_private() -> bytes:
    """The private half of a new key pair."""
    number = ec.generate_private_key(_CURVE).private_numbers().private_value
    return number.to_bytes(32, "big")


def _origin(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"
