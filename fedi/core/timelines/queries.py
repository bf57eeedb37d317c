"""The home, public and tag timelines: each page is one statement."""

from collections.abc import Sequence

from fedi.core.statuses.heads import (
    HEAD_TABLES,
    bounds_sql,
    build_heads,
    head_columns,
    head_visible,
)
from fedi.core.statuses.policy import wanted_sql
from fedi.core.statuses.types import Head
from fedi.kit.paging import Page
from fedi.kit.text_compose import hashtag_key
from fedi.kit.unit import ReadUnit

_VIEWER = "$1::bigint"
# So many public posts at most are looked at for one page of a tag: strangers may ask for tags
# that nobody uses, and there is no index by tag.
_LOOKED_AT = 20_000

# A boost is shown while its booster is followed with boosts.
_HOME = (
    f"SELECT {head_columns(_VIEWER)} FROM home_entries h"
    f" JOIN statuses s ON s.id = h.status_id{HEAD_TABLES}"
    f" WHERE h.account_id = {_VIEWER}{{bounds}}"
    f" AND {head_visible(_VIEWER)}"
    f" AND {wanted_sql(_VIEWER, ('s.account_id', 'o.account_id'))}"
    f" AND (s.reblog_of_id IS NULL OR s.account_id = {_VIEWER} OR EXISTS (SELECT 1 FROM follows rf"
    f"   WHERE rf.account_id = {_VIEWER} AND rf.target_id = s.account_id AND rf.show_reblogs))"
    " ORDER BY h.status_id {order} LIMIT {limit}"
)


async def home(read: ReadUnit, viewer_id: int, page: Page) -> list[Head]:
    """A page of the viewer's home timeline, newest first."""
    # The limit stands in the text, and only the bounds that there are: the planner must know
    # that few rows are wanted, from one end of an index.
    bounds, values = bounds_sql(page, "h.status_id", 2)
    sql = _HOME.format(bounds=bounds, order=page.direction, limit=int(page.limit))
    rows = await read.fetch(sql, viewer_id, *values)
    return page.newest_first(build_heads(rows))


async def public(
    read: ReadUnit,
    viewer_id: int | None,
    page: Page,
    *,
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> list[Head]:
    """A page of what was posted for all: no boosts, no replies to others, nobody silenced."""
    wishes = " AND s.local" if local else " AND NOT s.local" if remote else ""
    if only_media:
        wishes += " AND s.attachments <> '[]'::jsonb"
    if viewer_id is not None:
        wishes += f" AND {wanted_sql(_VIEWER, ('s.account_id',))}"
    bounds, values = bounds_sql(page, "s.id", 2)
    rows = await read.fetch(
        f"SELECT {head_columns(_VIEWER)} FROM statuses s{HEAD_TABLES}"
        f" WHERE s.visibility = 0 AND s.reblog_of_id IS NULL{bounds}"
        " AND (s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id = s.account_id)"
        f" AND a.silenced_at IS NULL AND {head_visible(_VIEWER)}{wishes}"
        f" ORDER BY s.id {page.direction} LIMIT {int(page.limit)}",
        viewer_id,
        *values,
    )
    return page.newest_first(build_heads(rows))


async def tagged(
    read: ReadUnit,
    viewer_id: int | None,
    page: Page,
    names: Sequence[str],
    *,
    every: Sequence[str] = (),
    none: Sequence[str] = (),
    wishes: tuple[bool, bool, bool] = (False, False, False),
) -> list[Head]:
    """A page of public posts under any of the tags, and under every one and none of the others.

    `wishes` are: only ours, only those of others, only with attachments.
    """
    bounds, values = bounds_sql(page, "t.id", 5)
    local, remote, only_media = wishes
    limits = " AND s.local" if local else " AND NOT s.local" if remote else ""
    if only_media:
        limits += " AND s.attachments <> '[]'::jsonb"
    if viewer_id is not None:
        limits += f" AND {wanted_sql(_VIEWER, ('s.account_id',))}"
    rows = await read.fetch(
        f"SELECT {head_columns(_VIEWER)} FROM (SELECT * FROM statuses t"
        f"   WHERE t.visibility = 0 AND t.reblog_of_id IS NULL{bounds}"
        f"   ORDER BY t.id {page.direction} LIMIT {_LOOKED_AT}) s{HEAD_TABLES}"
        " WHERE s.tags ?| $2::text[] AND s.tags ?& $3::text[] AND NOT s.tags ?| $4::text[]"
        f" AND a.silenced_at IS NULL AND {head_visible(_VIEWER)}{limits}"
        f" ORDER BY s.id {page.direction} LIMIT {int(page.limit)}",
        viewer_id,
        *([hashtag_key(name) for name in part] for part in (names, every, none)),
        *values,
    )
    return page.newest_first(build_heads(rows))
