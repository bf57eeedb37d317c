"""The feeds of lists as rows: who gets what, and what is taken out again.

`_RULE` says what belongs into a list: posts of its members while its owner follows them (or is the
member), never direct ones; replies to the author, to the owner, and beyond that as the list says;
boosts unless they are switched off; nothing by or from somebody blocked or muted. As at home,
visibility is decided again at every reading, so a row here is never a permission.
"""

from collections.abc import Sequence
from datetime import timedelta

import asyncpg

from fedi.core.statuses.policy import DIRECT, wanted_sql
from fedi.kit.ids import make_id
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit, Unit

# Entries kept for each list, and how much of a member's past is shown.
KEEP = 4000
PAST = 40
# A post this young is news, also where a fill has brought it already.
FRESH = timedelta(minutes=1)

# `s` a post, `o` the original if it is a boost, `l` the list. OFFSET 0: one index probe each.
_RULE = (
    f"s.visibility < {DIRECT}"
    " AND (s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id IN (s.account_id, l.account_id)"
    "   OR (l.replies_policy = 'list' AND EXISTS (SELECT 1 FROM list_members lr"
    "     WHERE lr.list_id = l.id AND lr.account_id = s.in_reply_to_account_id OFFSET 0))"
    "   OR (l.replies_policy = 'followed' AND EXISTS (SELECT 1 FROM follows lr"
    "     WHERE lr.account_id = l.account_id AND lr.target_id = s.in_reply_to_account_id"
    "     AND lr.accepted OFFSET 0)))"
    " AND (s.account_id = l.account_id OR EXISTS (SELECT 1 FROM follows lf"
    "   WHERE lf.account_id = l.account_id AND lf.target_id = s.account_id AND lf.accepted"
    "   AND (s.reblog_of_id IS NULL OR lf.show_reblogs)"
    "   AND (lf.languages IS NULL OR coalesce(o.language, s.language) IS NULL"
    "     OR coalesce(o.language, s.language) = ANY(lf.languages)) OFFSET 0))"
    " AND (s.reblog_of_id IS NULL OR (NOT EXISTS (SELECT 1 FROM blocks lb"
    "     WHERE lb.account_id = o.account_id AND lb.target_id = l.account_id OFFSET 0)"
    "   AND NOT EXISTS (SELECT 1 FROM accounts la JOIN account_domain_blocks ld"
    "     ON ld.account_id = l.account_id AND ld.domain = la.domain"
    "     WHERE la.id = o.account_id OFFSET 0)))"
    f" AND {wanted_sql('l.account_id', ('s.account_id', 'o.account_id'))}"
)

# From the post to its author's lists, never the other way round: OFFSET 0 leaves no other. What is
# found is sorted by itself, or Postgres would walk through all lists in their order instead.
_FAN_OUT = f"""
WITH due (list_id, status_id) AS MATERIALIZED (
  SELECT l.id, s.id FROM statuses s
  CROSS JOIN LATERAL (SELECT lm.list_id FROM list_members lm
    WHERE lm.account_id = s.account_id OFFSET 0) m
  JOIN lists l ON l.id = m.list_id LEFT JOIN statuses o ON o.id = s.reblog_of_id
  WHERE s.id = ANY($1::bigint[]) AND {_RULE}
), fanned AS (
  INSERT INTO list_entries (list_id, status_id) SELECT list_id, status_id FROM due ORDER BY 1, 2
  ON CONFLICT (list_id, status_id) DO NOTHING
  RETURNING list_id, status_id
)
SELECT DISTINCT f.status_id, f.list_id, l.account_id FROM (
  SELECT list_id, status_id FROM fanned
  UNION ALL SELECT list_id, status_id FROM due WHERE status_id > $2
) f JOIN lists l ON l.id = f.list_id
"""
_FILL = f"""
WITH due (list_id, status_id) AS MATERIALIZED (
SELECT l.id, s.id FROM unnest($1::bigint[], $2::bigint[]) AS p(list_id, member_id)
JOIN list_members m ON m.list_id = p.list_id AND m.account_id = p.member_id
JOIN lists l ON l.id = m.list_id
CROSS JOIN LATERAL (SELECT * FROM statuses r WHERE r.account_id = m.account_id
  AND r.visibility < {DIRECT} ORDER BY r.id DESC LIMIT {PAST}) s
LEFT JOIN statuses o ON o.id = s.reblog_of_id
WHERE {_RULE}
)
INSERT INTO list_entries (list_id, status_id) SELECT list_id, status_id FROM due ORDER BY 1, 2
ON CONFLICT (list_id, status_id) DO NOTHING
"""
# IS TRUE: the pairs are put into a hash once; joined, they would be gone through for every entry.
_CLEAR = """
DELETE FROM list_entries e USING (
  SELECT c.list_id, c.status_id FROM (SELECT DISTINCT unnest($1::bigint[]) AS id) w
  CROSS JOIN LATERAL (SELECT * FROM list_entries le WHERE le.list_id = w.id OFFSET 0) c
  JOIN statuses s ON s.id = c.status_id
  WHERE ((c.list_id, s.account_id) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))) IS TRUE
) g WHERE e.list_id = g.list_id AND e.status_id = g.status_id
"""
_WITHOUT_FOLLOW = """
DELETE FROM list_members m USING (
  SELECT lm.id FROM unnest($1::bigint[], $2::bigint[]) AS p(owner, target)
  JOIN lists l ON l.account_id = p.owner
  JOIN list_members lm ON lm.list_id = l.id AND lm.account_id = p.target
  WHERE p.owner <> p.target AND NOT EXISTS (SELECT 1 FROM follows f
    WHERE f.account_id = p.owner AND f.target_id = p.target)
) g WHERE m.id = g.id
"""


def exclusive_sql(owner: str, author: str) -> str:
    """Whether an author is in a list that keeps them out of its owner's home."""
    return (
        "EXISTS (SELECT 1 FROM list_members xm JOIN lists xl ON xl.id = xm.list_id"
        f" WHERE xm.account_id = {author} AND xl.account_id = {owner} AND xl.exclusive)"
    )


async def fan_out(unit: Unit, status_ids: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """Put posts into the lists that their authors are in; for each post (list, its owner).

    Of posts of this minute all lists are named that have them: a fill may have been faster.
    """
    if not status_ids:
        return {}
    fresh = make_id(unit.now() - FRESH, 0)
    return _by_status(await unit.fetch(_FAN_OUT, list(status_ids), fresh))


async def find_readers(
    read: ReadUnit, status_ids: Sequence[int]
) -> dict[int, list[tuple[int, int]]]:
    """The lists that have posts already: for each post (list, its owner)."""
    rows = await read.fetch(
        "SELECT e.status_id, l.id, l.account_id FROM statuses s"
        " JOIN list_members m ON m.account_id = s.account_id JOIN lists l ON l.id = m.list_id"
        " JOIN list_entries e ON e.list_id = l.id AND e.status_id = s.id"
        " WHERE s.id = ANY($1::bigint[])",
        list(status_ids),
    )
    return _by_status(rows)


def _by_status(rows: Sequence[asyncpg.Record]) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    for status_id, list_id, owner_id in rows:
        found.setdefault(status_id, []).append((list_id, owner_id))
    return found


async def fill(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Show the recent past of members (list, account) in lists."""
    if pairs:
        await unit.execute(_FILL, *_columns(pairs))


async def clear(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Take out what accounts (list, account) wrote and boosted.

    What others boost of whom an owner blocks or mutes stays, and is hidden at reading.
    """
    if pairs:
        await unit.execute(_CLEAR, *_columns(pairs))


async def refill(unit: Unit, list_id: int) -> None:
    """Make a feed anew from those who are in the list."""
    await unit.execute("DELETE FROM list_entries WHERE list_id = $1", list_id)
    rows = await unit.fetch("SELECT account_id FROM list_members WHERE list_id = $1", list_id)
    await fill(unit, [(list_id, row[0]) for row in rows])


async def follow_relations(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Bring lists in line when it has changed how their owners stand to others (owner, other).

    Who is followed no more is in no list any more; what is not wanted leaves, what is wanted
    again comes back.
    """
    pairs = sorted(set(pairs))
    if not pairs:
        return
    rows = await unit.fetch(
        "SELECT l.id, p.target FROM unnest($1::bigint[], $2::bigint[]) AS p(owner, target)"
        " JOIN lists l ON l.account_id = p.owner",
        *_columns(pairs),
    )
    # Most people have no lists.
    if rows:
        touched = [(row[0], row[1]) for row in rows]
        await unit.execute(_WITHOUT_FOLLOW, *_columns(pairs))
        await clear(unit, touched)
        await fill(unit, touched)


async def clear_deleted(unit: Unit, posts: Sequence[tuple[int, int]]) -> None:
    """Take out posts (author, id) that are no more."""
    if posts:
        await unit.execute(
            "DELETE FROM list_entries e USING (SELECT m.list_id, d.id"
            " FROM unnest($1::bigint[], $2::bigint[]) AS d(author, id)"
            " JOIN list_members m ON m.account_id = d.author OFFSET 0) w"
            " WHERE e.list_id = w.list_id AND e.status_id = w.id",
            *_columns(posts),
        )


async def trim_all(runtime: Runtime, keep: int = KEEP) -> int:
    """Drop the oldest entries of every list, and those of lists that are gone; how many went."""
    gone = after = 0
    while True:
        # From one list to the next by index, however long each feed is.
        list_id = await runtime.read().value(
            "SELECT min(list_id) FROM list_entries WHERE list_id > $1", after
        )
        if list_id is None:
            return gone
        async with runtime.unit() as unit:
            gone += await unit.execute(
                "DELETE FROM list_entries e WHERE e.list_id = $1 AND (e.status_id < ("
                "  SELECT n.status_id FROM list_entries n WHERE n.list_id = $1"
                "  ORDER BY n.status_id DESC OFFSET $2 LIMIT 1)"
                "  OR NOT EXISTS (SELECT 1 FROM lists l WHERE l.id = $1))",
                list_id,
                keep - 1,
            )
        after = list_id


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [one for one, _ in pairs], [other for _, other in pairs]
