"""Votes against posts, which groups and video servers know: stored, and shown to nobody by name."""

from collections.abc import Sequence

from fedi.core import undone
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.policy import visible_sql
from fedi.core.statuses.types import ReceivedLike, ReceivedUndo
from fedi.core.undone import Undone
from fedi.kit.result import Done, Ignored, Outcome
from fedi.kit.unit import Unit

_STORE = f"""
WITH due AS MATERIALIZED (
  SELECT d.n, s.id, d.who, d.uri FROM unnest($1::text[], $2::bigint[], $3::text[])
    WITH ORDINALITY AS d(object, who, uri, n)
  JOIN statuses s ON s.uri = d.object AND s.reblog_of_id IS NULL
  WHERE {visible_sql("s", "d.who")}
), stored AS (
  INSERT INTO dislikes (status_id, account_id, uri, created_at)
  SELECT DISTINCT ON (id, who) id, who, uri, $4 FROM due ORDER BY id, who, n DESC
  ON CONFLICT (status_id, account_id) DO UPDATE SET uri = excluded.uri
)
SELECT n FROM due
"""


async def receive_dislikes(unit: Unit, items: Sequence[ReceivedLike]) -> list[Outcome]:
    """Store votes against posts that are here; one that was undone before it came never counts."""
    keys = [(item.uri, item.actor_uri) for item in items if item.uri]
    over = await undone.find(unit, keys)
    live = [
        index for index, item in enumerate(items) if (item.uri or "", item.actor_uri) not in over
    ]
    rows = await unit.fetch(
        _STORE,
        [items[index].object_uri for index in live],
        [items[index].account_id for index in live],
        [items[index].uri if is_storable(items[index].uri) else None for index in live],
        unit.now(),
    )
    stored = {live[row[0] - 1] for row in rows}
    gone = set(range(len(items))) - set(live)
    return [
        Done()
        if index in stored
        else Ignored("undone before" if index in gone else "the post is not here")
        for index in range(len(items))
    ]


_DROP = """
DELETE FROM dislikes v USING unnest($1::bigint[], $2::text[], $3::text[])
  WITH ORDINALITY AS d(who, uri, object, n)
WHERE v.account_id = d.who AND (v.uri = d.uri
  OR v.status_id = (SELECT s.id FROM statuses s WHERE s.uri = d.object))
RETURNING d.n
"""


async def receive_undo_dislikes(unit: Unit, items: Sequence[ReceivedUndo]) -> list[Outcome]:
    """Take votes back, by their id or by their post; one that never came is remembered."""
    rows = await unit.fetch(
        _DROP,
        [item.account_id for item in items],
        [item.uri for item in items],
        [item.object_uri for item in items],
    )
    ended = {row[0] - 1 for row in rows}
    await undone.remember(
        unit,
        {
            (item.uri, item.actor_uri): Undone(index in ended, item.signed_at)
            for index, item in enumerate(items)
            if item.uri and is_storable(item.uri)
        },
    )
    return [Done() if index in ended else Ignored("not here") for index in range(len(items))]
