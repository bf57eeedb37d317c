"""The end of an account: all that it made is gone, all that others counted of it is uncounted.

The row stays as a tombstone: its name is never given again, its address answers 410, and what
still arrives in its name has no effect. The keys stay too, for the Delete must be signed, and a
repeated one be recognised.
"""

from fedi.core import follow_counts, urls
from fedi.core.accounts.reach import find_inboxes
from fedi.events import AccessRevoked, AccountDeleted
from fedi.kit.errors import Forbidden, NotFound
from fedi.kit.unit import Unit

# A life's worth of posts takes longer than a request may.
PATIENCE = "SET LOCAL statement_timeout = '10min'"

# The same rules by which these were counted, see core/statuses/counters.py.
_UNCOUNT_POSTS = """
INSERT INTO status_stats AS t (status_id, replies_count, reblogs_count, favourites_count,
  reactions_count)
SELECT x.id, -sum(x.replies), -sum(x.reblogs), -sum(x.favourites), -sum(x.reactions) FROM (
  SELECT in_reply_to_id AS id, 1 AS replies, 0 AS reblogs, 0 AS favourites, 0 AS reactions
    FROM statuses WHERE account_id = $1 AND in_reply_to_id IS NOT NULL AND visibility <= 1
  UNION ALL SELECT reblog_of_id, 0, 1, 0, 0 FROM statuses
    WHERE account_id = $1 AND reblog_of_id IS NOT NULL
  UNION ALL SELECT status_id, 0, 0, 1, 0 FROM favourites WHERE account_id = $1
  UNION ALL SELECT status_id, 0, 0, 0, 1 FROM status_reactions WHERE account_id = $1
) x GROUP BY x.id ORDER BY x.id
ON CONFLICT (status_id) DO UPDATE SET
  replies_count = t.replies_count + excluded.replies_count,
  reblogs_count = t.reblogs_count + excluded.reblogs_count,
  favourites_count = t.favourites_count + excluded.favourites_count,
  reactions_count = t.reactions_count + excluded.reactions_count
"""
# Boosts by others end with what they boosted.
_UNCOUNT_BOOSTERS = """
INSERT INTO account_stats AS n (account_id, statuses_count)
SELECT b.account_id, -count(*) FROM statuses b JOIN statuses s ON s.id = b.reblog_of_id
WHERE s.account_id = $1 AND b.account_id <> $1 AND b.visibility < 3
GROUP BY b.account_id ORDER BY b.account_id
ON CONFLICT (account_id) DO UPDATE SET statuses_count = n.statuses_count + excluded.statuses_count
"""
_TOMBSTONES = """
INSERT INTO tombstones (uri, actor_uri, deleted_at)
SELECT u.uri, $2, $3 FROM (
  SELECT $2::text AS uri UNION SELECT uri FROM statuses WHERE account_id = $1 AND local
) u ORDER BY u.uri ON CONFLICT (uri, actor_uri) DO NOTHING
"""
_LEAVE_HOMES = """
DELETE FROM home_entries h USING follows f, statuses s
WHERE f.target_id = $1 AND f.local AND h.account_id = f.account_id
  AND s.account_id = $1 AND h.status_id = s.id
"""
_PURGES = (
    _LEAVE_HOMES,
    "DELETE FROM home_entries WHERE account_id = $1",
    "DELETE FROM notifications WHERE account_id = $1 OR from_account_id = $1",
    "DELETE FROM favourites WHERE account_id = $1",
    "DELETE FROM status_reactions WHERE account_id = $1",
    "DELETE FROM bookmarks WHERE account_id = $1",
    "DELETE FROM statuses WHERE account_id = $1",
    "DELETE FROM blocks WHERE account_id = $1 OR target_id = $1",
    "DELETE FROM mutes WHERE account_id = $1 OR target_id = $1",
    "DELETE FROM idempotency_keys WHERE account_id = $1",
)


async def delete_account(unit: Unit, account_id: int) -> bool:
    """Delete an account, local or remote, for good; False if it was gone already.

    Raises:
        NotFound: there is no such account.
        Forbidden: it is the server's own.
    """
    if account_id == urls.INSTANCE_ACTOR_ID:
        raise Forbidden("The server's own account cannot be deleted")
    row = await unit.row(
        "SELECT uri, domain IS NULL AS local, deleted_at FROM accounts WHERE id = $1 FOR UPDATE",
        account_id,
    )
    if row is None:
        raise NotFound
    if row["deleted_at"] is not None:
        return False
    await unit.execute(PATIENCE)
    inboxes = await find_inboxes(unit, account_id) if row["local"] else ()
    await unit.execute(_TOMBSTONES, account_id, row["uri"], unit.now())
    await unit.execute(_UNCOUNT_POSTS, account_id)
    await unit.execute(_UNCOUNT_BOOSTERS, account_id)
    for statement in _PURGES:
        await unit.execute(statement, account_id)
    await _end_follows(unit, account_id)
    await _end_user(unit, account_id)
    await _blank(unit, account_id)
    unit.record(AccountDeleted(account_id, row["uri"], row["local"], inboxes))
    return True


async def _end_follows(unit: Unit, account_id: int) -> None:
    rows = await unit.fetch(
        "DELETE FROM follows WHERE account_id = $1 OR target_id = $1"
        " RETURNING account_id, target_id, accepted",
        account_id,
    )
    ended = [(row["account_id"], row["target_id"]) for row in rows if row["accepted"]]
    await follow_counts.end(unit, ended)


async def _end_user(unit: Unit, account_id: int) -> None:
    """The member goes with everything that lets them in; open streams must hear of it."""
    user_id = await unit.value("DELETE FROM users WHERE account_id = $1 RETURNING id", account_id)
    if user_id is not None:
        unit.record(AccessRevoked(user_id))


async def _blank(unit: Unit, account_id: int) -> None:
    await unit.execute(
        "UPDATE accounts SET deleted_at = $2, display_name = '', note = '', note_source = '',"
        " fields = '[]', emojis = '[]', avatar_url = NULL, header_url = NULL, also_known_as = '{}',"
        " moved_to_uri = NULL, revision = revision + 1 WHERE id = $1",
        account_id,
        unit.now(),
    )
    await unit.execute(
        "UPDATE account_stats SET statuses_count = 0, followers_count = 0, following_count = 0,"
        " origin_statuses_count = NULL, origin_followers_count = NULL,"
        " origin_following_count = NULL, last_status_at = NULL WHERE account_id = $1",
        account_id,
    )
