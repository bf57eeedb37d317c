"""Who receives: from recipients to `deliveries` rows, in one statement for many activities.

An activity's `Reach` names followers, people and inboxes; Postgres turns it into inboxes. What
goes to followers or to the public goes to shared inboxes, each once; what is meant for certain
people goes to their own. Never told: our own host, suspended domains, accounts that are gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.core.relays import ACCEPTED
from fedi.kit.unit import Unit


@dataclass(frozen=True, slots=True)
class Reach:
    """Who is to receive an activity."""

    # The remote followers of this account.
    followers_of: int | None = None
    people: tuple[int, ...] = ()
    # Whether people get it in their own inboxes instead of their servers' shared ones.
    personal: bool = False
    # Everybody who was sent anything about this post before, or has fetched it.
    told_of: int | None = None
    # Everybody who boosted, liked, answered or voted in this post.
    touched: int | None = None
    inboxes: tuple[str, ...] = ()
    # Whether relays pass it on.
    relayed: bool = False


@dataclass(frozen=True, slots=True)
class Addressed:
    """A stored activity, the key of its order, and who receives it."""

    activity_id: int
    order: str
    reach: Reach


# A shared inbox is believed only on the host of the actor or of its own inbox: otherwise an actor
# could have its posts piled upon a stranger.
_INBOX = """
CASE WHEN NOT p.personal AND split_part(o.shared_inbox_url, '/', 3) IN
          (split_part(o.inbox_url, '/', 3), split_part(o.uri, '/', 3))
     THEN o.shared_inbox_url ELSE o.inbox_url END
"""

_EXPAND = f"""
WITH spec AS (
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[],
    $12::bool[]) AS s(activity_id, lane, followers_of, told_of, touched, relayed)
), people AS MATERIALIZED (
  SELECT s.activity_id, f.account_id, false AS personal
  FROM spec s JOIN follows f ON f.target_id = s.followers_of AND f.accepted AND NOT f.local
  UNION ALL SELECT * FROM unnest($6::bigint[], $7::bigint[], $8::bool[])
  UNION ALL SELECT s.activity_id, r.account_id, false
  FROM spec s JOIN statuses r ON r.reblog_of_id = s.touched AND NOT r.local
  UNION ALL SELECT s.activity_id, r.account_id, false
  FROM spec s JOIN statuses r ON r.in_reply_to_id = s.touched AND NOT r.local
  UNION ALL SELECT s.activity_id, v.account_id, false
  FROM spec s JOIN favourites v ON v.status_id = s.touched
  UNION ALL SELECT s.activity_id, v.account_id, false
  FROM spec s JOIN polls l ON l.status_id = s.touched JOIN poll_votes v ON v.poll_id = l.id
), inboxes AS (
  SELECT p.activity_id, {_INBOX} AS url
  -- OFFSET 0 keeps the planner from turning this round, to begin with all accounts there are.
  FROM people p JOIN LATERAL (SELECT * FROM accounts a WHERE a.id = p.account_id OFFSET 0) o ON true
  WHERE o.domain IS NOT NULL AND o.deleted_at IS NULL AND o.suspended_at IS NULL
    AND (p.personal OR o.moved_to_uri IS NULL)
  UNION SELECT * FROM unnest($9::bigint[], $10::text[])
  UNION SELECT s.activity_id, d.inbox_url FROM spec s
  JOIN activities b ON b.status_id = s.told_of AND b.id <> s.activity_id
  JOIN deliveries d ON d.activity_id = b.id
  UNION SELECT s.activity_id, t.inbox_url FROM spec s
  JOIN status_fetches t ON t.status_id = s.told_of
  UNION SELECT s.activity_id, y.inbox_url FROM spec s
  JOIN relays y ON s.relayed AND y.state = {ACCEPTED} AND y.sends AND y.style = 'mastodon'
), found AS MATERIALIZED (
  SELECT activity_id, url, lower(split_part(url, '/', 3)) AS host FROM inboxes
  WHERE url LIKE '%://%'
), closed AS MATERIALIZED (
  SELECT h.host FROM (SELECT DISTINCT host FROM found) h WHERE h.host IN ('', $11) OR EXISTS (
    SELECT 1 FROM domain_blocks b WHERE b.severity = 'suspend'
    AND '.' || split_part(h.host, ':', 1) LIKE '%.' || replace(b.domain, '_', '\\_'))
)
INSERT INTO deliveries (activity_id, inbox_url, host, lane, hold)
SELECT i.activity_id, i.url, i.host, s.lane || ' ' || i.url, s.lane || ' ' || i.url
-- NOT IN a small set is looked up; a join would compare every inbox with every other.
FROM found i JOIN spec s USING (activity_id) WHERE i.host NOT IN (SELECT host FROM closed)
ORDER BY i.activity_id, i.url
ON CONFLICT (activity_id, inbox_url) DO UPDATE
SET state = 0, attempts = 0, due_at = now(), ended_at = NULL, reason = NULL, status_code = NULL
WHERE deliveries.state > 1
"""


async def expand(unit: Unit, own_host: str, addressed: Sequence[Addressed]) -> int:
    """Write the deliveries of stored activities; how many there are."""
    if not addressed:
        return 0
    named = [
        (each.activity_id, person, each.reach.personal)
        for each in addressed
        for person in each.reach.people
    ]
    direct = [(each.activity_id, url) for each in addressed for url in each.reach.inboxes]
    return await unit.execute(
        _EXPAND,
        [each.activity_id for each in addressed],
        [each.order for each in addressed],
        [each.reach.followers_of for each in addressed],
        [each.reach.told_of for each in addressed],
        [each.reach.touched for each in addressed],
        [activity for activity, _, _ in named],
        [person for _, person, _ in named],
        [personal for _, _, personal in named],
        [activity for activity, _ in direct],
        [url for _, url in direct],
        own_host,
        [each.reach.relayed for each in addressed],
    )


async def supersede(unit: Unit, status_ids: Sequence[int], kinds: Sequence[str], why: str) -> int:
    """End what nobody has been sent yet about these posts: something newer takes its place.

    Only deliveries that were never tried: of the others nobody knows whether they arrived.
    """
    if not status_ids:
        return 0
    return await unit.execute(
        "UPDATE deliveries d SET state = 3, reason = $3, ended_at = now() FROM activities a"
        " WHERE a.status_id = ANY($1::bigint[]) AND a.type = ANY($2::text[])"
        " AND d.activity_id = a.id AND d.state < 2 AND d.attempts = 0 AND d.lease IS NULL",
        list(status_ids),
        list(kinds),
        why,
    )
