"""Followers and following: counted in the transaction of the fact, and only when it changed.

The rows of counters are taken in the order of their ids, and they are the last thing that a
function that changes follows touches, so that two transactions wait for each other in one
direction.
"""

from collections import Counter
from collections.abc import Iterable

from fedi.kit.unit import Unit

_CHANGE = """
INSERT INTO account_stats AS n (account_id, followers_count, following_count)
SELECT c.id, c.followers, c.following
FROM unnest($1::bigint[], $2::int[], $3::int[]) AS c(id, followers, following) ORDER BY c.id
ON CONFLICT (account_id) DO UPDATE SET
  followers_count = n.followers_count + excluded.followers_count,
  following_count = n.following_count + excluded.following_count
"""


async def begin(unit: Unit, follows: Iterable[tuple[int, int]]) -> None:
    """Count follows, as (follower, target), that have come into effect."""
    await _change(unit, list(follows), 1)


async def end(unit: Unit, follows: Iterable[tuple[int, int]]) -> None:
    """Count follows that were in effect and are no more."""
    await _change(unit, list(follows), -1)


async def _change(unit: Unit, follows: list[tuple[int, int]], by: int) -> None:
    if not follows:
        return
    following = Counter(follower for follower, _ in follows)
    followers = Counter(target for _, target in follows)
    ids = sorted({*following, *followers})
    await unit.execute(
        _CHANGE, ids, [by * followers[i] for i in ids], [by * following[i] for i in ids]
    )
