"""LikeRequest, ReplyRequest, AnnounceRequest: may I do this with a member's post?"""

from collections.abc import Sequence

from fedi.ap.authority import owns, same_origin
from fedi.ap.lenient import id_of
from fedi.ap.parse import parse_note
from fedi.core.accounts.people import People
from fedi.core.consent.asked import ReceivedRequest, receive_requests
from fedi.core.statuses.consent.policy import Kind
from fedi.federation.consent import instrument_of
from fedi.federation.incoming import Asks, Handler, Incoming, Known, ids, settle
from fedi.federation.notes import take_document
from fedi.kit.errors import RemoteNonsense
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
    if "content" in document:
        try:
            item.note = parse_note(document, author=item.actor_uri)
        except RemoteNonsense as problem:
            return Refused(str(problem))
        if not owns(item.actor_uri, document):
            return _NOT_THEIRS
    return None


def _asks(item: Incoming) -> Asks:
    return Asks(statuses=ids(item.activity.object_id))


def _needs(item: Incoming, known: Known) -> bool:
    stored = known.statuses.get(item.activity.object_id or "")
    is_reply = item.activity.type == "ReplyRequest"
    return is_reply and item.note is None and stored is not None and stored.local


async def _fetch(people: People, item: Incoming, known: Known) -> Outcome | None:
    """Read the answer where it lies."""
    uri, _ = instrument_of(item)
    if uri is None or not _needs(item, known):
        return None
    author = known.statuses[item.activity.object_id or ""].account_id
    document = await people.fetcher.document(uri, signer_id=author)
    is_own_word = item.authentic
    ending = take_document(item, document, uri)
    # The answer is confirmed thereby, and not the request.
    item.confirmed = item.confirmed and is_own_word
    return ending


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


HANDLER = Handler(check=_check, asks=_asks, needs=_needs, fetch=_fetch, apply=_apply)
