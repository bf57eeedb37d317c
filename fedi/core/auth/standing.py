"""What every part of authentication needs: how secrets are stored, and who may act at all."""

import hashlib
from collections.abc import Mapping
from typing import Any

import asyncpg

DISABLED = "Your login is currently disabled"
UNCONFIRMED = "Your login is missing a confirmed e-mail address"
UNAPPROVED = "Your login is currently pending approval"
SUSPENDED = "Your account has been suspended"
NO_USER = "This method requires an authenticated user"


def hash_token(token: str) -> bytes:
    """How tokens, codes and secrets are stored: they are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def problem_of(row: Mapping[str, Any] | asyncpg.Record) -> str:
    """Why a user may do nothing just now, or nothing."""
    if row["suspended_at"] is not None:
        return SUSPENDED
    if row["confirmed_at"] is None:
        return UNCONFIRMED
    if row["approved_at"] is None:
        return UNAPPROVED
    return DISABLED if row["disabled_at"] is not None else ""
