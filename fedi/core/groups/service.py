"""Groups of this server: made, changed, and kept in order."""

from datetime import datetime

from fedi.config import Settings
from fedi.core.accounts import queries as accounts
from fedi.core.accounts.purge import delete_account
from fedi.core.accounts.service import create_local, update_profile
from fedi.core.accounts.types import Account, ProfileChanges
from fedi.core.groups import queries
from fedi.core.groups.moderation import drop_from_groups, lock_in_groups
from fedi.core.groups.taking import accept_posts
from fedi.core.groups.types import MODERATORS, WAITING, Group, GroupChanges
from fedi.core.key_pairs import KeyPair
from fedi.events import GroupModerated
from fedi.kit.errors import Forbidden, Invalid, NotFound
from fedi.kit.unit import Unit

# Groups that one member may have: names are for all.
MOST = 20


async def create_group(
    unit: Unit,
    settings: Settings,
    owner_id: int,
    username: str,
    keys: KeyPair,
    changes: GroupChanges,
) -> Group:
    """A new group, with its owner as the first moderator; `keys` were made before the unit.

    Raises:
        Invalid: the name cannot be had, a text is too long, or the member has too many groups.
    """
    mine = await unit.value(
        "SELECT count(*) FROM group_moderators m JOIN groups g ON g.group_id = m.group_id"
        " JOIN accounts a ON a.id = g.group_id"
        " WHERE m.account_id = $1 AND m.role = 'owner' AND a.deleted_at IS NULL",
        owner_id,
    )
    if mine >= MOST:
        raise Invalid(f"Validation failed: At most {MOST} groups are possible")
    account = await create_local(
        unit, settings, username, keys, display_name=changes.display_name or "", staff=False
    )
    await unit.execute(
        "UPDATE accounts SET actor_type = 'Group', discoverable = true WHERE id = $1", account.id
    )
    await unit.execute(
        "INSERT INTO groups (group_id, created_at) VALUES ($1, $2)", account.id, unit.now()
    )
    await _add_moderator(unit, account.id, owner_id, "owner")
    await _write_changes(unit, account.id, changes)
    return await queries.get_group(unit, owner_id, account.id)


async def change_group(unit: Unit, account_id: int, group_id: int, changes: GroupChanges) -> Group:
    """Change what a group says of itself, and its rules.

    Raises:
        NotFound: there is no such group.
        Forbidden: it is not the member's.
        Invalid: a text is too long.
    """
    await queries.get_moderated(unit, account_id, group_id, as_owner=True)
    await _write_changes(unit, group_id, changes)
    return await queries.get_group(unit, account_id, group_id)


async def _write_changes(unit: Unit, group_id: int, changes: GroupChanges) -> None:
    shown = ProfileChanges(display_name=changes.display_name, note=changes.note)
    await update_profile(unit, group_id, shown)
    await unit.execute(
        "UPDATE groups SET posting = coalesce($2, posting), approval = coalesce($3, approval)"
        " WHERE group_id = $1",
        group_id,
        changes.posting,
        changes.approval,
    )
    await unit.execute(
        "UPDATE accounts SET posting_restricted = (SELECT g.posting = $2 FROM groups g"
        " WHERE g.group_id = id) WHERE id = $1",
        group_id,
        MODERATORS,
    )


async def remove_group(unit: Unit, group_id: int) -> None:
    """A group is no more; its followers are told."""
    await delete_account(unit, group_id)


async def _add_moderator(unit: Unit, group_id: int, account_id: int, role: str) -> bool:
    return bool(
        await unit.execute(
            "INSERT INTO group_moderators (group_id, account_id, role, created_at)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT (group_id, account_id) DO NOTHING",
            group_id,
            account_id,
            role,
            unit.now(),
        )
    )


async def add_moderator(unit: Unit, actor_id: int, group_id: int, account_id: int) -> None:
    """Let somebody, here or elsewhere, keep order in a group.

    Raises:
        NotFound: no such group, or nobody by that id.
        Forbidden: only its owner may.
    """
    await queries.get_moderated(unit, actor_id, group_id, as_owner=True)
    target = await _get_person(unit, account_id)
    if await _add_moderator(unit, group_id, target.id, "moderator"):
        await _record(unit, group_id, actor_id, "Add", target.uri)


async def drop_moderator(unit: Unit, actor_id: int, group_id: int, account_id: int) -> None:
    """Somebody keeps order no more; moderators may leave by themselves.

    Raises:
        NotFound: no such group.
        Forbidden: only its owner may; the owner cannot go.
    """
    await queries.get_moderated(unit, actor_id, group_id, as_owner=actor_id != account_id)
    target = await _get_person(unit, account_id)
    gone = await unit.execute(
        "DELETE FROM group_moderators WHERE group_id = $1 AND account_id = $2 AND role <> 'owner'",
        group_id,
        account_id,
    )
    if not gone:
        raise Forbidden("This action is not allowed")
    await _record(unit, group_id, actor_id, "Remove", target.uri)


async def ban(
    unit: Unit,
    actor_id: int,
    group_id: int,
    account_id: int,
    *,
    reason: str = "",
    expires_at: datetime | None = None,
) -> None:
    """Somebody may no longer post in a group, and follows it no more.

    Raises:
        NotFound: no such group, or nobody by that id.
        Forbidden: not by somebody who keeps order there, or one of these would be banned.
    """
    await queries.get_moderated(unit, actor_id, group_id)
    target = await _get_person(unit, account_id)
    if (account_id, account_id) in await queries.list_moderators(unit, group_id):
        raise Forbidden("This action is not allowed")
    await unit.execute(
        "INSERT INTO group_bans (group_id, account_id, reason, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (group_id, account_id) DO UPDATE"
        " SET reason = excluded.reason, expires_at = excluded.expires_at",
        group_id,
        target.id,
        reason[:500],
        unit.now(),
        expires_at,
    )
    await _record(unit, group_id, actor_id, "Block", target.uri, reason)


async def unban(unit: Unit, actor_id: int, group_id: int, account_id: int) -> None:
    """Somebody may post in a group again.

    Raises:
        NotFound: no such group, or nobody by that id.
        Forbidden: not by somebody who keeps order there.
    """
    await queries.get_moderated(unit, actor_id, group_id)
    target = await _get_person(unit, account_id)
    if await unit.execute(
        "DELETE FROM group_bans WHERE group_id = $1 AND account_id = $2", group_id, account_id
    ):
        await _record(unit, group_id, actor_id, "Undo Block", target.uri)


async def approve_post(
    unit: Unit, origin: str, actor_id: int, group_id: int, status_id: int
) -> None:
    """Let a post in that waits.

    Raises:
        NotFound: no such group, or no such post in it.
        Forbidden: not by somebody who keeps order there.
    """
    await queries.get_moderated(unit, actor_id, group_id)
    post = await queries.find_post(unit, group_id, status_id)
    if post["state"] == WAITING:
        await accept_posts(unit, origin, [post["id"]])


async def remove_post(
    unit: Unit, actor_id: int, group_id: int, status_id: int, reason: str = ""
) -> None:
    """Take a post out of a group (or turn it away); to its author it stays what it is.

    Raises:
        NotFound: no such group, or no such post in it.
        Forbidden: not by somebody who keeps order there.
    """
    await queries.get_moderated(unit, actor_id, group_id)
    post = await queries.find_post(unit, group_id, status_id)
    await drop_from_groups(unit, [(group_id, post["status_id"])])
    if post["state"] != WAITING:
        await _record(unit, group_id, actor_id, "Delete", post["uri"], reason)


async def lock_post(
    unit: Unit, actor_id: int, group_id: int, status_id: int, *, is_locked: bool
) -> None:
    """Close a conversation, or open it again.

    Raises:
        NotFound: no such group, or no such post in it.
        Forbidden: not by somebody who keeps order there.
    """
    await queries.get_moderated(unit, actor_id, group_id)
    post = await queries.find_post(unit, group_id, status_id)
    await lock_in_groups(unit, [(group_id, post["status_id"])], is_locked=is_locked)
    await _record(unit, group_id, actor_id, "Lock" if is_locked else "Undo Lock", post["uri"])


async def _get_person(unit: Unit, account_id: int) -> Account:
    found = await accounts.get_by_id(unit, account_id)
    if found.is_gone or found.actor_type == "Group":
        raise NotFound
    return found


async def _record(
    unit: Unit, group_id: int, actor_id: int, kind: str, object_uri: str, reason: str = ""
) -> None:
    number = await unit.new_id()
    unit.record(GroupModerated(number, group_id, actor_id, kind, object_uri, reason[:500]))
