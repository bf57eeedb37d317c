"""What Create and Update share: reading a post, and whether anybody here wants it."""

from typing import Any

from fedi.ap.authority import owns, same_origin
from fedi.ap.parse import parse_note
from fedi.core.accounts.people import People
from fedi.core.accounts.types import Account
from fedi.core.statuses.resolve import resolve_statuses
from fedi.core.statuses.types import ReceivedNote
from fedi.core.urls import INSTANCE_ACTOR_ID
from fedi.federation.meaning.incoming import Asks, Incoming, Known, ids
from fedi.federation.meaning.relayed import is_wanted as is_wanted_by_relay
from fedi.federation.meaning.unwrap import is_of_followed_group
from fedi.kit.errors import FediError, RemoteDown, RemoteNonsense
from fedi.kit.result import Done, Ignored, Outcome, Refused

# A stranger who names more members than this is no acquaintance.
MAX_LOCAL_MENTIONS = 50


def read_note(item: Incoming) -> Outcome | None:
    """Parse the post and check that it is the actor's own; fills in `item.note`.

    What lies on another origin or names another author is never stored from here: the Create only
    tells where it is, and it is read there like a post that came as a mere id.
    """
    document = item.activity.object
    if document is None:
        return None if item.activity.object_id else Refused("the activity has no object")
    try:
        note = parse_note(document, author=item.actor_uri)
    except RemoteNonsense as problem:
        return Refused(str(problem))
    if not _is_own(item, document, note.id):
        is_pointer = item.activity.type == "Create" and not note.is_vote
        return None if is_pointer else Refused("the post is not the actor's own")
    if note.is_vote and item.activity.type != "Create":
        return Ignored("a vote does not change")
    item.note = note
    return None


def _is_own(item: Incoming, document: dict[str, Any], note_id: str) -> bool:
    if owns(item.actor_uri, document):
        return True
    named = document.get("attributedTo") or document.get("actor")
    return not named and same_origin(note_id, item.actor_uri)


def asks_about_note(item: Incoming) -> Asks:
    """Everybody whom the post may be for, its parent, and itself where it is not here in full."""
    note = item.note
    if note is None:
        return Asks(item.activity.recipients, ids(item.activity.object_id))
    named = [mention.href for mention in note.mentions]
    return Asks((*note.recipients, *item.activity.recipients, *named), ids(note.in_reply_to))


def needs_note(item: Incoming, known: Known) -> bool:
    """Whether the post must be fetched: it came as a mere id, and is not here."""
    is_old = item.activity.type == "Create" and item.activity.object_id in known.statuses
    return item.note is None and not is_old


async def fetch_note(people: People, item: Incoming, known: Known) -> Outcome | None:
    """Read the post at its origin instead of what was sent; that may be somebody else's word."""
    uri = item.activity.object_id
    if item.believed and not needs_note(item, known):
        return None
    if uri is None:
        return Refused("the activity has no object")
    is_here = uri in known.statuses
    if item.activity.type == "Create" and is_here and item.via is not None:
        # Nothing new but that the group has it; what was sent along counts for nothing.
        item.note, item.confirmed = None, True
        return None
    if item.activity.type == "Create" and is_here:
        return Ignored("known already")
    if not is_here and refusal_of(item, known):
        # A stranger's post, or a stranger's word about it: not worth a request.
        return Ignored("no relation")
    if item.activity.object is not None and item.note is None:
        return await _take_from_elsewhere(people, item, uri)
    if not same_origin(uri, item.actor_uri):
        return Refused("the post is not the actor's own")
    document = await people.fetcher.document(uri, signer_id=_addressee(item, known))
    return take_document(item, document, uri)


async def _take_from_elsewhere(people: People, item: Incoming, uri: str) -> Outcome:
    """A post of somebody else's, embedded in a Create: what its own server serves is stored."""
    if not item.believed:
        return Refused("the post is not the actor's own")
    found = (await resolve_statuses(people, [uri]))[uri]
    if isinstance(found, RemoteDown):
        raise found
    if isinstance(found, FediError):
        return Refused(f"the post is not the actor's own, and cannot be had: {found}"[:200])
    return Done("read at its origin")


def _addressee(item: Incoming, known: Known) -> int:
    """Who may read a post that is not for all: a member whom it was sent to, else the server."""
    if item.recipient_id is not None:
        return item.recipient_id
    named = (known.local(uri) for uri in item.activity.recipients)
    return next((member.id for member in named if member), INSTANCE_ACTOR_ID)


def take_document(item: Incoming, document: dict[str, Any], uri: str) -> Outcome | None:
    """Read the post from what its origin answered."""
    try:
        note = parse_note(document)
    except RemoteNonsense as problem:
        return Refused(f"the fetched post cannot be used: {problem}")
    if note.id != uri or not owns(item.actor_uri, document):
        return Refused("the fetched post is not the actor's own")
    item.note = note
    item.confirmed = True
    return None


def has_relation(item: Incoming, known: Known) -> bool:
    """Whether somebody here has to do with the post."""
    return refusal_of(item, known) is None


def refusal_of(item: Incoming, known: Known) -> Outcome | None:
    """Why a new post is not stored; None when somebody here has to do with it."""
    if is_wanted_by_relay(item, known):
        return None
    note = item.note
    author = known.accounts.get(item.actor_uri)
    if author is not None and author.id in known.followed:
        return None
    if is_of_followed_group(item, known):
        return None
    named = [*item.activity.recipients]
    if note is not None:
        named += [*note.recipients, *(mention.href for mention in note.mentions)]
    members = {found.id for uri in named if (found := known.local(uri))}
    if len(members) > MAX_LOCAL_MENTIONS:
        return Refused("a stranger who mentions everybody")
    parent = note.in_reply_to if note is not None else None
    if members or item.recipient_id is not None or _answers_us(parent, known):
        return None
    return Ignored("no relation")


def _answers_us(parent_uri: str | None, known: Known) -> bool:
    """Whether it replies to a post of ours, or of somebody whom somebody here follows."""
    if parent_uri is None:
        return False
    parent = known.statuses.get(parent_uri)
    if parent is not None:
        return parent.local or parent.account_id in known.followed
    return known.authors.get(parent_uri) in known.followed


def received(item: Incoming, author: Account, *, is_wanted: bool) -> ReceivedNote | None:
    """The post as the core takes it."""
    if item.note is None:
        return None
    recipients = () if item.recipient_id is None else (item.recipient_id,)
    return ReceivedNote(
        note=item.note,
        account=author,
        recipient_ids=recipients,
        # Addresses that somebody else wrote down widen nothing.
        to=item.activity.to if item.is_own_word else (),
        cc=item.activity.cc if item.is_own_word else (),
        is_wanted=is_wanted,
    )
