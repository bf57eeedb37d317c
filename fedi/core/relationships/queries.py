"""How accounts stand to each other, and the lists of people.

Lists are pages of (cursor, account id): the cursor is the id of the row that joins the two, which
is what `Link` headers must carry.
"""

from collections.abc import Sequence

from fedi.core.relationships.types import Relationship
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit

Entry = tuple[int, int]

_RELATIONSHIPS = """
SELECT a.id, coalesce(f.accepted, false) AS following,
  coalesce(f.accepted AND f.show_reblogs, false) AS showing_reblogs,
  coalesce(f.accepted AND f.notify, false) AS notifying, f.languages,
  coalesce(r.accepted, false) AS followed_by, b.id IS NOT NULL AS blocking,
  bb.id IS NOT NULL AS blocked_by, m.id IS NOT NULL AS muting,
  coalesce(m.hide_notifications, false) AS muting_notifications,
  m.expires_at AS muting_expires_at,
  coalesce(NOT f.accepted, false) AS requested, coalesce(NOT r.accepted, false) AS requested_by,
  d.id IS NOT NULL AS domain_blocking, e.id IS NOT NULL AS endorsed,
  coalesce(w.comment, '') AS note
FROM unnest($2::bigint[]) WITH ORDINALITY AS q(id, n)
JOIN accounts a ON a.id = q.id
LEFT JOIN follows f ON f.account_id = $1 AND f.target_id = a.id
LEFT JOIN follows r ON r.account_id = a.id AND r.target_id = $1
LEFT JOIN blocks b ON b.account_id = $1 AND b.target_id = a.id
LEFT JOIN blocks bb ON bb.account_id = a.id AND bb.target_id = $1
LEFT JOIN mutes m ON m.account_id = $1 AND m.target_id = a.id
  AND (m.expires_at IS NULL OR m.expires_at > $3)
LEFT JOIN account_domain_blocks d ON d.account_id = $1 AND d.domain = a.domain
LEFT JOIN endorsements e ON e.account_id = $1 AND e.target_id = a.id
LEFT JOIN account_notes w ON w.account_id = $1 AND w.target_id = a.id
ORDER BY q.n
"""


async def relationships(
    read: ReadUnit, viewer_id: int, ids: Sequence[int]
) -> dict[int, Relationship]:
    """How a viewer stands to others, in the order asked; those that are not there are missing."""
    if not ids:
        return {}
    rows = await read.fetch(_RELATIONSHIPS, viewer_id, list(dict.fromkeys(ids)), read.now())
    return {row[0]: Relationship(*row) for row in rows}


async def list_followers(
    read: ReadUnit, account_id: int, page: Page, viewer_id: int | None = None
) -> list[Entry]:
    """Who follows an account; a viewer does not see whom they have shut out."""
    rule = "j.accepted"
    return await _page(
        read, "follows", "target_id", "account_id", account_id, page, rule, viewer_id=viewer_id
    )


async def list_following(
    read: ReadUnit, account_id: int, page: Page, viewer_id: int | None = None
) -> list[Entry]:
    """Whom an account follows; a viewer does not see whom they have shut out."""
    rule = "j.accepted"
    return await _page(
        read, "follows", "account_id", "target_id", account_id, page, rule, viewer_id=viewer_id
    )


async def list_endorsed(read: ReadUnit, account_id: int, page: Page) -> list[Entry]:
    """Whom an account recommends on its profile."""
    return await _page(read, "endorsements", "account_id", "target_id", account_id, page, "true")


async def list_follow_requests(read: ReadUnit, account_id: int, page: Page) -> list[Entry]:
    """Who waits for this account's answer."""
    waits = "NOT j.accepted"
    return await _page(read, "follows", "target_id", "account_id", account_id, page, waits)


async def list_blocks(read: ReadUnit, account_id: int, page: Page) -> list[Entry]:
    """Whom an account blocks."""
    return await _page(read, "blocks", "account_id", "target_id", account_id, page, "true")


async def list_mutes(read: ReadUnit, account_id: int, page: Page) -> list[Entry]:
    """Whom an account mutes."""
    current = "(j.expires_at IS NULL OR j.expires_at > now())"
    return await _page(read, "mutes", "account_id", "target_id", account_id, page, current)


async def _page(  # noqa: PLR0917 - one private helper, six callers above
    read: ReadUnit,
    table: str,
    mine: str,
    theirs: str,
    account_id: int,
    page: Page,
    rule: str,
    *,
    viewer_id: int | None = None,
) -> list[Entry]:
    bounds, values = page.bounds_sql("j.id", 3)
    unseen = (
        "$2::bigint IS NULL"
        if viewer_id is None
        else "NOT EXISTS (SELECT 1 FROM blocks x WHERE x.account_id = $2"
        " AND x.target_id = a.id) AND NOT EXISTS (SELECT 1 FROM blocks x"
        " WHERE x.account_id = a.id AND x.target_id = $2)"
    )
    rows = await read.fetch(
        f"SELECT j.id, j.{theirs} FROM {table} j JOIN accounts a ON a.id = j.{theirs}"
        f" WHERE j.{mine} = $1 AND {rule}{bounds}"
        f" AND a.suspended_at IS NULL AND a.deleted_at IS NULL AND {unseen}"
        f" ORDER BY j.id {page.direction} LIMIT {int(page.limit)}",
        account_id,
        viewer_id,
        *values,
    )
    return [(row[0], row[1]) for row in page.newest_first(rows)]


async def count_follow_requests(read: ReadUnit, account_id: int) -> int:
    """How many wait for this account's answer."""
    found: int = await read.value(
        "SELECT count(*) FROM follows WHERE target_id = $1 AND NOT accepted", account_id
    )
    return found
