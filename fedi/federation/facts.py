"""Selects for everything we render: one statement for any number of actors, posts or boosts."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import asyncpg

from fedi.core import urls
from fedi.core.media.links import file_url
from fedi.core.statuses.policy import federated_sql
from fedi.core.statuses.quotes import ACCEPTED, PENDING
from fedi.federation.render.facts import (
    ActorFacts,
    BoostFacts,
    KeyFacts,
    Mention,
    NoteFacts,
    PollFacts,
    QuoteFacts,
)
from fedi.kit import clock
from fedi.kit.errors import NotFound
from fedi.kit.nets import attempt
from fedi.kit.unit import ReadUnit

_log = logging.getLogger("fedi.federation")


@dataclass(frozen=True, slots=True)
class Home:
    """Where we live: the origin of our URLs and the domain of our handles."""

    origin: str
    handle_domain: str

    def file(self, key: str) -> str:
        """The address of a file in our own store."""
        return file_url(self.origin, key)


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a follow, like or block."""

    id: int
    uri: str
    is_local: bool


_ACTORS = """
SELECT a.id, a.uri, a.url, a.username, a.actor_type, a.display_name, a.note, a.fields, a.emojis,
       a.avatar_key, a.header_key, a.avatar_description, a.header_description,
       a.locked, a.discoverable, a.indexable, a.memorial,
       a.suspended_at, a.deleted_at, a.also_known_as, a.moved_to_uri, a.created_at,
       a.posting_restricted,
       (SELECT jsonb_agg(jsonb_build_array(k.key_id, k.kind, k.public_key)
                ORDER BY coalesce(k.signs_from, k.created_at) > now(), k.signs_from DESC NULLS LAST)
        FROM account_keys k WHERE k.account_id = a.id AND k.private_key IS NOT NULL) AS keys
FROM accounts a WHERE a.id = ANY($1::bigint[]) AND a.domain IS NULL
"""

_NOTES = f"""
SELECT s.id, s.uri, s.url, s.account_id, a.uri AS author_uri, a.indexable, s.visibility, s.content,
       s.text, s.spoiler_text, s.sensitive, s.language, s.created_at, s.edited_at,
       s.in_reply_to_uri, s.in_reply_to_account_id, s.in_reply_to_id, s.context_uri, s.tags,
       s.emojis, s.attachments, s.content_type, s.is_article, s.quote_policy, s.quote_manual,
       s.interaction_policy,
       CASE WHEN s.approval = 1 THEN s.approval_uri END AS allowed_by, p.uri AS parent_uri,
       s.group_id, h.uri AS group_uri, h.username AS group_name, h.domain AS group_domain,
       coalesce(t.favourites_count, 0) AS favourites_count,
       coalesce(t.reblogs_count, 0) AS reblogs_count,
       l.options, l.tallies, l.multiple, l.hide_totals, l.expires_at,
       l.voters_count, q.approval_uri, o.uri AS quoted_uri, coalesce(o.url, o.uri) AS quoted_url,
       (SELECT jsonb_agg(jsonb_build_array(m.account_id::text, w.uri, w.username, w.domain,
                                           m.silent) ORDER BY m.account_id)
        FROM status_mentions m JOIN accounts w ON w.id = m.account_id
        WHERE m.status_id = s.id) AS mentions
FROM statuses s JOIN accounts a ON a.id = s.account_id
LEFT JOIN statuses p ON p.id = s.in_reply_to_id
LEFT JOIN accounts h ON h.id = s.group_id AND h.actor_type = 'Group' AND h.deleted_at IS NULL
LEFT JOIN status_stats t ON t.status_id = s.id
LEFT JOIN polls l ON l.id = s.poll_id
LEFT JOIN quotes q ON q.id = s.quote_id AND q.state IN ({PENDING}, {ACCEPTED})
LEFT JOIN statuses o ON o.id = q.quoted_status_id AND {federated_sql("o")}
WHERE s.id = ANY($1::bigint[]) AND s.local AND s.reblog_of_id IS NULL AND {{leaves}}
"""
# What still waits for somebody's word is shown to nobody else; whoever is asked gets it from us.
_LEAVES = {False: federated_sql("s"), True: "NOT s.local_only"}

_SELF_REPLIES_SHOWN = 5
_SELF_REPLIES = f"""
SELECT n.id, array_agg(r.uri ORDER BY r.id) AS uris
FROM statuses n CROSS JOIN LATERAL (
  SELECT s.id, s.uri FROM statuses s
  WHERE s.in_reply_to_id = n.id AND s.account_id = n.account_id AND s.visibility < 2
    AND {federated_sql("s")}
  ORDER BY s.id LIMIT {_SELF_REPLIES_SHOWN}
) r
WHERE n.id = ANY($1::bigint[]) GROUP BY n.id
"""

_GRAVE = """
SELECT a.actor_type,
       coalesce(a.deleted_at, (SELECT min(deleted_at) FROM tombstones WHERE uri = $1)) AS deleted_at
FROM (SELECT $1::text AS uri) q LEFT JOIN accounts a ON a.uri = q.uri AND a.domain IS NULL
"""

_BOOSTS = f"""
SELECT s.id, s.uri, s.account_id, a.uri AS author_uri, s.visibility, s.created_at,
       CASE WHEN s.approval = 1 THEN s.approval_uri END AS allowed_by,
       o.uri AS object_uri, o.account_id AS object_author_id, b.uri AS object_author_uri
FROM statuses s JOIN accounts a ON a.id = s.account_id
JOIN statuses o ON o.id = s.reblog_of_id JOIN accounts b ON b.id = o.account_id
WHERE s.id = ANY($1::bigint[]) AND s.local AND {{leaves}} AND {federated_sql("o")}
"""


async def load_actors(read: ReadUnit, home: Home, ids: Sequence[int]) -> dict[int, ActorFacts]:
    """Local actors by id."""
    rows = await read.fetch(_ACTORS, list(ids)) if ids else []
    return {row["id"]: _actor(row, home) for row in rows}


async def load_notes(
    read: ReadUnit, home: Home, ids: Sequence[int], *, waiting: bool = False
) -> dict[int, NoteFacts]:
    """Local posts by id; boosts are not among them, and what waits only if it is asked for."""
    rows = await read.fetch(_NOTES.format(leaves=_LEAVES[waiting]), list(ids)) if ids else []
    return {row["id"]: _note(row, home) for row in rows}


async def load_served_notes(read: ReadUnit, home: Home, ids: Sequence[int]) -> dict[int, NoteFacts]:
    """Local posts by id, with the first of their authors' own answers: for those who fetch."""
    found = await read.fetch(_NOTES.format(leaves=_LEAVES[False]), list(ids)) if ids else []
    notes = {row["id"]: note for row in found if (note := _try_note(row, home)) is not None}
    rows = await read.fetch(_SELF_REPLIES, list(notes)) if notes else []
    answered = {
        row["id"]: replace(notes[row["id"]], self_replies=tuple(row["uris"])) for row in rows
    }
    return {**notes, **answered}


async def find_grave(read: ReadUnit, uri: str) -> tuple[str, datetime | None]:
    """What a deleted thing of ours was, and since when it is gone."""
    row = await read.row(_GRAVE, uri)
    if row is None:
        raise NotFound
    # The id of a boost is that of an activity; everything else that we bury is a post.
    kind = "Announce" if uri.endswith("/activity") else "Note"
    return row["actor_type"] or kind, row["deleted_at"]


async def load_boosts(
    read: ReadUnit, ids: Sequence[int], *, waiting: bool = False
) -> dict[int, BoostFacts]:
    """Local boosts by id; what waits only if it is asked for."""
    rows = await read.fetch(_BOOSTS.format(leaves=_LEAVES[waiting]), list(ids)) if ids else []
    return {
        row["id"]: BoostFacts(
            id=row["id"],
            uri=row["uri"],
            author_id=row["account_id"],
            author_uri=row["author_uri"],
            followers_uri=urls.followers_url(row["author_uri"]),
            visibility=row["visibility"],
            created_at=row["created_at"],
            object_uri=row["object_uri"],
            object_author_id=row["object_author_id"],
            object_author_uri=row["object_author_uri"],
            allowed_by=row["allowed_by"],
        )
        for row in rows
    }


async def load_parties(read: ReadUnit, ids: Iterable[int]) -> dict[int, Party]:
    """Accounts of either kind by id."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    rows = await read.fetch(
        "SELECT id, uri, domain IS NULL AS is_local FROM accounts WHERE id = ANY($1::bigint[])",
        wanted,
    )
    return {row["id"]: Party(row["id"], row["uri"], row["is_local"]) for row in rows}


def _actor(row: asyncpg.Record, home: Home) -> ActorFacts:
    keys: list[list[str]] = row["keys"] or []
    return ActorFacts(
        id=row["id"],
        uri=row["uri"],
        url=row["url"] or row["uri"],
        username=row["username"],
        handle_domain=home.handle_domain,
        origin=home.origin,
        actor_type=row["actor_type"],
        display_name=row["display_name"],
        note=row["note"],
        fields=tuple(row["fields"]),
        emojis=_emojis(row, home),
        avatar_url=_file(home, row["avatar_key"]),
        header_url=_file(home, row["header_key"]),
        avatar_description=row["avatar_description"],
        header_description=row["header_description"],
        locked=row["locked"],
        discoverable=row["discoverable"],
        indexable=row["indexable"],
        memorial=row["memorial"],
        suspended=row["suspended_at"] is not None,
        deleted=row["deleted_at"] is not None,
        also_known_as=tuple(row["also_known_as"]),
        moved_to_uri=row["moved_to_uri"],
        created_at=row["created_at"],
        keys=tuple(KeyFacts(*key) for key in keys),
        posting_restricted=row["posting_restricted"],
    )


def _file(home: Home, key: str | None) -> str | None:
    return file_url(home.origin, key) if key else None


def _try_note(row: asyncpg.Record, home: Home) -> NoteFacts | None:
    return attempt(_log, "post %d is not served", row["id"], _note, row, home)


def _note(row: asyncpg.Record, home: Home) -> NoteFacts:
    mentions: list[list[Any]] = row["mentions"] or []
    context = row["context_uri"]
    if context is None and row["in_reply_to_uri"] is None and row["in_reply_to_id"] is None:
        context = urls.context_uri(home.origin, row["id"])
    return NoteFacts(
        id=row["id"],
        uri=row["uri"],
        url=row["url"] or row["uri"],
        origin=home.origin,
        author_id=row["account_id"],
        author_uri=row["author_uri"],
        followers_uri=urls.followers_url(row["author_uri"]),
        visibility=row["visibility"],
        content=row["content"],
        text=row["text"],
        spoiler_text=row["spoiler_text"],
        sensitive=row["sensitive"],
        language=row["language"],
        created_at=row["created_at"],
        edited_at=row["edited_at"],
        in_reply_to_uri=row["in_reply_to_uri"] or row["parent_uri"],
        in_reply_to_account_id=row["in_reply_to_account_id"],
        context_uri=context,
        mentions=tuple(
            Mention(int(account), uri, name, domain or home.handle_domain, bool(silent))
            for account, uri, name, domain, silent in mentions
        ),
        tags=tuple(row["tags"]),
        emojis=_emojis(row, home),
        attachments=tuple(_attachment(item, home) for item in row["attachments"]),
        favourites_count=row["favourites_count"],
        reblogs_count=row["reblogs_count"],
        content_type=row["content_type"],
        is_article=row["is_article"],
        poll=_poll(row),
        quote=_quote(row),
        quote_policy=row["quote_policy"],
        quote_manual=row["quote_manual"],
        group=_group(row, home),
        rules=row["interaction_policy"] or {},
        allowed_by=row["allowed_by"],
        searchable=row["indexable"],
    )


def _group(row: asyncpg.Record, home: Home) -> Mention | None:
    if row["group_uri"] is None:
        return None
    domain = row["group_domain"] or home.handle_domain
    return Mention(row["group_id"], row["group_uri"], row["group_name"], domain)


def _emojis(row: asyncpg.Record, home: Home) -> tuple[dict[str, Any], ...]:
    """Emojis of ours under their addresses, and by the ids without which some servers drop them."""
    return tuple(
        {
            **emoji,
            "url": home.file(emoji["key"]),
            "uri": urls.emoji_uri(home.origin, emoji["shortcode"]),
        }
        if emoji.get("key")
        else emoji
        for emoji in row["emojis"]
    )


def _attachment(item: dict[str, Any], home: Home) -> dict[str, Any]:
    """An attachment under its address, with what its meta tells of it."""
    if not item.get("file_key"):
        return item
    meta: dict[str, Any] = item.get("meta") or {}
    size, focus = meta.get("original") or {}, meta.get("focus")
    preview = item.get("preview_key")
    return {
        "url": home.file(item["file_key"]),
        "preview_url": home.file(preview) if preview else None,
        "media_type": item.get("media_type"),
        "description": item.get("description"),
        "blurhash": item.get("blurhash"),
        "width": size.get("width"),
        "height": size.get("height"),
        "duration": size.get("duration"),
        "focus": (focus["x"], focus["y"]) if focus else None,
    }


def _poll(row: asyncpg.Record) -> PollFacts | None:
    if row["options"] is None:
        return None
    ends_at = row["expires_at"]
    is_over = ends_at is not None and ends_at <= clock.now()
    is_hidden = row["hide_totals"] and not is_over
    return PollFacts(
        options=tuple(row["options"]),
        tallies=tuple(0 if is_hidden else votes for votes in row["tallies"]),
        multiple=row["multiple"],
        ends_at=ends_at,
        is_over=is_over,
        voters_count=row["voters_count"] or 0,
    )


def _quote(row: asyncpg.Record) -> QuoteFacts | None:
    if row["quoted_uri"] is None:
        return None
    return QuoteFacts(row["quoted_uri"], row["quoted_url"], row["approval_uri"])
