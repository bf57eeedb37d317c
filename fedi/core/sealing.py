"""Secrets at rest: sealed with a key that is derived from the instance secret.

A sealed value is bound to its purpose and its name: moved to another row, it no longer opens.
"""

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fedi.kit.errors import Unavailable

_VERSION = b"\x01"
_NONCE = 12


def seal(secret: str, name: str, plain: bytes) -> bytes:
    """The sealed form of `plain`."""
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + _cipher(secret).encrypt(nonce, plain, name.encode())


def unseal(secret: str, name: str, sealed: bytes) -> bytes:
    """What was sealed under this name.

    Raises:
        Unavailable: the instance secret is not the one that it was sealed with.
    """
    nonce, rest = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    try:
        return _cipher(secret).decrypt(nonce, rest, name.encode())
    except InvalidTag as problem:
        raise Unavailable(
            "The server cannot sign just now", f"the instance secret does not open {name}"
        ) from problem


@lru_cache(maxsize=4)
def _cipher(secret: str) -> AESGCM:
    derived = HKDF(SHA256(), 32, None, b"fedi private keys").derive(secret.encode())
    return AESGCM(derived)
