"""People who want to be found, and those whom a member may want to follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

from fedi.core.accounts.queries import find_by_handles
from fedi.core.domains.policy import normalise
from fedi.kit.clock import clock
from fedi.kit.db import Database
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit, Unit

Order = Literal["active", "new"]

# How deep the directory goes, and how long its order is kept: it is open to everybody.
DEEPEST = 1000
_SECONDS = 60.0

_FOUND = (
    "a.discoverable AND a.id > 0 AND a.deleted_at IS NULL AND a.suspended_at IS NULL"
    " AND a.silenced_at IS NULL AND a.moved_to_uri IS NULL"
)
# `a` is somebody, $1 the viewer.
_NOT_SHUT_OUT = """
NOT EXISTS (SELECT 1 FROM blocks x WHERE x.account_id = $1 AND x.target_id = a.id)
AND NOT EXISTS (SELECT 1 FROM blocks x WHERE x.account_id = a.id AND x.target_id = $1)
AND NOT EXISTS (SELECT 1 FROM mutes x WHERE x.account_id = $1 AND x.target_id = a.id)
AND NOT EXISTS (SELECT 1 FROM account_domain_blocks x WHERE x.account_id = $1
  AND x.domain = a.domain)
"""
_LISTED = """
SELECT a.id FROM unnest($2::bigint[]) WITH ORDINALITY AS q(id, n) JOIN accounts a ON a.id = q.id
WHERE $1::bigint IS NULL OR ({rule}) ORDER BY q.n OFFSET $3 LIMIT $4
"""
_candidates: WeakKeyDictionary[Database, dict[tuple[Order, bool], tuple[float, list[int]]]] = (
    WeakKeyDictionary()
)


async def list_directory(
    runtime: Runtime,
    viewer_id: int | None,
    *,
    order: Order,
    local: bool,
    offset: int,
    limit: int,
) -> list[int]:
    """The accounts that want to be found, as of a minute ago at most, without the shut-out ones."""
    ids = await _find_candidates(runtime, order, local=local)
    rows = await runtime.read().fetch(
        _LISTED.format(rule=_NOT_SHUT_OUT), viewer_id, ids, offset, limit
    )
    return [row[0] for row in rows]


async def _find_candidates(runtime: Runtime, order: Order, *, local: bool) -> list[int]:
    kept = _candidates.setdefault(runtime.db, {})
    moment = clock.monotonic()
    found = kept.get((order, local))
    if found is None or found[0] <= moment:
        source = (
            "users u JOIN accounts a ON a.id = u.account_id AND u.approved_at IS NOT NULL"
            " AND u.confirmed_at IS NOT NULL"
            if local
            else "accounts a"
        )
        by = "n.last_status_at DESC NULLS LAST, a.id DESC" if order == "active" else "a.id DESC"
        rows = await runtime.read().fetch(
            f"SELECT a.id FROM {source} JOIN account_stats n ON n.account_id = a.id"
            f" WHERE {_FOUND} AND n.last_status_at IS NOT NULL ORDER BY {by} LIMIT {DEEPEST}"
        )
        found = kept[order, local] = (moment + _SECONDS, [row[0] for row in rows])
    return found[1]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody whom a member may want to follow, and why: `featured` or `friends_of_friends`."""

    account_id: int
    source: Literal["featured", "friends_of_friends"]


# Of each of the newest so many follows, so many newest follows: a bound on the work.
_FRIENDS = 200
_POSSIBLE = f"""
{_FOUND} AND a.id <> $1 AND {_NOT_SHUT_OUT}
AND NOT EXISTS (SELECT 1 FROM follows x WHERE x.account_id = $1 AND x.target_id = a.id)
AND NOT EXISTS (SELECT 1 FROM dismissed_suggestions x WHERE x.account_id = $1
  AND x.target_id = a.id)
"""
_OF_FRIENDS = f"""
SELECT c.id FROM (
  SELECT f.target_id AS id, count(*) AS friends FROM (
    SELECT m.target_id FROM follows m JOIN accounts b ON b.id = m.target_id
    WHERE m.account_id = $1 AND m.accepted AND NOT b.hide_collections
    ORDER BY m.id DESC LIMIT {_FRIENDS}) m
  CROSS JOIN LATERAL (SELECT g.target_id FROM follows g WHERE g.account_id = m.target_id
    AND g.accepted ORDER BY g.id DESC LIMIT {_FRIENDS}) f
  GROUP BY f.target_id) c
JOIN accounts a ON a.id = c.id
WHERE {_POSSIBLE} ORDER BY c.friends DESC, c.id DESC LIMIT $2
"""


async def list_suggestions(
    read: ReadUnit, viewer_id: int, featured: Sequence[str], local_domain: str, limit: int
) -> list[Suggestion]:
    """Whom the admins put forward, then whom those follow most whom the member follows."""
    chosen = await _find_featured(read, viewer_id, featured, local_domain)
    rows = await read.fetch(_OF_FRIENDS, viewer_id, limit)
    found = [Suggestion(account_id, "featured") for account_id in chosen]
    found += [Suggestion(row[0], "friends_of_friends") for row in rows if row[0] not in chosen]
    return found[:limit]


async def _find_featured(
    read: ReadUnit, viewer_id: int, handles: Sequence[str], local_domain: str
) -> list[int]:
    if not handles:
        return []
    pairs = [_split(handle, local_domain) for handle in handles]
    known = await find_by_handles(read, pairs)
    ids = [known[pair].id for pair in pairs if pair in known]
    # Who is put forward by name need not ask to be found.
    rule = _POSSIBLE.replace("a.discoverable AND ", "")
    rows = await read.fetch(_LISTED.format(rule=rule), viewer_id, ids, 0, len(ids))
    return [row[0] for row in rows]


def _split(handle: str, local_domain: str) -> tuple[str, str | None]:
    name, _, domain = handle.strip().lstrip("@").partition("@")
    host = normalise(domain) if domain else ""
    return name, None if host in {"", normalise(local_domain)} else host


async def dismiss_suggestion(unit: Unit, account_id: int, target_id: int) -> None:
    """Do not put somebody forward to this member again."""
    await unit.execute(
        "INSERT INTO dismissed_suggestions (account_id, target_id)"
        " SELECT $1, a.id FROM accounts a WHERE a.id = $2"
        " ON CONFLICT (account_id, target_id) DO NOTHING",
        account_id,
        target_id,
    )


_FAMILIAR = """
SELECT q.id, array(
  SELECT m.target_id FROM follows m
  JOIN follows f ON f.account_id = m.target_id AND f.target_id = q.id AND f.accepted
  JOIN accounts b ON b.id = m.target_id
  WHERE m.account_id = $1 AND m.accepted AND b.deleted_at IS NULL AND b.suspended_at IS NULL
    AND NOT b.hide_collections
  ORDER BY m.id DESC LIMIT 40)
FROM unnest($2::bigint[]) WITH ORDINALITY AS q(id, n) JOIN accounts a ON a.id = q.id
WHERE NOT a.hide_collections AND a.deleted_at IS NULL AND a.suspended_at IS NULL ORDER BY q.n
"""


async def find_familiar(read: ReadUnit, viewer_id: int, ids: Sequence[int]) -> dict[int, list[int]]:
    """Who of those whom a member follows also follows each of these accounts.

    Who keeps this private is neither counted nor told about.
    """
    rows = await read.fetch(_FAMILIAR, viewer_id, list(ids))
    found: dict[int, list[int]] = {row[0]: row[1] for row in rows}
    return {account_id: found.get(account_id, []) for account_id in ids}
