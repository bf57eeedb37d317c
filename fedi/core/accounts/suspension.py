"""Suspending members: out at once, shown to nobody, and after a month gone for good.

Until then it can be taken back, and nothing is lost. Other servers hear at once that the account is
suspended, so that they hide it too, and of its end when that comes.
"""

from datetime import timedelta

from fedi.core import urls
from fedi.core.accounts.purge import PATIENCE, delete_account
from fedi.core.accounts.reach import find_inboxes
from fedi.events import AccessRevoked, AccountUpdated
from fedi.kit.clock import ago
from fedi.kit.errors import Forbidden, NotFound
from fedi.kit.runtime import Runtime
from fedi.kit.unit import Unit

GRACE = timedelta(days=30)


async def suspend_account(unit: Unit, account_id: int) -> bool:
    """Suspend a member; False if that was so before.

    Raises:
        NotFound: there is no such member.
        Forbidden: it is the server's own account.
    """
    if account_id == urls.INSTANCE_ACTOR_ID:
        raise Forbidden("The server's own account cannot be suspended")
    if not await _set(unit, account_id, suspended=True):
        return False
    user_id = await unit.value("SELECT id FROM users WHERE account_id = $1", account_id)
    if user_id is not None:
        await unit.execute("DELETE FROM sessions WHERE user_id = $1", user_id)
        unit.record(AccessRevoked(user_id))
    return True


async def unsuspend_account(unit: Unit, account_id: int) -> bool:
    """Let a member back; False if nothing kept them out.

    Raises:
        NotFound: there is no such member, or not any more.
    """
    return await _set(unit, account_id, suspended=False)


async def _set(unit: Unit, account_id: int, *, suspended: bool) -> bool:
    row = await unit.row(
        "SELECT suspended_at IS NOT NULL AS suspended FROM accounts"
        " WHERE id = $1 AND domain IS NULL AND deleted_at IS NULL FOR UPDATE",
        account_id,
    )
    if row is None:
        raise NotFound
    if row["suspended"] == suspended:
        return False
    await unit.execute(PATIENCE)
    await unit.execute(
        "UPDATE accounts SET suspended_at = $2, revision = revision + 1 WHERE id = $1",
        account_id,
        unit.now() if suspended else None,
    )
    inboxes = await find_inboxes(unit, account_id)
    unit.record(AccountUpdated(account_id, local=True, reach_inboxes=inboxes))
    return True


async def delete_overdue(runtime: Runtime) -> int:
    """Delete the members whose time to come back is over; how many that was."""
    rows = await runtime.db.fetch(
        "SELECT id FROM accounts WHERE domain IS NULL AND deleted_at IS NULL"
        " AND suspended_at < $1 ORDER BY id LIMIT 20",
        ago(GRACE),
    )
    for row in rows:
        async with runtime.unit() as unit:
            await delete_account(unit, row["id"])
    return len(rows)
