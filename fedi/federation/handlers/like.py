"""Like: of a post that is here; any other is nothing to us. With an emoji it is a reaction."""

from collections.abc import Sequence

from fedi.ap.parse.reactions import said_in
from fedi.core.interactions import receive_likes
from fedi.core.statuses.types import ReceivedLike
from fedi.federation.meaning.emojis import read_emoji
from fedi.federation.meaning.incoming import Handler, Incoming, Known, settle
from fedi.kit.result import Outcome, Refused
from fedi.kit.unit import Unit


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> ReceivedLike | Outcome:
        activity = item.activity
        if activity.object_id is None:
            return Refused("the Like has no object")
        actor = known.accounts[item.actor_uri]
        return ReceivedLike(
            activity.id,
            actor.id,
            actor.uri,
            activity.object_id,
            read_emoji(activity.raw, actor.uri, known.origin, plain=True),
            # Who writes an emoji into a Like knows one reaction for each person.
            alone=bool(said_in(activity.raw)),
        )

    async def carry_out(likes: list[ReceivedLike]) -> Sequence[Outcome]:
        return await receive_likes(unit, likes)

    return await settle(items, decide, carry_out)


HANDLER = Handler(apply=_apply)
