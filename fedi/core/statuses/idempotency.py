"""One key, one post: what an app asks for twice is made once."""

from datetime import timedelta

from fedi.kit.errors import Invalid, NotFound
from fedi.kit.unit import Unit

KEY_LIFETIME = timedelta(hours=1)

# The key of a request, and a hash of all that it asks for.
Key = tuple[str, bytes]


async def claim_key(unit: Unit, account_id: int, key: Key) -> int | None:
    """Take the key for this request, or give the post (or scheduled one) that was made with it.

    A parallel request stands still at the insert until the first one has committed or failed.

    Raises:
        Invalid: the key was used for another request.
    """
    name, body_hash = key
    now = unit.now()
    taken = await unit.execute(
        "INSERT INTO idempotency_keys (account_id, key, body_hash, created_at)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, key) DO UPDATE SET"
        " body_hash = excluded.body_hash, status_id = NULL, created_at = excluded.created_at"
        " WHERE idempotency_keys.created_at < $5",
        account_id,
        name,
        body_hash,
        now,
        now - KEY_LIFETIME,
    )
    if taken:
        return None
    row = await unit.row(
        "SELECT body_hash, status_id FROM idempotency_keys WHERE account_id = $1 AND key = $2",
        account_id,
        name,
    )
    if row is None or row["status_id"] is None:
        raise NotFound
    if row["body_hash"] != body_hash:
        raise Invalid("Idempotency-Key was already used with another request")
    return row["status_id"]


async def settle_key(unit: Unit, account_id: int, key: Key, made_id: int) -> None:
    """Remember what was made with a key."""
    await unit.execute(
        "UPDATE idempotency_keys SET status_id = $3 WHERE account_id = $1 AND key = $2",
        account_id,
        key[0],
        made_id,
    )
