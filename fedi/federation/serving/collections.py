"""The collections of a member that we serve: outbox, followers, pins and the rest."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from fedi.core import urls
from fedi.core.statuses.policy import UNLISTED, federated_sql, visible_sql
from fedi.core.tags.queries import list_featured
from fedi.federation.facts import load_boosts, load_served_notes
from fedi.federation.render.announce import render_announce
from fedi.federation.render.collection import render_collection, render_page
from fedi.federation.render.create import render_create
from fedi.federation.render.facts import NoteFacts
from fedi.federation.render.note import render_note
from fedi.federation.serving.access import Owner, Reader, find_owner
from fedi.federation.serving.documents import Door, number
from fedi.kit.errors import Unauthorized
from fedi.kit.ids import MAX_ID, parse_id
from fedi.kit.nets import attempt
from fedi.kit.unit import ReadUnit

_log = logging.getLogger("fedi.federation")

Json = dict[str, Any]

_OUTBOX_PAGE = 20
_PEOPLE_PAGE = 50


def cursor_of(parameters: Mapping[str, str], name: str, default: int) -> int:
    """Where a page begins; what cannot be read counts as not said."""
    return parse_id(parameters.get(name, "")) or default


def is_page(parameters: Mapping[str, str]) -> bool:
    """Whether a page is asked for, and not the collection."""
    return "page" in parameters


async def serve_outbox(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """What a member has published: Create and Announce, the newest first."""
    owner = await find_owner(read, reader, number(parameters, "account"))
    uri = urls.outbox_url(owner.uri)
    if not is_page(parameters):
        first = f"{uri}?page=true"
        kept = await read.value(
            "SELECT count(*) FROM statuses WHERE account_id = $1 AND local_only AND visibility < 3",
            owner.id,
        )
        total = max(owner.statuses_count - kept, 0)
        return render_collection(uri, total=total, first=first, last=f"{first}&min_id=0")
    await reader.prove()
    viewer = reader.proven.account_id if reader.proven else None
    below = cursor_of(parameters, "max_id", MAX_ID)
    above = cursor_of(parameters, "min_id", 0) if "min_id" in parameters else None
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
            items += _try_render(render_create, note)
        elif boost := boosts.get(row["id"]):
            items.append(render_announce(boost))
    door.fetches.note(reader, list(notes))
    here = f"{uri}?page=true"
    before = f"{here}&min_id={rows[0]['id']}" if rows else None
    after = f"{here}&max_id={rows[-1]['id']}" if len(rows) == _OUTBOX_PAGE else None
    here += f"&max_id={below}" if below < MAX_ID else ""
    here += f"&min_id={above}" if above is not None else ""
    return render_page(here, uri, items, next=after, prev=before)


def _try_render(render: Callable[[NoteFacts], Json], note: NoteFacts) -> list[Json]:
    item = attempt(_log, "post %d is not listed", note.id, render, note)
    return [] if item is None else [item]


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
    if not is_page(parameters):
        return render_collection(uri, total=total, first=f"{uri}?page=true")
    mine, theirs = ("target_id", "account_id") if followers else ("account_id", "target_id")
    below = cursor_of(parameters, "max_id", MAX_ID)
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


_OF_HOST = """
SELECT a.uri FROM follows f JOIN accounts a ON a.id = f.account_id
WHERE f.target_id = $1 AND f.accepted AND NOT f.local AND a.deleted_at IS NULL
  AND a.suspended_at IS NULL AND lower(split_part(a.uri, '/', 3)) = $2
ORDER BY f.id
"""


async def serve_followers_synchronization(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """Which of a member's followers live where the signer does; nobody else hears of them."""
    del door
    owner = await find_owner(read, reader, number(parameters, "account"))
    sender = await reader.prove()
    if sender is None:
        raise Unauthorized("say who you are: sign the request")
    rows = await read.fetch(_OF_HOST, owner.id, sender.host.lower())
    uri = urls.followers_synchronization_url(owner.uri)
    return render_collection(uri, items=[row["uri"] for row in rows])


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
    door.fetches.note(reader, list(notes))
    shown = [notes[row["id"]] for row in rows if row["id"] in notes]
    items = [item for note in shown for item in _try_render(render_note, note)]
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


async def serve_moderators(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Json:
    """Who keeps order in a group."""
    del door
    owner = await find_owner(read, reader, number(parameters, "account"))
    rows = await read.fetch(
        "SELECT a.uri FROM group_moderators m JOIN groups g ON g.group_id = m.group_id"
        " JOIN accounts a ON a.id = m.account_id WHERE m.group_id = $1 AND a.deleted_at IS NULL"
        " ORDER BY m.created_at, m.account_id",
        owner.id,
    )
    uris = [row["uri"] for row in rows]
    return render_collection(urls.moderators_url(owner.uri), total=len(uris), items=uris)
