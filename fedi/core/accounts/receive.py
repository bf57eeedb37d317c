"""What actor documents say, stored in bulk: profiles, addresses, keys, handles.

The documents come from their own origin, or from their owner under a known key; whoever calls this
has made sure of that. Nothing here fetches.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

import asyncpg
from publicsuffixlist import PublicSuffixList

from fedi.ap.authority import host_of
from fedi.ap.vocabulary import Actor
from fedi.core import limits
from fedi.core.accounts import queries, renamed
from fedi.core.accounts.identity import begin_anew
from fedi.core.accounts.links import carry_over
from fedi.core.accounts.receive_keys import replace_keys
from fedi.core.accounts.types import Account
from fedi.core.domains.reachability import advertised, advertised_ed25519
from fedi.core.domains.service import mark_new
from fedi.events import AccountUpdated
from fedi.kit.errors import FediError, Forbidden, Gone, TooMany
from fedi.kit.text import clean_html, plain_text, safe_url, truncate
from fedi.kit.unit import Unit

Handle = tuple[str, str]
Handles = Mapping[str, Handle | None]

MAX_NAME = 200
MAX_FIELDS = 20
_HOUR = timedelta(hours=1)
# The page and the section of it by whose addresses servers say which signatures they verify.
_RFC9421 = "/rfc9421"
_ED25519 = "name-eddsa-using-curve-edwards25"

_VISIBLE = (
    "username", "domain", "handle_verified", "url", "actor_type", "display_name", "note",
    "fields", "emojis", "avatar_url", "header_url", "locked", "bot", "discoverable",
    "indexable", "memorial", "also_known_as", "moved_to_uri", "attribution_domains",
    "hides_public", "hides_unlisted",
)  # fmt: skip
_QUIET = (
    "inbox_url", "shared_inbox_url", "outbox_url", "followers_url", "following_url",
    "featured_url", "featured_tags_url", "moderators_url", "posting_restricted",
)  # fmt: skip
_WRITTEN = (*_VISIBLE, *_QUIET)

_UPSERT = f"""
INSERT INTO accounts AS a (id, uri, created_at, fetched_at, {", ".join(_WRITTEN)})
SELECT x.id, x.uri, x.created_at, $2, {", ".join(f"x.{name}" for name in _WRITTEN)}
FROM jsonb_to_recordset($1) AS x(id bigint, uri text, created_at timestamptz, username text,
  domain text, handle_verified bool, url text, actor_type text, display_name text, note text,
  fields jsonb, emojis jsonb, avatar_url text, header_url text, locked bool, bot bool,
  discoverable bool, indexable bool, memorial bool, also_known_as text[], moved_to_uri text,
  attribution_domains text[],
  inbox_url text, shared_inbox_url text, outbox_url text, followers_url text, following_url text,
  featured_url text, featured_tags_url text, moderators_url text, posting_restricted bool,
  hides_public bool, hides_unlisted bool)
ORDER BY x.uri
ON CONFLICT (uri) DO UPDATE SET fetched_at = excluded.fetched_at,
  revision = a.revision + CASE WHEN ({", ".join(f"a.{name}" for name in _VISIBLE)})
    IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _VISIBLE)}) THEN 1 ELSE 0 END,
  links_checked_at = CASE WHEN a.fields = excluded.fields THEN a.links_checked_at END,
  {", ".join(f"{name} = excluded.{name}" for name in _WRITTEN)}
WHERE a.domain IS NOT NULL AND a.deleted_at IS NULL
RETURNING a.id, a.uri, a.revision
"""

# What an actor says of its own counts, where its document tells.
_COUNTS = """
INSERT INTO account_stats AS n (account_id, origin_statuses_count, origin_followers_count,
  origin_following_count)
SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[])
  AS d(id, statuses, followers, following)
ON CONFLICT (account_id) DO UPDATE SET
  origin_statuses_count = coalesce(excluded.origin_statuses_count, n.origin_statuses_count),
  origin_followers_count = coalesce(excluded.origin_followers_count, n.origin_followers_count),
  origin_following_count = coalesce(excluded.origin_following_count, n.origin_following_count)
WHERE coalesce(excluded.origin_statuses_count, excluded.origin_followers_count,
  excluded.origin_following_count) IS NOT NULL
"""

_KNOWN = """
SELECT q.uri, a.id, a.username, a.domain, a.handle_verified, a.deleted_at, a.revision,
  a.fields, a.id IS NOT NULL AND a.domain IS NULL AS local,
  EXISTS (SELECT 1 FROM tombstones t WHERE t.uri = q.uri AND t.actor_uri = q.uri) AS buried
FROM unnest($1::text[]) AS q(uri) LEFT JOIN accounts a ON a.uri = q.uri
"""


@dataclass(slots=True)
class _Batch:
    """The documents of a batch, and what becomes of each."""

    actors: dict[str, Actor]
    known: dict[str, asyncpg.Record]
    refused: dict[str, FediError] = field(default_factory=dict[str, FediError])
    handles: dict[str, tuple[str, str, bool]] = field(
        default_factory=dict[str, tuple[str, str, bool]]
    )

    def accepted(self) -> list[Actor]:
        """What is to be stored, in a fixed order."""
        return [self.actors[uri] for uri in sorted(self.actors) if uri not in self.refused]


async def receive_actors(
    unit: Unit,
    actors: Sequence[Actor],
    *,
    handles: Handles,
    new_per_hour: int | None = None,
    vouched: Collection[str] = (),
) -> dict[str, Account | FediError]:
    """Store actors, new and known; for each id the account, or why it was not taken.

    Args:
        unit: The transaction.
        actors: At most one document counts for each id, the last.
        handles: By actor id the (user, domain) that both sides confirmed; None where they
            contradict each other. An id that is missing keeps the handle that it has.
        new_per_hour: How many new accounts one registrable domain may bring in an hour.
        vouched: Ids of actors whose new keys, if there are any, an older one has vouched for.
    """
    if not actors:
        return {}
    by_id = {actor.id: actor for actor in actors}
    rows = await unit.fetch(_KNOWN, sorted(by_id))
    batch = _Batch(by_id, {row["uri"]: row for row in rows})
    _refuse_gone(batch)
    if new_per_hour is not None:
        await _refuse_floods(unit, batch, new_per_hour)
    await _settle_handles(unit, batch, handles)
    stored = await _write(unit, batch, vouched)
    found: dict[str, Account | FediError] = dict(batch.refused)
    found.update(await queries.find_by_uris(unit, list(stored)))
    return found


def _refuse_gone(batch: _Batch) -> None:
    for uri, row in batch.known.items():
        if row["local"]:
            batch.refused[uri] = Forbidden("the actor is one of ours")
        elif row["deleted_at"] is not None or row["buried"]:
            batch.refused[uri] = Gone("the actor was deleted")


async def _refuse_floods(unit: Unit, batch: _Batch, most: int) -> None:
    """Hosts are cheap to invent; registrable domains are not."""
    for actor in batch.accepted():
        if batch.known[actor.id]["id"] is not None:
            continue
        domain = registrable_domain(host_of(actor.id) or "")
        counted = await limits.hit(unit, f"new actors of {domain}", _HOUR, unit.now())
        if counted > most:
            batch.refused[actor.id] = TooMany(
                f"too many new accounts from {domain}", retry_after=int(_HOUR.total_seconds())
            )


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=4096)
def registrable_domain(host: str) -> str:
    """What somebody had to register to have this host; for addresses and oddities the host."""
    name = host.partition(":")[0] if not host.startswith("[") else host
    if name.replace(".", "").isdigit() or name.startswith("["):
        return name
    return _suffixes().privatesuffix(name) or name


async def _settle_handles(unit: Unit, batch: _Batch, handles: Handles) -> None:
    """Decide under which name each actor stands; who lost a name to another stands unverified."""
    taken: dict[Handle, str] = {}
    for actor in batch.accepted():
        row = batch.known[actor.id]
        host = host_of(actor.id) or ""
        if actor.id in handles and (confirmed := handles[actor.id]) is not None:
            batch.handles[actor.id] = (confirmed[0], confirmed[1].lower(), True)
        elif actor.id not in handles and row["id"] is not None:
            batch.handles[actor.id] = (row["username"], row["domain"], row["handle_verified"])
        else:
            batch.handles[actor.id] = (actor.username, host, False)
        username, domain, verified = batch.handles[actor.id]
        if verified and taken.setdefault((username.lower(), domain), actor.id) != actor.id:
            batch.handles[actor.id] = (actor.username, host, False)
    lost = await unit.fetch(
        "UPDATE accounts a SET handle_verified = false, fetched_at = NULL,"
        " revision = a.revision + 1,"
        " domain = split_part(a.uri, '/', 3)"
        " FROM unnest($1::text[], $2::text[], $3::text[]) AS h(username, domain, uri)"
        " WHERE lower(a.username) = h.username AND coalesce(a.domain, '') = h.domain"
        " AND a.handle_verified AND a.uri <> h.uri AND a.domain IS NOT NULL"
        " RETURNING a.id, a.uri, h.uri",
        [username for username, _ in taken],
        [domain for _, domain in taken],
        list(taken.values()),
    )
    await renamed.ask_later(unit, [(row[0], row[1], row[2]) for row in lost])


async def _write(unit: Unit, batch: _Batch, vouched: Collection[str]) -> list[str]:
    """Write accounts, counters and keys; the ids of the actors that stand now."""
    accepted = batch.accepted()
    if not accepted:
        return []
    fresh = [actor.id for actor in accepted if batch.known[actor.id]["id"] is None]
    ids = dict(zip(fresh, await unit.new_ids(len(fresh)), strict=True))
    rows = await unit.fetch(
        _UPSERT, [_build_row(unit, batch, actor, ids) for actor in accepted], unit.now()
    )
    await _write_counts(unit, {row["id"]: batch.actors[row["uri"]] for row in rows})
    await _note_abilities(unit, [batch.actors[row["uri"]] for row in rows])
    stored = {row["uri"]: row["id"] for row in rows}
    await mark_new(unit, [stored[uri] for uri in fresh if uri in stored])
    changed = await replace_keys(unit, [(stored[a.id], a) for a in accepted if a.id in stored])
    strangers = {stored[uri]: uri for uri in stored if uri not in vouched}
    await begin_anew(unit, {each: strangers[each] for each in changed if each in strangers})
    for row in sorted(rows, key=lambda row: row["id"]):
        before = batch.known[row["uri"]]["revision"]
        if before is not None and before != row["revision"]:
            unit.record(AccountUpdated(row["id"], local=False))
    return list(stored)


async def _note_abilities(unit: Unit, actors: Iterable[Actor]) -> None:
    """Take servers at their word about the signatures that they verify."""
    newer: set[str] = set()
    edwards: set[str] = set()
    for actor in actors:
        pages = [link.partition("#") for link in actor.implements]
        sections = [section for page, _, section in pages if page.endswith(_RFC9421)]
        if sections:
            newer.add(_host(actor))
        # The section is spelled with one digit or with all of them.
        if any(section.startswith(_ED25519) for section in sections):
            edwards.add(_host(actor))
    await advertised_ed25519(unit, edwards)
    await advertised(unit, newer - edwards)


def _host(actor: Actor) -> str:
    return host_of(actor.id) or ""


async def _write_counts(unit: Unit, actors: Mapping[int, Actor]) -> None:
    ids = sorted(actors)
    await unit.execute(
        _COUNTS,
        ids,
        [actors[each].statuses_count for each in ids],
        [actors[each].followers_count for each in ids],
        [actors[each].following_count for each in ids],
    )


def _build_row(unit: Unit, batch: _Batch, actor: Actor, ids: Mapping[str, int]) -> dict[str, Any]:
    username, domain, verified = batch.handles[actor.id]
    created = min(actor.published or unit.now(), unit.now())
    return {
        "id": ids.get(actor.id) or batch.known[actor.id]["id"],
        "uri": actor.id,
        "created_at": created.isoformat(),
        "username": username,
        "domain": domain,
        "handle_verified": verified,
        "url": safe_url(actor.url),
        "actor_type": actor.type,
        "display_name": truncate(plain_text(actor.name).replace("\n", " "), MAX_NAME),
        "note": clean_html(actor.summary),
        "fields": carry_over(
            [_build_field(name, value) for name, value in actor.fields[:MAX_FIELDS]],
            batch.known[actor.id]["fields"] or (),
        ),
        "emojis": [
            {"shortcode": emoji.shortcode, "url": emoji.url}
            for emoji in actor.emojis
            if safe_url(emoji.url)
        ],
        "avatar_url": safe_url(actor.icon_url),
        "header_url": safe_url(actor.image_url),
        "locked": actor.locked,
        "bot": actor.bot,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "memorial": actor.memorial,
        "also_known_as": list(actor.also_known_as),
        "attribution_domains": list(actor.attribution_domains),
        "moved_to_uri": actor.moved_to,
        "inbox_url": actor.inbox,
        "shared_inbox_url": actor.shared_inbox,
        "outbox_url": actor.outbox,
        "followers_url": actor.followers,
        "following_url": actor.following,
        "featured_url": actor.featured,
        "featured_tags_url": actor.featured_tags,
        "moderators_url": actor.moderators,
        "posting_restricted": actor.posting_restricted,
        "hides_public": actor.hides_public,
        "hides_unlisted": actor.hides_unlisted,
    }


def _build_field(name: str, value: str) -> dict[str, Any]:
    return {
        "name": truncate(plain_text(name), MAX_NAME),
        "value": clean_html(value),
        "source": "",
        "verified_at": None,
    }
