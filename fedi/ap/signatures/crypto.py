"""The operations themselves: sign with one of our keys, verify with somebody's."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA512

from fedi.ap.signatures.keys import PrivateKey, PublicKey, has_sane_size

_PKCS1 = padding.PKCS1v15()
_SHA256 = SHA256()
_SHA512 = SHA512()
_PSS = padding.PSS(mgf=padding.MGF1(_SHA512), salt_length=64)

# Which operations a stated algorithm allows; None stands for a header that states none. The key
# decides what is computed: a name that does not fit the key verifies nothing.
_RSA_WAYS = {
    None: ("sha256", "sha512"),
    "hs2019": ("sha256", "sha512"),
    "rsa": ("sha256", "sha512"),
    "rsa-sha256": ("sha256",),
    "rsa-sha512": ("sha512",),
    "rsa-v1_5-sha256": ("sha256",),
    "rsa-v1_5-sha512": ("sha512",),
    "rsa-pss-sha512": ("pss",),
}
_ED25519_NAMES = frozenset({None, "hs2019", "ed25519"})


def sign(key: PrivateKey, base: bytes) -> bytes:
    """The signature of a base: Ed25519, or RSA PKCS#1 v1.5 with SHA-256. Releases the GIL."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(base)
    return key.sign(base, _PKCS1, _SHA256)


def verifies(key: PublicKey, algorithm: str | None, signature: bytes, base: bytes) -> bool:
    """True when the signature fits; False for anything else, whatever is wrong with it."""
    if isinstance(key, Ed25519PublicKey):
        if algorithm not in _ED25519_NAMES or len(signature) != 64:
            return False
        try:
            key.verify(signature, base)
        except InvalidSignature:
            return False
        return True
    if not has_sane_size(key) or len(signature) > 1024:
        return False
    return any(_verifies_rsa(key, way, signature, base) for way in _RSA_WAYS.get(algorithm, ()))


def _verifies_rsa(key: RSAPublicKey, way: str, signature: bytes, base: bytes) -> bool:
    try:
        if way == "pss":
            key.verify(signature, base, _PSS, _SHA512)
        else:
            key.verify(signature, base, _PKCS1, _SHA256 if way == "sha256" else _SHA512)
    except (InvalidSignature, ValueError):
        return False
    return True
