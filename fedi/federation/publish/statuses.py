"""Posts, boosts and likes of our members become activities."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from fedi import events as happened
from fedi.core import urls
from fedi.federation import render
from fedi.federation.facts import Party, load_boosts, load_notes, load_parties
from fedi.federation.publish.audience import Reach, supersede
from fedi.federation.publish.outgoing import Outgoing, Publishing, find_stored, send
from fedi.federation.render.facts import BoostFacts, NoteFacts, addresses
from fedi.kit.unit import Unit

_PUBLIC = 0
# The group of others that a post `s` is in.
_GROUP = (
    "LEFT JOIN accounts h ON h.id = s.group_id AND h.domain IS NOT NULL AND h.actor_type = 'Group'"
)
_PRIVATE = 2
_DIRECT = 3


async def status_created(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusCreated]
) -> None:
    """Create(Note)."""
    ours = [event for event in events if event.local]
    notes = await load_notes(unit, context.home, [event.status_id for event in ours])
    await send(
        unit,
        context,
        [
            Outgoing(
                event,
                render.render_create(note),
                note.author_id,
                note.uri,
                note_reach(note),
                note.id,
            )
            for event in ours
            if (note := notes.get(event.status_id))
        ],
    )


async def status_edited(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusEdited]
) -> None:
    """Update(Note), to everybody told before; an older Update that nobody saw is dropped."""
    latest = {event.status_id: event for event in events if event.local}
    await _send_updates(unit, context, latest)


async def status_refreshed(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusRefreshed]
) -> None:
    """Update(Note) without a mark of an edit: who may quote it is new, or votes have come in."""
    latest = {event.status_id: event for event in events if event.local}
    await _send_updates(unit, context, latest)


async def _send_updates(
    unit: Unit,
    context: Publishing,
    latest: Mapping[int, happened.StatusEdited | happened.StatusRefreshed],
) -> None:
    notes = await load_notes(unit, context.home, list(latest))
    await supersede(unit, list(notes), ["Update"], "superseded by a newer Update")
    await send(
        unit,
        context,
        [
            Outgoing(
                event,
                render.render_note_update(note, _update_uri(context, note, event)),
                note.author_id,
                note.uri,
                note_reach(note, again=True),
                note.id,
            )
            for event in latest.values()
            if (note := notes.get(event.status_id))
        ],
    )


async def status_pinned(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusPinned]
) -> None:
    """Add to the featured posts, to followers."""
    await _send_pins(unit, context, events, "Add")


async def status_unpinned(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusUnpinned]
) -> None:
    """Remove from the featured posts, to followers."""
    await _send_pins(unit, context, events, "Remove")


async def _send_pins(
    unit: Unit,
    context: Publishing,
    events: Sequence[happened.StatusPinned | happened.StatusUnpinned],
    kind: str,
) -> None:
    notes = await load_notes(unit, context.home, [event.status_id for event in events])
    await send(
        unit,
        context,
        [
            Outgoing(
                event,
                render.render_pin(kind, note, f"{note.uri}#{kind.lower()}/{event.pin_id}"),
                note.author_id,
                note.uri,
                Reach(followers_of=note.author_id),
                note.id,
            )
            for event in events
            if (note := notes.get(event.status_id)) and note.visibility <= _PRIVATE
        ],
    )


async def status_deleted(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusDeleted]
) -> None:
    """Delete(Tombstone), or Undo(Announce) for a boost, to everybody who was told before."""
    ours = [event for event in events if event.local and not event.local_only]
    parties = await load_parties(unit, [event.account_id for event in ours])
    ours = [event for event in ours if event.account_id in parties]
    ids = [event.status_id for event in ours]
    await supersede(unit, ids, ["Create", "Update", "Announce"], "superseded by its Delete")
    stored = await find_stored(unit, [_announced_as(event) for event in ours])
    await send(
        unit,
        context,
        [
            Outgoing(
                event,
                _deletion(event, parties[event.account_id], stored),
                event.account_id,
                event.uri,
                Reach(
                    followers_of=None if event.visibility == _DIRECT else event.account_id,
                    told_of=event.status_id,
                    inboxes=tuple(event.reach_inboxes),
                    relayed=event.visibility == _PUBLIC and event.reblog_of_uri is None,
                ),
                event.status_id,
            )
            for event in ours
        ],
    )


async def status_boosted(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusBoosted]
) -> None:
    """Announce."""
    ours = [event for event in events if event.local]
    boosts = await load_boosts(unit, [event.status_id for event in ours])
    await send(
        unit,
        context,
        [
            Outgoing(
                event,
                render.render_announce(boost),
                boost.author_id,
                boost.uri,
                _boost_reach(boost),
                boost.id,
            )
            for event in ours
            if (boost := boosts.get(event.status_id))
        ],
    )


async def status_favourited(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusFavourited]
) -> None:
    """Like, to the author."""
    ours = {event.favourite_id: event for event in events if event.local}
    if not ours:
        return
    rows = await unit.fetch(
        "SELECT v.id, v.uri, a.uri AS actor, s.uri AS object, o.uri AS author, o.id AS author_id,"
        " h.id AS group_id, h.uri AS group_uri"
        " FROM favourites v JOIN accounts a ON a.id = v.account_id"
        " JOIN statuses s ON s.id = v.status_id JOIN accounts o ON o.id = s.account_id"
        f" {_GROUP} WHERE v.id = ANY($1::bigint[])"
        " AND (o.domain IS NOT NULL OR h.id IS NOT NULL) ORDER BY v.id",
        list(ours),
    )
    origin = context.settings.origin
    await send(
        unit,
        context,
        [
            Outgoing(
                event := ours[row["id"]],
                render.render_like(
                    row["uri"] or urls.like_uri(origin, row["id"]),
                    row["actor"],
                    row["object"],
                    row["author"],
                    row["group_uri"],
                ),
                event.account_id,
                _like_order(event.account_id, event.status_id),
                _like_reach(row),
            )
            for row in rows
        ],
    )


async def status_unfavourited(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusUnfavourited]
) -> None:
    """Undo(Like), to the author; if the post is gone there is nothing left to undo."""
    ours = [event for event in events if event.local]
    if not ours:
        return
    rows = await unit.fetch(
        "SELECT s.id, s.uri AS object, o.uri AS author, o.id AS author_id, h.id AS group_id,"
        " h.uri AS group_uri FROM statuses s JOIN accounts o ON o.id = s.account_id"
        f" {_GROUP} WHERE s.id = ANY($1::bigint[])"
        " AND (o.domain IS NOT NULL OR h.id IS NOT NULL)",
        [event.status_id for event in ours],
    )
    posts = {row["id"]: row for row in rows}
    parties = await load_parties(unit, [event.account_id for event in ours])
    await send(
        unit,
        context,
        [
            Outgoing(
                event,
                render.render_undo(
                    render.render_like(
                        event.uri,
                        parties[event.account_id].uri,
                        post["object"],
                        post["author"],
                        post["group_uri"],
                    )
                ),
                event.account_id,
                _like_order(event.account_id, event.status_id),
                _like_reach(post),
            )
            for event in ours
            if (post := posts.get(event.status_id)) and event.account_id in parties
        ],
    )


def note_reach(note: NoteFacts, *, again: bool = False) -> Reach:
    """Who gets a post; `again` adds everybody who has come in touch with it since."""
    people = tuple(who.account_id for who in note.mentions)
    if note.group is not None:
        people = (*people, note.group.account_id)
    told = note.id if again else None
    if note.visibility == _DIRECT:
        return Reach(people=people, personal=True, told_of=told)
    if note.visibility < 2 and note.in_reply_to_account_id:
        people = (*people, note.in_reply_to_account_id)
    touched = note.id if again and note.visibility < 2 else None
    return Reach(
        followers_of=note.author_id,
        people=people,
        told_of=told,
        touched=touched,
        relayed=note.visibility == _PUBLIC,
    )


def _boost_reach(boost: BoostFacts) -> Reach:
    return Reach(followers_of=boost.author_id, people=(boost.object_author_id,))


def _update_uri(
    context: Publishing, note: NoteFacts, event: happened.StatusEdited | happened.StatusRefreshed
) -> str:
    moment = int((note.edited_at or note.created_at).timestamp() * 1000)
    if isinstance(event, happened.StatusRefreshed):
        # No edit has a moment to tell these by.
        return f"{urls.update_uri(note.uri, moment)}/{context.event_ids.get(event, 0)}"
    return urls.update_uri(note.uri, moment)


def _like_reach(row: asyncpg.Record) -> Reach:
    """The author, and the group that the post is in: others there count by what it passes on."""
    people = (row["author_id"], row["group_id"]) if row["group_id"] else (row["author_id"],)
    return Reach(people=people, personal=True)


def _like_order(account_id: int, status_id: int) -> str:
    return f"like {account_id} {status_id}"


def _announced_as(event: happened.StatusDeleted) -> str:
    """The id of the Create of a post; a boost is its Announce."""
    return event.uri if event.reblog_of_uri else urls.activity_uri(event.uri)


def _deletion(
    event: happened.StatusDeleted, author: Party, stored: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    to, cc = addresses(event.visibility, urls.followers_url(author.uri), [])
    if event.reblog_of_uri is None:
        create = stored.get(_announced_as(event), {})
        group = create.get("object", {}).get("audience")
        return render.render_delete(event.uri, author.uri, to, cc, group)
    announce = {
        "id": event.uri,
        "type": "Announce",
        "actor": author.uri,
        "to": to,
        "cc": cc,
        "object": event.reblog_of_uri,
    }
    return render.render_undo(stored.get(event.uri, announce))
