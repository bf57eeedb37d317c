"""Home timelines as rows: who gets what, and what is taken out again.

`MEMBERSHIP` is the one rule: own posts and those of followed accounts; replies only when the one
who is answered is the author, the reader, or followed; boosts unless they are switched off; direct
posts when the reader is mentioned; nothing by or from somebody blocked or muted, and nothing by
those whom the reader keeps in an exclusive list. `TAGGED` is what followed hashtags bring besides:
public posts of others. Visibility is decided again at every reading, so a row here is never a
permission.
"""

from collections.abc import Sequence
from datetime import timedelta

from fedi.core.lists.feeds import exclusive_sql
from fedi.core.statuses.policy import DIRECT, wanted_sql
from fedi.kit.ids import make_id
from fedi.kit.runtime import Runtime
from fedi.kit.unit import Unit

# Entries kept for each account; older posts are still on profiles.
KEEP = 4000
# How much of an account's past appears at home when somebody begins to follow it.
PAST = 40
REBUILD = 800
# A post this young is news, also where a fill has brought it already.
FRESH = timedelta(minutes=1)

# `s` a post, `o` the original if it is a boost, `f` the follow of a local reader. OFFSET 0: one
# index probe for each question, instead of a hash of all that anybody ever blocked.
_FOLLOWED = (
    f"(s.visibility < {DIRECT} OR EXISTS (SELECT 1 FROM status_mentions fm"
    "   WHERE fm.status_id = s.id AND fm.account_id = f.account_id OFFSET 0))"
    " AND (s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id IN (s.account_id, f.account_id)"
    "   OR EXISTS (SELECT 1 FROM follows fr WHERE fr.account_id = f.account_id"
    "     AND fr.target_id = s.in_reply_to_account_id AND fr.accepted OFFSET 0))"
    " AND (s.reblog_of_id IS NULL OR (f.show_reblogs"
    "   AND NOT EXISTS (SELECT 1 FROM blocks fb WHERE fb.account_id = o.account_id"
    "     AND fb.target_id = f.account_id OFFSET 0)"
    "   AND NOT EXISTS (SELECT 1 FROM accounts fa JOIN account_domain_blocks fd"
    "     ON fd.account_id = f.account_id AND fd.domain = fa.domain"
    "     WHERE fa.id = o.account_id OFFSET 0)))"
    # Who chose languages for a follow gets posts in these, and those that name none.
    " AND (f.languages IS NULL OR coalesce(o.language, s.language) IS NULL"
    "   OR coalesce(o.language, s.language) = ANY(f.languages))"
)
MEMBERSHIP = (
    f"{_FOLLOWED} AND {wanted_sql('f.account_id', ('s.account_id', 'o.account_id'))}"
    f" AND NOT {exclusive_sql('f.account_id', 's.account_id')}"
)
# `a` the author of `s`, `f` the follow of one of its tags by a local reader.
_BY_TAG = (
    "s.visibility = 0 AND s.reblog_of_id IS NULL AND s.account_id <> f.account_id"
    " AND a.silenced_at IS NULL AND NOT EXISTS (SELECT 1 FROM blocks tb"
    "   WHERE tb.account_id = s.account_id AND tb.target_id = f.account_id OFFSET 0)"
    " AND NOT EXISTS (SELECT 1 FROM account_domain_blocks td"
    "   WHERE td.account_id = f.account_id AND td.domain = a.domain OFFSET 0)"
)
TAGGED = (
    f"{_BY_TAG} AND {wanted_sql('f.account_id', ('s.account_id',))}"
    f" AND NOT {exclusive_sql('f.account_id', 's.account_id')}"
)
_POSTS = "statuses s LEFT JOIN statuses o ON o.id = s.reblog_of_id"

# A batch asks who does not want its authors once, not for every follower: the same as in the
# rules, but NOT IN is answered from a hash.
_UNWANTED = """
authors (id) AS MATERIALIZED (
  SELECT s.account_id FROM statuses s WHERE s.id = ANY($1::bigint[])
  UNION SELECT o.account_id FROM statuses s JOIN statuses o ON o.id = s.reblog_of_id
  WHERE s.id = ANY($1::bigint[])
), unwanted (account_id, target_id) AS MATERIALIZED (
  SELECT w.account_id, w.target_id FROM authors x CROSS JOIN LATERAL (
    SELECT b.account_id, b.target_id FROM blocks b WHERE b.target_id = x.id
    UNION ALL SELECT m.account_id, m.target_id FROM mutes m WHERE m.target_id = x.id
      AND (m.expires_at IS NULL OR m.expires_at > now()) OFFSET 0) w
), kept_apart (account_id, target_id) AS MATERIALIZED (
  SELECT l.account_id, m.account_id FROM authors x CROSS JOIN LATERAL (
    SELECT xm.account_id, xm.list_id FROM list_members xm WHERE xm.account_id = x.id OFFSET 0) m
  JOIN lists l ON l.id = m.list_id AND l.exclusive
)"""
_IS_WANTED = (
    "(f.account_id, s.account_id) NOT IN (SELECT * FROM unwanted)"
    " AND (f.account_id, s.account_id) NOT IN (SELECT * FROM kept_apart)"
)
# Followers from the post on, never the other way round: with OFFSET 0 there is no other way.
_FOLLOWERS = (
    "CROSS JOIN LATERAL (SELECT * FROM follows lf WHERE lf.target_id = s.account_id"
    " AND lf.local AND lf.accepted OFFSET 0) f"
)
_TAG_FOLLOWERS = (
    "CROSS JOIN LATERAL (SELECT tf.account_id FROM status_tags t"
    " JOIN tag_follows tf ON tf.name = t.name WHERE t.status_id = s.id OFFSET 0) f"
)
_AUTHOR = (
    "CROSS JOIN LATERAL (SELECT la.silenced_at, la.domain FROM accounts la"
    " WHERE la.id = s.account_id OFFSET 0) a"
)


def _insert(entries: str) -> str:
    """The statement that stores what `entries` finds, in one order for all who do so at once.

    What is found stands by itself: were it sorted where it is found, Postgres would rather walk
    through all follows in that order than sort.
    """
    return (
        f"WITH due (account_id, status_id) AS MATERIALIZED ({entries})"
        " INSERT INTO home_entries (account_id, status_id)"
        " SELECT account_id, status_id FROM due ORDER BY 1, 2"
        " ON CONFLICT (account_id, status_id) DO NOTHING"
    )


_FAN_OUT = f"""
WITH {_UNWANTED}, due (account_id, status_id) AS MATERIALIZED (
  SELECT f.account_id, s.id FROM {_POSTS} {_FOLLOWERS}
  WHERE s.id = ANY($1::bigint[]) AND {_FOLLOWED} AND {_IS_WANTED}
    AND (o.id IS NULL OR (f.account_id, o.account_id) NOT IN (SELECT * FROM unwanted))
  UNION ALL SELECT f.account_id, s.id FROM statuses s {_TAG_FOLLOWERS} {_AUTHOR}
  WHERE s.id = ANY($1::bigint[]) AND s.tags <> '[]'::jsonb AND {_BY_TAG} AND {_IS_WANTED}
  UNION ALL SELECT s.account_id, s.id FROM statuses s WHERE s.id = ANY($1::bigint[]) AND s.local
), fanned AS (
  INSERT INTO home_entries (account_id, status_id)
  SELECT account_id, status_id FROM due ORDER BY 1, 2
  ON CONFLICT (account_id, status_id) DO NOTHING
  RETURNING status_id, account_id
)
SELECT status_id, array_agg(DISTINCT account_id) FROM (
  SELECT status_id, account_id FROM fanned
  UNION ALL SELECT status_id, account_id FROM due WHERE status_id > $2
) f GROUP BY status_id
"""
# A post that one of the hashtags brings which the reader `p.who` follows.
_CAME_BY_TAG = (
    "EXISTS (SELECT 1 FROM status_tags ct JOIN tag_follows cf ON cf.name = ct.name"
    " AND cf.account_id = p.who WHERE ct.status_id = s.id)"
)


async def fan_out(unit: Unit, status_ids: Sequence[int]) -> dict[int, list[int]]:
    """Put posts into the feeds of those who follow their authors; who has got which anew.

    Where somebody has just begun to follow, the fill may have been faster: of posts of this
    minute everybody is named who has them.
    """
    if not status_ids:
        return {}
    rows = await unit.fetch(_FAN_OUT, list(status_ids), make_id(unit.now() - FRESH, 0))
    return {row[0]: row[1] for row in rows}


async def forget_accounts(unit: Unit, account_ids: Sequence[int]) -> None:
    """Drop the feeds that nobody reads any more."""
    await unit.execute(
        "DELETE FROM home_entries WHERE account_id = ANY($1::bigint[])", list(account_ids)
    )


# OFFSET 0: for each follower and post one look, never one into every feed.
_CLEAR = """
DELETE FROM home_entries h USING (
  SELECT f.account_id, d.id FROM unnest($1::bigint[], $2::bigint[]) AS d(author, id)
  JOIN follows f ON f.target_id = d.author AND f.local OFFSET 0
) w WHERE h.account_id = w.account_id AND h.status_id = w.id
"""


async def clear_deleted(unit: Unit, posts: Sequence[tuple[int, int]]) -> None:
    """Take out posts (author, id) that were fanned out while they were being deleted."""
    await unit.execute(
        _CLEAR,
        [author for author, _ in posts],
        [status_id for _, status_id in posts],
    )


async def fill_after_follow(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Show the recent past of accounts to those who have begun to follow them."""
    if not pairs:
        return
    await unit.execute(
        _insert(
            "SELECT f.account_id, s.id FROM unnest($1::bigint[], $2::bigint[]) AS p(who, target)"
            " JOIN follows f ON f.account_id = p.who AND f.target_id = p.target"
            "   AND f.local AND f.accepted"
            " CROSS JOIN LATERAL (SELECT * FROM statuses r WHERE r.account_id = p.target"
            f"  AND r.visibility < {DIRECT} ORDER BY r.id DESC LIMIT {PAST}) s"
            f" LEFT JOIN statuses o ON o.id = s.reblog_of_id WHERE {MEMBERSHIP}"
        ),
        [who for who, _ in pairs],
        [target for _, target in pairs],
    )


async def fill_after_tag_follow(unit: Unit, follows: Sequence[tuple[int, str]]) -> None:
    """Show the recent posts with a hashtag to those who have begun to follow it (reader, tag)."""
    if not follows:
        return
    await unit.execute(
        _insert(
            "SELECT f.account_id, s.id FROM unnest($1::bigint[], $2::text[]) AS p(who, name)"
            " JOIN tag_follows f ON f.name = p.name AND f.account_id = p.who"
            " CROSS JOIN LATERAL (SELECT t.status_id FROM status_tags t WHERE t.name = p.name"
            f"  ORDER BY t.status_id DESC LIMIT {PAST}) r"
            " JOIN statuses s ON s.id = r.status_id JOIN accounts a ON a.id = s.account_id"
            f" WHERE {TAGGED}"
        ),
        [who for who, _ in follows],
        [name for _, name in follows],
    )


async def clear_after_tag_unfollow(unit: Unit, ends: Sequence[tuple[int, str]]) -> None:
    """Take out what only a hashtag has brought that a reader no longer follows (reader, tag)."""
    if ends:
        await unit.execute(
            "DELETE FROM home_entries h USING (SELECT e.account_id, e.status_id"
            "   FROM unnest($1::bigint[], $2::text[]) AS p(who, name)"
            "   CROSS JOIN LATERAL (SELECT * FROM home_entries he"
            "     WHERE he.account_id = p.who OFFSET 0) e"
            "   JOIN status_tags t ON t.name = p.name AND t.status_id = e.status_id"
            "   JOIN statuses s ON s.id = e.status_id"
            "   LEFT JOIN statuses o ON o.id = s.reblog_of_id"
            f"  WHERE s.account_id <> p.who AND NOT {_CAME_BY_TAG}"
            "   AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.account_id = p.who"
            f"    AND f.target_id = s.account_id AND f.accepted AND {MEMBERSHIP})) g"
            " WHERE h.account_id = g.account_id AND h.status_id = g.status_id",
            [who for who, _ in ends],
            [name for _, name in ends],
        )


async def clear_after_unfollow(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Take out the posts and boosts of accounts that readers no longer follow."""
    await _clear_pairs(unit, pairs, f"{_is_pair('s')} AND NOT {_CAME_BY_TAG}")


async def clear_after_block(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Take out what an account wrote or others boosted of it, for both sides of a block."""
    both = [*pairs, *((target, who) for who, target in pairs)]
    await _clear_pairs(unit, both, f"({_is_pair('s')} OR {_is_pair('o')})")


async def clear_after_mute(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Take out what a muted account wrote or others boosted of it."""
    await _clear_pairs(unit, pairs, f"({_is_pair('s')} OR {_is_pair('o')})")


async def clear_exclusive(unit: Unit, account_ids: Sequence[int]) -> None:
    """Take out the posts and boosts of those whom readers keep in exclusive lists."""
    exclusive = exclusive_sql("p.who", "s.account_id")
    await _clear(unit, f"s.account_id <> p.who AND {exclusive}", sorted(set(account_ids)))


def _is_pair(post: str) -> str:
    # IS TRUE: the pairs are put into a hash once, not gone through for every entry.
    return (
        f"((p.who, {post}.account_id)"
        " IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))) IS TRUE"
    )


async def _clear_pairs(unit: Unit, pairs: Sequence[tuple[int, int]], rule: str) -> None:
    pairs = sorted(pair for pair in set(pairs) if pair[0] != pair[1])
    if pairs:
        await _clear(unit, rule, [who for who, _ in pairs], [target for _, target in pairs])


async def _clear(unit: Unit, rule: str, *args: list[int]) -> None:
    """Take out of the feeds of the readers in `$1` what the rule says; each is read once."""
    await unit.execute(
        "DELETE FROM home_entries h USING (SELECT e.account_id, e.status_id"
        "   FROM (SELECT DISTINCT unnest($1::bigint[]) AS who) p"
        "   CROSS JOIN LATERAL (SELECT * FROM home_entries he"
        "     WHERE he.account_id = p.who OFFSET 0) e"
        "   JOIN statuses s ON s.id = e.status_id LEFT JOIN statuses o ON o.id = s.reblog_of_id"
        f"  WHERE {rule}) g"
        " WHERE h.account_id = g.account_id AND h.status_id = g.status_id",
        *args,
    )


async def rebuild(unit: Unit, account_id: int) -> int:
    """Make a feed anew from what the account follows; how many entries it has."""
    await unit.execute("DELETE FROM home_entries WHERE account_id = $1", account_id)
    return await unit.execute(
        "INSERT INTO home_entries (account_id, status_id) SELECT $1::bigint, e.id FROM ("
        "  SELECT s.id FROM follows f CROSS JOIN LATERAL (SELECT * FROM statuses r"
        f"    WHERE r.account_id = f.target_id ORDER BY r.id DESC LIMIT {PAST}) s"
        "    LEFT JOIN statuses o ON o.id = s.reblog_of_id"
        f"   WHERE f.account_id = $1 AND f.local AND f.accepted AND {MEMBERSHIP}"
        "   UNION SELECT s.id FROM tag_follows f CROSS JOIN LATERAL (SELECT t.status_id"
        f"    FROM status_tags t WHERE t.name = f.name ORDER BY t.status_id DESC LIMIT {PAST}) r"
        "     JOIN statuses s ON s.id = r.status_id JOIN accounts a ON a.id = s.account_id"
        f"   WHERE f.account_id = $1 AND {TAGGED}"
        "   UNION (SELECT s.id FROM statuses s WHERE s.account_id = $1 AND s.local"
        "     ORDER BY s.id DESC LIMIT $2)"
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
    "TAGGED",
    "clear_after_block",
    "clear_after_mute",
    "clear_after_tag_unfollow",
    "clear_after_unfollow",
    "clear_exclusive",
    "fan_out",
    "fill_after_follow",
    "fill_after_tag_follow",
    "forget_accounts",
    "rebuild",
    "trim",
    "trim_all",
]
