"""One listener: what it subscribed to, and the frames that wait to be sent to it."""

import asyncio

from fedi.core.auth.types import Viewer
from fedi.streaming.channels import Channel

# A reader this far behind is dropped: its app reconnects and asks for what it missed.
MOST_WAITING = 1_048_576


class Connection:
    """One WebSocket or event stream."""

    def __init__(self, viewer: Viewer, account_id: int) -> None:
        self.viewer = viewer
        self.account_id = account_id
        self.channels: set[Channel] = set()
        self.hears_notifications = viewer.has_scope("read:notifications")
        # Set once the connection must end; the reason is for the log and the closing frame.
        self.ended = asyncio.Event()
        self.reason = ""
        self._waiting: list[tuple[Channel, str, str]] = []
        self._size = 0
        self._news = asyncio.Event()

    def put(self, channel: Channel, event: str, payload: str) -> None:
        """Queue a frame; a reader that is too slow is ended."""
        self._size += len(payload) + 64
        if self._size > MOST_WAITING:
            self.end("too slow")
            return
        self._waiting.append((channel, event, payload))
        self._news.set()

    def end(self, reason: str) -> None:
        """Have the connection closed."""
        if not self.ended.is_set():
            self.reason = reason
            self._waiting.clear()
            self.ended.set()
            self._news.set()

    async def take(self, seconds: float) -> list[tuple[Channel, str, str]]:
        """What waits to be sent; empty after `seconds` of silence or when it is over."""
        if not self._waiting and not self.ended.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                return []
        self._news.clear()
        taken, self._waiting = self._waiting, []
        self._size = 0
        return taken
