"""How posts go: row, boosts, likes, mentions and feed entries at once, a tombstone in their place.

`remove` is the only way; members, received Deletes and taken-back boosts all end here. The rows
are gone afterwards, so the event carries whom the reactions must tell.
"""

from collections.abc import Sequence

import asyncpg

from fedi.core.statuses.counters import Tally
from fedi.core.statuses.policy import DIRECT
from fedi.core.statuses.quotes import ACCEPTED, DELETED, PENDING
from fedi.core.statuses.refreshing import refresh
from fedi.events import StatusDeleted
from fedi.kit.clock import to_iso
from fedi.kit.unit import Unit

_LOCK = """
SELECT s.id, s.uri, s.account_id, a.uri AS account_uri, s.local, s.visibility, s.reblog_of_id,
  o.uri AS reblog_of_uri, s.in_reply_to_id, s.created_at, s.local_only,
  coalesce(s.approval, 1) <> 1 AS is_waiting
FROM statuses s JOIN accounts a ON a.id = s.account_id LEFT JOIN statuses o ON o.id = s.reblog_of_id
WHERE s.id = ANY($1::bigint[]) OR s.reblog_of_id = ANY($1::bigint[])
ORDER BY s.id + 0 FOR UPDATE OF s
"""
# Who was told, or may hold a copy: mentioned, liking, boosting and replying remote accounts, and
# the author of what was answered or boosted. Direct posts went to personal inboxes.
_REACH = f"""
SELECT p.id, array_agg(DISTINCT CASE WHEN p.visibility >= {DIRECT} THEN a.inbox_url
  ELSE coalesce(a.shared_inbox_url, a.inbox_url) END) AS inboxes
FROM statuses p CROSS JOIN LATERAL (
  SELECT m.account_id FROM status_mentions m WHERE m.status_id = p.id
  UNION SELECT f.account_id FROM favourites f WHERE f.status_id = p.id
  UNION SELECT b.account_id FROM statuses b WHERE b.reblog_of_id = p.id
  UNION SELECT r.account_id FROM statuses r WHERE r.in_reply_to_id = p.id AND p.visibility <= 1
  UNION SELECT p.in_reply_to_account_id
  UNION SELECT o.account_id FROM statuses o WHERE o.id = p.reblog_of_id
) w JOIN accounts a ON a.id = w.account_id
WHERE p.id = ANY($1::bigint[]) AND p.local AND NOT p.local_only
  AND a.domain IS NOT NULL AND a.inbox_url <> ''
  AND a.deleted_at IS NULL AND a.suspended_at IS NULL
GROUP BY p.id
"""
# Those who fetched it hold a copy as well.
_FETCHERS = """
SELECT status_id AS id, array_agg(inbox_url) AS inboxes FROM status_fetches
WHERE status_id = ANY($1::bigint[]) GROUP BY status_id
"""
# An index over the posts of all feeds would double the cost of fan-out; whoever can have the
# post at home follows its author or a hashtag of it, is mentioned in it, or wrote it.
_FEEDS = """
DELETE FROM home_entries h USING (
  SELECT s.id AS status_id, f.account_id FROM statuses s
    JOIN follows f ON f.target_id = s.account_id AND f.local AND f.accepted
    WHERE s.id = ANY($1::bigint[])
  UNION SELECT m.status_id, m.account_id FROM status_mentions m
    WHERE m.status_id = ANY($1::bigint[])
  UNION SELECT t.status_id, f.account_id FROM status_tags t JOIN tag_follows f ON f.name = t.name
    WHERE t.status_id = ANY($1::bigint[])
  UNION SELECT s.id, s.account_id FROM statuses s WHERE s.id = ANY($1::bigint[])
) w WHERE h.account_id = w.account_id AND h.status_id = w.status_id
RETURNING h.status_id, h.account_id
"""
_HEARERS = """
SELECT m.status_id, m.account_id FROM status_mentions m JOIN accounts a ON a.id = m.account_id
WHERE m.status_id = ANY($1::bigint[]) AND a.domain IS NULL
"""


async def remove(unit: Unit, status_ids: Sequence[int]) -> list[StatusDeleted]:
    """Delete posts (or boosts) and everything that hangs on them; records StatusDeleted.

    Posts that are not there any more are passed over: whoever came first has done the work.
    """
    rows = await unit.fetch(_LOCK, sorted(set(status_ids)))
    if not rows:
        return []
    ids = [row["id"] for row in rows]
    asked = set(status_ids)
    inboxes = await _find_holders(unit, [row["id"] for row in rows if row["local"]])
    hearers: dict[int, set[int]] = {}
    for row in [*await unit.fetch(_FEEDS, ids), *await unit.fetch(_HEARERS, ids)]:
        hearers.setdefault(row["status_id"], set()).add(row["account_id"])
    for row in rows:
        if row["reblog_of_id"] in asked:
            # Whoever has a boost at home sees the original vanish.
            hearers.setdefault(row["reblog_of_id"], set()).update(hearers.get(row["id"], ()))
        if row["local"]:
            hearers.setdefault(row["id"], set()).add(row["account_id"])
    quoted = await _part_from_quotes(unit, ids)
    await unit.execute("DELETE FROM statuses WHERE id = ANY($1::bigint[])", ids)
    await _count_down(unit, rows, asked, quoted)
    # Nobody outside can send again what nobody outside has seen.
    graves = [row for row in rows if row["reblog_of_id"] is None and not row["local_only"]]
    await bury(unit, [(row["uri"], row["account_uri"]) for row in graves])
    events = [
        StatusDeleted(
            status_id=row["id"],
            account_id=row["account_id"],
            uri=row["uri"],
            local=row["local"],
            visibility=row["visibility"],
            reblog_of_id=row["reblog_of_id"],
            reblog_of_uri=row["reblog_of_uri"],
            reach_inboxes=tuple(sorted(inboxes.get(row["id"], ()))),
            heard_by=tuple(sorted(hearers.get(row["id"], ()))),
            created_at=to_iso(row["created_at"]),
            local_only=row["local_only"],
        )
        for row in rows
        # Boosts that fell with their original need no Undo: its Delete says it all.
        if row["id"] in asked
    ]
    unit.record(*events)
    return events


async def _find_holders(unit: Unit, ids: Sequence[int]) -> dict[int, set[str]]:
    """Who holds copies of members' posts."""
    inboxes: dict[int, set[str]] = {}
    if ids:
        for row in [*await unit.fetch(_REACH, ids), *await unit.fetch(_FETCHERS, ids)]:
            inboxes.setdefault(row["id"], set()).update(row["inboxes"])
    return inboxes


async def _part_from_quotes(unit: Unit, ids: Sequence[int]) -> list[int]:
    """Mark quotes of these posts as deleted; the posts that these posts quoted, with consent."""
    rows = await unit.fetch(
        "SELECT id, status_id, quoted_status_id, state FROM quotes"
        " WHERE status_id = ANY($1::bigint[]) OR quoted_status_id = ANY($1::bigint[])"
        " ORDER BY id + 0 FOR UPDATE",
        ids,
    )
    gone = set(ids)
    orphans = [row for row in rows if row["quoted_status_id"] in gone]
    if orphans:
        await unit.execute(
            f"UPDATE quotes SET state = {DELETED}"
            f" WHERE id = ANY($1::bigint[]) AND state IN ({PENDING}, {ACCEPTED})",
            [row["id"] for row in orphans],
        )
        await refresh(unit, [row["status_id"] for row in orphans])
    return [
        row["quoted_status_id"]
        for row in rows
        if row["status_id"] in gone
        and row["state"] == ACCEPTED
        and row["quoted_status_id"] is not None
        and row["quoted_status_id"] not in gone
    ]


async def _count_down(
    unit: Unit, rows: Sequence[asyncpg.Record], asked: set[int], quoted: Sequence[int]
) -> None:
    tally = Tally()
    for status_id in quoted:
        tally.quote(status_id, -1)
    for row in rows:
        tally.status(row["account_id"], row["visibility"], -1)
        if row["is_waiting"]:
            # Nobody allowed it (yet), so it was not counted either.
            continue
        tally.reply(row["in_reply_to_id"], row["visibility"], -1)
        if row["reblog_of_id"] not in asked:
            tally.reblog(row["reblog_of_id"], -1)
    await tally.write(unit)


async def bury(unit: Unit, graves: Sequence[tuple[str, str]]) -> None:
    """Remember for good that these posts (uri, actor) are deleted, also if they never were here."""
    graves = sorted(set(graves))
    if graves:
        await unit.execute(
            "INSERT INTO tombstones (uri, actor_uri, deleted_at)"
            " SELECT u, a, $3 FROM unnest($1::text[], $2::text[]) AS g(u, a)"
            " ON CONFLICT (uri, actor_uri) DO NOTHING",
            [uri for uri, _ in graves],
            [actor for _, actor in graves],
            unit.now(),
        )
