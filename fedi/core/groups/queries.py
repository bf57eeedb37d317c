"""Every question about groups of this server."""

import asyncpg

from fedi.core.groups.types import WAITING, Group
from fedi.kit.errors import Forbidden, NotFound
from fedi.kit.unit import ReadUnit

_GROUP = """
SELECT a.id, a.uri, a.username, a.display_name, a.note_source, g.posting, g.approval,
  (SELECT m.role FROM group_moderators m WHERE m.group_id = a.id AND m.account_id = $1) AS role
FROM groups g JOIN accounts a ON a.id = g.group_id
WHERE a.deleted_at IS NULL AND
"""


async def list_groups(read: ReadUnit, account_id: int) -> list[Group]:
    """The groups in which a member keeps order."""
    rows = await read.fetch(
        f"{_GROUP} EXISTS (SELECT 1 FROM group_moderators o WHERE o.group_id = a.id"
        " AND o.account_id = $1) ORDER BY a.id",
        account_id,
    )
    return [Group(*row) for row in rows]


async def list_all(read: ReadUnit) -> list[Group]:
    """All groups."""
    return [Group(*row) for row in await read.fetch(f"{_GROUP} true ORDER BY a.id", 0)]


async def get_group(read: ReadUnit, account_id: int, group_id: int) -> Group:
    """A group as a member sees it.

    Raises:
        NotFound: there is none.
    """
    row = await read.row(f"{_GROUP} a.id = $2", account_id, group_id)
    if row is None:
        raise NotFound
    return Group(*row)


async def get_moderated(
    read: ReadUnit, account_id: int, group_id: int, *, as_owner: bool = False
) -> Group:
    """A group in which a member keeps order; `as_owner`: which is theirs.

    Raises:
        NotFound: there is no such group.
        Forbidden: it is not the member's to decide.
    """
    group = await get_group(read, account_id, group_id)
    if group.role is None or (as_owner and group.role != "owner"):
        raise Forbidden("This action is not allowed")
    return group


async def find_by_name(read: ReadUnit, username: str) -> Group:
    """A group by its name.

    Raises:
        NotFound: there is none.
    """
    row = await read.row(
        f"{_GROUP} lower(a.username) = lower($2) AND a.domain IS NULL", 0, username
    )
    if row is None:
        raise NotFound(f"there is no group {username!r}")
    return Group(*row)


async def find_owner(read: ReadUnit, group_id: int) -> int:
    """Whose group it is.

    Raises:
        NotFound: nobody's any more.
    """
    found = await read.value(
        "SELECT account_id FROM group_moderators WHERE group_id = $1 AND role = 'owner' LIMIT 1",
        group_id,
    )
    if found is None:
        raise NotFound("the group has no owner")
    return found


async def list_moderators(read: ReadUnit, group_id: int) -> list[tuple[int, int]]:
    """Who keeps order, as pairs of cursor and account."""
    rows = await read.fetch(
        "SELECT account_id FROM group_moderators WHERE group_id = $1 ORDER BY created_at, 1",
        group_id,
    )
    return [(row[0], row[0]) for row in rows]


async def list_bans(read: ReadUnit, group_id: int) -> list[tuple[int, int]]:
    """Who is banned, as pairs of cursor and account."""
    rows = await read.fetch(
        "SELECT account_id FROM group_bans WHERE group_id = $1"
        " AND (expires_at IS NULL OR expires_at > now()) ORDER BY created_at, 1",
        group_id,
    )
    return [(row[0], row[0]) for row in rows]


async def list_queue(read: ReadUnit, group_id: int, limit: int) -> list[int]:
    """The posts that wait for a moderator, the oldest first."""
    rows = await read.fetch(
        f"SELECT status_id FROM group_posts WHERE group_id = $1 AND state = {WAITING}"
        " ORDER BY id LIMIT $2",
        group_id,
        limit,
    )
    return [row[0] for row in rows]


async def find_post(read: ReadUnit, group_id: int, status_id: int) -> asyncpg.Record:
    """A post of a group, by its id or that of a boost of it.

    Raises:
        NotFound: it is not in the group.
    """
    row = await read.row(
        "SELECT p.id, p.status_id, p.state, s.uri FROM statuses t"
        " JOIN statuses s ON s.id = coalesce(t.reblog_of_id, t.id)"
        " JOIN group_posts p ON p.status_id = s.id AND p.group_id = $1 WHERE t.id = $2",
        group_id,
        status_id,
    )
    if row is None:
        raise NotFound
    return row
