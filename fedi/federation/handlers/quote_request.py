"""QuoteRequest: somebody asks whether they may quote a member's post."""

from collections.abc import Sequence

from fedi.ap.authority import owns, same_origin
from fedi.ap.parse import parse_note
from fedi.core.accounts.people import People
from fedi.core.consent.quotes import ReceivedQuoteRequest, receive_quote_requests
from fedi.federation.consent import instrument_of
from fedi.federation.incoming import Asks, Handler, Incoming, Known, ids, settle
from fedi.federation.notes import take_document
from fedi.kit.errors import RemoteNonsense
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
    if document is not None and "content" in document:
        try:
            item.note = parse_note(document, author=item.actor_uri)
        except RemoteNonsense as problem:
            return Refused(str(problem))
        if not owns(item.actor_uri, document) or item.note.quote != item.activity.object_id:
            return _NOT_THEIRS
    return None


def _asks(item: Incoming) -> Asks:
    return Asks(statuses=ids(item.activity.object_id))


def _needs(item: Incoming, known: Known) -> bool:
    stored = known.statuses.get(item.activity.object_id or "")
    return item.note is None and stored is not None and stored.local


async def _fetch(people: People, item: Incoming, known: Known) -> Outcome | None:
    """Read the post that quotes where it lies."""
    uri, _ = instrument_of(item)
    if uri is None or not _needs(item, known):
        return None
    author = known.statuses[item.activity.object_id or ""].account_id
    document = await people.fetcher.document(uri, signer_id=author)
    is_own_word = item.authentic
    ending = take_document(item, document, uri)
    # The post is confirmed thereby, and not the request.
    item.confirmed = item.confirmed and is_own_word
    return ending


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


HANDLER = Handler(check=_check, asks=_asks, needs=_needs, fetch=_fetch, apply=_apply)
