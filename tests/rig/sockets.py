"""Streams as ASGI applications see them: no network, and every message in our hands."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Message


class Socket:
    """One WebSocket or event stream, spoken to in the words of ASGI."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()
        self.outbox: asyncio.Queue[Message] = asyncio.Queue()

    async def next(self) -> Message:
        """What the application says next."""
        return await asyncio.wait_for(self.outbox.get(), 5)


@asynccontextmanager
async def connect(
    app: ASGIApp,
    token: str = "",
    *,
    path: str = "/api/v1/streaming",
    query: str = "",
    kind: str = "websocket",
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> AsyncGenerator[Socket, None]:
    """A connection as the server hands it to the application."""
    socket = Socket()
    given = [(b"host", b"a.test"), *headers]
    if token:
        given.append((b"authorization", b"Bearer " + token.encode()))
    scope: dict[str, Any] = {
        "type": kind,
        "scheme": "wss" if kind == "websocket" else "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": given,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 443),
        "extensions": {"websocket.http.response": {}},
        "state": {},
        "method": "GET",
        "http_version": "1.1",
    }
    if kind == "websocket":
        await socket.inbox.put({"type": "websocket.connect"})
    else:
        await socket.inbox.put({"type": "http.request", "body": b"", "more_body": False})
    task = asyncio.ensure_future(app(scope, socket.inbox.get, socket.outbox.put))
    try:
        yield socket
    finally:
        kind = "websocket.disconnect" if kind == "websocket" else "http.disconnect"
        await socket.inbox.put({"type": kind, "code": 1000})
        await asyncio.wait_for(task, 5)
