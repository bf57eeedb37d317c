"""What comes by relays: posts that nobody here asked for, taken because the admin wants them.

A relay only points at posts. They are read at their origins (or carry a proof), pass the filters
like everything else, and show in the public timelines; nobody is notified but who is mentioned.
"""

from collections.abc import Sequence

from fedi.ap.authority import is_public
from fedi.ap.vocabulary import Note
from fedi.core.accounts.people import People
from fedi.core.relays import Answer, Relay, receive_answers
from fedi.core.statuses.resolve import resolve_statuses
from fedi.core.urls import is_ours
from fedi.events import RelayFollowedBack
from fedi.federation.meaning.incoming import Incoming, Known
from fedi.kit.errors import RemoteDown
from fedi.kit.result import Done, Ignored, Outcome
from fedi.kit.unit import Unit

# Ids in one Announce that are looked at.
MOST = 20


def find_relay(item: Incoming, known: Known) -> Relay | None:
    """The relay that brought this, if it was asked and said yes."""
    relay = known.relays.get(item.signer_uri)
    return relay if relay is not None and relay.is_accepted else None


def is_wanted(item: Incoming, known: Known) -> bool:
    """Whether a post that nobody here has to do with is wanted from who brought it."""
    relay = find_relay(item, known)
    if relay is None or item.activity.type != "Create":
        return False
    # One that came as a mere id is judged when it has been read.
    return item.note is None or _suits(relay, item.note)


def _suits(relay: Relay, note: Note) -> bool:
    return any(is_public(uri) for uri in note.to) and relay.takes(note.hashtags)


def find_relayed(item: Incoming, known: Known) -> list[str]:
    """The posts that a relay's own Announce points at, and that are not here."""
    if item.signer_uri != item.actor_uri or find_relay(item, known) is None:
        return []
    named = dict.fromkeys(
        uri for uri in (item.activity.object_id, *item.activity.object_ids) if uri
    )
    fresh = [uri for uri in named if uri not in known.statuses and not is_ours(known.origin, uri)]
    return fresh[:MOST]


async def fetch_relayed(people: People, item: Incoming, known: Known) -> Outcome:
    """Read and store what a relay points at; its Announce is no boost and leaves nothing."""
    relay = find_relay(item, known)
    if relay is None:
        return Ignored("no relation")
    found = await resolve_statuses(
        people, find_relayed(item, known), accept=lambda note: _suits(relay, note)
    )
    for problem in found.values():
        if isinstance(problem, RemoteDown):
            raise problem
    stored = sum(isinstance(each, int) for each in found.values())
    return Done(f"{stored} posts by relay") if stored else Ignored("nothing that is wanted here")


def follow_back(unit: Unit, item: Incoming, known: Known) -> Outcome | None:
    """The answer to a relay that follows this server, if it was asked to pass posts on."""
    relay = known.relays.get(item.actor_uri)
    if relay is None:
        return None
    uri = item.activity.id or ""
    unit.record(RelayFollowedBack(item.actor_uri, relay.inbox_url, uri))
    return Done("a relay that was asked")


async def take_answers(unit: Unit, items: Sequence[Incoming], *, accepted: bool) -> set[int]:
    """Relays say yes or no; the rows that were such answers."""
    asked = {
        item.row_id: Answer(item.activity.object_id, item.actor_uri, accepted)
        for item in items
        if item.activity.object_id is not None
    }
    taken = await receive_answers(unit, list(asked.values()))
    return {row_id for row_id, answer in asked.items() if answer.follow_uri in taken}
