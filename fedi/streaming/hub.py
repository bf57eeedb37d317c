"""From the bus to the sockets: one message per event and process, rendered once per distinct view.

Messages that arrive together are worked on together: one statement finds what every listener may
see of all the posts, and what looks the same for many listeners is rendered once.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable

from fedi.core.live import CHANNEL, Message, parse
from fedi.core.media.links import build_links
from fedi.entities.statuses import StatusBuilder
from fedi.kit import metrics
from fedi.kit.errors import FediError
from fedi.kit.runtime import Runtime
from fedi.streaming.channels import DIRECT, NOTIFICATION, USER, Channel, channels_of
from fedi.streaming.connection import Connection
from fedi.streaming.views import Views

log = logging.getLogger("fedi.streaming")

_MOST = 200
_BACKLOG = 10_000
_UPDATES = {"update", "status.update"}
_POSTS = {*_UPDATES, "delete"}
_NOTIFIED = {"notification", "notifications_merged"}
_GOOD = """
SELECT t.id FROM access_tokens t
JOIN users u ON u.id = t.user_id AND u.disabled_at IS NULL
JOIN accounts a ON a.id = u.account_id AND a.suspended_at IS NULL AND a.deleted_at IS NULL
WHERE t.id = ANY($1::bigint[]) AND t.revoked_at IS NULL
"""

# A listener, and the stream on which it hears a message.
Heard = tuple[Connection, Channel]


class Hub:
    """All listeners of one web process."""

    def __init__(self, runtime: Runtime, statuses: StatusBuilder) -> None:
        self._runtime = runtime
        self._views = Views(runtime, statuses, build_links(runtime.settings))
        self._by_account: dict[int, set[Connection]] = defaultdict(set)
        # Streams that are not of one member alone, each with those who listen and how they name it.
        self._by_channel: dict[Channel, dict[Connection, Channel]] = defaultdict(dict)
        self._inbox: list[Message] = []
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return sum(map(len, self._by_account.values()))

    def add(self, connection: Connection) -> None:
        """A new listener."""
        self._by_account[connection.account_id].add(connection)

    def subscribe(self, connection: Connection, channel: Channel) -> None:
        """Let a listener hear a stream."""
        connection.channels.add(channel)
        self._by_channel[channel.key][connection] = channel

    def unsubscribe(self, connection: Connection, channel: Channel) -> None:
        """Let a listener hear a stream no longer."""
        connection.channels.discard(channel)
        listeners = self._by_channel.get(channel.key)
        if listeners is not None and listeners.get(connection) == channel:
            del listeners[connection]
            if not listeners:
                del self._by_channel[channel.key]

    def remove(self, connection: Connection) -> None:
        """A listener is gone."""
        for channel in list(connection.channels):
            self.unsubscribe(connection, channel)
        mine = self._by_account.get(connection.account_id)
        if mine is not None:
            mine.discard(connection)
            if not mine:
                del self._by_account[connection.account_id]

    def end_all(self, reason: str) -> None:
        """End every connection; their apps connect again, to another process or later."""
        for connection in self._all():
            connection.end(reason)

    def _all(self) -> list[Connection]:
        return [c for group in self._by_account.values() for c in group]

    def hear(self, channel: str, data: bytes) -> None:
        """Take what comes over the bus."""
        if channel != CHANNEL:
            return
        for message in parse(data):
            if message.event == "filters_changed":
                for user in message.users:
                    self._views.statuses.filters.forget(user)
            if message.event == "revoked":
                self._revoke(message)
            elif self._by_account and len(self._inbox) < _BACKLOG:
                self._inbox.append(message)
                self._news.set()

    def _revoke(self, message: Message) -> None:
        for connection in self._all():
            viewer = connection.viewer
            if viewer.user_id == message.user and (
                not message.tokens or viewer.token_id in message.tokens
            ):
                connection.end("revoked")

    async def run(self) -> None:
        """Send what comes in to whom it concerns, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._inbox:
                batch, self._inbox = self._inbox[:_MOST], self._inbox[_MOST:]
                try:
                    await self._send(batch)
                except FediError as problem:
                    log.warning("stream messages dropped", extra={"why": str(problem)})
                except Exception:
                    log.exception("stream messages dropped")

    async def watch_tokens(self) -> None:
        """Close the sockets of whoever may not listen any more, even if the message was lost."""
        while True:
            await asyncio.sleep(20 if self._runtime.bus.connected else 1.5)
            tokens = {connection.viewer.token_id for connection in self._all()}
            if not tokens:
                continue
            try:
                rows = await self._runtime.db.fetch(_GOOD, list(tokens))
            except FediError:
                continue
            gone = tokens - {row["id"] for row in rows}
            for connection in self._all():
                if connection.viewer.token_id in gone:
                    connection.end("revoked")

    async def _send(self, batch: list[Message]) -> None:
        heard = [(message, list(self._audience(message))) for message in batch]
        heard = [(message, audience) for message, audience in heard if audience]
        posts = await self._views.posts(_pairs(heard))
        told = await self._views.notifications(m for m, _ in heard if m.event == "notification")
        for message, audience in heard:
            shared = await self._shared(message)
            for connection, channel in audience:
                if message.event in _UPDATES:
                    payload = posts.get((connection.account_id, int(message.id)))
                elif message.event == "notification":
                    payload = told.get(int(message.id))
                else:
                    payload = shared
                if payload is not None:
                    metrics.count("fedi_streaming_messages_total")
                    connection.put(channel, message.event, payload)

    async def _shared(self, message: Message) -> str | None:
        """What is the same for whoever hears it."""
        match message.event:
            case "delete" | "announcement.delete":
                return message.id
            case "announcement" | "announcement.reaction":
                return await self._views.announcement(message)
            case "conversation":
                return await self._views.conversation(message)
            case "filters_changed":
                return ""
            case "notifications_merged":
                return "1"
            case _:
                return None

    def _audience(self, message: Message) -> Iterable[Heard]:
        """Who hears a message, on which streams; whether they may is asked afterwards."""
        if message.event.startswith("announcement"):
            for connection in self._by_channel.get(USER, ()):
                yield connection, USER
            return
        for user in message.users:
            for connection in self._by_account.get(user, ()):
                yield from _personal(connection, message)
        if message.event not in _POSTS:
            return
        for list_id, owner in message.lists:
            listeners = self._by_channel.get(Channel("list", str(list_id)), {})
            yield from ((c, name) for c, name in listeners.items() if c.account_id == owner)
        for channel in channels_of(message):
            yield from self._by_channel.get(channel, {}).items()


def _personal(connection: Connection, message: Message) -> Iterable[Heard]:
    """The streams of one member on which a listener of theirs hears a message."""
    if message.event == "conversation":
        names = (DIRECT,)
    elif message.event in _NOTIFIED:
        names = (USER, NOTIFICATION) if connection.hears_notifications else ()
    else:
        names = (USER,)
    for channel in names:
        if channel in connection.channels:
            yield connection, channel
    if message.event == "delete":
        # The post is gone, and with it the knowledge which of their lists had it.
        yield from ((connection, c) for c in connection.channels if c.name == "list")


def _pairs(heard: list[tuple[Message, list[Heard]]]) -> dict[tuple[int, int], bool]:
    """Viewers and the posts that they are to see; True for those that nobody has chosen yet."""
    pairs: dict[tuple[int, int], bool] = {}
    for message, audience in heard:
        if message.event not in _UPDATES:
            continue
        for connection, channel in audience:
            key = (connection.account_id, int(message.id))
            # On home and list streams the fan-out has decided already who wants it.
            pairs[key] = pairs.get(key, True) and channel.name not in {"user", "list"}
    return pairs
