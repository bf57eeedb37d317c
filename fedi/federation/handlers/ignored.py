"""What others do that is nothing to us: it is in order, and has no effect here.

Each kind has its reason, which stands on its row for whoever wonders.
"""

from fedi.federation.meaning.incoming import Apply, Check, Handler, Incoming
from fedi.kit.result import Ignored, Outcome

_REASONS = {
    "View": "who has seen what is not counted here",
    "Listen": "who listens to what is not kept here",
    "Read": "who has read what is not kept here",
    "Join": "there are no events of ours to join",
    "Leave": "there are no events of ours to leave",
    "Arrive": "where people are is not kept here",
    "Travel": "where people are is not kept here",
    "Bite": "nobody is bitten here",
    "Offer": "nothing can be offered to members",
    "Invite": "nothing can be offered to members",
    "Ignore": "that is not to be answered",
    "TentativeAccept": "the request goes on waiting",
    "TentativeReject": "the request goes on waiting",
}


def _check(reason: str) -> Check:
    def check(_item: Incoming) -> Outcome | None:
        return Ignored(reason)

    return check


async def _apply(*_: object) -> list[Outcome]:
    """Nothing ever comes this far."""
    return []


_NOTHING: Apply = _apply

HANDLERS = {
    name: Handler(check=_check(reason), apply=_NOTHING) for name, reason in _REASONS.items()
}
