"""What Accept and Reject have in common: which Follow of ours they answer."""

from fedi.ap.lenient import id_of, type_of
from fedi.core.relationships.types import ReceivedAnswer
from fedi.federation.meaning.incoming import Asks, Incoming, Known, ids
from fedi.kit.result import Ignored, Outcome, Refused


def asks_about_answer(item: Incoming) -> Asks:
    """The member whose Follow it may be."""
    return Asks(members=ids(_follower_uri(item)))


def read_answer(item: Incoming, known: Known) -> ReceivedAnswer | Outcome:
    """The Follow by its id, by who follows whom, or both.

    Some servers invent ids for what they embed, so the pair counts as much as the id; who signed
    must be who is followed, whatever the embedded Follow claims.
    """
    embedded = item.activity.object
    if embedded is not None:
        kind = type_of(embedded)
        if kind not in (None, "Follow"):
            return Ignored("not the answer to a Follow")
        followed = id_of(embedded.get("object"))
        if followed is not None and followed != item.actor_uri:
            return Refused("it answers for somebody else")
    follower = known.local(_follower_uri(item))
    uri = item.activity.object_id
    if uri is None and follower is None:
        return Refused("it does not say which Follow it answers")
    actor = known.accounts[item.actor_uri]
    return ReceivedAnswer(actor.id, uri, follower.id if follower else None)


def _follower_uri(item: Incoming) -> str | None:
    return id_of((item.activity.object or {}).get("actor"))
