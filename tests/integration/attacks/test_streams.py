"""Open streams: only for good tokens, only what the listener may see, and not for longer."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import orjson
import pytest
from starlette.types import Message

from fedi.config import Settings
from fedi.config.settings import Redis
from fedi.core.auth import tokens, users
from tests.integration.attacks.conftest import Member, Site

Change = Callable[[Site, Member], Awaitable[Any]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Redis is away: whatever is said on the bus, nobody hears."""
    return replace(settings, redis=Redis(url="redis://127.0.0.1:1/0"))


class Socket:
    """One WebSocket or event stream, spoken to in the words of ASGI."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()
        self.outbox: asyncio.Queue[Message] = asyncio.Queue()

    async def next(self) -> Message:
        return await asyncio.wait_for(self.outbox.get(), 5)


@asynccontextmanager
async def connect(
    site: Site,
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
    task = asyncio.ensure_future(site.app(scope, socket.inbox.get, socket.outbox.put))
    try:
        yield socket
    finally:
        kind = "websocket.disconnect" if kind == "websocket" else "http.disconnect"
        await socket.inbox.put({"type": kind, "code": 1000})
        await asyncio.wait_for(task, 5)


async def first_status(site: Site, token: str = "", **more: Any) -> int:
    async with connect(site, token, **more) as socket:
        message = await socket.next()
        return 101 if message["type"] == "websocket.accept" else message["status"]


async def test_bad_tokens_are_refused_before_anything_is_opened(site: Site, alice: Member) -> None:
    for kind, path, good in (
        ("websocket", "/api/v1/streaming", 101),
        ("http", "/api/v1/streaming/user", 200),
        ("http", "/api/v1/streaming/public", 200),
    ):
        for token in ("", "nonsense", alice.token + "x", "00"):
            assert await first_status(site, token, kind=kind, path=path) == 401
        cookie = ((b"cookie", b"__Host-fedi_session=" + alice.token.encode()),)
        assert await first_status(site, kind=kind, path=path, headers=cookie) == 401
        assert await first_status(site, alice.token, kind=kind, path=path) == good
        query = f"access_token={alice.token}"
        assert await first_status(site, kind=kind, path=path, query=query) == good


async def test_other_hosts_open_nothing(site: Site, alice: Member) -> None:
    async with connect(site, alice.token, headers=((b"host", b"evil.test"),)) as socket:
        message = await socket.next()
        assert message["type"] != "websocket.accept"
        assert message.get("status", 400) in {400, 421}


async def test_streams_need_their_scope(site: Site) -> None:
    narrow = await site.member("narrow", scopes="read:accounts write follow")
    for path in ("user", "public", "user/notification"):
        streaming = f"/api/v1/streaming/{path}"
        assert await first_status(site, narrow.token, kind="http", path=streaming) == 403
    async with connect(site, narrow.token, query="stream=user") as socket:
        assert (await socket.next())["type"] == "websocket.accept"
        assert b"scope" in (await socket.next())["text"].encode()
        for asked in ({"stream": "public"}, {"stream": "list", "list": "1"}, {"stream": [1]}):
            await socket.inbox.put(
                {
                    "type": "websocket.receive",
                    "text": orjson.dumps({"type": "subscribe", **asked}).decode(),
                }
            )
            assert "error" in orjson.loads((await socket.next())["text"])


async def test_poison_frames_do_no_harm(site: Site, alice: Member) -> None:
    frames = ["", "[", "1", "[]", '"x"', '{"type":{}}', "[" * 5000, "{" * 5000, "x" * 100_000]
    frames += ['{"type":"subscribe","stream":"\\u0000"}', '{"type":"unsubscribe","stream":"list"}']
    async with connect(site, alice.token) as socket:
        assert (await socket.next())["type"] == "websocket.accept"
        for frame in frames:
            await socket.inbox.put({"type": "websocket.receive", "text": frame})
        await socket.inbox.put(
            {"type": "websocket.receive", "text": '{"type":"subscribe","stream":"nope"}'}
        )
        told = [orjson.loads((await socket.next())["text"]) for _ in range(2)]
        assert all("error" in frame for frame in told)
        await socket.inbox.put({"type": "websocket.receive", "bytes": b"\0", "text": None})
        assert (await socket.next())["code"] == 1003


async def revoke(site: Site, member: Member) -> None:
    async with site.runtime.unit() as unit:
        token_id = await unit.value(
            "SELECT id FROM access_tokens WHERE user_id = $1", member.user_id
        )
        await tokens.revoke_tokens(unit, [token_id])


async def disable(site: Site, member: Member) -> None:
    async with site.runtime.unit() as unit:
        await users.disable(unit, member.user_id)


async def suspend(site: Site, member: Member) -> None:
    async with site.runtime.unit() as unit:
        await unit.execute(
            "UPDATE accounts SET suspended_at = now() WHERE id = $1", member.account.id
        )


async def new_password(site: Site, member: Member) -> None:
    async with site.runtime.unit() as unit:
        await users.set_password(unit, member.user_id, "x")


@pytest.mark.parametrize("change", [revoke, disable, suspend, new_password])
async def test_streams_end_with_the_right_to_listen_even_if_no_message_comes(
    site: Site, alice: Member, change: Change
) -> None:
    bob = await site.member("bob")
    async with connect(site, alice.token) as ours, connect(site, bob.token) as other:
        for socket in (ours, other):
            assert (await socket.next())["type"] == "websocket.accept"
        await change(site, alice)
        message = await ours.next()
        assert (message["type"], message["code"]) == ("websocket.close", 1008)
        assert other.outbox.empty()
