"""Authorization codes: ten minutes, one use, bound to app, address and PKCE challenge."""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import timedelta

import asyncpg

from fedi.core.auth.standing import hash_token
from fedi.core.auth.tokens import issue_token, revoke_tokens
from fedi.core.auth.types import App, NewToken, OAuthError
from fedi.kit.unit import Unit

LIFETIME = timedelta(minutes=10)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def check_challenge(challenge: str | None, method: str | None) -> str | None:
    """The PKCE challenge of an authorization request, or None.

    Raises:
        OAuthError: `invalid_request`: it is not a challenge by SHA-256.
    """
    if not challenge and not method:
        return None
    if method != "S256" or not _CHALLENGE.fullmatch(challenge or ""):
        raise OAuthError("invalid_request", "The code challenge method must be S256.")
    return challenge


async def issue_code(
    unit: Unit, app: App, user_id: int, redirect_uri: str, scopes: str, challenge: str | None
) -> str:
    """A code for a user who consented; address, scopes and challenge are checked already."""
    code = secrets.token_urlsafe(32)
    await unit.execute(
        "INSERT INTO authorization_codes (code_hash, application_id, user_id, redirect_uri,"
        " scopes, code_challenge, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        hash_token(code),
        app.id,
        user_id,
        redirect_uri,
        scopes,
        challenge,
        unit.now(),
    )
    return code


async def redeem_code(
    unit: Unit, app: App, code: str, redirect_uri: str, verifier: str | None
) -> NewToken | None:
    """The token that a code stands for; None means `invalid_grant` (see `tokens.invalid_grant`).

    None is an answer and no exception, because the unit must be committed all the same: a code
    that comes a second time was stolen from somebody, and takes what it gave with it.
    """
    row = await unit.row(
        "SELECT application_id, user_id, redirect_uri, scopes, code_challenge, created_at,"
        " used_at, token_id FROM authorization_codes WHERE code_hash = $1 FOR UPDATE",
        hash_token(code),
    )
    if row is None or row["application_id"] != app.id:
        return None
    if row["used_at"] is not None:
        if row["token_id"] is not None:
            await revoke_tokens(unit, [row["token_id"]])
        return None
    if not _fits(row, redirect_uri, verifier) or unit.now() - row["created_at"] > LIFETIME:
        return None
    token = await issue_token(unit, row["user_id"], row["scopes"], app)
    await unit.execute(
        "UPDATE authorization_codes SET used_at = $2, token_id = $3 WHERE code_hash = $1",
        hash_token(code),
        unit.now(),
        token.id,
    )
    return token


def _fits(row: asyncpg.Record, redirect_uri: str, verifier: str | None) -> bool:
    challenge: str | None = row["code_challenge"]
    if row["redirect_uri"] != redirect_uri:
        return False
    if challenge is None or not verifier:
        # Each belongs to the other: either both are there, or neither.
        return challenge is None and not verifier
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(made, challenge)


async def prune_codes(unit: Unit) -> int:
    """Forget codes that were of use long ago; how many."""
    return await unit.execute(
        "DELETE FROM authorization_codes WHERE created_at < $1", unit.now() - timedelta(days=30)
    )
