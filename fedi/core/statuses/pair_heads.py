"""Heads for many viewers at once: what streaming needs when one post is heard by many."""

from collections.abc import Sequence

from fedi.core.statuses.heads import HEAD_TABLES, HEAD_WIDTH, head_columns, head_visible
from fedi.core.statuses.policy import wanted_sql
from fedi.core.statuses.types import Head
from fedi.kit.unit import ReadUnit

_WANTED = wanted_sql("asked.viewer", ("s.account_id", "o.account_id"), ("a.domain", "oa.domain"))
_PAIR_HEADS = (
    f"SELECT {head_columns('asked.viewer')}, asked.viewer"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bool[]) AS asked(viewer, id, unasked)"
    f" JOIN statuses s ON s.id = asked.id{HEAD_TABLES}"
    f" WHERE {head_visible('asked.viewer')} AND (NOT asked.unasked OR {_WANTED})"
)


async def pair_heads(
    read: ReadUnit, pairs: Sequence[tuple[int, int, bool]]
) -> dict[tuple[int, int], Head]:
    """Heads by (viewer, post), of those pairs where the viewer may see the post.

    The third part of a pair says that the post is shown unasked, as in a public stream: then
    whom the viewer blocks, mutes or shuts out with their domain is left out.
    """
    if not pairs:
        return {}
    viewers, ids, unasked = zip(*pairs, strict=True)
    rows = await read.fetch(_PAIR_HEADS, list(viewers), list(ids), list(unasked))
    return {(row[HEAD_WIDTH], row[0]): Head(*row[:HEAD_WIDTH]) for row in rows}
