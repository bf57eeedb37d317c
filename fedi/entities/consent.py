"""Who may do what with a post, and who asks for it, as apps know it."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from fedi.core.statuses.consent.policy import name_circles
from fedi.core.statuses.consent.requests import DENIED, GRANTED, Request
from fedi.entities.accounts import moment_or_none
from fedi.kit.clock import to_iso

Entity = dict[str, Any]

# The kinds, as they are kept and as apps call them.
TYPES = {"like": "favourite", "reply": "reply", "announce": "reblog", "quote": "quote"}
_RULES = (("can_favourite", "like"), ("can_reply", "reply"), ("can_reblog", "announce"))


def build_rules(actor: str, policy: Mapping[str, Mapping[str, Sequence[str]]]) -> Entity:
    """Who may like, answer and boost a post of `actor`; in the words of today and of before."""
    rules: Entity = {}
    for theirs, ours in _RULES:
        rule = policy.get(ours)
        automatic = ["public"] if rule is None else name_circles(actor, rule.get("automatic", ()))
        manual = [] if rule is None else name_circles(actor, rule.get("manual", ()))
        rules[theirs] = {
            "automatic_approval": automatic,
            "manual_approval": manual,
            "always": automatic,
            "with_approval": manual,
        }
    return rules


def build_request(
    request: Request, account: bytes, status: bytes, made: bytes | None, content: str
) -> Entity:
    """What somebody wants to do with a post.

    Args:
        request: what is kept of it.
        account: who wants it, built.
        status: the post, built.
        made: the answer or the post that quotes, built, where it is here already.
        content: else what the answer would say.
    """
    entity: Entity = {
        "id": str(request.id),
        "type": TYPES[request.kind],
        "created_at": to_iso(request.created_at),
        "account": orjson.Fragment(account),
        "status": orjson.Fragment(status),
        "reply": None if made is None else orjson.Fragment(made),
        "content": content,
        "uri": request.object_uri,
    }
    if request.state == GRANTED:
        entity["accepted_at"] = moment_or_none(request.decided_at)
    if request.state == DENIED:
        entity["rejected_at"] = moment_or_none(request.decided_at)
    return entity
