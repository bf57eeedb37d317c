"""What moderators elsewhere say about posts of groups: removed, locked, and both taken back.

A post that is removed from a group is gone there; its author's own post stays what it is. The word
counts when a group passed it on and it is a moderator's, or somebody's on the group's own server;
or when a group of ours heard it from one of its moderators.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from fedi.ap.authority import same_origin
from fedi.core.groups.types import ANNOUNCED, REMOVED, Ban, Deed
from fedi.core.statuses.removal import remove
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit

_NOT_THERE = Ignored("no post of that group is here")
_NO_MODERATOR = Refused("not by a moderator of the group")

_JUDGE = """
SELECT d.n, s.id AS status_id, g.id AS group_id, g.uri AS group_uri,
  EXISTS (SELECT 1 FROM group_moderators m
    WHERE m.group_id = g.id AND m.account_id = d.who) AS is_moderator
FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS d(uri, who, via, n)
JOIN statuses s ON s.uri = d.uri AND s.reblog_of_id IS NULL
JOIN accounts g ON g.id = coalesce(d.via, s.group_id) AND g.actor_type = 'Group'
WHERE (d.via IS NOT NULL OR g.domain IS NULL) AND (s.group_id = g.id
  OR EXISTS (SELECT 1 FROM group_posts p WHERE p.group_id = g.id AND p.status_id = s.id)
  OR EXISTS (SELECT 1 FROM statuses b WHERE b.reblog_of_id = s.id AND b.account_id = g.id))
"""


async def _judge(unit: Unit, deeds: Sequence[Deed]) -> tuple[list[Outcome], list[tuple[int, int]]]:
    """What becomes of each deed, and the (group, post) pairs that it is done to."""
    rows = await unit.fetch(
        _JUDGE,
        [deed.object_uri for deed in deeds],
        [deed.account_id for deed in deeds],
        [deed.group_id for deed in deeds],
    )
    found = {row["n"] - 1: row for row in rows}
    outcomes: list[Outcome] = []
    pairs: list[tuple[int, int]] = []
    for index, deed in enumerate(deeds):
        row = found.get(index)
        if row is None:
            outcomes.append(_NOT_THERE)
        elif not _may(deed, row):
            outcomes.append(_NO_MODERATOR)
        else:
            outcomes.append(Done())
            pairs.append((row["group_id"], row["status_id"]))
    return outcomes, sorted(set(pairs))


def _may(deed: Deed, row: asyncpg.Record) -> bool:
    if row["is_moderator"]:
        return True
    # Whoever runs the group's server keeps order there, too.
    return deed.group_id is not None and same_origin(deed.account_uri, row["group_uri"])


async def _mark(unit: Unit, pairs: Sequence[tuple[int, int]], change: str, *values: object) -> None:
    """Note something about posts of groups, also of such as nothing was noted about before."""
    if pairs:
        await unit.execute(
            "INSERT INTO group_posts AS p (id, group_id, status_id, state, locked, created_at)"
            f" SELECT d.id, d.group_id, d.status_id, {values[0]}, {values[1]}, $4"
            " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS d(id, group_id, status_id)"
            f" ON CONFLICT (group_id, status_id) DO UPDATE SET {change}",
            await unit.new_ids(len(pairs)),
            [group_id for group_id, _ in pairs],
            [status_id for _, status_id in pairs],
            unit.now(),
        )


async def drop_from_groups(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Take posts out of groups (group, post): what the group announced is taken back."""
    await _mark(unit, pairs, f"state = {REMOVED}", REMOVED, "false")
    rows = await unit.fetch(
        "SELECT b.id FROM unnest($1::bigint[], $2::bigint[]) AS d(group_id, status_id)"
        " JOIN statuses b ON b.reblog_of_id = d.status_id AND b.account_id = d.group_id",
        [group_id for group_id, _ in pairs],
        [status_id for _, status_id in pairs],
    )
    await remove(unit, [row[0] for row in rows])


async def lock_in_groups(unit: Unit, pairs: Sequence[tuple[int, int]], *, is_locked: bool) -> None:
    """Close conversations (group, first post), or open them again."""
    word = "true" if is_locked else "false"
    await _mark(unit, pairs, f"locked = {word}", ANNOUNCED, word)


async def receive_removals(unit: Unit, deeds: Sequence[Deed]) -> list[Outcome]:
    """Delete by a moderator: the post leaves the group, and nothing else."""
    outcomes, pairs = await _judge(unit, deeds)
    await drop_from_groups(unit, pairs)
    return outcomes


async def receive_returns(unit: Unit, deeds: Sequence[Deed]) -> list[Outcome]:
    """Undo(Delete) by a moderator: the post may be in the group again."""
    outcomes, pairs = await _judge(unit, deeds)
    await _mark(unit, pairs, f"state = {ANNOUNCED}", ANNOUNCED, "false")
    return outcomes


async def receive_locks(unit: Unit, deeds: Sequence[Deed], *, is_locked: bool) -> list[Outcome]:
    """Lock and Undo(Lock): whether a conversation may be answered."""
    outcomes, pairs = await _judge(unit, deeds)
    await lock_in_groups(unit, pairs, is_locked=is_locked)
    return outcomes


async def find_removed(unit: Unit, pairs: Sequence[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which posts (group, id) were removed there: the group does not bring them again."""
    if not pairs:
        return set()
    rows = await unit.fetch(
        "SELECT d.group_id, d.uri FROM unnest($1::bigint[], $2::text[]) AS d(group_id, uri)"
        " JOIN statuses s ON s.uri = d.uri JOIN group_posts p ON p.status_id = s.id"
        f" AND p.group_id = d.group_id WHERE p.state = {REMOVED}",
        [group_id for group_id, _ in pairs],
        [uri for _, uri in pairs],
    )
    return {(row[0], row[1]) for row in rows}


async def receive_bans(unit: Unit, bans: Sequence[Ban], *, is_over: bool = False) -> list[Outcome]:
    """Block with a group as its target, and its Undo."""
    rows = await unit.fetch(
        "SELECT d.n, g.id AS group_id, g.uri AS group_uri, t.id AS target_id, g.domain IS NULL"
        "   AS is_ours, EXISTS (SELECT 1 FROM group_moderators m"
        "   WHERE m.group_id = g.id AND m.account_id = d.who) AS is_moderator"
        " FROM unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY"
        "   AS d(who, group_id, uri, n) JOIN accounts g ON g.id = d.group_id"
        " JOIN accounts t ON t.uri = d.uri WHERE g.actor_type = 'Group'",
        [ban.account_id for ban in bans],
        [ban.group_id for ban in bans],
        [ban.target_uri for ban in bans],
    )
    found = {row["n"] - 1: row for row in rows}
    outcomes: list[Outcome] = []
    pairs: dict[tuple[int, int], datetime | None] = {}
    for index, ban in enumerate(bans):
        row = found.get(index)
        if row is None:
            outcomes.append(Ignored("nobody here to ban"))
            continue
        near = not row["is_ours"] and same_origin(ban.account_uri, row["group_uri"])
        outcomes.append(Done() if row["is_moderator"] or near else _NO_MODERATOR)
        if row["is_moderator"] or near:
            pairs[row["group_id"], row["target_id"]] = ban.until
    await (_lift if is_over else _ban)(unit, pairs)
    return outcomes


async def _ban(unit: Unit, pairs: dict[tuple[int, int], datetime | None]) -> None:
    await unit.execute(
        "INSERT INTO group_bans (group_id, account_id, created_at, expires_at)"
        " SELECT g, a, $4, e FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[])"
        " AS d(g, a, e) ON CONFLICT (group_id, account_id) DO UPDATE"
        " SET expires_at = excluded.expires_at",
        [group_id for group_id, _ in pairs],
        [account_id for _, account_id in pairs],
        list(pairs.values()),
        unit.now(),
    )


async def _lift(unit: Unit, pairs: dict[tuple[int, int], datetime | None]) -> None:
    await unit.execute(
        "DELETE FROM group_bans b USING unnest($1::bigint[], $2::bigint[]) AS d(g, a)"
        " WHERE b.group_id = d.g AND b.account_id = d.a",
        [group_id for group_id, _ in pairs],
        [account_id for _, account_id in pairs],
    )
