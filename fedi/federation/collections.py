"""The collections that we serve: outbox, followers, replies, conversations and the rest."""

from collections.abc import Mapping
from typing import Any

from fedi.core import urls
from fedi.core.statuses.policy import UNLISTED, federated_sql, visible_sql
from fedi.core.tags.queries import list_featured
from fedi.federation.access import Owner, Reader, Seen, find_owner, find_seen
from fedi.federation.facts import load_boosts, load_served_notes
from fedi.federation.render.activity import render_announce, render_create
from fedi.federation.render.collection import render_collection, render_page
from fedi.federation.render.note import render_note
from fedi.federation.serve import Door, number
from fedi.kit.ids import MAX_ID, parse_id
from fedi.kit.unit import ReadUnit

Json = dict[str, Any]

_OUTBOX_PAGE = 20
_PEOPLE_PAGE = 50
_REPLIES_PAGE = 60
_CONTEXT_PAGE = 100
_CONTEXT_MOST = 2000


def _cursor(parameters: Mapping[str, str], name: str, default: int) -> int:
    return parse_id(parameters.get(name, "")) or default


def _is_page(parameters: Mapping[str, str]) -> bool:
    return "page" in parameters


async def serve_outbox(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """What a member has published: Create and Announce, the newest first."""
    owner = await find_owner(read, reader, number(parameters, "account"))
    uri = urls.outbox_url(owner.uri)
    if not _is_page(parameters):
        first = f"{uri}?page=true"
        kept = await read.value(
            "SELECT count(*) FROM statuses WHERE account_id = $1 AND local_only AND visibility < 3",
            owner.id,
        )
        total = max(owner.statuses_count - kept, 0)
        return render_collection(uri, total=total, first=first, last=f"{first}&min_id=0")
    await reader.prove()
    viewer = reader.proven.account_id if reader.proven else None
    below = _cursor(parameters, "max_id", MAX_ID)
    above = _cursor(parameters, "min_id", 0) if "min_id" in parameters else None
    rows = await read.fetch(
        "SELECT s.id, s.reblog_of_id FROM statuses s WHERE s.account_id = $1 AND s.local"
        f" AND s.id < $3 AND s.visibility < 3 AND {federated_sql('s')}"
        f" AND {visible_sql('s', '$2::bigint')}"
        f" AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = $1 AND k.target_id = $4)"
        f" AND s.id > $6 ORDER BY s.id {'DESC' if above is None else 'ASC'} LIMIT $5",
        owner.id,
        viewer,
        below,
        reader.claimed_id,
        _OUTBOX_PAGE,
        above or 0,
    )
    rows = sorted(rows, key=lambda row: row["id"], reverse=True)
    notes = await load_served_notes(
        read, door.home, [row["id"] for row in rows if row["reblog_of_id"] is None]
    )
    boosts = await load_boosts(read, [row["id"] for row in rows if row["reblog_of_id"] is not None])
    items: list[Json] = []
    for row in rows:
        if note := notes.get(row["id"]):
            items.append(render_create(note))
        elif boost := boosts.get(row["id"]):
            items.append(render_announce(boost))
    here = f"{uri}?page=true"
    before = f"{here}&min_id={rows[0]['id']}" if rows else None
    after = f"{here}&max_id={rows[-1]['id']}" if len(rows) == _OUTBOX_PAGE else None
    here += f"&max_id={below}" if below < MAX_ID else ""
    here += f"&min_id={above}" if above is not None else ""
    return render_page(here, uri, items, next=after, prev=before)


async def serve_instance_outbox(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """The server itself publishes nothing."""
    del read, reader, parameters
    return render_collection(f"{door.origin}/actor/outbox", total=0, items=[])


async def serve_followers(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """Who follows a member."""
    owner = await find_owner(read, reader, number(parameters, "account"))
    return await _people(door, read, owner, parameters, followers=True)


async def serve_following(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """Whom a member follows."""
    owner = await find_owner(read, reader, number(parameters, "account"))
    return await _people(door, read, owner, parameters, followers=False)


async def _people(
    door: Door, read: ReadUnit, owner: Owner, parameters: Mapping[str, str], *, followers: bool
) -> Json:
    del door
    uri = urls.followers_url(owner.uri) if followers else urls.following_url(owner.uri)
    total = owner.followers_count if followers else owner.following_count
    if owner.hide_collections:
        # How many they are stands on the profile anyway; who they are is nobody's business.
        return render_collection(uri, total=total)
    if not _is_page(parameters):
        return render_collection(uri, total=total, first=f"{uri}?page=true")
    mine, theirs = ("target_id", "account_id") if followers else ("account_id", "target_id")
    below = _cursor(parameters, "max_id", MAX_ID)
    rows = await read.fetch(
        f"SELECT f.id, a.uri FROM follows f JOIN accounts a ON a.id = f.{theirs}"
        f" WHERE f.{mine} = $1 AND f.accepted AND f.id < $2 AND a.deleted_at IS NULL"
        " AND a.suspended_at IS NULL ORDER BY f.id DESC LIMIT $3",
        owner.id,
        below,
        _PEOPLE_PAGE,
    )
    here = f"{uri}?page=true" + (f"&max_id={below}" if below < MAX_ID else "")
    after = f"{uri}?page=true&max_id={rows[-1]['id']}" if len(rows) == _PEOPLE_PAGE else None
    return render_page(here, uri, [row["uri"] for row in rows], next=after)


async def serve_featured(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """Posts that stand on top of a profile and are for everybody, the last pinned first."""
    owner = await find_owner(read, reader, number(parameters, "account"))
    rows = await read.fetch(
        "SELECT s.id FROM status_pins p JOIN statuses s ON s.id = p.status_id"
        f" WHERE p.account_id = $1 AND s.visibility <= {UNLISTED} AND {federated_sql('s')}"
        f" AND {visible_sql('s', '$2::bigint')} ORDER BY p.id DESC",
        owner.id,
        reader.claimed_id,
    )
    notes = await load_served_notes(read, door.home, [row["id"] for row in rows])
    items = [render_note(notes[row["id"]]) for row in rows if row["id"] in notes]
    return render_collection(urls.featured_url(owner.uri), total=len(items), items=items)


async def serve_featured_tags(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """The hashtags that somebody shows on their profile."""
    owner = await find_owner(read, reader, number(parameters, "account"))
    items = [
        {"type": "Hashtag", "href": urls.tag_url(door.origin, tag.name), "name": f"#{tag.name}"}
        for tag in await list_featured(read, owner.id)
    ]
    url = urls.featured_tags_url(owner.uri)
    return render_collection(url, ordered=False, total=len(items), items=items)


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
    above = _cursor(parameters, "min_id", 0)
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
    if _is_page(parameters):
        return page
    return render_collection(uri, ordered=False, first=page)


async def serve_likes(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """How many like a post."""
    return await _count(door, read, reader, parameters, "likes")


async def serve_shares(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """How many boosted a post."""
    return await _count(door, read, reader, parameters, "shares")


async def _count(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str], name: str
) -> Json:
    seen, post = await _post(door, read, reader, parameters)
    column = "favourites_count" if name == "likes" else "reblogs_count"
    total = await read.value(f"SELECT {column} FROM status_stats WHERE status_id = $1", seen.id)
    return render_collection(f"{post}/{name}", ordered=False, total=total or 0)


_CONTEXT = f"""
WITH RECURSIVE thread AS (
  SELECT id FROM statuses WHERE id = $1
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
    above = _cursor(parameters, "min_id", 0)
    rows = await read.fetch(_CONTEXT, root, reader.claimed_id, above)
    after = f"{items}?min_id={rows[-1]['id']}" if len(rows) == _CONTEXT_PAGE else None
    here = items + (f"?min_id={above}" if above else "")
    return render_page(here, uri, [row["uri"] for row in rows], next=after)


async def serve_context_items(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """A page of a conversation."""
    return await serve_context(door, read, reader, {**parameters, "items": "true"})
