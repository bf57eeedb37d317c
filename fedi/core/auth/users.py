"""The person behind a local account: how they sign in, their role, their settings."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from fedi.core.auth.standing import problem_of
from fedi.core.auth.tokens import revoke_all
from fedi.events import AccessRevoked
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.scrub import scrub_text
from fedi.kit.unit import ReadUnit, Unit

ROLES = ("owner", "admin", "moderator", "member")
# As SQL: the roles of those who look after others.
STAFF_SQL = "('owner', 'admin', 'moderator')"
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]\x00-\x1f\x7f]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,253}")

_SELECT = """
SELECT u.id, u.account_id, a.username, u.email, u.role, u.locale, u.settings, u.created_at,
  u.confirmed_at, u.approved_at, u.disabled_at, u.last_sign_in_at, u.password_hash, u.reason,
  a.suspended_at, a.deleted_at
FROM users u JOIN accounts a ON a.id = u.account_id
"""


@dataclass(frozen=True, slots=True)
class User:
    """A member, seen from the inside."""

    id: int
    account_id: int
    username: str
    email: str
    role: str
    locale: str
    settings: dict[str, Any]
    created_at: datetime
    confirmed_at: datetime | None
    approved_at: datetime | None
    disabled_at: datetime | None
    last_sign_in_at: datetime | None
    password_hash: str
    # What they said when they asked to join.
    reason: str
    # Why they may do nothing just now, or nothing.
    problem: str


async def create_user(
    unit: Unit,
    account_id: int,
    email: str,
    password_hash: str,
    role: str = "member",
    *,
    confirmed: bool = False,
    approved: bool = True,
    locale: str = "en",
    reason: str = "",
) -> int:
    """Give a local account somebody who can sign in; the id of the user.

    Raises:
        Invalid: the address or the role cannot be taken.
    """
    email = check_email(email)
    if role not in ROLES:
        raise Invalid(f"Role must be one of {', '.join(ROLES)}", field="role")
    user_id = await unit.new_id()
    now = unit.now()
    inserted = await unit.execute(
        "INSERT INTO users (id, account_id, email, password_hash, role, created_at, confirmed_at,"
        " approved_at, locale, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (lower(email)) DO NOTHING",
        user_id,
        account_id,
        email,
        password_hash,
        role,
        now,
        now if confirmed else None,
        now if approved else None,
        locale,
        reason,
    )
    if not inserted:
        raise Invalid("E-mail has already been taken", field="email", code="ERR_TAKEN")
    return user_id


def check_email(email: str) -> str:
    """The address without space around it.

    Raises:
        Invalid: it is no address.
    """
    email = email.strip()
    if not _EMAIL.fullmatch(email):
        raise Invalid("E-mail is invalid", field="email", code="ERR_INVALID")
    return email


def plain_login(login: str) -> str:
    """What somebody typed to sign in, in the one spelling that it is looked up and counted in."""
    return scrub_text(login).strip().removeprefix("@").lower()


async def find_user(read: ReadUnit, login: str) -> User | None:
    """A user by e-mail address or user name, in any case."""
    login = plain_login(login)
    column = "lower(u.email)" if "@" in login else "lower(a.username)"
    row = await read.row(
        f"{_SELECT} WHERE {column} = $1 AND a.domain IS NULL AND a.deleted_at IS NULL", login
    )
    return build_user(row) if row is not None else None


async def get_user(read: ReadUnit, login: str) -> User:
    """A user by e-mail address or user name.

    Raises:
        NotFound: there is none.
    """
    found = await find_user(read, login)
    if found is None:
        raise NotFound(f"There is no account {login!r} here.")
    return found


async def find_user_of(read: ReadUnit, account_id: int) -> User | None:
    """The user behind an account."""
    row = await read.row(f"{_SELECT} WHERE u.account_id = $1", account_id)
    return build_user(row) if row is not None else None


async def is_waiting(read: ReadUnit, account_id: int) -> bool:
    """Whether somebody asked to join and was not let in yet."""
    return bool(
        await read.value(
            "SELECT EXISTS (SELECT 1 FROM users WHERE account_id = $1 AND approved_at IS NULL)",
            account_id,
        )
    )


async def list_users(read: ReadUnit, *, pending: bool = False) -> list[User]:
    """All users, or those who wait to be let in, oldest first."""
    rule = " WHERE u.approved_at IS NULL AND a.deleted_at IS NULL" if pending else ""
    return [build_user(row) for row in await read.fetch(f"{_SELECT}{rule} ORDER BY u.id")]


def build_user(row: asyncpg.Record) -> User:
    """The user in a row."""
    known: tuple[Any, ...] = row[:14]
    return User(*known, problem=problem_of(row))


async def set_password(unit: Unit, user_id: int, password_hash: str) -> None:
    """Change the password; everything that got in with the old one is out."""
    await unit.execute("UPDATE users SET password_hash = $2 WHERE id = $1", user_id, password_hash)
    await revoke_all(unit, user_id)


async def confirm(unit: Unit, user_id: int) -> None:
    """Take the address for good."""
    await unit.execute(
        "UPDATE users SET confirmed_at = coalesce(confirmed_at, $2) WHERE id = $1",
        user_id,
        unit.now(),
    )


async def disable(unit: Unit, user_id: int) -> None:
    """Lock a member out; tokens stay, to work again when the member is enabled."""
    await unit.execute(
        "UPDATE users SET disabled_at = coalesce(disabled_at, $2) WHERE id = $1",
        user_id,
        unit.now(),
    )
    await unit.execute("DELETE FROM sessions WHERE user_id = $1", user_id)
    unit.record(AccessRevoked(user_id))


async def enable(unit: Unit, user_id: int) -> None:
    """Let a member in again."""
    await unit.execute("UPDATE users SET disabled_at = NULL WHERE id = $1", user_id)


async def update_settings(unit: Unit, user_id: int, changes: dict[str, Any]) -> dict[str, Any]:
    """Change posting defaults and the like; all settings as they are now."""
    settings: dict[str, Any] | None = await unit.value(
        "UPDATE users SET settings = settings || $2 WHERE id = $1 RETURNING settings",
        user_id,
        changes,
    )
    if settings is None:
        raise NotFound
    return settings
