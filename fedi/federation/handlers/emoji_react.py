"""EmojiReact: a reaction to a post with an emoji; its actor may add others."""

from collections.abc import Sequence

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
            return Refused("the reaction has no object")
        actor = known.accounts[item.actor_uri]
        emoji = read_emoji(activity.raw, actor.uri, known.origin, plain=False)
        if emoji is None:
            return Refused("the reaction is no emoji, or its picture is missing")
        return ReceivedLike(activity.id, actor.id, actor.uri, activity.object_id, emoji)

    async def carry_out(items: list[ReceivedLike]) -> Sequence[Outcome]:
        return await receive_likes(unit, items, "EmojiReact")

    return await settle(items, decide, carry_out)


HANDLER = Handler(apply=_apply)
