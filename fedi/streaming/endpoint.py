"""The doors of streaming: a WebSocket that carries many streams, and one event stream each.

Both are plain ASGI. A bad or missing token is answered with 401 *instead of* the upgrade: a socket
that is accepted and closed makes apps reconnect for ever.
"""

import asyncio
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from fedi.core.auth.service import find_viewer
from fedi.core.auth.types import Viewer
from fedi.kit import metrics
from fedi.kit.errors import FediError, Unauthorized, Unavailable
from fedi.kit.runtime import Runtime
from fedi.streaming.channels import Channel, may_listen, parse_channel
from fedi.streaming.connection import Connection
from fedi.streaming.hub import Hub

_QUIET_SOCKET = 30.0
_HEARTBEAT = 15.0
_MOST_CHANNELS = 100
_LONGEST_FRAME = 16_384

SSE_PATHS = {
    "/api/v1/streaming/user": "user",
    "/api/v1/streaming/user/notification": "user:notification",
    "/api/v1/streaming/public": "public",
    "/api/v1/streaming/public/local": "public:local",
    "/api/v1/streaming/public/remote": "public:remote",
    "/api/v1/streaming/hashtag": "hashtag",
    "/api/v1/streaming/hashtag/local": "hashtag:local",
    "/api/v1/streaming/list": "list",
    "/api/v1/streaming/direct": "direct",
}


class Streaming:
    """The ASGI application under `/api/v1/streaming`."""

    def __init__(self, runtime: Runtime, hub: Hub) -> None:
        self._runtime = runtime
        self._hub = hub
        metrics.registry.gauge(lambda: [("fedi_streaming_connections", {}, float(len(hub)))])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or socket."""
        connection = HTTPConnection(scope)
        query = {k: v[-1] for k, v in parse_qs(scope["query_string"].decode("latin-1")).items()}
        token, protocol = _find_token(connection, query)
        is_socket = scope["type"] == "websocket"
        path = scope["path"].rstrip("/")
        try:
            if path == "/api/v1/streaming/health" and not is_socket:
                await _respond(send, 200, b"OK", "text/plain")
                return
            if not is_socket and path not in SSE_PATHS:
                status = 404 if path == "/api/v1/streaming" else 400
                await _refuse(scope, receive, send, status, "Unknown channel requested")
                return
            viewer = await self._authenticate(token)
        except Unavailable:
            await _refuse(scope, receive, send, 503, "Try again shortly")
            return
        except FediError as problem:
            await _refuse(scope, receive, send, problem.status, problem.public)
            return
        assert viewer.account_id is not None  # noqa: S101 - _authenticate has seen to it
        listener = Connection(viewer, viewer.account_id)
        if is_socket:
            await self._serve_socket(listener, query, protocol, receive, send)
        else:
            channel = parse_channel(
                SSE_PATHS[path], tag=query.get("tag", ""), list_id=query.get("list", "")
            )
            if channel is None:
                await _refuse(scope, receive, send, 400, "Unknown channel requested")
            elif not may_listen(viewer, channel):
                await _refuse(scope, receive, send, 403, _OUT_OF_SCOPE)
            else:
                await self._serve_events(listener, channel, receive, send)

    async def _authenticate(self, token: str) -> Viewer:
        viewer = await find_viewer(self._runtime, token) if token else None
        if viewer is None:
            raise Unauthorized("The access token is invalid" if token else "Missing access token")
        if viewer.account_id is None or viewer.problem:
            raise Unauthorized(viewer.problem or "This method requires an authenticated user")
        return viewer

    async def _serve_socket(
        self,
        listener: Connection,
        query: dict[str, str],
        protocol: str,
        receive: Receive,
        send: Send,
    ) -> None:
        await receive()  # websocket.connect
        await send({"type": "websocket.accept", "subprotocol": protocol or None})
        self._hub.add(listener)
        try:
            if "stream" in query:
                self._subscribe(listener, query)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(listener, receive))
                group.create_task(_write_socket(listener, send))
        finally:
            self._hub.remove(listener)

    async def _read(self, listener: Connection, receive: Receive) -> None:
        while not listener.ended.is_set():
            message = await _next(listener, receive)
            if message is None:
                return
            if message["type"] == "websocket.disconnect":
                listener.end("left")
                return
            text = message.get("text")
            if text is None:
                listener.end("binary")
            elif len(text) <= _LONGEST_FRAME:
                self._command(listener, text)

    def _command(self, listener: Connection, text: str) -> None:
        try:
            asked = orjson.loads(text)
        except orjson.JSONDecodeError:
            return
        if not isinstance(asked, dict):
            return
        fields = {str(k): str(v) for k, v in asked.items() if isinstance(v, str | int)}
        match fields.get("type"):
            case "subscribe":
                self._subscribe(listener, fields)
            case "unsubscribe":
                channel = _channel(fields)
                if channel is not None:
                    self._hub.unsubscribe(listener, channel)
            case _:
                pass

    def _subscribe(self, listener: Connection, fields: dict[str, str]) -> None:
        channel = _channel(fields)
        if channel is None:
            listener.put(_ERROR, "Unknown stream type", "400")
        elif not may_listen(listener.viewer, channel):
            listener.put(_ERROR, _OUT_OF_SCOPE, "401")
        elif len(listener.channels) < _MOST_CHANNELS:
            self._hub.subscribe(listener, channel)

    async def _serve_events(
        self, listener: Connection, channel: Channel, receive: Receive, send: Send
    ) -> None:
        headers = [
            (b"content-type", b"text/event-stream"),
            (b"cache-control", b"private, no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        self._hub.add(listener)
        self._hub.subscribe(listener, channel)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_write_events(listener, send))
                group.create_task(_await_leave(listener, receive))
        finally:
            self._hub.remove(listener)


_ERROR = Channel("error")
_OUT_OF_SCOPE = "This action is outside the authorized scopes"


def _channel(fields: dict[str, str]) -> Channel | None:
    return parse_channel(
        fields.get("stream", ""), tag=fields.get("tag", ""), list_id=fields.get("list", "")
    )


def _find_token(connection: HTTPConnection, query: dict[str, str]) -> tuple[str, str]:
    """The token, and the subprotocol to echo if it came as one (browsers insist on it)."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip(), ""
    if token := query.get("access_token", ""):
        return token, ""
    protocol = connection.headers.get("sec-websocket-protocol", "").partition(",")[0].strip()
    return protocol, protocol


async def _next(listener: Connection, receive: Receive) -> Message | None:
    """The next message from the client, or None once the connection must end."""
    reading = asyncio.ensure_future(receive())
    ending = asyncio.ensure_future(listener.ended.wait())
    done, pending = await asyncio.wait({reading, ending}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    return reading.result() if reading in done else None


async def _write_socket(listener: Connection, send: Send) -> None:
    try:
        while not listener.ended.is_set():
            for channel, event, payload in await listener.take(_QUIET_SOCKET):
                await send({"type": "websocket.send", "text": _frame(channel, event, payload)})
        code = {"binary": 1003, "revoked": 1008, "too slow": 1013}.get(listener.reason, 1001)
        if listener.reason != "left":
            await send({"type": "websocket.close", "code": code, "reason": listener.reason})
    except (OSError, RuntimeError):
        listener.end("left")  # it went while we were sending


def _frame(channel: Channel, event: str, payload: str) -> str:
    frame: dict[str, Any]
    if channel is _ERROR:
        frame = {"error": event, "status": int(payload)}
    else:
        frame = {"stream": channel.label, "event": event}
        if payload:
            frame["payload"] = payload
    return orjson.dumps(frame).decode()


async def _write_events(listener: Connection, send: Send) -> None:
    try:
        await _chunk(send, ":)\n\n")
        while not listener.ended.is_set():
            frames = await listener.take(_HEARTBEAT)
            # A reader in wide use wants JSON in every `data`, also where there is nothing to say.
            text = "".join(f"event: {e}\ndata: {payload or '{}'}\n\n" for _, e, payload in frames)
            if not listener.ended.is_set():
                await _chunk(send, text or ":thump\n\n")
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except (OSError, RuntimeError):
        listener.end("left")


async def _chunk(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _await_leave(listener: Connection, receive: Receive) -> None:
    while (message := await _next(listener, receive)) is not None:
        if message["type"] == "http.disconnect":
            listener.end("left")
            return


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, words: str) -> None:
    """Answer with an error, also in place of an upgrade."""
    body = orjson.dumps({"error": words})
    if scope["type"] == "websocket":
        await receive()
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008})
            return
        await _respond(send, status, body, "application/json", kind="websocket.http.response")
    else:
        await _respond(send, status, body, "application/json")


async def _respond(
    send: Send, status: int, body: bytes, content: str, *, kind: str = "http.response"
) -> None:
    headers = [(b"content-type", content.encode()), (b"content-length", str(len(body)).encode())]
    if status == 503:
        headers.append((b"retry-after", b"2"))
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
