"""Consent in writing (QuoteAuthorization and its kin), requests for it, and answers to them."""

from fedi.ap.lenient import id_of
from fedi.federation.render.activity import Json
from fedi.federation.render.create import render_create
from fedi.federation.render.facts import BoostFacts, NoteFacts
from fedi.federation.render.note import render_note

_PRIVATE = 2
_VERBS = {"like": "Like", "reply": "Reply", "announce": "Announce"}


def render_stamp(uri: str, author: str, interacting: str, target: str) -> Json:
    """A QuoteAuthorization; it names the post that quotes and never shows it."""
    return {
        "id": uri,
        "type": "QuoteAuthorization",
        "attributedTo": author,
        "interactingObject": interacting,
        "interactionTarget": target,
    }


def render_approval(kind: str, uri: str, author: str, interacting: str, target: str) -> Json:
    """A LikeApproval, ReplyApproval or AnnounceApproval."""
    return {
        "id": uri,
        "type": f"{_VERBS[kind]}Approval",
        "attributedTo": author,
        "object": interacting,
        "target": target,
    }


def render_authorization(kind: str, uri: str, author: str, interacting: str, target: str) -> Json:
    """The same, for those who know it by its newer name."""
    stamp = render_stamp(uri, author, interacting, target)
    return {**stamp, "type": f"{_VERBS[kind]}Authorization"}


def render_quote_request(facts: NoteFacts, quoted: str, author: str) -> Json:
    """QuoteRequest: the post that quotes goes along, if who decides about it may read it."""
    named = {who.uri for who in facts.mentions}
    instrument = {
        "id": facts.uri,
        "type": "Note",
        "attributedTo": facts.author_uri,
        "quote": quoted,
    }
    return {
        "id": f"{facts.uri}#quote_request",
        "type": "QuoteRequest",
        "actor": facts.author_uri,
        "to": [author],
        "object": quoted,
        "instrument": render_note(facts)
        if facts.visibility < _PRIVATE or author in named
        else instrument,
    }


def render_reply_request(facts: NoteFacts, author: str) -> Json:
    """ReplyRequest: the answer goes along."""
    return {
        "id": f"{facts.uri}#reply_request",
        "type": "ReplyRequest",
        "actor": facts.author_uri,
        "to": [author],
        "object": facts.in_reply_to_uri,
        "instrument": render_note(facts),
    }


def render_asking_create(facts: NoteFacts, author: str) -> Json:
    """The Create of an answer that nobody but `author` gets yet: older servers know no requests.

    The real one comes later, so this one has an id of its own.
    """
    create = render_create(facts)
    return {**create, "id": f"{facts.uri}/activity#asking", "to": [author], "cc": []}


def render_announce_request(facts: BoostFacts, announce: Json) -> Json:
    """AnnounceRequest."""
    return {
        "id": f"{facts.uri}#announce_request",
        "type": "AnnounceRequest",
        "actor": facts.author_uri,
        "to": [facts.object_author_uri],
        "object": facts.object_uri,
        "instrument": announce,
    }


def render_decision(
    uri: str, author: str, actor: str, request: Json, object_uri: str, result: str | None
) -> Json:
    """Accept (with a `result`) or Reject of what somebody asked for.

    A request is echoed by its parts; what came without one is named by its id.
    """
    kind = str(request.get("type", ""))
    asked: Json | str = object_uri
    if kind.endswith("Request"):
        asked = {
            "id": request.get("id"),
            "type": kind,
            "actor": actor,
            "object": id_of(request.get("object")),
            "instrument": object_uri,
        }
    decision: Json = {
        "id": uri,
        "type": "Accept" if result else "Reject",
        "actor": author,
        "to": [actor],
        "object": asked,
    }
    return {**decision, "result": result} if result else decision


def render_refused_request(uri: str, author: str, actor: str, request_uri: str) -> Json:
    """Reject of a request of which only the id is kept."""
    return {"id": uri, "type": "Reject", "actor": author, "to": [actor], "object": request_uri}


def render_revocation(stamp: Json, to: str) -> Json:
    """Delete of consent in writing."""
    author = stamp["attributedTo"]
    return {
        "id": f"{stamp['id']}#delete",
        "type": "Delete",
        "actor": author,
        "to": [to],
        "object": stamp,
    }
