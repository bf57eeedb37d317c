"""Hashtags that begin so, the most used first."""

from datetime import timedelta

from fedi.kit.ids import make_id
from fedi.kit.text import hashtag_key
from fedi.kit.text_search import prefix_end
from fedi.kit.unit import ReadUnit

_CANDIDATES = 100
_COUNTED = 100
_RECENT = timedelta(days=14)

_FIND = f"""
SELECT c.name FROM (
  (SELECT t.name FROM tags t WHERE t.name = $1)
  UNION (SELECT t.name FROM tags t WHERE t.name ~>=~ $1 AND t.name ~<~ $2
    ORDER BY t.name USING ~<~ LIMIT {_CANDIDATES})) c
CROSS JOIN LATERAL (SELECT count(*) AS uses FROM (SELECT 1 FROM status_tags u
  WHERE u.name = c.name AND u.status_id > $3 LIMIT {_COUNTED}) r) n
ORDER BY c.name = $1 DESC, n.uses DESC, length(c.name), c.name LIMIT $4 OFFSET $5
"""


async def search_tags(read: ReadUnit, text: str, *, limit: int, offset: int = 0) -> list[str]:
    """The keys of hashtags."""
    key = hashtag_key(text.strip().lstrip("#\uff03")[:100])
    if not key or any(letter.isspace() for letter in key):
        return []
    since = make_id(read.now() - _RECENT, 0)
    rows = await read.fetch(_FIND, key, prefix_end(key), since, limit, offset)
    return [row[0] for row in rows]
