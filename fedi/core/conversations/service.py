"""Conversations follow the direct posts in them; whoever takes part has a row of their own.

The row knows the newest post and the others in the thread. It is an index: whether the member may
see that post is asked again by whoever reads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.core.statuses.policy import DIRECT, wanted_sql
from fedi.kit.errors import NotFound
from fedi.kit.unit import ReadUnit, Unit

# So many others are shown; more can read along.
_SHOWN = 100

# Every (direct post, member who takes part in it and wants to hear from its author). A draft for
# oneself is a conversation, too.
_PARTS = f"""
SELECT s.id AS status_id, coalesce(s.conversation_id, s.id) AS thread, t.account_id AS member,
  s.account_id AS author
FROM statuses s CROSS JOIN LATERAL (
  SELECT s.account_id UNION
  SELECT m.account_id FROM status_mentions m WHERE m.status_id = s.id
) t
JOIN accounts a ON a.id = t.account_id AND a.domain IS NULL AND a.deleted_at IS NULL
WHERE s.id = ANY($1::bigint[]) AND s.visibility = {DIRECT} AND s.reblog_of_id IS NULL
  AND {wanted_sql("t.account_id", ("s.account_id",))}
  AND NOT EXISTS (SELECT 1 FROM blocks b
    WHERE b.account_id = s.account_id AND b.target_id = t.account_id)
"""
# Of several new posts in one thread the newest counts; a row is written once by a statement.
_OTHERS = f"""
ARRAY(SELECT DISTINCT o.id FROM (
  SELECT p.author AS id FROM parts p WHERE p.thread = k.thread AND p.member = k.member
  UNION ALL SELECT m.account_id FROM parts p JOIN status_mentions m ON m.status_id = p.status_id
  WHERE p.thread = k.thread AND p.member = k.member
) o WHERE o.id <> k.member ORDER BY o.id LIMIT {_SHOWN})
"""
_TOGETHER = f"""
ARRAY(SELECT DISTINCT o.id FROM unnest(c.participant_ids || excluded.participant_ids) AS o(id)
  ORDER BY o.id LIMIT {_SHOWN})
"""
_KEEP = f"""
WITH parts AS MATERIALIZED ({_PARTS}), newest AS (
  SELECT DISTINCT ON (p.member, p.thread) p.member, p.thread, p.status_id, p.author
  FROM parts p ORDER BY p.member, p.thread, p.status_id DESC
)
INSERT INTO conversations AS c
  (id, account_id, conversation_id, participant_ids, last_status_id, unread)
SELECT d.id, k.member, k.thread, {_OTHERS}, k.status_id, k.author <> k.member
FROM (SELECT n.*, row_number() OVER (ORDER BY n.member, n.thread) AS number FROM newest n) k
JOIN unnest($2::bigint[]) WITH ORDINALITY AS d(id, number) ON d.number = k.number
ORDER BY k.member, k.thread
ON CONFLICT (account_id, conversation_id) DO UPDATE SET
  participant_ids = {_TOGETHER},
  unread = CASE WHEN excluded.last_status_id > c.last_status_id THEN excluded.unread
    ELSE c.unread END,
  last_status_id = greatest(c.last_status_id, excluded.last_status_id)
"""
_COUNT = f"SELECT count(DISTINCT (p.member, p.thread)) FROM ({_PARTS}) p"
# A thread that has found its beginning is known by that from then on. Rows of the part that it
# was become rows of the whole.
_MOVE = f"""
WITH moved AS (
  DELETE FROM conversations c USING statuses s
  WHERE s.id = ANY($1::bigint[]) AND s.visibility = {DIRECT}
    AND s.conversation_id <> s.id AND c.conversation_id = s.id
  RETURNING c.id, c.account_id, s.conversation_id AS thread, c.participant_ids, c.last_status_id,
    c.unread
)
INSERT INTO conversations AS c
  (id, account_id, conversation_id, participant_ids, last_status_id, unread)
SELECT DISTINCT ON (m.account_id, m.thread) m.* FROM moved m
ORDER BY m.account_id, m.thread, m.last_status_id DESC
ON CONFLICT (account_id, conversation_id) DO UPDATE SET
  participant_ids = {_TOGETHER},
  unread = c.unread OR excluded.unread,
  last_status_id = greatest(c.last_status_id, excluded.last_status_id)
"""


async def keep_posts(unit: Unit, status_ids: Sequence[int]) -> list[int]:
    """Bring direct posts into the conversations of the members in them; which posts are direct.

    What its author wrote is read, by the author; whoever blocks or mutes the author has no part.
    The same post may come again: nothing is unread twice.
    """
    rows = await unit.fetch(
        f"SELECT id FROM statuses WHERE id = ANY($1::bigint[]) AND visibility = {DIRECT}",
        list(status_ids),
    )
    ids = sorted(row[0] for row in rows)
    if not ids:
        # As good as always: most posts are for more than a few.
        return ids
    await unit.execute(_MOVE, ids)
    count: int = await unit.value(_COUNT, ids)
    await unit.execute(_KEEP, ids, await unit.new_ids(count))
    return ids


_DROP = f"""
WITH hit AS (
  SELECT c.id, c.account_id, (
    SELECT s.id FROM statuses s WHERE s.conversation_id = c.conversation_id
      AND s.visibility = {DIRECT} AND (s.account_id = c.account_id OR EXISTS (
        SELECT 1 FROM status_mentions m
        WHERE m.status_id = s.id AND m.account_id = c.account_id OFFSET 0))
    ORDER BY s.id DESC LIMIT 1) AS left_id
  FROM unnest($1::bigint[], $2::bigint[]) AS d(account_id, status_id)
  JOIN conversations c ON c.account_id = d.account_id AND c.last_status_id = d.status_id
  ORDER BY c.id + 0 FOR UPDATE OF c
), emptied AS (
  DELETE FROM conversations c USING hit WHERE c.id = hit.id AND hit.left_id IS NULL
)
UPDATE conversations c SET last_status_id = hit.left_id FROM hit
WHERE c.id = hit.id AND hit.left_id IS NOT NULL
"""


async def drop_posts(unit: Unit, hearers: Sequence[tuple[int, int]]) -> None:
    """Take deleted posts out of conversations, given as (member, post): what is left ends them."""
    if hearers:
        await unit.execute(
            _DROP, [member for member, _ in hearers], [status_id for _, status_id in hearers]
        )


@dataclass(frozen=True, slots=True)
class Heard:
    """A conversation in which something is new, and whose it is."""

    conversation_id: int
    account_id: int
    status_id: int


async def heard_by(read: ReadUnit, status_ids: Sequence[int]) -> list[Heard]:
    """Whose conversations have one of these direct posts as their newest."""
    rows = await read.fetch(
        f"SELECT c.id, c.account_id, p.status_id FROM ({_PARTS}) p JOIN conversations c"
        " ON c.account_id = p.member AND c.conversation_id = p.thread"
        " AND c.last_status_id = p.status_id ORDER BY c.id",
        sorted(set(status_ids)),
    )
    return [Heard(*row) for row in rows]


async def mark(unit: Unit, account_id: int, conversation_id: int, *, unread: bool) -> None:
    """Mark a conversation as read, or as not read yet.

    Raises:
        NotFound: the member has no such conversation.
    """
    if not await unit.execute(
        "UPDATE conversations SET unread = $3 WHERE id = $1 AND account_id = $2",
        conversation_id,
        account_id,
        unread,
    ):
        raise NotFound


async def delete(unit: Unit, account_id: int, conversation_id: int) -> None:
    """Take a conversation off a member's list, until something new is said in it.

    Raises:
        NotFound: the member has no such conversation.
    """
    if not await unit.execute(
        "DELETE FROM conversations WHERE id = $1 AND account_id = $2", conversation_id, account_id
    ):
        raise NotFound
