"""Everybody elsewhere who may have something of a member: they hear of changes to the account.

What was delivered is in the ledger for a while; after that whoever has to do with the account, or
has fetched a post of it, still counts.
"""

from fedi.kit.unit import Unit

_INBOXES = """
SELECT DISTINCT coalesce(a.shared_inbox_url, a.inbox_url) AS inbox FROM accounts a
WHERE a.domain IS NOT NULL AND a.inbox_url <> '' AND a.deleted_at IS NULL
  AND a.suspended_at IS NULL AND a.id IN (
    SELECT account_id FROM follows WHERE target_id = $1
    UNION SELECT target_id FROM follows WHERE account_id = $1
    UNION SELECT m.account_id FROM status_mentions m JOIN statuses s ON s.id = m.status_id
      WHERE s.account_id = $1
    UNION SELECT o.account_id FROM statuses o JOIN statuses s ON s.id = o.reblog_of_id
      WHERE s.account_id = $1
    UNION SELECT o.account_id FROM statuses o JOIN statuses s ON s.id = o.in_reply_to_id
      WHERE s.account_id = $1
    UNION SELECT f.account_id FROM favourites f JOIN statuses s ON s.id = f.status_id
      WHERE s.account_id = $1
    UNION SELECT o.account_id FROM favourites f JOIN statuses o ON o.id = f.status_id
      WHERE f.account_id = $1
    UNION SELECT o.account_id FROM statuses s JOIN statuses o ON o.id = s.reblog_of_id
      WHERE s.account_id = $1
    UNION SELECT s.in_reply_to_account_id FROM statuses s WHERE s.account_id = $1
  )
UNION SELECT t.inbox_url FROM statuses s JOIN status_fetches t ON t.status_id = s.id
WHERE s.account_id = $1
UNION SELECT d.inbox_url FROM activities c JOIN deliveries d ON d.activity_id = c.id
WHERE c.account_id = $1
UNION SELECT inbox_url FROM relays WHERE state = 1 AND sends
ORDER BY inbox
"""


async def find_inboxes(unit: Unit, account_id: int) -> tuple[str, ...]:
    """The inboxes, each once."""
    return tuple(row["inbox"] for row in await unit.fetch(_INBOXES, account_id))
