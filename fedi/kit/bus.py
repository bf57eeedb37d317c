"""Redis as a doorbell and a loudspeaker; never as a memory.

`ring` wakes the drains of a queue in every worker, `publish` tells every web process that
something happened. Both may be lost: rows are swept anyway, and a stream that missed something is
refreshed by its client. While Redis is away nothing here raises; it is only quiet.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from fedi.kit.tasks import TaskSet

log = logging.getLogger("fedi.bus")

_BELL = "fedi:bell"
# Bells of one queue closer together than this are one bell.
_RING_AGAIN = 0.01
_TROUBLE = (RedisError, OSError, asyncio.TimeoutError)

Listener = Callable[[str, bytes], None]


class Bus:
    """Messages between the processes of this instance."""

    def __init__(self, url: str, *, prefix: str = "") -> None:
        self._redis: Redis = Redis.from_url(
            url, socket_connect_timeout=2, socket_timeout=None, health_check_interval=15
        )
        self._prefix = prefix
        self._tasks = TaskSet()
        self._outbox: list[tuple[str, bytes]] = []
        self._flushing = False
        # By this, a worker knows its own bells when Redis brings them back.
        self._name = secrets.token_hex(4)
        self._bells: list[Callable[[str], None]] = []
        # Bells that sound just now, and whether they were rung again meanwhile.
        self._rung: dict[str, bool] = {}
        self.connected = False

    async def hear_bells(self, action: Callable[[str], None]) -> None:
        """Call `action` with the queue's name for each bell, until cancelled.

        Those rung in this very process are heard at once, and only once.
        """

        def hear(_: str, data: bytes) -> None:
            queue, _, ringer = data.decode().partition(" ")
            if ringer != self._name:
                action(queue)

        self._bells.append(action)
        try:
            await self.listen([_BELL], hear)
        finally:
            self._bells.remove(action)

    def ring(self, queue: str) -> None:
        """Wake the drains of `queue`, here and elsewhere."""
        for action in self._bells:
            action(queue)
        self._ring_elsewhere(queue)

    def _ring_elsewhere(self, queue: str) -> None:
        if queue not in self._rung:
            self.publish(_BELL, f"{queue} {self._name}".encode())
            self._rung[queue] = False
            asyncio.get_running_loop().call_later(_RING_AGAIN, self._ring_again, queue)
        else:
            self._rung[queue] = True

    def _ring_again(self, queue: str) -> None:
        """Whatever was rung for while the bell still sounded is rung for once more."""
        if self._rung.pop(queue, False):
            self._ring_elsewhere(queue)

    def publish(self, channel: str, message: bytes) -> None:
        """Say something on a channel; returns at once, sends together what comes together."""
        self._outbox.append((self._prefix + channel, message))
        if not self._flushing:
            self._flushing = True
            self._tasks.start(self._flush(), "bus flush")

    async def _flush(self) -> None:
        try:
            while self._outbox:
                batch, self._outbox = self._outbox, []
                # Bells are the same however often they are rung.
                unique = list(dict.fromkeys(batch))
                pipe = self._redis.pipeline(transaction=False)
                for channel, message in unique:
                    pipe.publish(channel, message)
                async with asyncio.timeout(2):
                    await pipe.execute()
        except _TROUBLE as problem:
            log.warning("bus is quiet", extra={"why": f"{type(problem).__name__}: {problem}"})
            self._outbox.clear()
        finally:
            self._flushing = False

    async def listen(self, channels: list[str], listener: Listener) -> None:
        """Hear channels until cancelled; reconnects by itself."""
        names = [self._prefix + channel for channel in channels]
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(*names)
                    self.connected = True
                    await self._pump(pubsub, listener)
            except _TROUBLE as problem:
                if self.connected:
                    log.warning("bus lost", extra={"why": f"{type(problem).__name__}: {problem}"})
                self.connected = False
                await asyncio.sleep(0.5)

    async def _pump(self, pubsub: PubSub, listener: Listener) -> None:
        while True:
            message = await pubsub.get_message(timeout=30)
            if message is not None and message["type"] == "message":
                channel, data = message["channel"], message["data"]
                if isinstance(channel, bytes) and isinstance(data, bytes):
                    listener(channel.decode().removeprefix(self._prefix), data)

    async def ping(self) -> bool:
        """Whether Redis answers."""
        try:
            async with asyncio.timeout(1):
                return bool(await self._redis.ping())
        except _TROUBLE:
            return False

    async def close(self) -> None:
        """Send what is left and hang up."""
        for queue, is_due in self._rung.items():
            if is_due:
                self.publish(_BELL, f"{queue} {self._name}".encode())
        self._rung.clear()
        await self._tasks.wait(1)
        await self._tasks.cancel()
        await self._redis.aclose()
