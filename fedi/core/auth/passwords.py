"""Passwords: argon2id, always in a thread and never inside of a transaction."""

import asyncio

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from fedi.kit.errors import Invalid

MIN_LENGTH = 8
MAX_LENGTH = 1024

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
# Verified for people who do not exist, so that time does not tell who does.
_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IGZvciBhbGw"
    "$7zP8Zx7h0bYxQpJ6GJ3c2s9d7N2tZbS0nVv1zj8l8Xo"
)


def check_password(password: str) -> None:
    """Refuse a password that nobody should have.

    Raises:
        Invalid: it is too short or too long.
    """
    if len(password) < MIN_LENGTH:
        raise Invalid(
            f"Password is too short (minimum is {MIN_LENGTH} characters)",
            field="password",
            code="ERR_TOO_SHORT",
        )
    if len(password) > MAX_LENGTH:
        raise Invalid("Password is too long", field="password", code="ERR_TOO_LONG")


async def hash_password(password: str) -> str:
    """The form in which a password is stored."""
    check_password(password)
    return await asyncio.to_thread(_hasher.hash, password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether it is the right one; None stands for a person who does not exist."""
    if len(password) > MAX_LENGTH:
        return False
    matches = await asyncio.to_thread(_verify, stored or _NOBODY, password)
    return matches and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
