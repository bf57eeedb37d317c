"""Every stream carries what belongs to it, under the name by which it was asked for."""

from typing import Any

import orjson
import pytest

from fedi.core.announcements import service as announcements
from fedi.worker import Workshop
from tests.integration.attacks.conftest import Member, Site
from tests.rig.sockets import Socket, connect

pytestmark = [pytest.mark.usefixtures("worker")]


async def call(site: Site, member: Member, method: str, path: str, **params: Any) -> Any:
    answer = await site.client.request(method, path, json=params, headers=member.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(site: Site, member: Member, text: str, **params: Any) -> dict[str, Any]:
    return await call(site, member, "POST", "/api/v1/statuses", status=text, **params)


async def subscribe(socket: Socket, stream: str, **args: str) -> None:
    text = orjson.dumps({"type": "subscribe", "stream": stream, **args}).decode()
    await socket.inbox.put({"type": "websocket.receive", "text": text})


async def frame(socket: Socket) -> dict[str, Any]:
    message = await socket.next()
    assert message["type"] == "websocket.send", message
    return orjson.loads(message["text"])


async def opened(socket: Socket) -> None:
    assert (await socket.next())["type"] == "websocket.accept"


async def test_public_streams_by_place_and_media(site: Site, alice: Member, bob: Member) -> None:
    names = ("public", "public:local", "public:remote", "public:media")
    async with connect(site.app, bob.token) as socket:
        await opened(socket)
        for name in names:
            await subscribe(socket, name)
        made = await post(site, alice, "hello all")
        heard = [await frame(socket) for _ in range(2)]
        assert sorted(f["stream"][0] for f in heard) == ["public", "public:local"]
        assert {orjson.loads(f["payload"])["id"] for f in heard} == {made["id"]}
        await post(site, alice, "hello few", visibility="unlisted")
        await call(site, alice, "DELETE", f"/api/v1/statuses/{made['id']}")
        gone = [await frame(socket) for _ in range(3)]
        assert {f["event"] for f in gone} == {"delete"}
        assert {f["payload"] for f in gone} == {made["id"]}


async def test_hashtags_in_the_spelling_that_was_asked_for(
    site: Site, alice: Member, bob: Member
) -> None:
    async with connect(site.app, bob.token) as socket:
        await opened(socket)
        await subscribe(socket, "hashtag", tag="CaTs")
        await subscribe(socket, "hashtag:local", tag="cats")
        await post(site, alice, "about #dogs")
        await post(site, alice, "about #cats", visibility="unlisted")
        made = await post(site, alice, "about #Cats")
        heard = [await frame(socket) for _ in range(2)]
        assert sorted(f["stream"] for f in heard) == [
            ["hashtag", "CaTs"],
            ["hashtag:local", "cats"],
        ]
        assert {orjson.loads(f["payload"])["id"] for f in heard} == {made["id"]}


async def test_lists_only_for_their_owner(site: Site, alice: Member, bob: Member) -> None:
    eve = await site.member("eve")
    await call(site, bob, "POST", f"/api/v1/accounts/{alice.account.id}/follow")
    made = await call(site, bob, "POST", "/api/v1/lists", title="friends")
    path = f"/api/v1/lists/{made['id']}/accounts"
    await call(site, bob, "POST", path, account_ids=[str(alice.account.id)])
    async with connect(site.app, bob.token) as ours, connect(site.app, eve.token) as other:
        for socket in (ours, other):
            await opened(socket)
            await subscribe(socket, "list", list=made["id"])
        said = await post(site, alice, "for my friends")
        heard = await frame(ours)
        assert (heard["stream"], heard["event"]) == (["list", made["id"]], "update")
        assert orjson.loads(heard["payload"])["id"] == said["id"]
        await call(site, alice, "PUT", f"/api/v1/statuses/{said['id']}", status="for friends")
        assert (await frame(ours))["event"] == "status.update"
        assert other.outbox.empty()


async def test_filters_and_announcements_reach_the_home_stream(
    site: Site, alice: Member, worker: Workshop
) -> None:
    async with connect(site.app, alice.token, query="stream=user") as socket:
        await opened(socket)
        await call(site, alice, "POST", "/api/v2/filters", title="spoilers", context=["home"])
        assert await frame(socket) == {"stream": ["user"], "event": "filters_changed"}
        async with worker.runtime.unit() as unit:
            item = await announcements.publish(
                unit, worker.runtime.settings.origin, "Maintenance tonight"
            )
        heard = await frame(socket)
        assert heard["event"] == "announcement"
        shown = orjson.loads(heard["payload"])
        assert "Maintenance" in shown["content"]
        path = f"/api/v1/announcements/{shown['id']}/reactions/%F0%9F%91%8D"
        await call(site, alice, "PUT", path)
        heard = await frame(socket)
        assert heard["event"] == "announcement.reaction"
        counted = orjson.loads(heard["payload"])
        assert (counted["count"], counted["announcement_id"]) == (1, shown["id"])
        async with worker.runtime.unit() as unit:
            await announcements.remove(unit, int(shown["id"]))
        heard = await frame(socket)
        assert (heard["event"], heard["payload"]) == ("announcement.delete", shown["id"])
        assert item is not None


async def test_direct_posts_reach_the_stream_of_conversations(
    site: Site, alice: Member, bob: Member
) -> None:
    async with connect(site.app, bob.token, query="stream=direct") as socket:
        await opened(socket)
        made = await post(site, alice, "psst @bob", visibility="direct")
        heard = await frame(socket)
        assert (heard["stream"], heard["event"]) == (["direct"], "conversation")
        shown = orjson.loads(heard["payload"])
        assert (shown["unread"], shown["last_status"]["id"]) == (True, made["id"])
        assert [account["acct"] for account in shown["accounts"]] == ["alice"]


async def test_event_streams_say_the_same(site: Site, alice: Member, bob: Member) -> None:
    path = "/api/v1/streaming/hashtag"
    async with connect(site.app, bob.token, kind="http", path=path, query="tag=cats") as socket:
        assert (await socket.next())["status"] == 200
        assert (await socket.next())["body"] == b":)\n\n"
        made = await post(site, alice, "all #cats")
        text = (await socket.next())["body"].decode()
        assert text.startswith("event: update\ndata: {")
        assert made["id"] in text
        assert text.endswith("\n\n")
