"""What a post answers and what answers it.

Postgres collects the posts with UNION, which ends by itself on a circle of replies; their order is
made here, by walking, so that no thread of whatever shape costs recursion.
"""

from collections.abc import Mapping, Sequence

from fedi.core.statuses.heads import wanted_posts
from fedi.core.statuses.policy import visible_sql
from fedi.core.statuses.types import Head
from fedi.kit.errors import NotFound
from fedi.kit.unit import ReadUnit

MEMBER_LIMITS = (4096, 4096, 4096)
STRANGER_LIMITS = (40, 60, 20)

# What answered a post that is gone keeps its place in the thread: below the root.
_PARENT = """coalesce(s.in_reply_to_id,
  CASE WHEN s.in_reply_to_uri IS NOT NULL THEN nullif(s.conversation_id, s.id) END)"""
# Nothing at all, if the post is not for the viewer.
_THREAD = f"""
WITH RECURSIVE up(id, parent) AS (
  SELECT s.id, {_PARENT} FROM statuses s
    WHERE s.id = $1 AND {visible_sql("s", "$2::bigint")}
  UNION
  SELECT s.id, {_PARENT} FROM up JOIN statuses s ON s.id = up.parent
), down(id, parent) AS (
  (SELECT s.id, s.in_reply_to_id FROM statuses s WHERE s.in_reply_to_id = $1
   UNION ALL SELECT s.id, $1 FROM statuses s WHERE s.conversation_id = $1 AND s.id <> $1
    AND s.in_reply_to_id IS NULL AND s.in_reply_to_uri IS NOT NULL)
  UNION
  SELECT s.id, s.in_reply_to_id FROM down JOIN statuses s ON s.in_reply_to_id = down.id
)
(SELECT id, parent, false FROM up LIMIT $3) UNION ALL (SELECT id, parent, true FROM down LIMIT $4)
"""


async def context(
    read: ReadUnit, viewer_id: int | None, status_id: int
) -> tuple[list[Head], list[Head]]:
    """Ancestors, root first, and descendants, depth first in the order of replies.

    Raises:
        NotFound: there is no such post for this viewer.
    """
    up, down, depth = STRANGER_LIMITS if viewer_id is None else MEMBER_LIMITS
    rows = await read.fetch(_THREAD, status_id, viewer_id, up + 1, down)
    above = {row[0]: row[1] for row in rows if not row[2]}
    if status_id not in above:
        raise NotFound
    ancestors = climb(status_id, above)
    descendants = unfold(status_id, [(row[0], row[1]) for row in rows if row[2]], depth)
    found = await wanted_posts(read, viewer_id, [*ancestors, *descendants])
    by_id = {item.id: item for item in found}
    return (
        [by_id[i] for i in ancestors if i in by_id],
        [by_id[i] for i in descendants if i in by_id],
    )


def climb(start: int, parents: Mapping[int, int | None]) -> list[int]:
    """The chain above `start`, root first, once round at most."""
    chain: list[int] = []
    seen = {start}
    at = parents.get(start)
    while at is not None and at in parents and at not in seen:
        seen.add(at)
        chain.append(at)
        at = parents[at]
    return chain[::-1]


def unfold(start: int, pairs: Sequence[tuple[int, int]], depth: int) -> list[int]:
    """Everything below `start`, each reply followed by its own replies, at most `depth` deep."""
    children: dict[int, list[int]] = {}
    for child, parent in sorted(pairs):
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    seen = {start}
    stack = [(child, 1) for child in reversed(children.get(start, []))]
    while stack:
        at, level = stack.pop()
        if at in seen or level > depth:
            continue
        seen.add(at)
        found.append(at)
        stack.extend((child, level + 1) for child in reversed(children.get(at, [])))
    return found
