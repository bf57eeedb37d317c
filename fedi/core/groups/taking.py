"""Posts come into groups of this server: who may, how often, and what follows.

A group passes on what was meant for it by somebody who may post there. It never passes on what a
group or a server says, nor a boost: so groups that follow each other cannot start a circle.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

import asyncpg

from fedi.core import urls
from fedi.core.groups.types import ANNOUNCED, ANYBODY, MEMBERS, WAITING
from fedi.core.limits import window_start
from fedi.core.statuses.closed import LOCKED_SQL
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.policy import PUBLIC, UNLISTED
from fedi.events import GroupPosted, StatusBoosted
from fedi.kit.ids import make_id
from fedi.kit.unit import Unit

HOUR = timedelta(hours=1)
# What a group passes on within an hour: posts of one author, posts of all, activities of any kind.
MOST_BY_ONE = 30
MOST_POSTS = 300
MOST_ACTIVITIES = 2000

_CANDIDATES = f"""
SELECT s.id, s.group_id, s.account_id, g.posting, g.approval,
  s.in_reply_to_uri IS NULL AND s.in_reply_to_id IS NULL AS is_first,
  EXISTS (SELECT 1 FROM group_moderators m
    WHERE m.group_id = s.group_id AND m.account_id = s.account_id) AS is_moderator,
  EXISTS (SELECT 1 FROM follows f WHERE f.account_id = s.account_id
    AND f.target_id = s.group_id AND f.accepted) AS is_member,
  EXISTS (SELECT 1 FROM group_bans b WHERE b.group_id = s.group_id
    AND b.account_id = s.account_id AND (b.expires_at IS NULL OR b.expires_at > $3)) AS is_banned,
  {LOCKED_SQL.format(group="s.group_id", conversation="s.conversation_id")} AS is_locked,
  (SELECT count(*) FROM group_posts c WHERE c.group_id = s.group_id AND c.id > $2) AS all_posts,
  (SELECT count(*) FROM group_posts c JOIN statuses o ON o.id = c.status_id
    WHERE c.group_id = s.group_id AND c.id > $2 AND o.account_id = s.account_id) AS own_posts
FROM statuses s JOIN groups g ON g.group_id = s.group_id
JOIN accounts a ON a.id = s.account_id JOIN accounts h ON h.id = s.group_id
WHERE s.id = ANY($1::bigint[]) AND s.visibility <= {UNLISTED} AND s.reblog_of_id IS NULL
  AND NOT s.local_only AND a.actor_type NOT IN ('Group', 'Application')
  AND a.suspended_at IS NULL AND h.suspended_at IS NULL AND h.deleted_at IS NULL
ORDER BY s.id
"""


async def take_posts(
    unit: Unit, origin: str, status_ids: Sequence[int], bodies: Mapping[int, bytes]
) -> None:
    """Bring posts into the groups of ours that they name; `bodies` are their Creates, if remote.

    What may be there at once is announced; what must wait is in the moderators' queue.
    """
    if not status_ids:
        return
    since = make_id(unit.now() - HOUR, 0)
    rows = await unit.fetch(_CANDIDATES, list(set(status_ids)), since, unit.now())
    states = _judge(rows)
    if not states:
        return
    ids = sorted(states)
    groups = {row["id"]: row["group_id"] for row in rows}
    stored = await unit.fetch(
        "INSERT INTO group_posts (id, group_id, status_id, state, body, created_at)"
        " SELECT d.id, d.group_id, d.status_id, d.state, d.body, $6 FROM unnest($1::bigint[],"
        " $2::bigint[], $3::bigint[], $4::smallint[], $5::bytea[])"
        " AS d(id, group_id, status_id, state, body)"
        " ON CONFLICT (group_id, status_id) DO NOTHING RETURNING id, status_id",
        await unit.new_ids(len(ids)),
        [groups[status_id] for status_id in ids],
        ids,
        [states[status_id] for status_id in ids],
        [bodies.get(status_id) for status_id in ids],
        unit.now(),
    )
    await accept_posts(
        unit, origin, [row["id"] for row in stored if states[row["status_id"]] == ANNOUNCED]
    )


def _judge(rows: Sequence[asyncpg.Record]) -> dict[int, int]:
    """The state in which each post comes in; those that may not are left out."""
    states: dict[int, int] = {}
    by_group: Counter[int] = Counter()
    by_author: Counter[tuple[int, int]] = Counter()
    for row in rows:
        group, pair = row["group_id"], (row["group_id"], row["account_id"])
        is_flood = (
            row["all_posts"] + by_group[group] >= MOST_POSTS
            or row["own_posts"] + by_author[pair] >= MOST_BY_ONE
        )
        if is_flood or not _may_post(row):
            continue
        by_group[group] += 1
        by_author[pair] += 1
        waits = row["approval"] and row["is_first"] and not row["is_moderator"]
        states[row["id"]] = WAITING if waits else ANNOUNCED
    return states


def _may_post(row: asyncpg.Record) -> bool:
    if row["is_moderator"]:
        return True
    if row["is_banned"] or row["is_locked"]:
        return False
    return row["posting"] == ANYBODY or (row["posting"] == MEMBERS and row["is_member"])


_ACCEPTED = """
SELECT p.id, p.group_id, p.status_id, s.created_at,
  s.in_reply_to_uri IS NULL AND s.in_reply_to_id IS NULL AS is_first
FROM group_posts p JOIN statuses s ON s.id = p.status_id
WHERE p.id = ANY($1::bigint[]) ORDER BY p.id
"""


async def accept_posts(unit: Unit, origin: str, post_ids: Sequence[int]) -> None:
    """Announce posts (rows of `group_posts`); what begins a conversation is boosted, too.

    An answer is part of the conversation and no news of its own.
    """
    rows = await unit.fetch(_ACCEPTED, list(post_ids)) if post_ids else []
    if not rows:
        return
    await unit.execute(
        f"UPDATE group_posts SET state = {ANNOUNCED} WHERE id = ANY($1::bigint[])",
        [row["id"] for row in rows],
    )
    await _boost(unit, origin, [row for row in rows if row["is_first"]])
    unit.record(*(GroupPosted(row["id"], row["group_id"], row["status_id"]) for row in rows))


async def _boost(unit: Unit, origin: str, rows: Sequence[asyncpg.Record]) -> None:
    ids = await unit.new_ids(len(rows)) if rows else []
    uris = [
        urls.boost_uri(origin, row["group_id"], number)
        for row, number in zip(rows, ids, strict=True)
    ]
    if not rows:
        return
    stored = await unit.fetch(
        "INSERT INTO statuses (id, uri, account_id, local, visibility, reblog_of_id, created_at)"
        f" SELECT d.id, d.uri, d.who, true, {PUBLIC}, d.original, $5"
        " FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])"
        "   AS d(id, uri, who, original)"
        " ON CONFLICT (reblog_of_id, account_id) WHERE reblog_of_id IS NOT NULL DO NOTHING"
        " RETURNING id, account_id, reblog_of_id",
        ids,
        uris,
        [row["group_id"] for row in rows],
        [row["status_id"] for row in rows],
        unit.now(),
    )
    tally = Tally()
    for boost_id, group_id, original_id in stored:
        tally.reblog(original_id)
        tally.status(group_id, PUBLIC, 1, unit.now())
        unit.record(StatusBoosted(boost_id, group_id, original_id, local=True))
    await tally.write(unit)


_COUNT = """
INSERT INTO counters AS c (key, window_start, count)
SELECT k, $2, n FROM unnest($1::text[], $3::int[]) AS d(k, n) ORDER BY k
ON CONFLICT (key, window_start) DO UPDATE SET count = c.count + excluded.count
RETURNING key, count
"""


async def find_room(unit: Unit, groups: Sequence[int]) -> set[int]:
    """Which of these groups may pass on what is named here, once for each time it is named."""
    asked = Counter(groups)
    keys = {f"group announces {group}": group for group in sorted(asked)}
    if not keys:
        return set()
    rows = await unit.fetch(
        _COUNT, list(keys), window_start(HOUR, unit.now()), [asked[keys[key]] for key in keys]
    )
    return {keys[row["key"]] for row in rows if row["count"] <= MOST_ACTIVITIES}


_HEARD = f"""
SELECT d.n FROM unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY
  AS d(group_id, account_id, uri, n)
WHERE NOT EXISTS (SELECT 1 FROM group_bans b WHERE b.group_id = d.group_id
    AND b.account_id = d.account_id AND (b.expires_at IS NULL OR b.expires_at > $4))
  AND (d.uri IS NULL OR EXISTS (SELECT 1 FROM statuses s JOIN group_posts p ON p.status_id = s.id
    WHERE s.uri = d.uri AND p.group_id = d.group_id AND p.state = {ANNOUNCED}))
"""


async def find_relevant(unit: Unit, deeds: Sequence[tuple[int, int, str | None]]) -> set[int]:
    """Of deeds (group, who, post or None where no post needs to be here): those to be passed on."""
    rows = await unit.fetch(
        _HEARD,
        [group for group, _, _ in deeds],
        [who for _, who, _ in deeds],
        [uri for _, _, uri in deeds],
        unit.now(),
    )
    return {row[0] - 1 for row in rows}
