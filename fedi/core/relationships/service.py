"""What members do to others: follow, answer, block, mute. The network's side is in `receive`."""

from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from fedi.core import follow_counts, urls
from fedi.core.accounts.types import Account
from fedi.core.relationships.pairs import Pair, accept_rows, delete_follows, lock_pairs
from fedi.core.relationships.queries import relationships
from fedi.core.relationships.types import Relationship
from fedi.events import (
    AccountBlocked,
    AccountMuted,
    AccountUnblocked,
    AccountUnmuted,
    FollowAccepted,
    FollowEnded,
    FollowRejected,
    FollowRequested,
)
from fedi.kit.errors import Forbidden, NotFound
from fedi.kit.unit import Unit

NOT_ALLOWED = "This action is not allowed"


@dataclass(frozen=True, slots=True)
class FollowOptions:
    """What of a followed account's doings one wants to see; None leaves an option as it is."""

    show_reblogs: bool | None = None
    notify: bool | None = None
    # An empty list means: all languages.
    languages: list[str] | None = None


AS_IT_IS = FollowOptions()


async def follow(
    unit: Unit, account: Account, target: Account, options: FollowOptions = AS_IT_IS
) -> Relationship:
    """Follow, or change the options of a follow.

    Raises:
        NotFound: nobody can follow this account.
        Forbidden: this account cannot.
    """
    _check_possible(account, target)
    await lock_pairs(unit, [(account.id, target.id)])
    if not await _update_options(unit, account.id, target.id, options):
        await _check_allowed(unit, account, target)
        await _insert_follow(unit, account, target, options)
    return await _relationship(unit, account.id, target.id)


def _check_possible(account: Account, target: Account) -> None:
    if target.id == account.id or target.is_gone or target.id == urls.INSTANCE_ACTOR_ID:
        raise NotFound
    if target.moved_to_uri or account.is_gone:
        raise Forbidden(NOT_ALLOWED)


async def _check_allowed(unit: Unit, account: Account, target: Account) -> None:
    blocked = await unit.value(
        "SELECT EXISTS (SELECT 1 FROM blocks WHERE (account_id = $1 AND target_id = $2)"
        " OR (account_id = $2 AND target_id = $1))",
        account.id,
        target.id,
    )
    if blocked:
        raise Forbidden(NOT_ALLOWED)


async def _update_options(
    unit: Unit, account_id: int, target_id: int, options: FollowOptions
) -> bool:
    """Whether there is a follow already, or a request; its options are now these."""
    return bool(
        await unit.execute(
            "UPDATE follows SET show_reblogs = coalesce($3, show_reblogs),"
            " notify = coalesce($4, notify), languages = CASE WHEN $5::text[] IS NULL"
            " THEN languages ELSE nullif($5::text[], '{}') END"
            " WHERE account_id = $1 AND target_id = $2",
            account_id,
            target_id,
            options.show_reblogs,
            options.notify,
            options.languages,
        )
    )


async def _insert_follow(
    unit: Unit, account: Account, target: Account, options: FollowOptions
) -> None:
    follow_id = await unit.new_id()
    waits = not target.is_local or target.locked or account.silenced_at is not None
    await unit.execute(
        "INSERT INTO follows (id, account_id, target_id, accepted, local, uri, show_reblogs,"
        " notify, languages) VALUES ($1, $2, $3, $4, true, $5, $6, $7, $8)",
        follow_id,
        account.id,
        target.id,
        not waits,
        urls.follow_uri(urls.origin_of(account.uri), follow_id),
        options.show_reblogs is not False,
        bool(options.notify),
        options.languages or None,
    )
    if waits:
        unit.record(FollowRequested(follow_id, account.id, target.id, local=True))
        return
    unit.record(FollowAccepted(follow_id, account.id, target.id, local=True, answer=False))
    await follow_counts.begin(unit, [(account.id, target.id)])


async def unfollow(unit: Unit, account: Account, target: Account) -> Relationship:
    """End a follow, or take a request back."""
    pair = (account.id, target.id)
    await lock_pairs(unit, [pair])
    _record_ended(unit, pair, (await delete_follows(unit, [pair])).get(pair))
    return await _relationship(unit, account.id, target.id)


async def accept_follow(unit: Unit, account_id: int, follower_id: int) -> Relationship:
    """Let a follower in who asked.

    Raises:
        NotFound: nobody asked.
    """
    await lock_pairs(unit, [(account_id, follower_id)])
    follow_id = await unit.value(
        "SELECT id FROM follows WHERE account_id = $1 AND target_id = $2 AND NOT accepted",
        follower_id,
        account_id,
    )
    if follow_id is None:
        raise NotFound
    _record_accepted(unit, await accept_rows(unit, [follow_id]))
    return await _relationship(unit, account_id, follower_id)


async def accept_all(unit: Unit, account_id: int) -> int:
    """Let in everybody who waits, when a member opens a locked account; how many those were."""
    rows = await unit.fetch(
        "SELECT id, account_id FROM follows WHERE target_id = $1 AND NOT accepted", account_id
    )
    await lock_pairs(unit, [(account_id, row["account_id"]) for row in rows])
    accepted = await accept_rows(unit, [row["id"] for row in rows])
    _record_accepted(unit, accepted)
    return len(accepted)


async def reject_follow(unit: Unit, account_id: int, follower_id: int) -> Relationship:
    """Turn down a follower who asked.

    Raises:
        NotFound: nobody asked.
    """
    await lock_pairs(unit, [(account_id, follower_id)])
    waits = await unit.value(
        "SELECT EXISTS (SELECT 1 FROM follows WHERE account_id = $1 AND target_id = $2"
        " AND NOT accepted)",
        follower_id,
        account_id,
    )
    if not waits:
        raise NotFound
    pair = (follower_id, account_id)
    _record_rejected(unit, pair, (await delete_follows(unit, [pair])).get(pair))
    return await _relationship(unit, account_id, follower_id)


async def remove_follower(unit: Unit, account_id: int, follower_id: int) -> Relationship:
    """Make somebody no longer follow this account, if they do."""
    pair = (follower_id, account_id)
    await lock_pairs(unit, [pair])
    _record_rejected(unit, pair, (await delete_follows(unit, [pair])).get(pair))
    return await _relationship(unit, account_id, follower_id)


async def block(unit: Unit, account: Account, target: Account) -> Relationship:
    """Block: neither follows the other any more, and neither can.

    Raises:
        NotFound: nobody to block, or oneself.
    """
    if target.id in {account.id, urls.INSTANCE_ACTOR_ID}:
        raise NotFound
    mine, theirs = (account.id, target.id), (target.id, account.id)
    await lock_pairs(unit, [mine])
    block_id = await unit.new_id()
    uri = urls.block_uri(urls.origin_of(account.uri), block_id)
    is_new = await unit.execute(
        "INSERT INTO blocks (id, account_id, target_id, uri) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (account_id, target_id) DO NOTHING",
        block_id,
        account.id,
        target.id,
        uri,
    )
    gone = await delete_follows(unit, [mine, theirs])
    # Servers that do not know Block understand these two.
    _record_ended(unit, mine, gone.get(mine))
    _record_rejected(unit, theirs, gone.get(theirs))
    if is_new:
        unit.record(AccountBlocked(account.id, target.id, uri, local=True))
    return await _relationship(unit, account.id, target.id)


async def unblock(unit: Unit, account: Account, target: Account) -> Relationship:
    """Take a block back, if there is one; follows do not come back with it."""
    await lock_pairs(unit, [(account.id, target.id)])
    row = await unit.row(
        "DELETE FROM blocks WHERE account_id = $1 AND target_id = $2 RETURNING uri",
        account.id,
        target.id,
    )
    if row is not None:
        unit.record(AccountUnblocked(account.id, target.id, row["uri"] or "", local=True))
    return await _relationship(unit, account.id, target.id)


async def mute(
    unit: Unit,
    account: Account,
    target: Account,
    *,
    notifications: bool = True,
    duration: timedelta | None = None,
) -> Relationship:
    """Hide somebody's posts, and what they do unless told otherwise; None lasts for ever.

    Raises:
        NotFound: oneself.
    """
    if target.id == account.id:
        raise NotFound
    await unit.execute(
        "INSERT INTO mutes (id, account_id, target_id, hide_notifications, expires_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id, target_id) DO UPDATE"
        " SET hide_notifications = excluded.hide_notifications, expires_at = excluded.expires_at",
        await unit.new_id(),
        account.id,
        target.id,
        notifications,
        unit.now() + duration if duration else None,
    )
    unit.record(AccountMuted(account.id, target.id))
    return await _relationship(unit, account.id, target.id)


async def unmute(unit: Unit, account: Account, target: Account) -> Relationship:
    """Hear somebody again."""
    if await unit.execute(
        "DELETE FROM mutes WHERE account_id = $1 AND target_id = $2", account.id, target.id
    ):
        unit.record(AccountUnmuted(account.id, target.id))
    return await _relationship(unit, account.id, target.id)


async def _relationship(unit: Unit, viewer_id: int, other_id: int) -> Relationship:
    return (await relationships(unit, viewer_id, [other_id]))[other_id]


def _record_accepted(unit: Unit, rows: dict[Pair, asyncpg.Record]) -> None:
    for (account_id, target_id), row in sorted(rows.items()):
        unit.record(
            FollowAccepted(
                row["id"], account_id, target_id, local=row["local"], answer=not row["local"]
            )
        )


def _record_ended(unit: Unit, pair: Pair, row: asyncpg.Record | None) -> None:
    if row is not None:
        unit.record(FollowEnded(*pair, row["uri"] or "", local=row["local"]))


def _record_rejected(unit: Unit, pair: Pair, row: asyncpg.Record | None) -> None:
    if row is not None:
        unit.record(FollowRejected(*pair, row["uri"] or "", local=row["local"]))
