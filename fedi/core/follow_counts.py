"""Followers and following: counted in the transaction of the fact, and only when it changed.

The rows of counters are taken in the order of their ids, and they are the last thing that a
function that changes follows touches, so that two transactions wait for each other in one direction.
"""

from collections import Counter
from collections.abc import Iterable

from fedi.kit.unit import Unit


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
        "WITH held AS (SELECT account_id FROM account_stats WHERE account_id = ANY($1::bigint[])"
        " ORDER BY account_id FOR UPDATE),"
        " change AS (SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[]) AS c(id, up, down))"
        " UPDATE account_stats n SET followers_count = n.followers_count + c.up,"
        " following_count = n.following_count + c.down"
        " FROM change c JOIN held h ON h.account_id = c.id WHERE n.account_id = c.id",
        ids,
        [by * followers[i] for i in ids],
        [by * following[i] for i in ids],
    )
