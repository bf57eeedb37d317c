"""Inbox forwarding: what others say about the posts of members, sent on to the members' readers.

An answer reaches only those whom its author's server knows, and the followers of the member who is
answered would see half a conversation. So what is for everybody and carries a signature of its own
is sent on, in the very bytes in which it came, to the servers of those followers; whether that
signature is good is theirs to judge. Edits and deletions go the same way, also to the followers of
members who boosted, quoted or answered the post.

`find_readers` runs before the activities take effect, since a deletion leaves nothing to look at;
`send_on` afterwards, for those that had an effect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fedi.ap.authority import PUBLIC, host_of
from fedi.core.statuses.policy import UNLISTED, federated_sql
from fedi.federation.meaning.incoming import Incoming, Known
from fedi.federation.publish.audience import Addressed, Reach, expand
from fedi.kit import metrics
from fedi.kit.unit import ReadUnit, Unit

_TYPES = ("Create", "Update", "Delete")
# Where a document carries a signature of its own.
_SIGNED = ("proof", "signature")

# The members whose followers may have seen the post: whom it answers, and who boosted, answered or
# quoted it. Whoever blocks its author lends it no voice.
_MEMBERS = f"""
WITH asked AS (
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
    AS a(row_id, post, parent, actor)
), found AS (
  SELECT a.row_id, a.actor, p.account_id FROM asked a JOIN statuses p ON p.uri = a.parent
  WHERE p.local AND p.visibility <= {UNLISTED} AND {federated_sql("p")}
  UNION SELECT a.row_id, a.actor, x.account_id FROM asked a
  JOIN statuses s ON s.uri = a.post AND NOT s.local AND s.visibility <= {UNLISTED}
  JOIN LATERAL (
    SELECT r.account_id FROM statuses r WHERE r.reblog_of_id = s.id AND r.local
      AND r.visibility <= {UNLISTED}
    UNION ALL SELECT r.account_id FROM statuses r WHERE r.in_reply_to_id = s.id AND r.local
      AND r.visibility <= {UNLISTED} AND {federated_sql("r")}
    UNION ALL SELECT r.account_id FROM quotes q JOIN statuses r ON r.id = q.status_id
      WHERE q.quoted_status_id = s.id AND r.local AND r.visibility <= {UNLISTED}
        AND {federated_sql("r")}
    UNION ALL SELECT p.account_id FROM statuses p WHERE p.id = s.in_reply_to_id AND p.local
      AND p.visibility <= {UNLISTED} AND {federated_sql("p")}
  ) x ON true
)
SELECT f.row_id, array_agg(f.account_id ORDER BY f.account_id) AS members FROM found f
WHERE NOT EXISTS (
  SELECT 1 FROM accounts o JOIN blocks b ON b.target_id = o.id
  WHERE o.uri = f.actor AND b.account_id = f.account_id
) GROUP BY f.row_id
"""

_INSERT = """
INSERT INTO activities (event_id, uri, type, account_id, object_uri, body)
SELECT 0, * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bytea[])
ON CONFLICT (uri) DO NOTHING RETURNING id, uri
"""

_FOLLOWERS = """
SELECT f.target_id, f.account_id FROM follows f
WHERE f.target_id = ANY($1::bigint[]) AND f.accepted AND NOT f.local
"""

# Nobody is told what they said themselves, or have just brought us.
_SPARE = """
DELETE FROM deliveries d USING unnest($1::bigint[], $2::text[]) AS k(activity_id, host)
WHERE d.activity_id = k.activity_id AND d.host = k.host
"""


@dataclass(frozen=True, slots=True)
class Forward:
    """An activity to be sent on, and the members in whose names; the first one signs."""

    item: Incoming
    members: Sequence[int]


async def find_readers(read: ReadUnit, known: Known, items: Sequence[Incoming]) -> list[Forward]:
    """What of these goes on, should it have an effect here."""
    asked = [item for item in items if _may_go_on(item) and _concerns_members(item, known)]
    if not asked:
        return []
    rows = await read.fetch(
        _MEMBERS,
        [item.row_id for item in asked],
        [item.activity.object_id for item in asked],
        [item.note.in_reply_to if item.note else None for item in asked],
        [item.actor_uri for item in asked],
    )
    members = {row["row_id"]: row["members"] for row in rows}
    return [Forward(item, members[item.row_id]) for item in asked if item.row_id in members]


def _may_go_on(item: Incoming) -> bool:
    """Whether it is for everybody, can speak for itself, and is what its author said."""
    activity = item.activity
    if activity.type not in _TYPES or activity.id is None or not item.is_own_word:
        return False
    if item.via is not None:
        # It came inside of something else, and a group passes it on already.
        return False
    if not any(activity.raw.get(name) for name in _SIGNED):
        return False
    if activity.object_id == item.actor_uri:
        return False
    note = item.note
    return activity.type == "Delete" or (note is not None and PUBLIC in (*note.to, *note.cc))


def _concerns_members(item: Incoming, known: Known) -> bool:
    """Whether a look is worth it: a new post that answers no member concerns none."""
    if item.activity.type != "Create":
        return True
    parent = known.statuses.get(item.note.in_reply_to or "") if item.note else None
    return parent is not None and parent.local


async def send_on(
    unit: Unit, own_host: str, forwards: Sequence[Forward], bodies: Mapping[int, tuple[bytes, str]]
) -> None:
    """Store and address what goes on; `bodies` are the bytes and the bearer's host of each row.

    What went on before does not go again, whoever brings it.
    """
    unique = {each.item.activity.id or "": each for each in forwards}
    if not unique:
        return
    rows = await unit.fetch(
        _INSERT,
        list(unique),
        [each.item.activity.type for each in unique.values()],
        [each.members[0] for each in unique.values()],
        [each.item.activity.object_id or "" for each in unique.values()],
        [bodies[each.item.row_id][0] for each in unique.values()],
    )
    stored = [(row["id"], unique[row["uri"]]) for row in rows]
    if not stored:
        return
    followers = await _find_followers(unit, [each for _, each in stored])
    addressed = [
        Addressed(number, each.item.activity.object_id or "", _reach(each, followers))
        for number, each in stored
    ]
    await expand(unit, own_host, addressed)
    spared = [
        (number, host)
        for number, each in stored
        for host in (bodies[each.item.row_id][1], host_of(each.item.actor_uri) or "")
    ]
    await unit.execute(_SPARE, [number for number, _ in spared], [host for _, host in spared])
    metrics.count("activitypub.forwarded", len(stored))
    unit.ring("deliveries")


async def _find_followers(read: ReadUnit, forwards: Sequence[Forward]) -> dict[int, list[int]]:
    """The remote followers of those members who do not sign; mostly there are none."""
    others = {member for each in forwards for member in each.members[1:]}
    found: dict[int, list[int]] = {}
    if others:
        for member, follower in await read.fetch(_FOLLOWERS, list(others)):
            found.setdefault(member, []).append(follower)
    return found


def _reach(forward: Forward, followers: Mapping[int, Sequence[int]]) -> Reach:
    people = {person for member in forward.members[1:] for person in followers.get(member, ())}
    return Reach(followers_of=forward.members[0], people=tuple(sorted(people)))
