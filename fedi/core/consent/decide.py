"""Members decide about what others want, and what they allow takes effect as if it came now."""

from collections.abc import Sequence
from typing import Any

from fedi.ap.authority import owns, recipients_of
from fedi.ap.lenient import as_object, id_of, instant
from fedi.ap.parse import parse_note
from fedi.core import urls
from fedi.core.accounts.queries import find_by_ids
from fedi.core.accounts.types import Account
from fedi.core.consent.quotes import settle_quotes
from fedi.core.consent.release import release, turn_down
from fedi.core.interactions import favourite, receive_announces, receive_likes
from fedi.core.statuses.consent.requests import BEHIND, COLUMNS, DENIED, GRANTED, WAITING, Request
from fedi.core.statuses.receive import receive_notes
from fedi.core.statuses.types import ReceivedAnnounce, ReceivedLike, ReceivedNote
from fedi.events import InteractionDecided
from fedi.kit.errors import NotFound, RemoteNonsense
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit, Unit

# Answers below one that waited; their number is anybody's guess.
_MOST_BELOW = 100


async def list_requests(
    read: ReadUnit,
    account_id: int,
    page: Page,
    *,
    kinds: Sequence[str],
    status_id: int | None = None,
) -> list[Request]:
    """What waits for a member's word, newest first."""
    bounds, values = page.bounds_sql("r.id", 4)
    rows = await read.fetch(
        f"SELECT {COLUMNS} FROM interaction_requests r WHERE r.account_id = $1"
        f" AND r.state = {WAITING} AND r.kind = ANY($2::text[])"
        f" AND ($3::bigint IS NULL OR r.status_id = $3){bounds}"
        f" ORDER BY r.id {page.direction} LIMIT {int(page.limit)}",
        account_id,
        list(kinds),
        status_id,
        *values,
    )
    return [Request(*row) for row in page.newest_first(rows)]


async def get_request(read: ReadUnit, account_id: int, request_id: int) -> Request:
    """What somebody asked a member for.

    Raises:
        NotFound: nobody asked this member for it.
    """
    row = await read.row(
        f"SELECT {COLUMNS} FROM interaction_requests r WHERE r.id = $1 AND r.account_id = $2"
        f" AND r.state <> {BEHIND}",
        request_id,
        account_id,
    )
    if row is None:
        raise NotFound
    return Request(*row)


async def authorize(unit: Unit, account_id: int, request_id: int) -> Request:
    """Say yes, for good; records InteractionDecided.

    Raises:
        NotFound: nothing of the kind waits for this member.
    """
    request = await _close(unit, account_id, request_id, GRANTED)
    await carry_out(unit, [request])
    return request


async def reject(unit: Unit, account_id: int, request_id: int) -> Request:
    """Say no, for good; records InteractionDecided.

    Raises:
        NotFound: nothing of the kind waits for this member.
    """
    request = await _close(unit, account_id, request_id, DENIED)
    if request.kind == "quote":
        await settle_quotes(unit, [request.object_uri])
    elif request.kind in ("reply", "announce"):
        await turn_down(unit, await _find_waiting(unit, [request.object_uri]))
    return request


async def _close(unit: Unit, account_id: int, request_id: int, state: int) -> Request:
    row = await unit.row(
        "UPDATE interaction_requests r SET state = $3, decided_at = $4"
        f" WHERE r.id = $1 AND r.account_id = $2 AND r.state = {WAITING} RETURNING {COLUMNS}",
        request_id,
        account_id,
        state,
        unit.now(),
    )
    if row is None:
        raise NotFound
    request = Request(*row)
    unit.record(InteractionDecided(request.id, account_id))
    return request


async def _find_waiting(unit: Unit, uris: Sequence[str]) -> list[int]:
    """Answers and boosts of members by their ids."""
    rows = await unit.fetch(
        "SELECT id FROM statuses WHERE uri = ANY($1::text[]) AND local AND approval IS NOT NULL",
        list(uris),
    )
    return [row["id"] for row in rows]


async def carry_out(unit: Unit, requests: Sequence[Request]) -> None:
    """Let what was allowed take effect."""
    accounts = await find_by_ids(unit, [request.actor_id for request in requests])
    uris = await _status_uris(unit, [request.status_id for request in requests])
    notes: list[ReceivedNote] = []
    likes: list[ReceivedLike] = []
    boosts: list[ReceivedAnnounce] = []
    for request in requests:
        actor = accounts.get(request.actor_id)
        if actor is None or request.kind == "quote":
            continue
        if actor.is_local:
            await _carry_out_here(unit, request, actor)
        elif request.kind == "like":
            likes.append(
                ReceivedLike(request.object_uri, actor.id, actor.uri, uris[request.status_id])
            )
        elif request.kind == "announce":
            boosts.append(_boost(request, actor, uris[request.status_id]))
        elif note := read_reply(request.request, actor):
            notes.append(note)
    await receive_likes(unit, likes)
    await receive_announces(unit, boosts)
    await receive_notes(unit, notes)
    await settle_quotes(unit, [each.object_uri for each in requests if each.kind == "quote"])
    await _go_on(unit, [item.note.id for item in notes])


async def _status_uris(unit: Unit, ids: Sequence[int]) -> dict[int, str]:
    rows = await unit.fetch("SELECT id, uri FROM statuses WHERE id = ANY($1::bigint[])", list(ids))
    return {row["id"]: row["uri"] for row in rows}


async def _carry_out_here(unit: Unit, request: Request, actor: Account) -> None:
    """The same, where it is a member who asked: what they wrote is here already."""
    if request.kind == "like":
        await favourite(unit, actor, request.status_id, is_allowed=True)
        return
    author = urls.actor_uri(urls.origin_of(actor.uri), request.account_id)
    approval = urls.approval_uri(author, request.id)
    await release(unit, dict.fromkeys(await _find_waiting(unit, [request.object_uri]), approval))


def _boost(request: Request, actor: Account, original: str) -> ReceivedAnnounce:
    document = as_object(request.request.get("instrument")) or request.request
    return ReceivedAnnounce(
        uri=request.object_uri,
        account=actor,
        object_uri=original,
        published=instant(document.get("published")),
        to=recipients_of(document.get("to")),
        cc=recipients_of(document.get("cc")),
    )


def read_reply(request: dict[str, Any], actor: Account) -> ReceivedNote | None:
    """The post in a document that asked for it; None where it is not the actor's own."""
    document = as_object(request.get("instrument")) or as_object(request.get("object"))
    if document is None:
        return None
    try:
        note = parse_note(document, author=actor.uri)
    except RemoteNonsense:
        return None
    if id_of(document.get("attributedTo")) is not None and not owns(actor.uri, document):
        return None
    to, cc = recipients_of(request.get("to")), recipients_of(request.get("cc"))
    return ReceivedNote(note, actor, to=to, cc=cc)


async def _go_on(unit: Unit, uris: Sequence[str]) -> None:
    """Let in what waited below answers that are let in now."""
    if not uris:
        return
    rows = await unit.fetch(
        f"UPDATE interaction_requests r SET state = {GRANTED}, decided_at = $2"
        " WHERE r.id IN (SELECT k.id FROM interaction_requests k"
        f"   WHERE k.state = {BEHIND} AND (k.request->'object'->>'inReplyTo' = ANY($1::text[])"
        "     OR k.request->'instrument'->>'inReplyTo' = ANY($1::text[]))"
        "   AND k.status_id IN (SELECT p.status_id FROM interaction_requests p"
        "     WHERE p.object_uri = ANY($1::text[]) AND p.kind = 'reply')"
        f"   ORDER BY k.id LIMIT {_MOST_BELOW})"
        f" RETURNING {COLUMNS}",
        list(uris),
        unit.now(),
    )
    if rows:
        await carry_out(unit, [Request(*row) for row in rows])
