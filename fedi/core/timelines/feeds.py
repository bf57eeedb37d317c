"""Home timelines as rows: who gets what, and what is taken out again.

`MEMBERSHIP` is the one rule: own posts and those of followed accounts; replies only when the one
who is answered is the author, the reader, or followed; boosts unless they are switched off; direct
posts when the reader is mentioned; nothing by or from somebody blocked or muted. Visibility is
decided again at every reading, so a row here is never a permission.
"""

from collections.abc import Sequence

from fedi.core.statuses.policy import DIRECT, wanted_sql
from fedi.kit.runtime import Runtime
from fedi.kit.unit import Unit

# Entries kept for each account; older posts are still on profiles.
KEEP = 4000
# How much of an account's past appears at home when somebody begins to follow it.
PAST = 40
REBUILD = 800

# `s` a post, `o` the original if it is a boost, `f` the follow of a local reader.
MEMBERSHIP = (
    f"(s.visibility < {DIRECT} OR EXISTS (SELECT 1 FROM status_mentions fm"
    "   WHERE fm.status_id = s.id AND fm.account_id = f.account_id))"
    " AND (s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id IN (s.account_id, f.account_id)"
    "   OR EXISTS (SELECT 1 FROM follows fr WHERE fr.account_id = f.account_id"
    "     AND fr.target_id = s.in_reply_to_account_id AND fr.accepted))"
    " AND (s.reblog_of_id IS NULL OR (f.show_reblogs"
    "   AND NOT EXISTS (SELECT 1 FROM blocks fb WHERE fb.account_id = o.account_id"
    "     AND fb.target_id = f.account_id)))"
    f" AND {wanted_sql('f.account_id', ('s.account_id', 'o.account_id'))}"
)
_POSTS = "statuses s LEFT JOIN statuses o ON o.id = s.reblog_of_id"

_FAN_OUT = f"""
WITH fanned AS (
  INSERT INTO home_entries (account_id, status_id)
  SELECT f.account_id, s.id FROM {_POSTS}
  JOIN follows f ON f.target_id = s.account_id AND f.local AND f.accepted
  WHERE s.id = ANY($1::bigint[]) AND {MEMBERSHIP}
  UNION SELECT s.account_id, s.id FROM statuses s WHERE s.id = ANY($1::bigint[]) AND s.local
  ORDER BY 1, 2
  ON CONFLICT (account_id, status_id) DO NOTHING
  RETURNING status_id, account_id
)
SELECT status_id, array_agg(account_id) FROM fanned GROUP BY status_id
"""


async def fan_out(unit: Unit, status_ids: Sequence[int]) -> dict[int, list[int]]:
    """Put posts into the feeds of those who follow their authors; who has got which anew."""
    if not status_ids:
        return {}
    rows = await unit.fetch(_FAN_OUT, list(status_ids))
    return {row[0]: row[1] for row in rows}


async def forget(unit: Unit, status_ids: Sequence[int]) -> None:
    """Take posts out of all feeds: slow, for repairs; deleting a post takes out its own rows."""
    await unit.execute(
        "DELETE FROM home_entries WHERE status_id = ANY($1::bigint[])", list(status_ids)
    )


async def clear_deleted(unit: Unit, posts: Sequence[tuple[int, int]]) -> None:
    """Take out posts (author, id) that were fanned out while they were being deleted."""
    await unit.execute(
        "DELETE FROM home_entries h USING unnest($1::bigint[], $2::bigint[]) AS d(author, id)"
        " JOIN follows f ON f.target_id = d.author AND f.local"
        " WHERE h.account_id = f.account_id AND h.status_id = d.id",
        [author for author, _ in posts],
        [status_id for _, status_id in posts],
    )


async def fill_after_follow(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Show the recent past of accounts to those who have begun to follow them."""
    if not pairs:
        return
    await unit.execute(
        "INSERT INTO home_entries (account_id, status_id)"
        " SELECT f.account_id, s.id FROM unnest($1::bigint[], $2::bigint[]) AS p(who, target)"
        " JOIN follows f ON f.account_id = p.who AND f.target_id = p.target"
        "   AND f.local AND f.accepted"
        " CROSS JOIN LATERAL (SELECT * FROM statuses r WHERE r.account_id = p.target"
        f"  AND r.visibility < {DIRECT} ORDER BY r.id DESC LIMIT {PAST}) s"
        f" LEFT JOIN statuses o ON o.id = s.reblog_of_id WHERE {MEMBERSHIP}"
        " ORDER BY 1, 2 ON CONFLICT (account_id, status_id) DO NOTHING",
        [who for who, _ in pairs],
        [target for _, target in pairs],
    )


async def clear_after_unfollow(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Take out the posts and boosts of accounts that readers no longer follow."""
    await _clear(unit, pairs, "s.account_id = p.target")


async def clear_after_block(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Take out what an account wrote or others boosted of it, for both sides of a block."""
    both = [*pairs, *((target, who) for who, target in pairs)]
    await _clear(unit, both, "(s.account_id = p.target OR o.account_id = p.target)")


async def clear_after_mute(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Take out what a muted account wrote or others boosted of it."""
    await _clear(unit, pairs, "(s.account_id = p.target OR o.account_id = p.target)")


async def _clear(unit: Unit, pairs: Sequence[tuple[int, int]], rule: str) -> None:
    pairs = sorted(pair for pair in set(pairs) if pair[0] != pair[1])
    if pairs:
        await unit.execute(
            "DELETE FROM home_entries h USING (SELECT h.account_id, h.status_id"
            "   FROM unnest($1::bigint[], $2::bigint[]) AS p(who, target)"
            "   JOIN home_entries h ON h.account_id = p.who"
            f"  JOIN statuses s ON s.id = h.status_id LEFT JOIN statuses o ON o.id = s.reblog_of_id"
            f"  WHERE {rule}) g"
            " WHERE h.account_id = g.account_id AND h.status_id = g.status_id",
            [who for who, _ in pairs],
            [target for _, target in pairs],
        )


async def rebuild(unit: Unit, account_id: int) -> int:
    """Make a feed anew from what the account follows; how many entries it has."""
    await unit.execute("DELETE FROM home_entries WHERE account_id = $1", account_id)
    return await unit.execute(
        "INSERT INTO home_entries (account_id, status_id) SELECT $1::bigint, e.id FROM ("
        f"  SELECT s.id FROM {_POSTS} JOIN follows f ON f.account_id = $1"
        "     AND f.target_id = s.account_id AND f.local AND f.accepted"
        f"   WHERE {MEMBERSHIP}"
        "   UNION SELECT s.id FROM statuses s WHERE s.account_id = $1 AND s.local"
        " ) e ORDER BY e.id DESC LIMIT $2 ON CONFLICT (account_id, status_id) DO NOTHING",
        account_id,
        REBUILD,
    )


async def trim(unit: Unit, account_id: int, keep: int = KEEP) -> int:
    """Drop the oldest entries of a feed beyond `keep`; how many went."""
    return await unit.execute(
        "DELETE FROM home_entries h WHERE h.account_id = $1 AND h.status_id < ("
        "  SELECT n.status_id FROM home_entries n WHERE n.account_id = $1"
        "  ORDER BY n.status_id DESC OFFSET $2 LIMIT 1)",
        account_id,
        keep - 1,
    )


async def trim_all(runtime: Runtime, keep: int = KEEP) -> int:
    """Drop the oldest entries of every feed, one account at a time; how many went."""
    gone = 0
    after = 0
    while True:
        # From one account to the next by index, however long each feed is.
        account_id = await runtime.read().value(
            "SELECT min(account_id) FROM home_entries WHERE account_id > $1", after
        )
        if account_id is None:
            return gone
        async with runtime.unit() as unit:
            gone += await trim(unit, account_id, keep)
        after = account_id


__all__ = [
    "KEEP",
    "MEMBERSHIP",
    "clear_after_block",
    "clear_after_mute",
    "clear_after_unfollow",
    "fan_out",
    "fill_after_follow",
    "forget",
    "rebuild",
    "trim",
    "trim_all",
]
