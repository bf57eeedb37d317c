"""Posts whose authors elsewhere do not want them on pages that anybody may open."""

from collections.abc import Iterable

from fedi.core.statuses.policy import PUBLIC, UNLISTED
from fedi.kit.unit import ReadUnit

_FIND = f"""
SELECT s.id FROM statuses s JOIN accounts a ON a.id = s.account_id
WHERE s.id = ANY($1::bigint[]) AND ((a.hides_public AND s.visibility = {PUBLIC})
  OR (a.hides_unlisted AND s.visibility = {UNLISTED}))
"""


async def find_withheld(read: ReadUnit, status_ids: Iterable[int]) -> set[int]:
    """Those of these posts that only members may be shown."""
    ids = sorted(set(status_ids))
    return {row["id"] for row in await read.fetch(_FIND, ids)} if ids else set()
