"""From the bus to the sockets: one message per event and process, rendered once per distinct view.

Messages that arrive together are worked on together: one statement finds what every listener may
see of all the posts, and what looks the same for many listeners is rendered once.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import orjson

from fedi.core.live import CHANNEL
from fedi.core.statuses.pair_heads import pair_heads
from fedi.entities.notifications import notification_payloads
from fedi.entities.statuses import StatusEntities
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
_REVOKED = "SELECT id FROM access_tokens WHERE id = ANY($1::bigint[]) AND revoked_at IS NOT NULL"


class Hub:
    """All listeners of one web process."""

    def __init__(self, runtime: Runtime, statuses: StatusEntities) -> None:
        self._runtime = runtime
        self._statuses = statuses
        self._by_account: dict[int, set[Connection]] = defaultdict(set)
        self._public: set[Connection] = set()
        self._inbox: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self.listeners: list[Any] = []

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
        """Take a message from the bus."""
        if channel != CHANNEL:
            return
        try:
            message = orjson.loads(data)
        except orjson.JSONDecodeError:
            log.warning("a message on the bus could not be read")
            return
        if message["event"] == "revoked":
            self._revoke(message)
        elif self._by_account and len(self._inbox) < _BACKLOG:
            self._inbox.append(message)
            self._news.set()

    def _revoke(self, message: dict[str, Any]) -> None:
        tokens = {int(token) for token in message.get("tokens") or ()}
        user_id = int(message["user"])
        for connection in self._all():
            viewer = connection.viewer
            if viewer.user_id == user_id and (not tokens or viewer.token_id in tokens):
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
        """Close the sockets of revoked tokens even if the message about it was lost."""
        while True:
            await asyncio.sleep(20 if self._runtime.bus.connected else 1.5)
            tokens = {connection.viewer.token_id for connection in self._all()}
            if not tokens:
                continue
            try:
                rows = await self._runtime.db.fetch(_REVOKED, list(tokens))
            except FediError:
                continue
            gone = {row["id"] for row in rows}
            for connection in self._all():
                if connection.viewer.token_id in gone:
                    connection.end("revoked")

    async def _send(self, batch: list[dict[str, Any]]) -> None:
        updates = [m for m in batch if m["event"] in _UPDATES]
        told = [m for m in batch if m["event"] == "notification"]
        audience = {id(m): list(self._audience(m)) for m in updates}
        views = await self._views(updates, audience)
        payloads = await notification_payloads(
            self._runtime.read(), self._statuses, [int(m["id"]) for m in told if self._heard(m)]
        )
        for message in batch:
            match message["event"]:
                case "update" | "status.update":
                    for connection, channel in audience[id(message)]:
                        payload = views.get((connection.account_id, int(message["id"])))
                        if payload is not None:
                            self._put(connection, channel, message["event"], payload)
                case "delete":
                    for connection, channel in self._audience(message):
                        self._put(connection, channel, "delete", str(message["id"]))
                case "notification":
                    self._notify(message, payloads.get(int(message["id"])))
                case _:
                    pass

    def _heard(self, message: dict[str, Any]) -> bool:
        return any(int(user) in self._by_account for user in message.get("users") or ())

    def _notify(self, message: dict[str, Any], payload: str | None) -> None:
        if payload is None:
            return
        for user in message.get("users") or ():
            for connection in self._by_account.get(int(user), ()):
                for channel in (USER, NOTIFICATION):
                    if channel in connection.channels and connection.hears_notifications:
                        self._put(connection, channel, "notification", payload)

    def _put(self, connection: Connection, channel: Channel, event: str, payload: str) -> None:
        metrics.count("fedi_streaming_messages_total")
        connection.put(channel, event, payload)

    def _audience(self, message: dict[str, Any]) -> Iterable[tuple[Connection, Channel]]:
        """Who hears a message, on which streams; whether they may is asked afterwards."""
        for user in message.get("users") or ():
            for connection in self._by_account.get(int(user), ()):
                if USER in connection.channels:
                    yield connection, USER
        if message.get("public"):
            place = LOCAL if message.get("local") else REMOTE
            for connection in self._public:
                for channel in (PUBLIC, place):
                    if channel in connection.channels:
                        yield connection, channel

    async def _views(
        self,
        updates: list[dict[str, Any]],
        audience: dict[int, list[tuple[Connection, Channel]]],
    ) -> dict[tuple[int, int], str]:
        """What each viewer sees of each post, as the text that frames carry."""
        pairs: dict[tuple[int, int], bool] = {}
        for message in updates:
            for connection, channel in audience[id(message)]:
                key = (connection.account_id, int(message["id"]))
                # On the home stream the fan-out has decided already who wants it.
                pairs[key] = pairs.get(key, True) and channel is not USER
        read = self._runtime.read()
        heads = await pair_heads(read, [(*key, unasked) for key, unasked in pairs.items()])
        if not heads:
            return {}
        # Views that are equal are rendered once: most viewers see the same.
        distinct = list(dict.fromkeys(heads.values()))
        texts = await self._statuses.texts(read, distinct)
        rendered = dict(zip(distinct, texts, strict=True))
        return {key: rendered[head] for key, head in heads.items() if rendered[head]}
