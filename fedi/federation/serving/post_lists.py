"""The collections of a post that we serve: answers, likes, shares, and its whole conversation.

Everybody may read what is for everybody; who is blocked, or must not see the post, sees nothing.
"""

from collections.abc import Mapping
from typing import Any

from fedi.core import urls
from fedi.core.statuses.policy import federated_sql, visible_sql
from fedi.federation.render.collection import render_collection, render_page
from fedi.federation.serving.access import Reader, Seen, find_owner, find_seen
from fedi.federation.serving.collections import cursor_of, is_page
from fedi.federation.serving.documents import Door, number
from fedi.kit.unit import ReadUnit

Json = dict[str, Any]

_REPLIES_PAGE = 60
_CONTEXT_PAGE = 100
_CONTEXT_MOST = 2000
_DEEDS_PAGE = 60


async def _post(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> tuple[Seen, str]:
    account_id, status_id = number(parameters, "account"), number(parameters, "status")
    uri = urls.status_uri(door.origin, account_id, status_id)
    return await find_seen(read, reader, status_id, uri), uri


async def serve_replies(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """Answers to a post that are for everybody: the author's own first, then the others'."""
    seen, post = await _post(door, read, reader, parameters)
    uri = f"{post}/replies"
    others = "only_other_accounts" in parameters
    above = cursor_of(parameters, "min_id", 0)
    rows = await read.fetch(
        "SELECT s.id, s.uri FROM statuses s WHERE s.in_reply_to_id = $1 AND s.visibility < 2"
        f" AND (s.account_id <> $3) = $5 AND s.id > $4 AND {federated_sql('s')}"
        f" AND {visible_sql('s', '$2::bigint')}"
        " ORDER BY s.id LIMIT $6",
        seen.id,
        reader.claimed_id,
        seen.account_id,
        above,
        others,
        _REPLIES_PAGE,
    )
    base = f"{uri}?page=true" + ("&only_other_accounts=true" if others else "")
    after = f"{uri}?page=true&only_other_accounts=true" if not others else None
    if len(rows) == _REPLIES_PAGE:
        after = f"{base}&min_id={rows[-1]['id']}"
    here = base + (f"&min_id={above}" if above else "")
    page = render_page(here, uri, [row["uri"] for row in rows], ordered=False, next=after)
    if is_page(parameters):
        return page
    return render_collection(uri, ordered=False, first=page)


# Who likes or boosts stands on the page of the post anyway; who was blocked by its author, or is
# gone, is not listed. What somebody elsewhere did has the id that it got there.
_LIKES = """
SELECT f.id, f.uri, a.domain IS NULL AS local FROM favourites f
JOIN accounts a ON a.id = f.account_id
WHERE f.status_id = $1 AND NOT f.by_reaction AND a.suspended_at IS NULL AND a.deleted_at IS NULL
  AND f.id > $2 AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = $3
    AND k.target_id = f.account_id) ORDER BY f.id LIMIT $4
"""
_SHARES = f"""
SELECT s.id, s.uri, s.local FROM statuses s JOIN accounts a ON a.id = s.account_id
WHERE s.reblog_of_id = $1 AND s.visibility < 2 AND {federated_sql("s")}
  AND a.suspended_at IS NULL AND a.deleted_at IS NULL AND s.id > $2
  AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = $3 AND k.target_id = s.account_id)
ORDER BY s.id LIMIT $4
"""


async def serve_likes(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """The Likes of a post, by their ids."""
    return await _deeds(door, read, reader, parameters, "likes")


async def serve_shares(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """The Announces of a post, by their ids."""
    return await _deeds(door, read, reader, parameters, "shares")


async def _deeds(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str], name: str
) -> Json:
    seen, post = await _post(door, read, reader, parameters)
    uri = f"{post}/{name}"
    if not is_page(parameters):
        column = "favourites_count" if name == "likes" else "reblogs_count"
        total = await read.value(f"SELECT {column} FROM status_stats WHERE status_id = $1", seen.id)
        # Of a post that is not for everybody only the number is told.
        first = f"{uri}?page=true" if seen.is_public else None
        return render_collection(uri, ordered=False, total=total or 0, first=first)
    above = cursor_of(parameters, "min_id", 0)
    rows = []
    if seen.is_public:
        statement = _LIKES if name == "likes" else _SHARES
        rows = await read.fetch(statement, seen.id, above, seen.account_id, _DEEDS_PAGE)
    items = [
        row["uri"] or urls.like_uri(door.origin, row["id"])
        for row in rows
        if row["uri"] or row["local"]
    ]
    here = f"{uri}?page=true" + (f"&min_id={above}" if above else "")
    after = f"{uri}?page=true&min_id={rows[-1]['id']}" if len(rows) == _DEEDS_PAGE else None
    return render_page(here, uri, items, ordered=False, next=after)


# All that hangs together, also below a post that is gone.
_CONTEXT = f"""
WITH RECURSIVE thread AS (
  SELECT id FROM statuses WHERE (id = $1 OR conversation_id = $1) AND reblog_of_id IS NULL
  UNION SELECT r.id FROM statuses r JOIN thread t ON r.in_reply_to_id = t.id
), part AS (SELECT id FROM thread LIMIT {_CONTEXT_MOST})
SELECT s.id, s.uri FROM part JOIN statuses s USING (id)
WHERE s.visibility < 2 AND s.id > $3 AND {federated_sql("s")} AND {visible_sql("s", "$2::bigint")}
ORDER BY s.id LIMIT {_CONTEXT_PAGE}
"""


async def serve_context(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """A conversation that one of our posts began: what of it is for everybody, in order."""
    root = number(parameters, "status")
    uri = urls.context_uri(door.origin, root)
    seen = await find_seen(read, reader, root, uri)
    author = await find_owner(read, reader, seen.account_id)
    items = f"{uri}/items"
    if not parameters.get("items"):
        return {**render_collection(uri, first=items), "attributedTo": author.uri}
    above = cursor_of(parameters, "min_id", 0)
    rows = await read.fetch(_CONTEXT, root, reader.claimed_id, above)
    after = f"{items}?min_id={rows[-1]['id']}" if len(rows) == _CONTEXT_PAGE else None
    here = items + (f"?min_id={above}" if above else "")
    return render_page(here, uri, [row["uri"] for row in rows], next=after)


async def serve_context_items(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """A page of a conversation."""
    return await serve_context(door, read, reader, {**parameters, "items": "true"})
