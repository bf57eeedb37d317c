"""Every question about posts.

A page is a list of `Head`s, made by one statement with the visibility rule inside it; `bodies`
gives what does not depend on the viewer, for those ids whose rendering is not cached. The longer
chapters have files of their own: `heads.py`, `lists.py`, `threads.py`.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg

from fedi.core.accounts.queries import find_by_ids
from fedi.core.accounts.types import Account
from fedi.core.statuses.heads import get_visible, heads
from fedi.core.statuses.lists import (
    StatusFilters,
    account_statuses,
    bookmarks,
    favourited_by,
    favourites,
    reblogged_by,
)
from fedi.core.statuses.threads import context
from fedi.core.statuses.types import (
    Body,
    Edit,
    MentionedAccount,
    PreviewCard,
    Source,
    StoredStatus,
)
from fedi.kit.errors import NotFound
from fedi.kit.ids import MAX_ID
from fedi.kit.unit import ReadUnit

_STORED = (
    "SELECT s.id, s.uri, s.account_id, a.uri, s.local, s.visibility, s.reblog_of_id"
    " FROM statuses s JOIN accounts a ON a.id = s.account_id"
)

# Older versions of a post that are shown.
MOST_VERSIONS = 100


async def find_by_uris(read: ReadUnit, uris: Sequence[str]) -> dict[str, StoredStatus]:
    """Posts by ActivityPub id, whoever may see them: for handlers that judge by themselves."""
    if not uris:
        return {}
    rows = await read.fetch(f"{_STORED} WHERE s.uri = ANY($1::text[])", list(set(uris)))
    return {row[1]: StoredStatus(*row) for row in rows}


async def find_by_url(read: ReadUnit, url: str) -> StoredStatus | None:
    """A local post by the address of its page; the pages of remote posts identify nothing."""
    row = await read.row(
        f"{_STORED} WHERE s.local AND s.url = $1 AND s.id = $2", url, _id_in_url(url)
    )
    return StoredStatus(*row) if row else None


def _id_in_url(url: str) -> int:
    tail = url.rstrip("/").rpartition("/")[2]
    return int(tail) if tail.isascii() and tail.isdigit() and int(tail) <= MAX_ID else 0


_BODIES = """
SELECT s.id, s.uri, s.url, s.account_id, s.local, s.visibility, s.reblog_of_id, s.in_reply_to_id,
  s.in_reply_to_account_id, s.in_reply_to_uri, s.context_uri, s.content, s.text, s.spoiler_text,
  s.sensitive, s.language, s.attachments, s.emojis, s.tags, s.revision, s.created_at, s.edited_at,
  s.local_only, s.content_type, s.conversation_id, s.poll_id, s.quote_id, s.quote_policy,
  s.quote_manual, s.interaction_policy, app.name AS app_name, app.website AS app_website, m.named,
  m.silent,
  k.author_account_id AS card_author_id, k.id AS card_id, k.url AS card_url, k.type, k.title,
  k.description, k.language AS card_language, k.author_name, k.author_url, k.provider_name,
  k.provider_url, k.html, k.width, k.height, k.image_url, k.image_description, k.embed_url,
  k.blurhash, k.published_at
FROM statuses s
LEFT JOIN applications app ON app.id = s.application_id
LEFT JOIN preview_cards k ON k.id = s.card_id AND k.state = 1
LEFT JOIN LATERAL (
  SELECT array_agg(row(ma.id, ma.username, ma.domain, ma.url, ma.uri) ORDER BY ma.id)
      FILTER (WHERE NOT sm.silent) AS named,
    array_agg(row(ma.id, ma.username, ma.domain, ma.url, ma.uri) ORDER BY ma.id)
      FILTER (WHERE sm.silent) AS silent
  FROM status_mentions sm JOIN accounts ma ON ma.id = sm.account_id WHERE sm.status_id = s.id
) m ON true
WHERE s.id = ANY($1::bigint[])
"""


async def bodies(read: ReadUnit, ids: Sequence[int]) -> dict[int, Body]:
    """What posts say, by id, whoever asks: the caller has heads for them, so may see them."""
    if not ids:
        return {}
    rows = await read.fetch(_BODIES, list(set(ids)))
    wanted = [row["account_id"] for row in rows]
    wanted += [row["card_author_id"] for row in rows if row["card_author_id"] is not None]
    accounts = await find_by_ids(read, wanted)
    return {row["id"]: _build_body(row, accounts) for row in rows}


def _build_body(row: asyncpg.Record, accounts: dict[int, Account]) -> Body:
    named = row["app_name"]
    return Body(
        id=row["id"],
        uri=row["uri"],
        url=row["url"],
        account=accounts[row["account_id"]],
        local=row["local"],
        visibility=row["visibility"],
        reblog_of_id=row["reblog_of_id"],
        in_reply_to_id=row["in_reply_to_id"],
        in_reply_to_account_id=row["in_reply_to_account_id"],
        in_reply_to_uri=row["in_reply_to_uri"],
        context_uri=row["context_uri"],
        content=row["content"],
        text=row["text"],
        spoiler_text=row["spoiler_text"],
        sensitive=row["sensitive"],
        language=row["language"],
        attachments=row["attachments"],
        emojis=row["emojis"],
        tags=row["tags"],
        application=(named, row["app_website"]) if named else None,
        revision=row["revision"],
        created_at=row["created_at"],
        edited_at=row["edited_at"],
        mentions=_build_mentions(row["named"]),
        silent_mentions=_build_mentions(row["silent"]),
        local_only=row["local_only"],
        content_type=row["content_type"],
        conversation_id=row["conversation_id"],
        poll_id=row["poll_id"],
        quote_id=row["quote_id"],
        quote_policy=row["quote_policy"],
        quote_manual=row["quote_manual"],
        interaction_policy=row["interaction_policy"],
        card=_build_card(row, accounts),
    )


def _build_card(row: asyncpg.Record, accounts: dict[int, Account]) -> PreviewCard | None:
    if row["card_id"] is None:
        return None
    author = accounts.get(row["card_author_id"] or 0)
    return PreviewCard(
        id=row["card_id"],
        url=row["card_url"],
        type=row["type"],
        title=row["title"],
        description=row["description"],
        language=row["card_language"],
        author_name=row["author_name"],
        author_url=row["author_url"],
        provider_name=row["provider_name"],
        provider_url=row["provider_url"],
        html=row["html"],
        width=row["width"],
        height=row["height"],
        image_url=row["image_url"],
        image_description=row["image_description"],
        embed_url=row["embed_url"],
        blurhash=row["blurhash"],
        published_at=row["published_at"],
        author=None if author is None or author.is_gone else author,
    )


def _build_mentions(found: list[Any] | None) -> tuple[MentionedAccount, ...]:
    return tuple(
        MentionedAccount(i, name, f"{name}@{domain}" if domain else name, url or uri, uri)
        for i, name, domain, url, uri in found or ()
    )


async def source(read: ReadUnit, account_id: int, status_id: int) -> Source:
    """What a member typed; only the author may ask.

    Raises:
        NotFound: no such post of this account.
    """
    row = await read.row(
        "SELECT id, text, spoiler_text, content_type FROM statuses"
        " WHERE id = $1 AND account_id = $2 AND reblog_of_id IS NULL",
        status_id,
        account_id,
    )
    if row is None:
        raise NotFound
    return Source(*row)


async def history(read: ReadUnit, viewer_id: int | None, status_id: int) -> list[Edit]:
    """The versions of a post, oldest first; the last one is what it says now.

    Of a post that was changed very often only the newest ones: its author, who may be elsewhere,
    is not to decide how much we read and send.

    Raises:
        NotFound: there is no such post for this viewer.
    """
    await get_visible(read, viewer_id, status_id)
    rows = await read.fetch(
        "SELECT content, text, spoiler_text, sensitive, attachments, emojis, created_at, options"
        " FROM ((SELECT e.content, e.text, e.spoiler_text, e.sensitive, e.attachments, e.emojis,"
        "   e.created_at, e.poll_options AS options, e.id AS n FROM status_edits e"
        f"   WHERE e.status_id = $1 ORDER BY e.id DESC LIMIT {MOST_VERSIONS})"
        " UNION ALL SELECT s.content, s.text, s.spoiler_text, s.sensitive, s.attachments,"
        "   s.emojis, coalesce(s.edited_at, s.created_at), to_jsonb(p.options), $2::bigint"
        "   FROM statuses s LEFT JOIN polls p ON p.id = s.poll_id WHERE s.id = $1) v ORDER BY n",
        status_id,
        MAX_ID,
    )
    return [Edit(*row) for row in rows]


__all__ = [
    "StatusFilters",
    "account_statuses",
    "bodies",
    "bookmarks",
    "context",
    "favourited_by",
    "favourites",
    "find_by_uris",
    "find_by_url",
    "get_visible",
    "heads",
    "history",
    "reblogged_by",
    "source",
]
