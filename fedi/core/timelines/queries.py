"""The timelines: each page is one statement that walks one index (or one for each hashtag)."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.core.statuses.heads import (
    HEAD_TABLES,
    PLAIN_TABLES,
    build_heads,
    head_columns,
    head_visible,
    plain_visible,
)
from fedi.core.statuses.policy import DIRECT, wanted_sql
from fedi.core.statuses.types import Head
from fedi.kit.paging import Page
from fedi.kit.text_compose import hashtag_key
from fedi.kit.unit import ReadUnit

_VIEWER = "$1::bigint"
# So many rows at most are looked at for one page where few of them may fit: strangers may ask for
# the posts of two hashtags that hardly ever meet.
_LOOKED_AT = 20_000

# A boost is shown while its booster is followed with boosts.
_FEED = (
    f"SELECT {head_columns(_VIEWER)} FROM {{entries}} h"
    f" JOIN statuses s ON s.id = h.status_id{HEAD_TABLES}"
    f" WHERE h.{{owner}}{{bounds}}"
    f" AND {head_visible(_VIEWER)}"
    f" AND {wanted_sql(_VIEWER, ('s.account_id', 'o.account_id'))}"
    f" AND (s.reblog_of_id IS NULL OR s.account_id = {_VIEWER} OR EXISTS (SELECT 1 FROM follows rf"
    f"   WHERE rf.account_id = {_VIEWER} AND rf.target_id = s.account_id AND rf.show_reblogs))"
    " ORDER BY h.status_id {order} LIMIT {limit}"
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a reader of public posts wants to see: ours, those of others, those with media."""

    local: bool = False
    remote: bool = False
    only_media: bool = False

    def sql(self) -> str:
        """The conditions, each with AND before it."""
        text = " AND s.local" if self.local else ""
        text += " AND NOT s.local" if self.remote else ""
        return text + (" AND s.attachments <> '[]'::jsonb" if self.only_media else "")


EVERYTHING = Wishes()


async def home(read: ReadUnit, viewer_id: int, page: Page) -> list[Head]:
    """A page of the viewer's home timeline, newest first."""
    # The limit stands in the text, and only the bounds that there are: the planner must know
    # that few rows are wanted, from one end of an index.
    bounds, values = page.bounds_sql("h.status_id", 2)
    sql = _FEED.format(
        entries="home_entries",
        owner=f"account_id = {_VIEWER}",
        bounds=bounds,
        order=page.direction,
        limit=int(page.limit),
    )
    rows = await read.fetch(sql, viewer_id, *values)
    return page.newest_first(build_heads(rows))


async def listed(read: ReadUnit, viewer_id: int, list_id: int, page: Page) -> list[Head]:
    """A page of the feed of a list, which is the viewer's."""
    bounds, values = page.bounds_sql("h.status_id", 3)
    sql = _FEED.format(
        entries="list_entries",
        owner="list_id = $2::bigint",
        bounds=bounds,
        order=page.direction,
        limit=int(page.limit),
    )
    rows = await read.fetch(sql, viewer_id, list_id, *values)
    return page.newest_first(build_heads(rows))


async def public(
    read: ReadUnit, viewer_id: int | None, page: Page, wishes: Wishes = EVERYTHING
) -> list[Head]:
    """A page of what was posted for all: no boosts, no replies to others, nobody silenced."""
    bounds, values = page.bounds_sql("s.id", 2)
    rows = await read.fetch(
        f"SELECT {head_columns(_VIEWER, boosts=False)} FROM statuses s{PLAIN_TABLES}"
        f" WHERE s.visibility = 0 AND s.reblog_of_id IS NULL{bounds}"
        " AND (s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id = s.account_id)"
        f"{_shown(viewer_id)}{wishes.sql()} ORDER BY s.id {page.direction} LIMIT {int(page.limit)}",
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
    wishes: Wishes = EVERYTHING,
) -> list[Head]:
    """A page of public posts under any of the tags, and under every one and none of the others."""
    every = _keys(every)
    # Among many posts that have one tag and few that have the other, the few are walked through.
    rarest = await _rarest(read, every) if every else None
    args: list[object] = [viewer_id]

    def value(name: str) -> str:
        args.append(name)
        return f"${len(args)}::text"

    def has(*texts: str) -> str:
        listed = ", ".join(value(text) for text in texts)
        return (
            "EXISTS (SELECT 1 FROM status_tags x WHERE x.status_id = e.status_id"
            f" AND x.name IN ({listed}) OFFSET 0)"
        )

    walked = _keys(names) if rarest is None else [rarest]
    walks = [value(name) for name in walked]
    rules = [has(name) for name in every if name != rarest]
    if rarest is not None:
        rules.append(has(*_keys(names)))
    rules += [f"NOT {has(name)}" for name in _keys(none)]
    bounds, values = page.bounds_sql("t.status_id", len(args) + 1)
    order, rule = page.direction, "".join(f" AND {rule}" for rule in rules)
    # Each tag has its own walk, and they are merged: `= ANY` would read all of every tag.
    entries = " UNION ALL ".join(
        f"(SELECT t.status_id FROM status_tags t WHERE t.name = {walk}{bounds}"
        f" ORDER BY t.status_id {order} LIMIT {_LOOKED_AT})"
        for walk in walks
    )
    rows = await read.fetch(
        f"SELECT {head_columns(_VIEWER, boosts=False)}"
        f" FROM (SELECT DISTINCT e.status_id FROM ({entries}) e"
        f"   ORDER BY e.status_id {order} LIMIT {_LOOKED_AT}) e"
        f" JOIN statuses s ON s.id = e.status_id{PLAIN_TABLES}"
        f" WHERE s.visibility = 0{rule}{_shown(viewer_id)}{wishes.sql()}"
        f" ORDER BY e.status_id {order} LIMIT {int(page.limit)}",
        *args,
        *values,
    )
    return page.newest_first(build_heads(rows))


async def _rarest(read: ReadUnit, names: Sequence[str]) -> str:
    """The tag that the fewest posts have, as far as a short count tells."""
    name: str = await read.value(
        "SELECT n.name FROM unnest($1::text[]) AS n(name) CROSS JOIN LATERAL (SELECT count(*) AS c"
        "   FROM (SELECT 1 FROM status_tags t WHERE t.name = n.name LIMIT 1000) r) k"
        " ORDER BY k.c, n.name LIMIT 1",
        names,
    )
    return name


async def linking(read: ReadUnit, viewer_id: int | None, page: Page, url: str) -> list[Head]:
    """A page of public posts that show the preview of an address."""
    card_id = await read.value("SELECT id FROM preview_cards WHERE url = $1 AND state = 1", url)
    if card_id is None:
        return []
    bounds, values = page.bounds_sql("s.id", 3)
    rows = await read.fetch(
        f"SELECT {head_columns(_VIEWER, boosts=False)} FROM statuses s{PLAIN_TABLES}"
        f" WHERE s.card_id = $2::bigint AND s.visibility = 0 AND s.reblog_of_id IS NULL{bounds}"
        f"{_shown(viewer_id)} ORDER BY s.id {page.direction} LIMIT {int(page.limit)}",
        viewer_id,
        card_id,
        *values,
    )
    return page.newest_first(build_heads(rows))


async def direct(read: ReadUnit, viewer_id: int, page: Page) -> list[Head]:
    """A page of direct posts that the viewer wrote or is mentioned in."""
    order = page.direction
    bounds, values = page.bounds_sql("e.id", 2)
    rows = await read.fetch(
        f"SELECT {head_columns(_VIEWER)} FROM (SELECT DISTINCT e.status_id FROM ("
        f"   (SELECT e.id AS status_id FROM statuses e WHERE e.account_id = {_VIEWER}{bounds}"
        f"     ORDER BY e.id {order} LIMIT {_LOOKED_AT})"
        f"   UNION ALL (SELECT e.status_id FROM status_mentions e WHERE e.account_id = {_VIEWER}"
        f"     {bounds.replace('e.id', 'e.status_id')}"
        f"     ORDER BY e.status_id {order} LIMIT {_LOOKED_AT})) e"
        f"   ORDER BY e.status_id {order} LIMIT {_LOOKED_AT}) e"
        f" JOIN statuses s ON s.id = e.status_id{HEAD_TABLES}"
        f" WHERE s.visibility = {DIRECT} AND {head_visible(_VIEWER)}"
        f" AND {wanted_sql(_VIEWER, ('s.account_id',))}"
        f" ORDER BY e.status_id {order} LIMIT {int(page.limit)}",
        viewer_id,
        *values,
    )
    return page.newest_first(build_heads(rows))


def _shown(viewer_id: int | None) -> str:
    """What holds for all that is shown unasked to everybody."""
    text = f" AND a.silenced_at IS NULL AND {plain_visible(_VIEWER)}"
    if viewer_id is not None:
        text += f" AND {wanted_sql(_VIEWER, ('s.account_id',), ('a.domain',))}"
    return text


def _keys(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(hashtag_key(name) for name in names))
