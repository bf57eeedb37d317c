"""Asking others for consent, answering those who ask our members, taking back what was given."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from fedi import events as happened
from fedi.core import urls
from fedi.federation.facts import load_boosts, load_notes, load_parties
from fedi.federation.publish.audience import Reach
from fedi.federation.publish.outgoing import Outgoing, Publishing, send
from fedi.federation.render import consent as render
from fedi.federation.render.announce import render_announce
from fedi.kit.unit import Unit

_ALLOWED = 1

_QUOTES = """
SELECT q.status_id, q.quoted_uri, q.quoted_account_id, a.uri AS author
FROM quotes q JOIN accounts a ON a.id = q.quoted_account_id AND a.domain IS NOT NULL
WHERE q.status_id = ANY($1::bigint[]) AND q.state = 0
"""


async def quotes_requested(
    unit: Unit, context: Publishing, events: Sequence[happened.StatusCreated]
) -> None:
    """QuoteRequest, to the author of what a new post quotes; the post itself is out already."""
    ours = {event.status_id: event for event in events if event.local}
    rows = await unit.fetch(_QUOTES, list(ours)) if ours else []
    if not rows:
        return
    notes = await load_notes(unit, context.home, [row["status_id"] for row in rows])
    await send(
        unit,
        context,
        [
            Outgoing(
                ours[note.id],
                render.render_quote_request(note, row["quoted_uri"], row["author"]),
                note.author_id,
                note.uri,
                Reach(people=(row["quoted_account_id"],), personal=True),
                note.id,
            )
            for row in rows
            if (note := notes.get(row["status_id"]))
        ],
    )


_ASKED = """
SELECT s.id, a.id AS author_id, a.uri AS author FROM statuses s
LEFT JOIN statuses o ON o.id = s.reblog_of_id
JOIN accounts a ON a.id = coalesce(o.account_id, s.in_reply_to_account_id)
WHERE s.id = ANY($1::bigint[]) AND s.approval = 0 AND a.domain IS NOT NULL ORDER BY s.id
"""


async def interaction_asked(
    unit: Unit, context: Publishing, events: Sequence[happened.InteractionAsked]
) -> None:
    """What needs somebody's consent, to them alone: as a request, and as older servers know it."""
    asked = {event.status_id: event for event in events}
    rows = await unit.fetch(_ASKED, list(asked))
    ids = [row["id"] for row in rows]
    notes = await load_notes(unit, context.home, ids, waiting=True)
    boosts = await load_boosts(unit, ids, waiting=True)
    outgoing: list[Outgoing] = []
    for row in rows:
        documents: list[dict[str, Any]] = []
        if note := notes.get(row["id"]):
            documents = [
                render.render_reply_request(note, row["author"]),
                render.render_asking_create(note, row["author"]),
            ]
        elif boost := boosts.get(row["id"]):
            documents = [render.render_announce_request(boost, render_announce(boost))]
        event, reach = asked[row["id"]], Reach(people=(row["author_id"],), personal=True)
        outgoing += [
            Outgoing(event, document, event.account_id, f"ask {row['id']}", reach, row["id"])
            for document in documents
        ]
    await send(unit, context, outgoing)


_REQUESTS = """
SELECT r.id, r.kind, r.account_id, r.status_id, r.actor_id, r.object_uri, r.request, r.state,
  w.uri AS actor, a.uri AS author, s.uri AS target
FROM interaction_requests r JOIN statuses s ON s.id = r.status_id
JOIN accounts w ON w.id = r.actor_id AND w.domain IS NOT NULL
JOIN accounts a ON a.id = r.account_id
WHERE r.id = ANY($1::bigint[]) AND r.state IN (1, 2) ORDER BY r.id
"""


def consent_uri(row: asyncpg.Record) -> str:
    """Where it is written that somebody elsewhere may do what they asked for."""
    if row["kind"] == "quote":
        return urls.stamp_uri(row["author"], row["id"])
    is_polite = str(row["request"].get("type", "")).endswith("Request")
    build = urls.authorization_uri if is_polite else urls.approval_uri
    return build(row["author"], row["id"])


async def interaction_decided(
    unit: Unit, context: Publishing, events: Sequence[happened.InteractionDecided]
) -> None:
    """Accept with the written consent, or Reject, to whoever asked."""
    decided = {event.request_id: event for event in events}
    rows = await unit.fetch(_REQUESTS, list(decided))
    await send(unit, context, [_decision(decided[row["id"]], row) for row in rows])


def _decision(event: happened.InteractionDecided, row: asyncpg.Record) -> Outgoing:
    is_yes = row["state"] == _ALLOWED
    build = urls.accept_uri if is_yes else urls.reject_uri
    document = render.render_decision(
        build(row["author"], f"requests/{row['id']}"),
        row["author"],
        row["actor"],
        row["request"],
        row["object_uri"],
        consent_uri(row) if is_yes else None,
    )
    reach = Reach(people=(row["actor_id"],), personal=True)
    return Outgoing(event, document, row["account_id"], _order(row["id"]), reach)


async def approval_revoked(
    unit: Unit, context: Publishing, events: Sequence[happened.ApprovalRevoked]
) -> None:
    """Delete of the written consent, to who had it, and to all who were told of the post."""
    revoked = {event.request_id: event for event in events}
    rows = await unit.fetch(_REQUESTS, list(revoked))
    outgoing: list[Outgoing] = []
    for row in rows:
        stamp = render.render_stamp(
            consent_uri(row), row["author"], row["object_uri"], row["target"]
        )
        reach = Reach(people=(row["actor_id"],), told_of=row["status_id"])
        document = render.render_revocation(stamp, row["actor"])
        event = revoked[row["id"]]
        outgoing.append(Outgoing(event, document, row["account_id"], _order(row["id"]), reach))
    await send(unit, context, outgoing)


async def feature_refused(
    unit: Unit, context: Publishing, events: Sequence[happened.FeatureRefused]
) -> None:
    """Reject, to who wants a member in a collection of accounts."""
    parties = await load_parties(unit, [i for e in events for i in (e.account_id, e.actor_id)])
    numbers = await unit.new_ids(len(events))
    await send(
        unit,
        context,
        [
            Outgoing(
                event,
                render.render_refused_request(
                    urls.reject_uri(member.uri, str(number)), member.uri, actor.uri, event.uri
                ),
                member.id,
                event.lane,
                Reach(people=(actor.id,), personal=True),
            )
            for event, number in zip(events, numbers, strict=True)
            if (member := parties.get(event.account_id)) and (actor := parties.get(event.actor_id))
        ],
    )


def _order(request_id: int) -> str:
    return f"consent {request_id}"
