"""Cutting other servers off, and letting them back.

A suspended domain's accounts are suspended with the very moment of the block, so that lifting the
block brings back exactly those and nobody whom somebody suspended for reasons of their own.
"""

import dataclasses
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from fedi.core import follow_counts
from fedi.core.domains.policy import SEVERITIES, SUSPEND, normalise, parents
from fedi.events import DomainBlocked
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit, Unit

_MINE = """
(lower(a.domain) = b.domain OR lower(a.domain) LIKE '%.' || b.domain
 OR split_part(split_part(a.uri, '/', 3), ':', 1) = b.domain
 OR split_part(split_part(a.uri, '/', 3), ':', 1) LIKE '%.' || b.domain)
"""
_MARK = (
    """
UPDATE accounts a SET suspended_at = CASE WHEN b.severity = 'suspend'
    THEN coalesce(a.suspended_at, b.created_at) ELSE a.suspended_at END,
  silenced_at = CASE WHEN b.severity = 'silence'
    THEN coalesce(a.silenced_at, b.created_at) ELSE a.silenced_at END,
  media_rejected = a.media_rejected OR b.reject_media,
  forced_sensitive = a.forced_sensitive OR b.force_sensitive,
  revision = a.revision + 1
FROM domain_blocks b WHERE a.domain IS NOT NULL AND {which} AND """
    + _MINE
)
_MARK_ALL = _MARK.format(which="b.domain = ANY($1::text[])")
_MARK_NEW = _MARK.format(which="a.id = ANY($1::bigint[])")
_UNMARK = (
    """
UPDATE accounts a SET suspended_at = nullif(a.suspended_at, b.created_at),
  silenced_at = nullif(a.silenced_at, b.created_at), media_rejected = false,
  forced_sensitive = false, revision = a.revision + 1
FROM domain_blocks b WHERE a.domain IS NOT NULL AND b.domain = $1
  AND (a.suspended_at = b.created_at OR a.silenced_at = b.created_at OR a.media_rejected
    OR a.forced_sensitive) AND """
    + _MINE
)
_SEVER = (
    """
DELETE FROM follows f USING accounts a, domain_blocks b
WHERE (f.account_id = a.id OR f.target_id = a.id) AND a.domain IS NOT NULL AND b.domain = $1
  AND """
    + _MINE
    + """
RETURNING f.account_id, f.target_id, f.accepted, f.local
"""
)
# These look at every account once; admins wait for them, nobody else does.
_PATIENCE = "SET LOCAL statement_timeout = '10min'"


_COLUMNS = (
    "id, domain, severity, reject_media, reject_reports, force_sensitive, obfuscate,"
    " comment, public_comment, created_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What shall hold for another server and everything below its name."""

    severity: str = SUSPEND
    reject_media: bool = False
    reject_reports: bool = False
    force_sensitive: bool = False
    obfuscate: bool = False
    # For admins, and for everybody.
    comment: str = ""
    public_comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainBlock(Rule):
    """A rule that holds."""

    id: int
    domain: str
    created_at: datetime


async def block(unit: Unit, domain: str, rule: Rule | None = None, *, own: str = "") -> DomainBlock:
    """Make a rule for a domain, or change the one that is there.

    `own` is our own host, which cannot be meant.

    Raises:
        Invalid: it is no domain, or ours, or the severity is none.
    """
    rule = rule or Rule()
    name = check_domain(domain, own)
    if rule.severity not in SEVERITIES:
        raise Invalid(f"severity must be one of: {', '.join(SEVERITIES)}", field="severity")
    await unit.execute(_PATIENCE)
    if await find_block(unit, name) is not None:
        await _unmark(unit, name)
    values = dataclasses.astuple(rule)
    rows = await unit.fetch(
        "INSERT INTO domain_blocks (domain, severity, reject_media, reject_reports,"
        " force_sensitive, obfuscate, comment, public_comment, created_at, id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (domain) DO UPDATE"
        " SET severity = excluded.severity, reject_media = excluded.reject_media,"
        " reject_reports = excluded.reject_reports, force_sensitive = excluded.force_sensitive,"
        " obfuscate = excluded.obfuscate, comment = excluded.comment,"
        f" public_comment = excluded.public_comment RETURNING {_COLUMNS}",
        name,
        *values,
        unit.now(),
        await unit.new_id(),
    )
    await unit.execute(_MARK_ALL, [name])
    if rule.severity == SUSPEND:
        gone = await unit.fetch(_SEVER, name)
        await follow_counts.end(
            unit, [(r["account_id"], r["target_id"]) for r in gone if r["accepted"]]
        )
        unit.record(DomainBlocked(name, *_losses(gone)))
    return DomainBlock(**rows[0])


def check_domain(domain: str, own: str = "") -> str:
    """A domain in the spelling of the lists.

    Raises:
        Invalid: it is none, or ours.
    """
    name = normalise(domain)
    if not name or (own and name == normalise(own)):
        raise Invalid(f"{domain!r} is no domain that could be meant", field="domain")
    return name


def _losses(gone: Sequence[asyncpg.Record]) -> tuple[tuple[int, ...], ...]:
    """Members, how many followers each lost, and how many whom they followed."""
    followers, following = Counter[int](), Counter[int]()
    for row in gone:
        if row["accepted"] and row["local"]:
            following[row["account_id"]] += 1
        elif row["accepted"]:
            followers[row["target_id"]] += 1
    members = tuple(sorted({*followers, *following}))
    return members, tuple(followers[m] for m in members), tuple(following[m] for m in members)


async def unblock(unit: Unit, domain: str) -> DomainBlock:
    """Lift a block; accounts and posts come back, follows must be made anew.

    Raises:
        NotFound: there is no such block.
    """
    name = normalise(domain)
    known = await find_block(unit, name)
    if known is None:
        raise NotFound(f"{domain} is not blocked")
    await unit.execute(_PATIENCE)
    await _unmark(unit, name)
    await unit.execute("DELETE FROM domain_blocks WHERE domain = $1", name)
    return known


async def _unmark(unit: Unit, name: str) -> None:
    """Bring back what this block hid and no other block hides as well."""
    await unit.execute(_UNMARK, name)
    others = await unit.fetch(
        "SELECT domain FROM domain_blocks WHERE domain <> $1"
        " AND (domain LIKE '%.' || $1 OR $1 LIKE '%.' || domain)",
        name,
    )
    if others:
        await unit.execute(_MARK_ALL, [row["domain"] for row in others])


async def mark_new(unit: Unit, account_ids: Sequence[int]) -> None:
    """Hold accounts that came just now to the rules for their domains."""
    if account_ids:
        await unit.execute(_MARK_NEW, list(account_ids))


async def find_block(read: ReadUnit, domain: str) -> DomainBlock | None:
    """The rule for exactly this domain."""
    row = await read.row(
        f"SELECT {_COLUMNS} FROM domain_blocks WHERE domain = $1", normalise(domain)
    )
    return DomainBlock(**row) if row is not None else None


async def find_unreported(read: ReadUnit, hosts: Collection[str]) -> set[str]:
    """Those of these hosts whose reports are not wanted, by a rule for them or a name above."""
    names = {name for host in hosts for name in parents(host)}
    rows = await read.fetch(
        "SELECT domain FROM domain_blocks WHERE reject_reports AND domain = ANY($1::text[])",
        sorted(names),
    )
    unwanted = {row["domain"] for row in rows}
    return {host for host in hosts if not unwanted.isdisjoint(parents(host))}


async def get_block(read: ReadUnit, block_id: int) -> DomainBlock:
    """The rule with this id.

    Raises:
        NotFound: there is none.
    """
    row = await read.row(f"SELECT {_COLUMNS} FROM domain_blocks WHERE id = $1", block_id)
    if row is None:
        raise NotFound
    return DomainBlock(**row)


async def list_blocks(read: ReadUnit) -> list[DomainBlock]:
    """All rules, by name."""
    rows = await read.fetch(f"SELECT {_COLUMNS} FROM domain_blocks ORDER BY domain")
    return [DomainBlock(**row) for row in rows]


async def page_blocks(read: ReadUnit, page: Page) -> list[DomainBlock]:
    """A page of rules, the newest first."""
    bounds, values = page.bounds_sql("id", 1)
    rows = await read.fetch(
        f"SELECT {_COLUMNS} FROM domain_blocks WHERE true{bounds}"
        f" ORDER BY id {page.direction} LIMIT {int(page.limit)}",
        *values,
    )
    return page.newest_first([DomainBlock(**row) for row in rows])
