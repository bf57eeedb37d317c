"""Posts that groups pass on show as posts in the group: as boosts by it, each once.

Some groups send two Announces for one post, of the post and of its Create, and some send only the
second: both come to the same boost, which has the id of the one that came last.
"""

from collections.abc import Sequence

from fedi.core.groups.moderation import find_removed
from fedi.core.interactions import receive_announces
from fedi.core.statuses.types import ReceivedAnnounce
from fedi.federation.meaning.incoming import Incoming, Known
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit

REMOVED = Ignored("removed from the group")


async def boost_passed_on(
    unit: Unit, known: Known, items: Sequence[Incoming], outcomes: Sequence[Outcome]
) -> list[Outcome]:
    """Boost what groups passed on in Creates; an answer shows in its conversation only."""
    ends = list(outcomes)
    places = [
        index
        for index, item in enumerate(items)
        if item.via is not None and _is_first(item) and not isinstance(ends[index], Refused)
    ]
    if not places:
        return ends
    boosts = [_boost(items[index], known) for index in places]
    for index, outcome in zip(places, await receive_boosts(unit, boosts), strict=True):
        if isinstance(outcome, Done):
            ends[index] = outcome
    return ends


def _is_first(item: Incoming) -> bool:
    document = item.activity.object or {}
    is_answer = item.note.in_reply_to if item.note is not None else document.get("inReplyTo")
    return not is_answer and item.activity.object_id is not None


def _boost(item: Incoming, known: Known) -> ReceivedAnnounce:
    announce = item.via or item.activity
    return ReceivedAnnounce(
        uri=announce.id or "",
        account=known.accounts[item.signer_uri],
        object_uri=item.activity.object_id or "",
        published=announce.published,
        to=announce.to,
        cc=announce.cc,
    )


async def receive_boosts(unit: Unit, boosts: Sequence[ReceivedAnnounce]) -> list[Outcome]:
    """Boosts by anybody; what a group removed does not come back by it."""
    groups = [
        (boost.account.id, boost.object_uri)
        for boost in boosts
        if boost.account.actor_type == "Group"
    ]
    if not groups:
        return await receive_announces(unit, boosts)
    removed = await find_removed(unit, groups)
    live = [boost for boost in boosts if (boost.account.id, boost.object_uri) not in removed]
    done = iter(await receive_announces(unit, live))
    return [
        REMOVED if (boost.account.id, boost.object_uri) in removed else next(done)
        for boost in boosts
    ]
