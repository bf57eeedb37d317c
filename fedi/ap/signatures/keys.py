"""Keys: reading those of others with suspicion, making and storing our own."""

from functools import lru_cache
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from fedi.ap.signatures import multibase
from fedi.ap.signatures.fields import decode_base64
from fedi.kit.errors import Malformed, Unauthorized

PublicKey = RSAPublicKey | Ed25519PublicKey
PrivateKey = RSAPrivateKey | Ed25519PrivateKey

MIN_BITS = 2048
MAX_BITS = 8192
MAX_TEXT = 4096
# A modulus of the largest size that we take, its exponent, and the wrapping around both.
MAX_DER = MAX_BITS // 8 + 64

_ED25519 = bytes.fromhex("ed01")
_RSA = bytes.fromhex("8524")


def load_public(text: str) -> PublicKey:
    """A public key from PEM (either kind, however sloppily written) or from Multikey multibase.

    Raises:
        Unauthorized: the text is no key, or a key of a kind or size that we do not trust.
    """
    if len(text) > MAX_TEXT:
        raise Unauthorized("the public key is too long")
    return _load_public(text)


@lru_cache(maxsize=2048)
def _load_public(text: str) -> PublicKey:
    try:
        return _from_pem(text) if "-----BEGIN" in text else _from_multibase(text.strip())
    except (ValueError, TypeError, UnsupportedAlgorithm, Malformed) as error:
        raise Unauthorized("the public key cannot be read", str(error)) from error


def _from_pem(text: str) -> PublicKey:
    head, _, rest = text.partition("-----BEGIN ")[2].partition("-----")
    if head not in ("PUBLIC KEY", "RSA PUBLIC KEY"):
        raise ValueError("not a public key")
    body, found, _ = rest.partition("-----END")
    if not found:
        raise ValueError("the end of the key is missing")
    return _from_der(decode_base64("".join(body.replace("\\n", "").split())))


def _from_der(der: bytes) -> PublicKey:
    if len(der) > MAX_DER:
        raise ValueError("the key is too large")
    return _checked(load_der_public_key(der))


def _from_multibase(text: str) -> PublicKey:
    raw = multibase.decode(text)
    if raw.startswith(_ED25519) and len(raw) == 34:
        return Ed25519PublicKey.from_public_bytes(raw[2:])
    if raw.startswith(_RSA):
        return _from_der(raw[2:])
    raise ValueError("an unknown kind of key")


def _checked(key: object) -> PublicKey:
    """Only sizes between 2048 and 8192 bits and small odd exponents: the rest is weak or slow."""
    if isinstance(key, Ed25519PublicKey):
        return key
    if not isinstance(key, RSAPublicKey):
        raise TypeError("a kind of key that nobody signs with")
    if not has_sane_size(key):
        raise ValueError("the key is too small or too large")
    exponent = key.public_numbers().e
    if exponent < 3 or exponent % 2 == 0 or exponent.bit_length() > 33:
        raise ValueError("the exponent is out of bounds")
    return key


def has_sane_size(key: RSAPublicKey) -> bool:
    """True for the sizes that we use."""
    return MIN_BITS <= key.key_size <= MAX_BITS


def kind_of(key: PublicKey | PrivateKey) -> Literal["rsa", "ed25519"]:
    """`rsa` or `ed25519`."""
    return "rsa" if isinstance(key, RSAPublicKey | RSAPrivateKey) else "ed25519"


def to_pem(key: PublicKey) -> str:
    """A public key as PEM, the form of `publicKeyPem`."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def to_multibase(key: PublicKey) -> str:
    """A public key as Multikey, the form of `publicKeyMultibase`."""
    if isinstance(key, Ed25519PublicKey):
        return multibase.encode(_ED25519 + key.public_bytes(Encoding.Raw, PublicFormat.Raw))
    return multibase.encode(_RSA + key.public_bytes(Encoding.DER, PublicFormat.PKCS1))


def generate_rsa() -> RSAPrivateKey:
    """A new RSA-2048 key; takes up to a second, so it belongs in a thread."""
    return generate_private_key(65537, MIN_BITS)


def generate_ed25519() -> Ed25519PrivateKey:
    """A new Ed25519 key."""
    return Ed25519PrivateKey.generate()


def dump_private(key: PrivateKey) -> bytes:
    """A private key as plain PKCS#8 DER; the caller encrypts it before it is stored."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def load_private(der: bytes) -> PrivateKey:
    """A private key that `dump_private` wrote.

    Its numbers are not proven again (that takes 30 ms): this is for keys of our own storage only.
    """
    key = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise TypeError("a stored key is neither RSA nor Ed25519")
    return key
