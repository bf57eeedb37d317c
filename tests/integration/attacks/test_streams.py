"""Open streams: only for good tokens, only what the listener may see, and not for longer."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from fedi.config import Settings
from fedi.config.settings import Redis
from fedi.core.auth import tokens, users
from tests.integration.attacks.conftest import Member, Site
from tests.rig.sockets import connect

Change = Callable[[Site, Member], Awaitable[Any]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Redis is away: whatever is said on the bus, nobody hears."""
    return replace(settings, redis=Redis(url="redis://127.0.0.1:1/0"))


async def first_status(site: Site, token: str = "", **more: Any) -> int:
    async with connect(site.app, token, **more) as socket:
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
    async with connect(site.app, alice.token, headers=((b"host", b"evil.test"),)) as socket:
        message = await socket.next()
        assert message["type"] != "websocket.accept"
        assert message.get("status", 400) in {400, 421}


async def test_streams_need_their_scope(site: Site) -> None:
    narrow = await site.member("narrow", scopes="read:accounts write follow")
    for path in ("user", "public", "user/notification"):
        streaming = f"/api/v1/streaming/{path}"
        assert await first_status(site, narrow.token, kind="http", path=streaming) == 403
    async with connect(site.app, narrow.token, query="stream=user") as socket:
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
    async with connect(site.app, alice.token) as socket:
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
    async with connect(site.app, alice.token) as ours, connect(site.app, bob.token) as other:
        for socket in (ours, other):
            assert (await socket.next())["type"] == "websocket.accept"
        await change(site, alice)
        message = await ours.next()
        assert (message["type"], message["code"]) == ("websocket.close", 1008)
        assert other.outbox.empty()
