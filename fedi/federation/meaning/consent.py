"""What activities say about consent: answers to what members asked, and what others ask them."""

from collections.abc import Sequence
from typing import Any

from fedi.ap.authority import owns
from fedi.ap.lenient import as_object, id_of, type_of
from fedi.ap.parse import parse_note
from fedi.core.accounts.people import People
from fedi.core.consent.answers import ReceivedConsent, receive_answers
from fedi.core.urls import is_ours
from fedi.federation.meaning.incoming import Asks, Incoming, Known, ids
from fedi.federation.meaning.notes import take_document
from fedi.kit.errors import RemoteNonsense
from fedi.kit.result import Outcome, Refused
from fedi.kit.unit import Unit

# What an Accept or Reject may embed that is no Follow, nor anything else.
_ASKED = (
    "QuoteRequest", "LikeRequest", "ReplyRequest", "AnnounceRequest",
    "Like", "Announce", "Create", "Note", "Question", "Article",
)  # fmt: skip


def read_consent(item: Incoming, known: Known, *, is_yes: bool) -> ReceivedConsent | None:
    """The answer in an activity to what a member wanted to do; None where it answers a Follow."""
    embedded = item.activity.object
    uri = item.activity.object_id
    if uri is None or not is_ours(known.origin, uri) or "/ap/follows/" in uri:
        return None
    if embedded is not None and type_of(embedded) is not None and not type_of(embedded, _ASKED):
        return None
    if embedded is None and "/statuses/" not in uri and "/ap/likes/" not in uri:
        return None
    actor = known.accounts[item.actor_uri]
    result = item.activity.raw.get("result")
    return ReceivedConsent(actor.id, actor.uri, item.activity.id, uri, result, is_yes)


async def receive_consent(
    unit: Unit, known: Known, items: Sequence[Incoming], *, is_yes: bool
) -> dict[int, Outcome]:
    """Carry out what authors answered to members, by row; all others answer something else."""
    found = {
        item.row_id: answer
        for item in items
        if (answer := read_consent(item, known, is_yes=is_yes)) is not None
    }
    if not found:
        return {}
    return dict(zip(found, await receive_answers(unit, list(found.values())), strict=True))


def asks_about_request(item: Incoming) -> Asks:
    """The post that somebody wants to do something with."""
    return Asks(statuses=ids(item.activity.object_id))


def needs_instrument(item: Incoming, known: Known) -> bool:
    """Whether it is about a post of a member, and what is to be done with it did not come along."""
    stored = known.statuses.get(item.activity.object_id or "")
    return item.note is None and stored is not None and stored.local


def read_instrument(item: Incoming, document: dict[str, Any], problem: Outcome) -> Outcome | None:
    """Take the post that came along with a request; `problem` if it is not the actor's own."""
    try:
        item.note = parse_note(document, author=item.actor_uri)
    except RemoteNonsense as nonsense:
        return Refused(str(nonsense))
    return None if owns(item.actor_uri, document) else problem


async def fetch_instrument(people: People, item: Incoming, known: Known) -> Outcome | None:
    """Read what somebody wants to do with a post of a member where it lies."""
    uri, _ = instrument_of(item)
    if uri is None or not needs_instrument(item, known):
        return None
    author = known.statuses[item.activity.object_id or ""].account_id
    document = await people.fetcher.document(uri, signer_id=author)
    is_own_word = item.authentic
    ending = take_document(item, document, uri)
    # What was read is confirmed thereby, and not the request.
    item.confirmed = item.confirmed and is_own_word
    return ending


def instrument_of(item: Incoming) -> tuple[str | None, dict[str, Any] | None]:
    """What somebody wants to be done: its id, and the document if it came along."""
    value = item.activity.raw.get("instrument")
    document = as_object(value) if isinstance(value, dict | list) else None
    return id_of(value), document
