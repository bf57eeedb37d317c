"""Access tokens: random, told once, stored as a hash, ended for good when revoked."""

import secrets
from collections.abc import Sequence

from fedi.core.auth.standing import hash_token
from fedi.core.auth.types import App, NewToken, OAuthError
from fedi.events import AccessRevoked
from fedi.kit.errors import Forbidden
from fedi.kit.unit import Unit


async def issue_token(unit: Unit, user_id: int | None, scopes: str, app: App | int) -> NewToken:
    """A new token for a user of an app; without user, for the app itself."""
    token = secrets.token_urlsafe(32)
    app_id = app if isinstance(app, int) else app.id
    created_at = unit.now()
    token_id = await unit.new_id()
    await unit.execute(
        "INSERT INTO access_tokens (id, token_hash, application_id, user_id, scopes, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        token_id,
        hash_token(token),
        app_id,
        user_id,
        scopes,
        created_at,
    )
    return NewToken(token_id, token, scopes, created_at)


async def client_token(unit: Unit, app: App, scopes: str) -> NewToken:
    """A token of the app itself; check the scopes with `apps.check_scopes` first."""
    return await issue_token(unit, None, scopes, app)


async def revoke_token(unit: Unit, app: App, token: str) -> bool:
    """End a token of this app; False if there is none, which is as good.

    Raises:
        Forbidden: it belongs to another app.
    """
    row = await unit.row(
        "SELECT id, application_id, user_id, revoked_at FROM access_tokens WHERE token_hash = $1"
        " FOR UPDATE",
        hash_token(token),
    )
    if row is None:
        return False
    if row["application_id"] != app.id:
        raise Forbidden("You are not authorized to revoke this token")
    if row["revoked_at"] is not None:
        return False
    await revoke_tokens(unit, [row["id"]])
    return True


async def revoke_tokens(unit: Unit, token_ids: Sequence[int]) -> None:
    """End tokens by their ids."""
    rows = await unit.fetch(
        "UPDATE access_tokens SET revoked_at = $2 WHERE id = ANY($1::bigint[])"
        " AND revoked_at IS NULL RETURNING id, user_id",
        list(token_ids),
        unit.now(),
    )
    by_user: dict[int, list[int]] = {}
    for row in rows:
        if row["user_id"] is not None:
            by_user.setdefault(row["user_id"], []).append(row["id"])
    for user_id, ended in sorted(by_user.items()):
        unit.record(AccessRevoked(user_id, tuple(sorted(ended))))


async def revoke_all(unit: Unit, user_id: int) -> None:
    """End every token and every session of a user."""
    now = unit.now()
    await unit.execute(
        "UPDATE access_tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL",
        user_id,
        now,
    )
    await unit.execute("DELETE FROM sessions WHERE user_id = $1", user_id)
    await unit.execute("DELETE FROM authorization_codes WHERE user_id = $1", user_id)
    unit.record(AccessRevoked(user_id))


def invalid_grant() -> OAuthError:
    """What the token endpoint answers when `redeem_code` says None."""
    return OAuthError(
        "invalid_grant",
        "The provided authorization grant is invalid, expired, revoked, does not match the"
        " redirection URI used in the authorization request, or was issued to another client.",
    )
