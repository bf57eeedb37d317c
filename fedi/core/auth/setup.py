"""The one-time link that makes the first owner, printed by `fedi up` on a fresh server.

The supervisor leaves the hash of its token in `run/setup-token` of the data directory. The link
works until somebody can administer the server, and then never again.
"""

import asyncio
import hashlib
import hmac
from pathlib import Path

from fedi.config import Settings
from fedi.core.accounts.keys import generate_pair
from fedi.core.accounts.service import create_local
from fedi.core.auth.passwords import hash_password
from fedi.core.auth.sessions import open_session
from fedi.core.auth.users import check_email, create_user
from fedi.kit.errors import NotFound
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit


async def check_setup(runtime: Runtime, token: str) -> None:
    """Whether the link is good.

    Raises:
        NotFound: the token is not the right one, or the server has an owner already.
    """
    file = _token_file(runtime.settings)
    try:
        stored = file.read_text(encoding="utf-8").strip() if file else ""
    except OSError:
        stored = ""
    given = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    if not stored or not hmac.compare_digest(stored.encode(), given.encode()):
        raise NotFound
    if await has_owner(runtime.read()):
        raise NotFound


async def redeem_setup(
    runtime: Runtime, token: str, username: str, email: str, password: str
) -> str:
    """Make the first owner and sign them in; the value of the session's cookie.

    Raises:
        NotFound: as for `check_setup`.
        Invalid: name, address or password cannot be taken; the link stays good.
    """
    await check_setup(runtime, token)
    check_email(email)
    hashed = await hash_password(password)
    pair = await asyncio.to_thread(generate_pair)
    async with runtime.unit() as unit:
        # Two people with the link: one of them is first.
        await unit.fetch("SELECT pg_advisory_xact_lock(hashtext('fedi setup'))")
        if await has_owner(unit):
            raise NotFound
        account = await create_local(unit, runtime.settings, username, pair)
        user_id = await create_user(unit, account.id, email, hashed, "owner", confirmed=True)
        session = await open_session(unit, user_id)
    if file := _token_file(runtime.settings):
        file.unlink(missing_ok=True)
    return session


async def has_owner(read: ReadUnit) -> bool:
    """Whether somebody can administer the server."""
    return bool(
        await read.value("SELECT EXISTS (SELECT 1 FROM users WHERE role IN ('owner', 'admin'))")
    )


def _token_file(settings: Settings) -> Path | None:
    return Path(settings.data) / "run" / "setup-token" if settings.data else None
