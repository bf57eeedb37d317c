"""What holds after every scenario: stored counters are counts, feeds are what they should be."""

from typing import Any

from fedi.core.timelines.feeds import MEMBERSHIP, TAGGED

_ACCOUNTS = """
SELECT a.id, n.statuses_count, n.followers_count, n.following_count,
  (SELECT count(*) FROM statuses s WHERE s.account_id = a.id AND s.visibility < 3) AS statuses,
  (SELECT count(*) FROM follows f WHERE f.target_id = a.id AND f.accepted) AS followers,
  (SELECT count(*) FROM follows f WHERE f.account_id = a.id AND f.accepted) AS following
FROM accounts a LEFT JOIN account_stats n ON n.account_id = a.id WHERE a.deleted_at IS NULL
"""
_POSTS = """
SELECT s.id, c.replies_count, c.reblogs_count, c.favourites_count, c.reactions_count,
  (SELECT count(*) FROM statuses r WHERE r.in_reply_to_id = s.id AND r.visibility <= 1) AS replies,
  (SELECT count(*) FROM statuses b WHERE b.reblog_of_id = s.id) AS reblogs,
  (SELECT count(*) FROM favourites f WHERE f.status_id = s.id) AS favourites,
  (SELECT count(*) FROM status_reactions e WHERE e.status_id = s.id) AS reactions
FROM statuses s LEFT JOIN status_stats c ON c.status_id = s.id
"""
_SHOULD_HAVE = f"""
SELECT f.account_id, s.id FROM statuses s LEFT JOIN statuses o ON o.id = s.reblog_of_id
JOIN follows f ON f.target_id = s.account_id AND f.local AND f.accepted
JOIN accounts r ON r.id = f.account_id AND r.deleted_at IS NULL WHERE {MEMBERSHIP}
UNION SELECT s.account_id, s.id FROM statuses s WHERE s.local
UNION SELECT f.account_id, s.id FROM statuses s JOIN accounts a ON a.id = s.account_id
JOIN tag_follows f ON s.tags ? f.name WHERE {TAGGED}
"""


async def check_counters(read: Any) -> None:
    """Every stored counter equals the count of its facts."""
    wrong: list[str] = []
    for kind, sql, names in (
        ("account", _ACCOUNTS, ("statuses", "followers", "following")),
        ("post", _POSTS, ("replies", "reblogs", "favourites", "reactions")),
    ):
        for row in await read.fetch(sql):
            for name in names:
                stored, counted = row[f"{name}_count"] or 0, row[name]
                if stored != counted:
                    wrong.append(f"{kind} {row['id']}: {name} stored {stored}, counted {counted}")
    assert not wrong, "\n".join(wrong)


async def check_feeds(read: Any, *, complete: bool = True) -> None:
    """Feeds hold posts that exist and belong there, and, if `complete`, all of them.

    `complete` asks for followers who were there before the posts: the past that a new follow
    brings is bounded.
    """
    should = {(row[0], row[1]) for row in await read.fetch(_SHOULD_HAVE)}
    have = {
        (row[0], row[1])
        for row in await read.fetch("SELECT account_id, status_id FROM home_entries")
    }
    assert have <= should, f"feeds hold what they should not: {sorted(have - should)[:10]}"
    if complete:
        assert should <= have, f"feeds lack: {sorted(should - have)[:10]}"
