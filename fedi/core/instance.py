"""The server itself: the names that it can never change, its own actor, and its figures."""

import asyncio
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from fedi.config import Settings
from fedi.core import urls
from fedi.core.key_pairs import KeyPair, generate_pair, store_pair
from fedi.kit.clock import clock
from fedi.kit.db import Database
from fedi.kit.errors import FediError
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit, Unit

_STATS_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class InstanceStats:
    """How big the server is."""

    users: int
    statuses: int
    domains: int
    active_month: int
    active_half_year: int


async def ensure_instance(runtime: Runtime) -> None:
    """Make sure that this database belongs to these names, and that the instance actor is there.

    Called at the start of every process, so that it costs one statement when all is in order.

    Raises:
        FediError: the database belongs to another domain.
    """
    settings = runtime.settings
    wanted = {
        "domain": settings.domain,
        "handle_domain": settings.handle_domain,
        "origin": settings.origin,
    }
    row = await runtime.db.row(
        "SELECT (SELECT value FROM instance_settings WHERE key = 'names') AS names,"
        " EXISTS (SELECT 1 FROM account_keys WHERE account_id = $1) AS actor",
        urls.INSTANCE_ACTOR_ID,
    )
    if row is not None and row["actor"]:
        _check_names(row["names"] or {}, wanted)
        return
    pair = await asyncio.to_thread(generate_pair)
    async with runtime.unit() as unit:
        # Several processes may start at once; one of them does this, and the others see it done.
        await unit.fetch("SELECT pg_advisory_xact_lock(hashtext('fedi instance'))")
        stored = await unit.value("SELECT value FROM instance_settings WHERE key = 'names'")
        _check_names(stored or {}, wanted)
        await unit.execute(
            "INSERT INTO instance_settings (key, value) VALUES ('names', $1)"
            " ON CONFLICT (key) DO NOTHING",
            wanted,
        )
        await _create_actor(unit, settings, pair)


def _check_names(stored: dict[str, Any], wanted: dict[str, str]) -> None:
    for name, what in (("domain", "domain"), ("handle_domain", "handle domain")):
        if name in stored and stored[name] != wanted[name]:
            raise FediError(
                f"This database belongs to the {what} {stored[name] or '(none)'} and cannot become"
                f" {wanted[name] or '(none)'}: every account, post and follower out there knows the"
                " server by it. Start with the old name, or with an empty database."
            )


async def _create_actor(unit: Unit, settings: Settings, pair: KeyPair) -> None:
    """The actor that signs for the server as a whole; it exists once."""
    actor = urls.actor_uri(settings.origin, urls.INSTANCE_ACTOR_ID)
    inserted = await unit.execute(
        "INSERT INTO accounts (id, username, domain, uri, url, actor_type, bot, inbox_url,"
        " shared_inbox_url, outbox_url) VALUES ($1, $2, NULL, $3, $4, 'Application', true, $5, $6,"
        " $7) ON CONFLICT (id) DO NOTHING",
        urls.INSTANCE_ACTOR_ID,
        settings.local_domain,
        actor,
        f"{settings.origin}/",
        urls.inbox_url(actor),
        urls.shared_inbox_url(settings.origin),
        urls.outbox_url(actor),
    )
    if inserted:
        await unit.execute(
            "INSERT INTO account_stats (account_id) VALUES ($1)"
            " ON CONFLICT (account_id) DO NOTHING",
            urls.INSTANCE_ACTOR_ID,
        )
        await store_pair(unit, settings.secret, urls.INSTANCE_ACTOR_ID, actor, pair)


_STATS = """
SELECT
  (SELECT count(*) FROM users u JOIN accounts a ON a.id = u.account_id
    WHERE a.deleted_at IS NULL AND u.confirmed_at IS NOT NULL) AS users,
  (SELECT coalesce(sum(n.statuses_count), 0)::bigint FROM users u
    JOIN account_stats n ON n.account_id = u.account_id) AS statuses,
  (SELECT count(DISTINCT domain) FROM accounts WHERE domain IS NOT NULL) AS domains,
  (SELECT count(*) FROM users u JOIN account_stats n ON n.account_id = u.account_id
    WHERE greatest(n.last_status_at, u.last_sign_in_at) > $1::timestamptz - interval '30 days')
    AS active_month,
  (SELECT count(*) FROM users u JOIN account_stats n ON n.account_id = u.account_id
    WHERE greatest(n.last_status_at, u.last_sign_in_at) > $1::timestamptz - interval '180 days')
    AS active_half_year
"""
# Two instances may live in one interpreter, so the figures hang on what they were read through.
_stats: WeakKeyDictionary[Database, tuple[float, InstanceStats]] = WeakKeyDictionary()


async def instance_stats(runtime: Runtime) -> InstanceStats:
    """How big the server is, as of five minutes ago at most."""
    moment = clock.monotonic()
    kept = _stats.get(runtime.db)
    if kept is not None and kept[0] > moment:
        return kept[1]
    found = await count_instance(runtime.read())
    _stats[runtime.db] = (moment + _STATS_SECONDS, found)
    return found


# Blocked servers are none of them: their accounts are suspended.
_PEERS = """
SELECT DISTINCT domain FROM accounts
WHERE domain IS NOT NULL AND suspended_at IS NULL AND deleted_at IS NULL
ORDER BY domain LIMIT 20000
"""
_CONTACT = """
SELECT u.account_id FROM users u JOIN accounts a ON a.id = u.account_id
WHERE u.role = 'owner' AND u.disabled_at IS NULL AND a.suspended_at IS NULL AND a.deleted_at IS NULL
ORDER BY u.id LIMIT 1
"""
_peers: WeakKeyDictionary[Database, tuple[float, list[str]]] = WeakKeyDictionary()


async def list_peers(runtime: Runtime) -> list[str]:
    """The servers that we know, as of five minutes ago at most."""
    moment = clock.monotonic()
    kept = _peers.get(runtime.db)
    if kept is None or kept[0] <= moment:
        found = [row[0] for row in await runtime.read().fetch(_PEERS)]
        kept = _peers[runtime.db] = (moment + _STATS_SECONDS, found)
    return kept[1]


async def find_contact_id(read: ReadUnit) -> int | None:
    """The account to turn to: that of the first owner."""
    return await read.value(_CONTACT)


async def count_instance(read: ReadUnit) -> InstanceStats:
    """How big the server is, counted now."""
    row = await read.row(_STATS, read.now())
    return InstanceStats(*row) if row is not None else InstanceStats(0, 0, 0, 0, 0)
