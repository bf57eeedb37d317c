"""From the bus to the sockets: one message per event and process, rendered once per distinct view.

Messages that arrive together are worked on together: one statement finds what every listener may
see of all the posts, and what looks the same for many listeners is rendered once.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable

import orjson

from fedi.core.live import CHANNEL, Message, parse
from fedi.core.media.links import build_links
from fedi.core.notifications.queries import find_by_ids
from fedi.core.statuses.pair_heads import pair_heads
from fedi.entities.notifications import build_notifications
from fedi.entities.statuses import StatusBuilder
from fedi.kit import metrics
from fedi.kit.errors import FediError
from fedi.kit.runtime import Runtime
from fedi.streaming.channels import Channel
from fedi.streaming.connection import Connection

log = logging.getLogger("fedi.streaming")

USER = Channel("user")
NOTIFICATION = Channel("user:notification")
PUBLIC = Channel("public")
LOCAL = Channel("public:local")
REMOTE = Channel("public:remote")

_MOST = 200
_BACKLOG = 10_000
_UPDATES = {"update", "status.update"}
_GOOD = """
SELECT t.id FROM access_tokens t
JOIN users u ON u.id = t.user_id AND u.disabled_at IS NULL
JOIN accounts a ON a.id = u.account_id AND a.suspended_at IS NULL AND a.deleted_at IS NULL
WHERE t.id = ANY($1::bigint[]) AND t.revoked_at IS NULL
"""


class Hub:
    """All listeners of one web process."""

    def __init__(self, runtime: Runtime, statuses: StatusBuilder) -> None:
        self._runtime = runtime
        self._statuses = statuses
        self._links = build_links(runtime.settings)
        self._by_account: dict[int, set[Connection]] = defaultdict(set)
        self._public: set[Connection] = set()
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
        if channel.name.startswith("public"):
            self._public.add(connection)

    def unsubscribe(self, connection: Connection, channel: Channel) -> None:
        """Let a listener hear a stream no longer."""
        connection.channels.discard(channel)
        if not any(other.name.startswith("public") for other in connection.channels):
            self._public.discard(connection)

    def remove(self, connection: Connection) -> None:
        """A listener is gone."""
        self._public.discard(connection)
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
        audience = {id(message): list(self._audience(message)) for message in batch}
        views = await self._views(batch, audience)
        payloads = await self._notifications(
            [m for m in batch if m.event == "notification" and audience[id(m)]]
        )
        for message in batch:
            for connection, channel in audience[id(message)]:
                match message.event:
                    case "update" | "status.update":
                        payload = views.get((connection.account_id, int(message.id)))
                    case "notification":
                        payload = payloads.get(int(message.id))
                    case "delete":
                        payload = message.id
                    case _:
                        payload = None
                if payload is not None:
                    metrics.count("fedi_streaming_messages_total")
                    connection.put(channel, message.event, payload)

    def _audience(self, message: Message) -> Iterable[tuple[Connection, Channel]]:
        """Who hears a message, on which streams; whether they may is asked afterwards."""
        is_told = message.event == "notification"
        for user in message.users:
            for connection in self._by_account.get(user, ()):
                if is_told and not connection.hears_notifications:
                    continue
                for channel in (USER, NOTIFICATION) if is_told else (USER,):
                    if channel in connection.channels:
                        yield connection, channel
        if message.public:
            place = LOCAL if message.local else REMOTE
            for connection in self._public:
                for channel in (PUBLIC, place):
                    if channel in connection.channels:
                        yield connection, channel

    async def _views(
        self, batch: list[Message], audience: dict[int, list[tuple[Connection, Channel]]]
    ) -> dict[tuple[int, int], str]:
        """What each viewer sees of each post, as the text that frames carry."""
        pairs: dict[tuple[int, int], bool] = {}
        for message in batch:
            if message.event not in _UPDATES:
                continue
            for connection, channel in audience[id(message)]:
                key = (connection.account_id, int(message.id))
                # On the home stream the fan-out has decided already who wants it.
                pairs[key] = pairs.get(key, True) and channel is not USER
        read = self._runtime.read()
        heads = await pair_heads(read, [(*key, unasked) for key, unasked in pairs.items()])
        # Views that are equal are rendered once: most viewers see the same.
        views = {
            key: (key[0] if key[0] == head.account_id else 0, head) for key, head in heads.items()
        }
        distinct = list(dict.fromkeys(views.values()))
        built = await self._statuses.build_views(read, distinct)
        texts = {v: b.decode() for v, b in zip(distinct, built, strict=True) if b is not None}
        return {key: texts[view] for key, view in views.items() if view in texts}

    async def _notifications(self, told: list[Message]) -> dict[int, str]:
        """Notifications as the text that frames carry; each has one recipient."""
        by_recipient: dict[int, list[int]] = defaultdict(list)
        for message in told:
            by_recipient[message.users[0]].append(int(message.id))
        read, links = self._runtime.read(), self._links
        texts: dict[int, str] = {}
        for recipient, ids in by_recipient.items():
            items = await find_by_ids(read, recipient, ids)
            built = await build_notifications(read, self._statuses, links, recipient, items)
            texts |= {int(entity["id"]): orjson.dumps(entity).decode() for entity in built}
        return texts
