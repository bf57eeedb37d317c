"""A first look at somebody elsewhere: their newest posts and pins, at most once a day."""

from datetime import timedelta

from fedi.kit.unit import ReadUnit, Unit

DAY = timedelta(days=1)

_DUE = """
a.domain IS NOT NULL AND a.deleted_at IS NULL AND a.suspended_at IS NULL
  AND (a.outbox_read_at IS NULL OR a.outbox_read_at < $2)
"""
_ASK = f"""
WITH due AS (
  UPDATE accounts a SET outbox_read_at = $3 WHERE a.id = ANY($1::bigint[]) AND {_DUE}
  RETURNING a.id, lower(split_part(a.uri, '/', 3)) AS host
)
INSERT INTO chores (kind, key, host) SELECT 'look_at_account', d.id::text, d.host FROM due d
ON CONFLICT (kind, key) WHERE state < 2 DO NOTHING
"""


async def is_look_due(read: ReadUnit, account_id: int) -> bool:
    """Whether nobody here has looked at this profile for a day."""
    found: bool | None = await read.value(
        f"SELECT {_DUE} FROM accounts a WHERE a.id = $1", account_id, read.now() - DAY
    )
    return bool(found)


async def ask_for_profiles(unit: Unit, account_ids: list[int]) -> None:
    """Have the newest posts and the pins of accounts read at their origins."""
    moment = unit.now()
    if await unit.execute(_ASK, account_ids, moment - DAY, moment):
        unit.ring("chores")
