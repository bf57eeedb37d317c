"""A member's own blocks of whole domains: what is there, neither side sees or follows."""

from dataclasses import dataclass

from fedi.core import live
from fedi.core.domains.policy import normalise
from fedi.core.live import Message
from fedi.core.relationships.pairs import Pair, delete_follows, lock_pairs
from fedi.events import FollowEnded, FollowRejected
from fedi.kit.errors import Invalid
from fedi.kit.paging import Page
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit, Unit

# Follows that end in one transaction: each takes a lock.
_AT_ONCE = 500

_FOLLOWS = """
SELECT f.account_id, f.target_id FROM follows f JOIN accounts a ON a.id = f.target_id
  WHERE f.account_id = $1 AND a.domain = $2
UNION ALL
SELECT f.account_id, f.target_id FROM follows f JOIN accounts a ON a.id = f.account_id
  WHERE f.target_id = $1 AND a.domain = $2
LIMIT $3
"""
_FEED = """
DELETE FROM home_entries h USING (
  SELECT e.status_id FROM home_entries e JOIN statuses s ON s.id = e.status_id
  LEFT JOIN statuses o ON o.id = s.reblog_of_id
  JOIN accounts a ON a.id = s.account_id LEFT JOIN accounts b ON b.id = o.account_id
  WHERE e.account_id = $1 AND (a.domain = $2 OR b.domain = $2)) g
WHERE h.account_id = $1 AND h.status_id = g.status_id
"""
_NOTIFICATIONS = """
UPDATE notifications n SET hidden_at = $3 FROM accounts a
WHERE n.account_id = $1 AND n.hidden_at IS NULL AND a.id = n.from_account_id AND a.domain = $2
"""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be lost."""

    followers: int
    following: int


def check_domain(text: str, own: str) -> str:
    """The domain that is meant, in the one spelling in which accounts have it.

    Raises:
        Invalid: it is none, or ours.
    """
    name = normalise(text)
    if not name or len(name) > 256 or "." not in name.strip(".") or name == normalise(own):
        raise Invalid("Validation failed: Domain is not a valid domain name", field="domain")
    return name


async def block_domain(runtime: Runtime, account_id: int, domain: str) -> None:
    """Shut a whole domain out; follows end both ways.

    The block stands from the first transaction on. Follows end in several, since there may be
    thousands; doing it again carries on where an interruption left it.
    """
    async with runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO account_domain_blocks (id, account_id, domain) VALUES ($1, $2, $3)"
            " ON CONFLICT (account_id, domain) DO NOTHING",
            await unit.new_id(),
            account_id,
            domain,
        )
        await unit.execute(_FEED, account_id, domain)
        await unit.execute(_NOTIFICATIONS, account_id, domain, unit.now())
        live.say(unit, [Message("changed", users=(account_id,))])
    more = True
    while more:
        async with runtime.unit() as unit:
            more = await _sever(unit, account_id, domain)


async def _sever(unit: Unit, account_id: int, domain: str) -> bool:
    """End some of the follows; whether there may be more."""
    rows = await unit.fetch(_FOLLOWS, account_id, domain, _AT_ONCE)
    pairs: list[Pair] = [(row["account_id"], row["target_id"]) for row in rows]
    await lock_pairs(unit, pairs)
    gone = await delete_follows(unit, pairs)
    for pair, row in sorted(gone.items()):
        ended = FollowEnded if pair[0] == account_id else FollowRejected
        unit.record(ended(*pair, row["uri"] or "", local=row["local"]))
    return len(pairs) == _AT_ONCE and bool(gone)


async def unblock_domain(unit: Unit, account_id: int, domain: str) -> None:
    """Let a domain in again, if it was shut out; follows do not come back with it."""
    if await unit.execute(
        "DELETE FROM account_domain_blocks WHERE account_id = $1 AND domain = $2",
        account_id,
        domain,
    ):
        live.say(unit, [Message("changed", users=(account_id,))])


async def list_blocked_domains(
    read: ReadUnit, account_id: int, page: Page
) -> list[tuple[int, str]]:
    """The domains that a member shuts out, with the ids of the blocks as cursors."""
    bounds, values = page.bounds_sql("id", 2)
    rows = await read.fetch(
        f"SELECT id, domain FROM account_domain_blocks WHERE account_id = $1{bounds}"
        f" ORDER BY id {page.direction} LIMIT {int(page.limit)}",
        account_id,
        *values,
    )
    return [(row[0], row[1]) for row in page.newest_first(rows)]


async def preview(read: ReadUnit, account_id: int, domain: str) -> Preview:
    """How many follows would end."""
    row = await read.row(
        "SELECT (SELECT count(*) FROM follows f JOIN accounts a ON a.id = f.account_id"
        "   WHERE f.target_id = $1 AND f.accepted AND a.domain = $2),"
        " (SELECT count(*) FROM follows f JOIN accounts a ON a.id = f.target_id"
        "   WHERE f.account_id = $1 AND f.accepted AND a.domain = $2)",
        account_id,
        domain,
    )
    return Preview(*row) if row is not None else Preview(0, 0)
