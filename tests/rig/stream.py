"""A client of the streaming API that remembers everything it heard."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import websockets

from tests.rig.instance import Member


class Ear:
    """What one socket heard."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self._news = asyncio.Event()

    def add(self, frame: dict[str, Any]) -> None:
        """Remember a frame."""
        self.heard.append(frame)
        self._news.set()

    async def hears(self, event: str, containing: str = "", seconds: float = 20.0) -> Any:
        """Wait for an event whose payload contains a text; the payload, decoded."""
        async with asyncio.timeout(seconds):
            while True:
                for frame in self.heard:
                    if frame["event"] == event and containing in str(frame.get("payload")):
                        return json.loads(frame["payload"])
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def listening(member: Member, stream: str = "user") -> AsyncGenerator[Ear, None]:
    """Hold a WebSocket open for the length of a block."""
    instance = member.instance
    context = ssl.create_default_context(cafile=str(instance.certificates.ca))
    ear = Ear()
    async with websockets.connect(
        f"wss://{instance.domain}/api/v1/streaming?stream={stream}",
        host=instance.address,
        port=instance.port,
        ssl=context,
        server_hostname=instance.domain,
        subprotocols=[websockets.Subprotocol(member.token)],
        max_size=None,
        proxy=None,
    ) as socket:
        assert socket.subprotocol == member.token

        async def listen() -> None:
            async for message in socket:
                ear.add(json.loads(message))

        task = asyncio.create_task(listen())
        try:
            yield ear
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
