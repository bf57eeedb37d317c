"""What listeners see of what happened, as the text that frames carry: rendered once per view."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import orjson

from fedi.core.announcements.queries import get_announcement
from fedi.core.announcements.types import Reaction
from fedi.core.conversations.queries import get_conversation
from fedi.core.live import Message
from fedi.core.media.links import Links
from fedi.core.notifications.queries import find_by_ids
from fedi.core.statuses.pair_heads import pair_heads
from fedi.entities.announcements import build_announcement, build_reaction
from fedi.entities.conversations import build_conversations
from fedi.entities.notifications import NotificationBuilder
from fedi.entities.statuses import StatusBuilder
from fedi.kit.errors import NotFound
from fedi.kit.runtime import Runtime


class Views:
    """Renders for the listeners of one process."""

    def __init__(self, runtime: Runtime, statuses: StatusBuilder, links: Links) -> None:
        self._runtime = runtime
        self._links = links
        self._notifications = NotificationBuilder(statuses, links)
        self.statuses = statuses

    async def posts(self, pairs: dict[tuple[int, int], bool]) -> dict[tuple[int, int], str]:
        """Posts by (viewer, post), where the viewer may see the post.

        The value of a pair says whether it is shown unasked: then whom the viewer does not want
        to see is left out.
        """
        read = self._runtime.read()
        heads = await pair_heads(read, [(*key, unasked) for key, unasked in pairs.items()])
        views = [(viewer, head) for (viewer, _), head in heads.items()]
        built = await self.statuses.build_shared(read, views)
        # What is equal is one text: most viewers see the same.
        texts = {status: status.decode() for status in dict.fromkeys(built) if status is not None}
        return {
            key: texts[status]
            for key, status in zip(heads, built, strict=True)
            if status is not None
        }

    async def notifications(self, told: Iterable[Message]) -> dict[int, str]:
        """Notifications by id; each has one recipient."""
        by_recipient: dict[int, list[int]] = defaultdict(list)
        for message in told:
            by_recipient[message.users[0]].append(int(message.id))
        read = self._runtime.read()
        texts: dict[int, str] = {}
        for recipient, ids in by_recipient.items():
            items = await find_by_ids(read, recipient, ids)
            built = await self._notifications.build(read, recipient, items)
            texts |= {int(entity["id"]): orjson.dumps(entity).decode() for entity in built}
        return texts

    async def conversation(self, message: Message) -> str | None:
        """A conversation as its member sees it; None if they may not see it (any more)."""
        read = self._runtime.read()
        try:
            found = await get_conversation(read, message.users[0], int(message.id))
        except NotFound:
            return None
        return (await build_conversations(read, self.statuses, [found]))[0].decode()

    async def announcement(self, message: Message) -> str | None:
        """An announcement, or one kind of reaction to it; None if it is not shown (any more)."""
        read = self._runtime.read()
        try:
            item = await get_announcement(read, None, int(message.id))
        except NotFound:
            return None
        if message.event == "announcement":
            return orjson.dumps(build_announcement(item, self._links)).decode()
        found = _find(item.reactions, message.word)
        entity = {**build_reaction(found, self._links), "announcement_id": message.id}
        entity.pop("me", None)
        return orjson.dumps(entity).decode()


def _find(reactions: Sequence[Reaction], name: str) -> Reaction:
    """The reactions of a name; none are left when the last one was taken back."""
    for reaction in reactions:
        if reaction.name == name:
            return reaction
    return Reaction(name, 0, me=False)
