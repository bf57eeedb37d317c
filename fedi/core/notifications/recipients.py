"""Who is to be told of what others did; `service.notify` decides who really is."""

from collections.abc import Sequence
from typing import Any, cast

import asyncpg
import orjson

from fedi import events as happened
from fedi.core.auth.users import STAFF_SQL
from fedi.core.notifications.types import Kind, Notice
from fedi.kit.clock import to_iso
from fedi.kit.unit import ReadUnit, Unit

_TOLD_OF_POSTS = """
SELECT m.account_id, 'mention' AS type, s.account_id AS sender, s.id
FROM statuses s JOIN status_mentions m ON m.status_id = s.id AND NOT m.silent
JOIN accounts a ON a.id = m.account_id AND a.domain IS NULL AND a.actor_type <> 'Group'
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
SELECT q.account_id, 'quoted_update', s.account_id, q.status_id
FROM statuses s JOIN quotes q ON q.quoted_status_id = s.id AND q.state = 1
JOIN accounts a ON a.id = q.account_id AND a.domain IS NULL
WHERE s.id = ANY($1::bigint[])
UNION ALL
SELECT m.account_id, 'mention', s.account_id, s.id
FROM statuses s JOIN status_mentions m ON m.status_id = s.id AND NOT m.silent
JOIN accounts a ON a.id = m.account_id AND a.domain IS NULL AND a.actor_type <> 'Group'
WHERE s.id = ANY($1::bigint[])
"""


async def of_edits(read: ReadUnit, ids: Sequence[int]) -> list[Notice]:
    """Members who boosted or quoted an edited post, and those whom it mentions now."""
    return _notices(await read.fetch(_TOLD_OF_EDITS, list(ids)))


async def of_deeds(read: ReadUnit, pairs: Sequence[tuple[int, int]], kind: Kind) -> list[Notice]:
    """Notices to the local authors of posts, about what others did with them."""
    rows = await read.fetch(
        "SELECT id, account_id FROM statuses WHERE id = ANY($1::bigint[]) AND local",
        [status_id for status_id, _ in pairs],
    )
    authors = {row[0]: row[1] for row in rows}
    told: list[Notice] = [(authors[s], kind, who, s) for s, who in pairs if s in authors]
    quiet = await _find_own_groups(read, told) if kind == "reblog" and told else set()
    return [notice for notice in told if (notice[0], notice[2]) not in quiet]


async def _find_own_groups(read: ReadUnit, notices: Sequence[Notice]) -> set[tuple[int, int]]:
    """Authors with groups that they follow: what these bring is how they work, and no news."""
    rows = await read.fetch(
        "SELECT f.account_id, f.target_id FROM unnest($1::bigint[], $2::bigint[]) AS d(who, other)"
        " JOIN follows f ON f.account_id = d.who AND f.target_id = d.other AND f.accepted"
        " JOIN accounts g ON g.id = f.target_id AND g.actor_type = 'Group'",
        [notice[0] for notice in notices],
        [notice[2] for notice in notices],
    )
    return {(row[0], row[1]) for row in rows}


_TOLD_OF_POLLS = """
SELECT p.account_id, 'poll' AS type, p.account_id AS sender, p.status_id
FROM polls p JOIN accounts a ON a.id = p.account_id AND a.domain IS NULL
WHERE p.id = ANY($1::bigint[])
UNION
SELECT v.account_id, 'poll', p.account_id, p.status_id
FROM polls p JOIN poll_votes v ON v.poll_id = p.id
JOIN accounts a ON a.id = v.account_id AND a.domain IS NULL
WHERE p.id = ANY($1::bigint[])
"""


async def of_poll_ends(unit: Unit, events: Sequence[happened.PollClosed]) -> list[Notice]:
    """The author of a poll, and the members who voted."""
    return _notices(await unit.fetch(_TOLD_OF_POLLS, [event.poll_id for event in events]))


async def of_quotes(unit: Unit, events: Sequence[happened.StatusQuoted]) -> list[Notice]:
    """The local author of a quoted post; what they are shown is the post that quotes."""
    rows = await unit.fetch(
        "SELECT q.account_id, 'quote' AS type, s.account_id AS sender, s.id"
        " FROM unnest($1::bigint[], $2::bigint[]) AS e(status_id, quoted_id)"
        " JOIN statuses s ON s.id = e.status_id"
        " JOIN statuses q ON q.id = e.quoted_id AND q.local",
        [event.status_id for event in events],
        [event.quoted_status_id for event in events],
    )
    return _notices(rows)


# How apps hear that somebody waits for a member's word: as if it had happened already. What an
# answer says is not here yet, so its notice names the post that is answered.
_TOLD_OF_REQUESTS = """
SELECT r.account_id, CASE r.kind WHEN 'like' THEN 'favourite' WHEN 'announce' THEN 'reblog'
    WHEN 'quote' THEN 'quote' ELSE 'mention' END AS type, r.actor_id AS sender,
  CASE WHEN r.kind = 'quote' THEN s.id ELSE r.status_id END AS id
FROM interaction_requests r
LEFT JOIN statuses s ON s.uri = r.object_uri AND s.reblog_of_id IS NULL
WHERE r.id = ANY($1::bigint[]) AND (r.kind <> 'quote' OR s.id IS NOT NULL)
"""


async def of_requests(unit: Unit, events: Sequence[happened.InteractionRequested]) -> list[Notice]:
    """Members whose word somebody waits for."""
    ids = [event.request_id for event in events]
    return _notices(await unit.fetch(_TOLD_OF_REQUESTS, ids))


_STAFF = f"""
SELECT u.account_id FROM users u
WHERE u.role IN {STAFF_SQL} AND u.disabled_at IS NULL ORDER BY u.id
"""


async def of_sign_ups(unit: Unit, events: Sequence[happened.UserSignedUp]) -> list[Notice]:
    """Staff, of who wants to join."""
    staff = [row[0] for row in await unit.fetch(_STAFF)]
    return [(who, "admin.sign_up", event.account_id, None) for event in events for who in staff]


async def of_reports(unit: Unit, events: Sequence[happened.ReportFiled]) -> list[Notice]:
    """Staff, of what members tell them."""
    staff = [row[0] for row in await unit.fetch(_STAFF)]
    return [
        (who, "admin.report", event.account_id, None, event.report_id, "{}")
        for event in events
        for who in staff
    ]


async def of_domain_blocks(unit: Unit, events: Sequence[happened.DomainBlocked]) -> list[Notice]:
    """Members who lost followers or followed accounts by a block."""
    notices: list[Notice] = []
    for event in events:
        losses = list(zip(event.members, event.followers, event.following, strict=True))
        if losses:
            number = await unit.new_id()
            notices += [
                severed(
                    unit,
                    number,
                    who,
                    kind="domain_block",
                    target=event.domain,
                    followers=followers,
                    following=following,
                )
                for who, followers, following in losses
            ]
    return notices


def severed(
    unit: Unit, number: int, who: int, *, kind: str, target: str, followers: int, following: int
) -> Notice:
    """The notice of a member who lost connections.

    Args:
        unit: gives the time.
        number: the id of what happened, the same for all whom it hit.
        who: the member.
        kind: "domain_block", "user_domain_block" or "account_suspension".
        target: the domain, or the handle of the account.
        followers: how many followers are gone.
        following: how many of those whom the member followed are gone.
    """
    details: dict[str, Any] = {
        "id": str(number),
        "type": kind,
        "purged": False,
        "target_name": target,
        "followers_count": followers,
        "following_count": following,
        "created_at": to_iso(unit.now()),
    }
    # These come from nobody; some account must be named, and the member's own is always there.
    return (who, "severed_relationships", who, None, number, orjson.dumps(details).decode())


def warned(
    unit: Unit, number: int, who: int, action: str, text: str, status_ids: Sequence[int] = ()
) -> Notice:
    """The notice of a member whom the moderators warn; `number` is the id of the warning."""
    details: dict[str, Any] = {
        "id": str(number),
        "action": action,
        "text": text,
        "status_ids": [str(status_id) for status_id in status_ids] or None,
        "appeal": None,
        "created_at": to_iso(unit.now()),
    }
    return (who, "moderation_warning", who, None, number, orjson.dumps(details).decode())


def _notices(rows: Sequence[asyncpg.Record]) -> list[Notice]:
    return cast("list[Notice]", [tuple(row) for row in rows])
