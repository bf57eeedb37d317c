"""Who is to be told of what others did; `service.notify` decides who really is."""

from collections.abc import Sequence
from typing import cast

import asyncpg

from fedi.core.notifications.service import Kind, Notice
from fedi.kit.unit import ReadUnit

_TOLD_OF_POSTS = """
SELECT m.account_id, 'mention' AS type, s.account_id AS sender, s.id
FROM statuses s JOIN status_mentions m ON m.status_id = s.id AND NOT m.silent
JOIN accounts a ON a.id = m.account_id AND a.domain IS NULL
WHERE s.id = ANY($1::bigint[])
UNION ALL
SELECT f.account_id, 'status', s.account_id, s.id
FROM statuses s JOIN follows f ON f.target_id = s.account_id AND f.local AND f.accepted
WHERE s.id = ANY($1::bigint[]) AND f.notify AND s.visibility < 3
  AND (s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id = s.account_id)
"""


async def of_posts(read: ReadUnit, ids: Sequence[int]) -> list[Notice]:
    """Mentioned members, and those who want to hear of every post of an account."""
    rows = await read.fetch(_TOLD_OF_POSTS, list(ids))
    # Whoever is mentioned is told of that, and not again of a new post.
    mentioned = {(row[0], row[3]) for row in rows if row[1] == "mention"}
    return _notices([r for r in rows if r[1] == "mention" or (r[0], r[3]) not in mentioned])


_TOLD_OF_EDITS = """
SELECT b.account_id, 'update' AS type, s.account_id AS sender, s.id
FROM statuses s JOIN statuses b ON b.reblog_of_id = s.id AND b.local
WHERE s.id = ANY($1::bigint[])
UNION ALL
SELECT m.account_id, 'mention', s.account_id, s.id
FROM statuses s JOIN status_mentions m ON m.status_id = s.id AND NOT m.silent
JOIN accounts a ON a.id = m.account_id AND a.domain IS NULL
WHERE s.id = ANY($1::bigint[])
"""


async def of_edits(read: ReadUnit, ids: Sequence[int]) -> list[Notice]:
    """Members who boosted an edited post, and those whom it mentions now."""
    return _notices(await read.fetch(_TOLD_OF_EDITS, list(ids)))


async def of_deeds(read: ReadUnit, pairs: Sequence[tuple[int, int]], kind: Kind) -> list[Notice]:
    """Notices to the local authors of posts, about what others did with them."""
    rows = await read.fetch(
        "SELECT id, account_id FROM statuses WHERE id = ANY($1::bigint[]) AND local",
        [status_id for status_id, _ in pairs],
    )
    authors = {row[0]: row[1] for row in rows}
    return [(authors[s], kind, who, s) for s, who in pairs if s in authors]


def _notices(rows: Sequence[asyncpg.Record]) -> list[Notice]:
    return cast("list[Notice]", [tuple(row) for row in rows])
