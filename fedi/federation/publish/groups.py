"""What happens in groups of ours is passed on to their followers.

Each activity goes out as it came, inside an Announce by the group; posts that begin a conversation
also go out as a boost (`status_boosted`), for those who know no groups.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from fedi import events as happened
from fedi.core import urls
from fedi.core.groups.taking import find_relevant, find_room, take_posts
from fedi.core.groups.types import ANNOUNCED
from fedi.federation import render
from fedi.federation.facts import load_parties
from fedi.federation.meaning.unwrap import MODERATION
from fedi.federation.publish.audience import Reach
from fedi.federation.publish.outgoing import Outgoing, Publishing, send
from fedi.federation.render.group import render_moderation, render_passed_on
from fedi.kit.unit import Unit

Json = dict[str, Any]

# A post need not be here for these: it is gone, or has yet to come back.
_AFTERWARDS = frozenset({"Delete", "Undo", MODERATION})


@dataclass(frozen=True, slots=True)
class _Word:
    """Something to be passed on by a group, and the order that it belongs to."""

    event: happened.Event
    group_id: int
    group_uri: str
    activity: Json
    order: str
    status_id: int | None = None


async def _pass_on(unit: Unit, context: Publishing, words: Sequence[_Word]) -> None:
    """Announce, as far as the groups have not said too much within the hour."""
    words = [word for word in words if word.activity.get("type") and word.activity.get("id")]
    if not words:
        return
    room = await find_room(unit, [word.group_id for word in words])
    numbers = await unit.new_ids(len(words))
    await send(
        unit,
        context,
        [
            Outgoing(
                word.event,
                render_passed_on(
                    f"{word.group_uri}#announces/{number}", word.group_uri, word.activity
                ),
                word.group_id,
                word.order,
                Reach(followers_of=word.group_id),
                word.status_id,
            )
            for word, number in zip(words, numbers, strict=True)
            if word.group_id in room
        ],
    )


async def group_taking(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusCreated]
) -> None:
    """Members' own posts come into groups of ours."""
    ours = [event.status_id for event in events if event.local]
    await take_posts(unit, context.settings.origin, ours, {})


async def group_heard(
    unit: Unit, context: Publishing, events: Sequence[happened.GroupHeard]
) -> None:
    """New posts come into the group; what happens to those that are there is passed on."""
    bodies = await _load_bodies(unit, events)
    creates = [event for event in events if event.kind == "Create"]
    await _take_heard(unit, context, creates, bodies)
    others = [event for event in events if event.kind != "Create" and event.inbound_id in bodies]
    deeds = [
        (e.group_id, e.account_id, None if e.kind in _AFTERWARDS else e.object_uri) for e in others
    ]
    relevant = await find_relevant(unit, deeds) if deeds else set[int]()
    parties = await load_parties(unit, [event.group_id for event in others])
    await _pass_on(
        unit,
        context,
        [
            _Word(
                event,
                event.group_id,
                parties[event.group_id].uri,
                orjson.loads(bodies[event.inbound_id]),
                event.object_uri,
            )
            for index, event in enumerate(others)
            if index in relevant
        ],
    )


async def _load_bodies(unit: Unit, events: Iterable[happened.GroupHeard]) -> dict[int, bytes]:
    rows = await unit.fetch(
        "SELECT id, body FROM inbound WHERE id = ANY($1::bigint[])",
        [event.inbound_id for event in events],
    )
    return {row["id"]: row["body"] for row in rows}


async def _take_heard(
    unit: Unit,
    context: Publishing,
    events: Sequence[happened.GroupHeard],
    bodies: dict[int, bytes],
) -> None:
    if not events:
        return
    rows = await unit.fetch(
        "SELECT uri, id FROM statuses WHERE uri = ANY($1::text[])",
        [event.object_uri for event in events],
    )
    ids = {row["uri"]: row["id"] for row in rows}
    known = {
        ids[event.object_uri]: bodies[event.inbound_id]
        for event in events
        if event.object_uri in ids and event.inbound_id in bodies
    }
    await take_posts(unit, context.settings.origin, list(known), known)


_POSTED = """
SELECT p.id, p.group_id, p.status_id, p.body, s.uri, g.uri AS group_uri,
  (SELECT v.body FROM activities v WHERE v.status_id = p.status_id AND v.type = 'Create'
    AND v.account_id = s.account_id LIMIT 1) AS own_body
FROM group_posts p JOIN statuses s ON s.id = p.status_id JOIN accounts g ON g.id = p.group_id
WHERE p.id = ANY($1::bigint[])
"""


async def group_posted(
    unit: Unit, context: Publishing, events: Sequence[happened.GroupPosted]
) -> None:
    """Announce(Create)."""
    by_id = {event.group_post_id: event for event in events}
    rows = await unit.fetch(_POSTED, list(by_id))
    await _pass_on(
        unit,
        context,
        [
            _Word(
                by_id[row["id"]],
                row["group_id"],
                row["group_uri"],
                orjson.loads(body),
                row["uri"],
                row["status_id"],
            )
            for row in rows
            if (body := row["body"] or row["own_body"]) and b'"Create"' in body
        ],
    )


_OWN = f"""
SELECT v.event_id, v.body, v.status_id, v.object_uri, p.group_id, g.uri AS group_uri
FROM activities v JOIN group_posts p ON p.status_id = v.status_id AND p.state = {ANNOUNCED}
JOIN groups r ON r.group_id = p.group_id JOIN accounts g ON g.id = p.group_id
WHERE v.status_id = ANY($1::bigint[]) AND v.event_id = ANY($2::bigint[]) AND v.type = 'Update'
  AND v.body IS NOT NULL
"""


async def group_edited(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusEdited]
) -> None:
    """Announce(Update), of members' own posts in groups of ours."""
    ours = {context.event_ids.get(event, 0): event for event in events if event.local}
    if not ours:
        return
    rows = await unit.fetch(_OWN, [event.status_id for event in ours.values()], list(ours))
    await _pass_on(
        unit,
        context,
        [
            _Word(
                ours[row["event_id"]],
                row["group_id"],
                row["group_uri"],
                orjson.loads(row["body"]),
                row["object_uri"],
                row["status_id"],
            )
            for row in rows
        ],
    )


# The post and its place in the group are gone; that the group announced it is still known.
_DELETED = """
SELECT DISTINCT v.status_id, v.account_id AS group_id, g.uri AS group_uri, d.body
FROM activities v JOIN groups r ON r.group_id = v.account_id JOIN accounts g ON g.id = v.account_id
JOIN activities d ON d.status_id = v.status_id AND d.type = 'Delete' AND d.body IS NOT NULL
WHERE v.status_id = ANY($1::bigint[]) AND v.type = 'Announce'
"""


async def group_deleted(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusDeleted]
) -> None:
    """Announce(Delete), of members' own posts that were in groups of ours."""
    ours = {e.status_id: e for e in events if e.local and e.reblog_of_id is None}
    if not ours:
        return
    rows = await unit.fetch(_DELETED, list(ours))
    await _pass_on(
        unit,
        context,
        [
            _Word(
                ours[row["status_id"]],
                row["group_id"],
                row["group_uri"],
                orjson.loads(row["body"]),
                ours[row["status_id"]].uri,
            )
            for row in rows
        ],
    )


_LIKED = f"""
SELECT s.id, s.uri, o.uri AS author, p.group_id, g.uri AS group_uri
FROM statuses s JOIN group_posts p ON p.status_id = s.id AND p.state = {ANNOUNCED}
JOIN groups r ON r.group_id = p.group_id JOIN accounts g ON g.id = p.group_id
JOIN accounts o ON o.id = s.account_id
WHERE s.id = ANY($1::bigint[])
"""


async def group_liked(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusFavourited]
) -> None:
    """Announce(Like), of what members like in groups of ours."""
    origin = context.settings.origin
    await _pass_on_likes(
        unit,
        context,
        [
            (event, urls.like_uri(origin, event.favourite_id), False)
            for event in events
            if event.local
        ],
    )


async def group_unliked(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusUnfavourited]
) -> None:
    """Announce(Undo(Like))."""
    await _pass_on_likes(unit, context, [(e, e.uri, True) for e in events if e.local and e.uri])


async def _pass_on_likes(
    unit: Unit,
    context: Publishing,
    deeds: Sequence[tuple[happened.StatusFavourited | happened.StatusUnfavourited, str, bool]],
) -> None:
    if not deeds:
        return
    rows = await unit.fetch(_LIKED, [event.status_id for event, _, _ in deeds])
    posts = {row["id"]: row for row in rows}
    if not posts:
        return
    parties = await load_parties(unit, [event.account_id for event, _, _ in deeds])
    words: list[_Word] = []
    for event, uri, is_over in deeds:
        post, who = posts.get(event.status_id), parties.get(event.account_id)
        if post is None or who is None:
            continue
        like = render.render_like(uri, who.uri, post["uri"], post["author"], post["group_uri"])
        activity = render.render_undo(like) if is_over else like
        order = f"like {event.account_id} {event.status_id}"
        words.append(_Word(event, post["group_id"], post["group_uri"], activity, order))
    await _pass_on(unit, context, words)


async def group_moderated(
    unit: Unit, context: Publishing, events: Sequence[happened.GroupModerated]
) -> None:
    """Announce(Delete, Lock, Block, Add or Remove), of what moderators of ours did."""
    ids = [i for event in events for i in (event.group_id, event.account_id)]
    parties = await load_parties(unit, ids)
    await _pass_on(
        unit,
        context,
        [
            _Word(
                event,
                event.group_id,
                group.uri,
                render_moderation(
                    event.kind,
                    f"{who.uri}#moderation/{event.number}",
                    who.uri,
                    group.uri,
                    _parts(event, group.uri),
                ),
                event.object_uri,
            )
            for event in events
            if (group := parties.get(event.group_id)) and (who := parties.get(event.account_id))
        ],
    )


def _parts(event: happened.GroupModerated, group: str) -> Json:
    """What the deed says beyond its type."""
    name = event.kind.removeprefix("Undo ")
    parts: Json = {"object": event.object_uri}
    if name == "Block":
        parts["target"] = group
    if name in ("Add", "Remove"):
        parts["target"] = urls.moderators_url(group)
    if name in ("Delete", "Block"):
        # A Delete without a reason would be the author's own.
        parts["summary"] = event.reason or "removed by a moderator"
    return parts
