"""Likes, boosts and bookmarks: by members, and by others from the network.

Each is a fact with a unique constraint; a counter changes and an event is recorded only when a
row really came or went. Acting on a boost acts on its original. Nobody can act on what they
cannot see: for them it is not there.
"""

from dataclasses import dataclass

from fedi.core import urls
from fedi.core.accounts.types import Account
from fedi.core.interactions_received import (
    receive_announces,
    receive_likes,
    receive_undo_announces,
    receive_undo_likes,
)
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.policy import PRIVATE, PUBLIC, may_reblog, visible_sql
from fedi.core.statuses.removal import remove
from fedi.events import StatusBookmarked, StatusBoosted, StatusFavourited, StatusUnfavourited
from fedi.kit.errors import Forbidden, NotFound
from fedi.kit.unit import Unit

__all__ = [
    "bookmark",
    "favourite",
    "reblog",
    "receive_announces",
    "receive_likes",
    "receive_undo_announces",
    "receive_undo_likes",
    "unbookmark",
    "unfavourite",
    "unreblog",
]

_TARGET = (
    "SELECT t.id, t.account_id, t.visibility, t.local_only FROM statuses s"
    " JOIN statuses t ON t.id = coalesce(s.reblog_of_id, s.id)"
    f" WHERE s.id = $2 AND {visible_sql('s', '$1::bigint')} FOR KEY SHARE OF t"
)


@dataclass(frozen=True, slots=True)
class _Target:
    """The post that is acted on, held so that it is not deleted meanwhile."""

    id: int
    account_id: int
    visibility: int
    local_only: bool


async def _find_target(unit: Unit, account_id: int, status_id: int) -> _Target:
    row = await unit.row(_TARGET, account_id, status_id)
    if row is None:
        raise NotFound
    return _Target(*row)


async def favourite(unit: Unit, account: Account, status_id: int) -> int:
    """Like a post; the id of the post that is liked (of a boost, the original).

    Raises:
        NotFound: there is no such post for this account.
    """
    target = await _find_target(unit, account.id, status_id)
    favourite_id = await unit.new_id()
    added = await unit.execute(
        "INSERT INTO favourites (id, account_id, status_id, uri, created_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (status_id, account_id) DO NOTHING",
        favourite_id,
        account.id,
        target.id,
        urls.like_uri(urls.origin_of(account.uri), favourite_id),
        unit.now(),
    )
    if added:
        await _count_favourite(unit, target.id, 1)
        unit.record(StatusFavourited(favourite_id, target.id, account.id, local=True))
    return target.id


async def unfavourite(unit: Unit, account: Account, status_id: int) -> int:
    """Take a like back; the id of the post that was liked.

    Raises:
        NotFound: there is no such post for this account.
    """
    target = await _find_target(unit, account.id, status_id)
    row = await unit.row(
        "DELETE FROM favourites WHERE status_id = $1 AND account_id = $2 RETURNING uri",
        target.id,
        account.id,
    )
    if row is not None:
        await _count_favourite(unit, target.id, -1)
        unit.record(StatusUnfavourited(target.id, account.id, row["uri"] or "", local=True))
    return target.id


async def _count_favourite(unit: Unit, status_id: int, by: int) -> None:
    tally = Tally()
    tally.favourite(status_id, by)
    await tally.write(unit)


async def bookmark(unit: Unit, account: Account, status_id: int) -> int:
    """Keep a post; the id of the post that is kept.

    Raises:
        NotFound: there is no such post for this account.
    """
    target = await _find_target(unit, account.id, status_id)
    added = await unit.execute(
        "INSERT INTO bookmarks (id, account_id, status_id, created_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (status_id, account_id) DO NOTHING",
        await unit.new_id(),
        account.id,
        target.id,
        unit.now(),
    )
    if added:
        unit.record(StatusBookmarked(target.id, account.id))
    return target.id


async def unbookmark(unit: Unit, account: Account, status_id: int) -> int:
    """Keep a post no longer; the id of the post.

    Raises:
        NotFound: there is no such post for this account.
    """
    target = await _find_target(unit, account.id, status_id)
    await unit.execute(
        "DELETE FROM bookmarks WHERE status_id = $1 AND account_id = $2", target.id, account.id
    )
    return target.id


async def reblog(
    unit: Unit, account: Account, status_id: int, visibility: int | None = None
) -> int:
    """Boost a post; the id of the boost, also if it was there already.

    Raises:
        NotFound: there is no such post for this account.
        Forbidden: what is not for all, only its author may boost.
    """
    target = await _find_target(unit, account.id, status_id)
    if not may_reblog(target.visibility, is_author=target.account_id == account.id):
        raise Forbidden("This action is not allowed")
    asked = PUBLIC if visibility is None else visibility
    seen_by = min(
        max(asked, target.visibility if target.visibility == PRIVATE else PUBLIC), PRIVATE
    )
    boost_id = await unit.new_id()
    origin = urls.origin_of(account.uri)
    added = await unit.execute(
        "INSERT INTO statuses (id, uri, url, account_id, local, visibility, reblog_of_id,"
        " created_at, local_only) VALUES ($1, $2, NULL, $3, true, $4, $5, $6, $7)"
        " ON CONFLICT (reblog_of_id, account_id) WHERE reblog_of_id IS NOT NULL DO NOTHING",
        boost_id,
        urls.boost_uri(origin, account.id, boost_id),
        account.id,
        seen_by,
        target.id,
        unit.now(),
        target.local_only,
    )
    if not added:
        return await _find_boost(unit, account.id, target.id) or target.id
    tally = Tally()
    tally.reblog(target.id)
    tally.status(account.id, seen_by, 1, unit.now())
    await tally.write(unit)
    await unit.execute(
        "INSERT INTO home_entries (account_id, status_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        account.id,
        boost_id,
    )
    unit.record(StatusBoosted(boost_id, account.id, target.id, local=True))
    return boost_id


async def unreblog(unit: Unit, account: Account, status_id: int) -> int:
    """Take a boost back; the id of the original.

    Raises:
        NotFound: there is no such post for this account.
    """
    target = await _find_target(unit, account.id, status_id)
    boost_id = await _find_boost(unit, account.id, target.id)
    if boost_id is not None:
        await remove(unit, [boost_id])
    return target.id


async def _find_boost(unit: Unit, account_id: int, original_id: int) -> int | None:
    return await unit.value(
        "SELECT id FROM statuses WHERE reblog_of_id = $1 AND account_id = $2",
        original_id,
        account_id,
    )
