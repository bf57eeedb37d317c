"""What an activity is worth that its actor did not send: proof, its origin's word, or nothing.

Forwarded and relayed activities are signed by whoever brings them. They take effect in one of three
ways, tried in this order:

    by proof     an integrity proof inside, by a key that the actor's own document names
    at origin    the post, the activity or the absence of it, as its own server answers
    not at all   a recorded drop

`by_proofs` looks only at keys that are here, for a whole batch at once; `confirm` may ask the
network for one activity, if anybody here has to do with it. Linked Data signatures count for
nothing: what they cover depends on contexts, and whatever carries one can be asked for.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from fedi.ap.authority import same_origin
from fedi.ap.parse import parse_activity
from fedi.ap.proofs import Proof, read_proofs, verify_proof
from fedi.core.accounts.keys import StoredKey
from fedi.core.accounts.people import People
from fedi.core.statuses.policy import UNLISTED
from fedi.federation.handlers import HANDLERS
from fedi.federation.meaning.incoming import Incoming, Known
from fedi.federation.meaning.notes import fetch_note, has_relation
from fedi.federation.reading.refresh import read_anew
from fedi.kit import metrics
from fedi.kit.clock import now
from fedi.kit.errors import FediError, RemoteDown, RemoteGone, RemoteNonsense, Unauthorized
from fedi.kit.result import Ignored, Outcome, Refused

# A proof holds for ever, so its bearer can show it again and again. That does no harm to these
# types, whose repetition means nothing; of all others only a fresh one counts, as of signatures.
LASTING = frozenset({"Create", "Delete", "Announce", "Like", "EmojiReact", "Dislike"})
FRESH = timedelta(hours=12)
# How often one actor is asked for keys that only others speak of.
KEY_SECONDS = 300.0

Keys = dict[str, StoredKey]


async def by_proofs(people: People, items: Sequence[Incoming]) -> None:
    """Mark what keys that are here prove; one lookup for all."""
    claimed = [(item, proofs) for item in items if (proofs := _claims(item))]
    if not claimed:
        return
    wanted = {proof.key_id for _, proofs in claimed for proof in proofs}
    keys = await people.keyring.public_keys(list(wanted))
    for item, proofs in claimed:
        _settle(item, proofs, keys)


def _claims(item: Incoming) -> list[Proof]:
    """What its proofs claim, as far as words go; nothing when one of them says something wrong."""
    if item.believed or item.document is None:
        return []
    moment = now()
    try:
        proofs = read_proofs(item.document, item.actor_uri, moment)
    except Unauthorized:
        metrics.count("activitypub.proof", result="malformed")
        return []
    if item.activity.type in LASTING:
        return proofs
    return proofs if all(_is_fresh(proof, moment) for proof in proofs) else []


def _is_fresh(proof: Proof, moment: datetime) -> bool:
    return proof.created is not None and proof.created > moment - FRESH


def _settle(item: Incoming, proofs: Sequence[Proof], keys: Keys) -> None:
    """Every proof must be good, and by a key of the actor: one that binds to nobody spoils all."""
    # Proofs are made over what is not signed in the older way; that signature says nothing here.
    document = {name: value for name, value in (item.document or {}).items() if name != "signature"}
    for proof in proofs:
        key = keys.get(proof.key_id)
        if key is None or key.account_uri != item.actor_uri or key.deleted:
            return
        if not verify_proof(document, proof, key.public_key):
            return
    item.proven = True
    # When the bearer signed says nothing about when it was said. Whole seconds, as signatures have:
    # a Follow must not seem later than the Undo that was signed within the same one.
    moments = [proof.created.replace(microsecond=0) for proof in proofs if proof.created]
    item.signed_at = min(moments, default=None)
    metrics.count("activitypub.proof", result="verified")


def may_be_confirmed(item: Incoming) -> bool:
    """Whether there is anything to ask for an activity that nothing here vouches for."""
    return item.document is not None or item.activity.type in _AT_ORIGIN


async def confirm(people: People, item: Incoming, known: Known) -> Outcome | None:
    """Find out whether an activity may be believed; None when it may, or else why not.

    Raises:
        RemoteDown: the actor's server does not answer; it may another time.
        RemoteError: it answers with nothing that can be used.
    """
    if not _concerns_us(item, known):
        return Ignored("no relation")
    if await _prove(people, item):
        return None
    ask = _AT_ORIGIN.get(item.activity.type)
    if ask is None:
        return Refused("signed by somebody else")
    return await ask(people, item, known)


def _concerns_us(item: Incoming, known: Known) -> bool:
    """Whether anybody here has to do with it: a stranger's word is not worth a request."""
    account = known.accounts.get(item.actor_uri)
    kind = item.activity.type
    if kind in ("Create", "Update"):
        is_here = item.activity.object_id in known.statuses
        is_known_actor = item.activity.object_id == item.actor_uri and account is not None
        return is_here or is_known_actor or has_relation(item, known)
    if kind == "Announce" and account is not None and account.id in known.followed:
        return True
    is_about_posts = any(uri in known.statuses for uri in item.activity.object_ids)
    if kind in LASTING:
        is_farewell = kind == "Delete" and item.activity.object_id == item.actor_uri
        return is_about_posts or (is_farewell and account is not None)
    return account is not None


async def _prove(people: People, item: Incoming) -> bool:
    """Read the actor's keys anew at its origin, if it claims to have made a proof, and look."""
    if not _claims(item):
        return False
    if people.may(("keys of", item.actor_uri), KEY_SECONDS):
        people.fetcher.forget(item.actor_uri)
        try:
            await read_anew(people, item.actor_uri)
        except RemoteDown:
            raise
        except FediError:
            return False
    await by_proofs(people, [item])
    return item.proven


async def _ask_for_object(people: People, item: Incoming, known: Known) -> Outcome | None:
    """The post as its origin serves it, whatever was said about it; profiles are read by Update."""
    if item.activity.object_id == item.actor_uri:
        return None
    return await fetch_note(people, item, known)


async def _ask_for_absence(people: People, item: Incoming, known: Known) -> Outcome | None:
    """A Delete: its object must be gone where it was, and it must have been the actor's."""
    uri = item.activity.object_id or ""
    stored = known.statuses.get(uri)
    if stored is not None and stored.account_uri != item.actor_uri:
        return Refused("the object is not the actor's own")
    try:
        document = await people.fetcher.document(uri)
    except RemoteGone as problem:
        if not problem.permanent and (stored is None or stored.visibility > UNLISTED):
            # People and private posts are missing for many reasons; gone is another word.
            return Refused("its origin does not say that it is gone")
    except RemoteNonsense as problem:
        return Refused(f"its origin does not say that it is gone: {problem}")
    else:
        if document.get("type") != "Tombstone":
            return Refused("it is still there")
    item.confirmed = True
    return None


async def _ask_for_activity(people: People, item: Incoming, known: Known) -> Outcome | None:
    """The activity itself, by its own id; what came is forgotten for what its origin serves."""
    uri = item.activity.id
    if uri is None or "#" in uri or not same_origin(uri, item.actor_uri):
        return Refused("signed by somebody else, and nowhere to be asked for")
    del known
    activity = parse_activity(await people.fetcher.document(uri))
    is_same = activity.id == uri and activity.type == item.activity.type
    if not is_same or activity.actor != item.actor_uri:
        return Refused("its origin serves something else under its id")
    item.activity = activity
    item.signed_at = None
    if ending := HANDLERS[activity.type].check(item):
        return ending
    item.proven = True
    return None


Ask = Callable[[People, Incoming, Known], Awaitable[Outcome | None]]

# What is asked for at the origin. Deeds between two people (Follow, Accept, Reject, Block, Flag)
# are sent by who does them and by nobody else; there is nothing to ask for.
_AT_ORIGIN: dict[str, Ask] = {
    "Create": _ask_for_object,
    "Update": _ask_for_object,
    "Delete": _ask_for_absence,
    "Announce": _ask_for_activity,
    "Like": _ask_for_activity,
    "EmojiReact": _ask_for_activity,
    "Dislike": _ask_for_activity,
    "Undo": _ask_for_activity,
    "Add": _ask_for_activity,
    "Remove": _ask_for_activity,
}
