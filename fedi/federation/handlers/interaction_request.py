"""LikeRequest, ReplyRequest, AnnounceRequest: somebody asks for leave to do this with a post."""

from collections.abc import Sequence

from fedi.ap.authority import same_origin
from fedi.ap.lenient import id_of
from fedi.core.accounts.people import People
from fedi.core.consent.asked import ReceivedRequest, receive_requests
from fedi.core.statuses.consent.policy import Kind
from fedi.federation.meaning.consent import (
    asks_about_request,
    fetch_instrument,
    instrument_of,
    needs_instrument,
    read_instrument,
)
from fedi.federation.meaning.incoming import Handler, Incoming, Known, settle
from fedi.kit.result import Outcome, Refused
from fedi.kit.unit import Unit

_KINDS: dict[str, Kind] = {
    "LikeRequest": "like",
    "ReplyRequest": "reply",
    "AnnounceRequest": "announce",
}
_NOT_THEIRS = Refused("what they ask for is not the actor's own, or about something else")


def _check(item: Incoming) -> Outcome | None:
    uri, document = instrument_of(item)
    if item.activity.id is None or item.activity.object_id is None or uri is None:
        return Refused("the request has no id, no object or no instrument")
    if not same_origin(uri, item.actor_uri):
        return _NOT_THEIRS
    if document is None:
        return None
    if item.activity.type != "ReplyRequest":
        about = id_of(document.get("object")) or item.activity.object_id
        actor = id_of(document.get("actor")) or item.actor_uri
        is_own = actor == item.actor_uri and about == item.activity.object_id
        return None if is_own else _NOT_THEIRS
    return read_instrument(item, document, _NOT_THEIRS) if "content" in document else None


def _needs(item: Incoming, known: Known) -> bool:
    """Whether an answer is to be read; of likes and boosts nothing but their ids counts."""
    return item.activity.type == "ReplyRequest" and needs_instrument(item, known)


async def _fetch(people: People, item: Incoming, known: Known) -> Outcome | None:
    is_reply = item.activity.type == "ReplyRequest"
    return await fetch_instrument(people, item, known) if is_reply else None


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> ReceivedRequest | Outcome:
        activity, note = item.activity, item.note
        kind = _KINDS[activity.type]
        if kind == "reply" and (note is None or note.in_reply_to != activity.object_id):
            return _NOT_THEIRS
        request = activity.raw if note is None else {**activity.raw, "instrument": note.raw}
        uri, _ = instrument_of(item)
        actor = known.accounts[item.actor_uri]
        return ReceivedRequest(kind, actor, activity.object_id or "", uri or "", request)

    async def carry_out(requests: list[ReceivedRequest]) -> Sequence[Outcome]:
        return await receive_requests(unit, requests)

    return await settle(items, decide, carry_out)


HANDLER = Handler(check=_check, asks=asks_about_request, needs=_needs, fetch=_fetch, apply=_apply)
