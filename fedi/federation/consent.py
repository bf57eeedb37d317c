"""What activities say about consent: answers to what members asked, and what others ask them."""

from collections.abc import Sequence
from typing import Any

from fedi.ap.lenient import as_object, id_of, type_of
from fedi.core.consent.answers import ReceivedConsent, receive_answers
from fedi.core.urls import is_ours
from fedi.federation.incoming import Incoming, Known
from fedi.kit.result import Outcome
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


def instrument_of(item: Incoming) -> tuple[str | None, dict[str, Any] | None]:
    """What somebody wants to be done: its id, and the document if it came along."""
    value = item.activity.raw.get("instrument")
    document = as_object(value) if isinstance(value, dict | list) else None
    return id_of(value), document
