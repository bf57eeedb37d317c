"""What reactions share: the batch they belong to, and ways to tell others."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fedi.config import Settings
from fedi.core import live
from fedi.core.live import Message
from fedi.core.notifications import push_delivery
from fedi.core.notifications import service as notifications
from fedi.core.notifications.service import Notice
from fedi.core.timelines.streamed import Streamed
from fedi.federation.publish import Publishing
from fedi.kit.unit import Unit


@dataclass(frozen=True, slots=True)
class Context:
    """What reactions share while one batch is worked on."""

    settings: Settings
    publishing: Publishing
    live: list[Message] = field(default_factory=list[Message])


Events = Sequence[Any]
Reaction = Callable[[Unit, Context, Events], Awaitable[None]]


def outward(tell: Callable[[Unit, Publishing, Events], Awaitable[None]]) -> Reaction:
    """A reaction that writes activities and deliveries."""

    async def reaction(unit: Unit, context: Context, events: Events) -> None:
        await tell(unit, context.publishing, events)

    return reaction


def telling(find: Callable[[Unit, Events], Awaitable[list[Notice]]]) -> Reaction:
    """A reaction that notifies whom `find` names."""

    async def reaction(unit: Unit, context: Context, events: Events) -> None:
        await notify(unit, context, await find(unit, events))

    return reaction


async def notify(unit: Unit, context: Context, notices: Sequence[Notice]) -> None:
    """Tell members, in their lists, in open streams and on their phones."""
    told = await notifications.notify(unit, notices)
    context.live.extend(
        Message("notification", str(notification_id), users=(recipient,))
        for notification_id, recipient in told
    )
    await push_delivery.enqueue(unit, [notification_id for notification_id, _ in told])


def say_changed(context: Context, pairs: Iterable[tuple[int, int]]) -> None:
    """Open streams read anew how these pairs stand to each other."""
    context.live.extend(Message("changed", users=pair) for pair in pairs)


def post_message(
    kind: live.Kind, post: Streamed, users: Iterable[int], lists: Iterable[tuple[int, int]]
) -> Message:
    """What open streams hear of a post."""
    return Message(
        kind,
        str(post.id),
        post.account_id,
        tuple(dict.fromkeys(users)),
        public=post.public,
        local=post.local,
        media=post.has_media,
        lists=tuple(lists),
        tags=post.tags,
    )
