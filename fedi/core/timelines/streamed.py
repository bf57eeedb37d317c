"""What open streams carry of a post, and who of ours may have it before them."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.kit.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class Streamed:
    """A post as far as streams must know it; each listener's view is read later."""

    id: int
    account_id: int
    local: bool
    # Whether it belongs into the public timeline.
    public: bool
    # The post that it answers and that is not here (yet).
    parent_uri: str | None
    has_media: bool
    # By which hashtag streams find it: only what is posted for all has any here.
    tags: tuple[str, ...]


_STREAMED = """
SELECT s.id, s.account_id, s.local,
  s.visibility = 0 AND s.reblog_of_id IS NULL AND a.silenced_at IS NULL
    AND a.suspended_at IS NULL AND a.deleted_at IS NULL
    AND (s.in_reply_to_uri IS NULL OR coalesce(s.in_reply_to_account_id = s.account_id, false)),
  CASE WHEN s.in_reply_to_id IS NULL THEN s.in_reply_to_uri END,
  s.attachments <> '[]'::jsonb,
  CASE WHEN s.visibility = 0 AND s.reblog_of_id IS NULL THEN s.tags END
FROM statuses s JOIN accounts a ON a.id = s.account_id WHERE s.id = ANY($1::bigint[])
"""
_READERS = """
SELECT s.id, array_agg(DISTINCT l.id) FROM statuses s
CROSS JOIN LATERAL (
  SELECT f.account_id FROM follows f WHERE f.target_id = s.account_id AND f.local AND f.accepted
  UNION ALL SELECT m.account_id FROM status_mentions m WHERE m.status_id = s.id
  UNION ALL SELECT f.account_id FROM statuses b
    JOIN follows f ON f.target_id = b.account_id AND f.local AND f.accepted
    WHERE b.reblog_of_id = s.id
  UNION ALL SELECT f.account_id FROM status_tags t JOIN tag_follows f ON f.name = t.name
    WHERE t.status_id = s.id
  UNION ALL SELECT s.account_id
) h JOIN accounts l ON l.id = h.account_id AND l.domain IS NULL
WHERE s.id = ANY($1::bigint[]) GROUP BY s.id
"""


async def find_streamed(read: ReadUnit, ids: Sequence[int]) -> list[Streamed]:
    """Those of the posts that are still there."""
    rows = await read.fetch(_STREAMED, list(ids))
    return [Streamed(*row[:6], tags=tuple(row[6] or ())) for row in rows]


async def find_readers(read: ReadUnit, ids: Sequence[int]) -> dict[int, list[int]]:
    """Members who may have the posts before them.

    They follow the author, a booster or a hashtag, are mentioned, or wrote it themselves.
    """
    rows = await read.fetch(_READERS, list(ids))
    return {row[0]: row[1] for row in rows}
