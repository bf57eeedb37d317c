"""When an actor is somebody new: all its keys were replaced, and no older one vouched for that.

A server that lost its database starts again under its old name. It does not know that we follow
anybody there, and may give ids again that it gave before. What we remember of the ids that its
former self took back would forbid them for ever, so that goes, and our follows are sent again. All
else stays: posts, who follows whom, blocks. An actor that was deleted stays so.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta

from fedi.core import limits, urls
from fedi.events import FollowRequested
from fedi.kit.unit import Unit

log = logging.getLogger("fedi.accounts")

# Whoever is somebody new all the time is not followed anew each time.
PER_DAY = 3
_DAY = timedelta(days=1)

_FORGET = (
    "DELETE FROM tombstones WHERE actor_uri = ANY($1::text[]) AND uri <> actor_uri",
    "DELETE FROM undone WHERE actor_uri = ANY($1::text[])",
)
_FOLLOWS = """
SELECT f.id, f.account_id, f.target_id, f.uri FROM follows f
WHERE f.target_id = ANY($1::bigint[]) AND f.local ORDER BY f.id + 0 FOR UPDATE
"""
_RENAME = """
UPDATE follows f SET id = x.new_id, uri = x.uri
FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS x(id, new_id, uri) WHERE f.id = x.id
"""


async def begin_anew(unit: Unit, actors: Mapping[int, str]) -> None:
    """Treat these actors (account id, actor id) as new; records FollowRequested for our follows."""
    new: dict[int, str] = {}
    for account_id, uri in sorted(actors.items()):
        times = await limits.hit(unit, f"new identity of {account_id}", _DAY, unit.now())
        log.warning("all keys were replaced", extra={"actor": uri, "times": times})
        if times <= PER_DAY:
            new[account_id] = uri
    if not new:
        return
    for statement in _FORGET:
        await unit.execute(statement, list(new.values()))
    await _follow_again(unit, list(new))


async def _follow_again(unit: Unit, targets: list[int]) -> None:
    """Under ids of their own: a Follow that is known by its id would be taken for a copy."""
    rows = await unit.fetch(_FOLLOWS, targets)
    numbers = await unit.new_ids(len(rows))
    renamed = [
        urls.follow_uri(urls.origin_of(row["uri"]), number)
        for row, number in zip(rows, numbers, strict=True)
    ]
    await unit.execute(_RENAME, [row["id"] for row in rows], numbers, renamed)
    for row, number in zip(rows, numbers, strict=True):
        unit.record(FollowRequested(number, row["account_id"], row["target_id"], local=True))
