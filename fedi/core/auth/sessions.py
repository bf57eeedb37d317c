"""Signing in to the pages: a new session each time, killed on the server when it ends."""

import secrets
from datetime import timedelta

import asyncpg

from fedi.core import limits
from fedi.core.auth.passwords import verify_password
from fedi.core.auth.standing import hash_token, problem_of
from fedi.core.auth.types import SessionUser
from fedi.core.auth.users import find_user, plain_login
from fedi.kit import clock
from fedi.kit.errors import TooMany, Unauthorized
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit, Unit
from fedi.kit.web_trust import limit_key

LIFETIME = timedelta(days=30)
WRONG = "Invalid e-mail address, user name or password."
_WINDOW = timedelta(minutes=5)


async def sign_in(runtime: Runtime, login: str, password: str, address: str) -> str:
    """A new session, as the value of its cookie.

    Members who may do nothing just now can sign in: the page tells them why.

    Raises:
        Unauthorized: no such member, or the wrong password; never said which.
        TooMany: too many attempts from this address, or for this member.
    """
    await _check_limits(runtime, login, address)
    user = await find_user(runtime.read(), login)
    if not await verify_password(user.password_hash if user else None, password) or user is None:
        raise Unauthorized(WRONG)
    async with runtime.unit() as unit:
        return await open_session(unit, user.id)


async def _check_limits(runtime: Runtime, login: str, address: str) -> None:
    settings = runtime.settings.limits
    if not settings.enabled:
        return
    now = clock.now()
    who = hash_token(plain_login(login)).hex()[:32]
    for key in (f"sign in from {limit_key(address)}", f"sign in as {who}"):
        if await limits.hit(runtime.db, key, _WINDOW, now) > settings.sign_ins_per_5_minutes:
            left = _WINDOW - (now - limits.window_start(_WINDOW, now))
            raise TooMany("Too many requests", retry_after=int(left.total_seconds()) + 1)


async def open_session(unit: Unit, user_id: int) -> str:
    """A session for somebody whose password was right."""
    token = secrets.token_urlsafe(32)
    now = unit.now()
    await unit.execute(
        "INSERT INTO sessions (token_hash, user_id, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4)",
        hash_token(token),
        user_id,
        now,
        now + LIFETIME,
    )
    await unit.execute("UPDATE users SET last_sign_in_at = $2 WHERE id = $1", user_id, now)
    return token


async def find_session(read: ReadUnit, token: str) -> SessionUser | None:
    """Who a session belongs to; None when it has ended. Look at `problem`."""
    row = await read.row(
        "SELECT u.id, u.account_id, a.username, u.role, u.locale, u.confirmed_at, u.approved_at,"
        " u.disabled_at, a.suspended_at FROM sessions s JOIN users u ON u.id = s.user_id"
        " JOIN accounts a ON a.id = u.account_id"
        " WHERE s.token_hash = $1 AND s.expires_at > $2 AND a.deleted_at IS NULL",
        hash_token(token),
        read.now(),
    )
    return build_session(row) if row is not None else None


def build_session(row: asyncpg.Record) -> SessionUser:
    """The user in a row."""
    return SessionUser(
        user_id=row["id"],
        account_id=row["account_id"],
        username=row["username"],
        role=row["role"],
        locale=row["locale"],
        problem=problem_of(row),
    )


async def sign_out(unit: Unit, token: str) -> None:
    """End a session."""
    await unit.execute("DELETE FROM sessions WHERE token_hash = $1", hash_token(token))


async def prune_sessions(unit: Unit) -> int:
    """Forget sessions that have run out; how many."""
    return await unit.execute("DELETE FROM sessions WHERE expires_at < $1", unit.now())
