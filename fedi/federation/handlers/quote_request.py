"""QuoteRequest: somebody asks whether they may quote a member's post."""

from collections.abc import Sequence

from fedi.ap.authority import same_origin
from fedi.core.consent.quotes import ReceivedQuoteRequest, receive_quote_requests
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

_NOT_THEIRS = Refused("the post that quotes is not the actor's own, or quotes another one")


def _check(item: Incoming) -> Outcome | None:
    """Read the post that quotes, if it came along; else it lies on the actor's own origin."""
    uri, document = instrument_of(item)
    if item.activity.id is None or item.activity.object_id is None or uri is None:
        return Refused("the QuoteRequest has no id, no object or no instrument")
    if not same_origin(uri, item.actor_uri):
        return _NOT_THEIRS
    # One that has no content is no post but its id in another form.
    if document is None or "content" not in document:
        return None
    ending = read_instrument(item, document, _NOT_THEIRS)
    is_other = item.note is not None and item.note.quote != item.activity.object_id
    return _NOT_THEIRS if ending is None and is_other else ending


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> ReceivedQuoteRequest | Outcome:
        note, quoted = item.note, item.activity.object_id
        if note is None or quoted is None or note.quote != quoted:
            return _NOT_THEIRS
        actor = known.accounts[item.actor_uri]
        return ReceivedQuoteRequest(actor, quoted, note, item.activity.raw)

    async def carry_out(requests: list[ReceivedQuoteRequest]) -> Sequence[Outcome]:
        return await receive_quote_requests(unit, requests)

    return await settle(items, decide, carry_out)


HANDLER = Handler(
    check=_check,
    asks=asks_about_request,
    needs=needs_instrument,
    fetch=fetch_instrument,
    apply=_apply,
)
