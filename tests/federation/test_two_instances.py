"""Posts, replies, boosts, favourites, edits and deletes between two real instances, live."""

from typing import Any

import pytest

from tests.federation.conftest import World
from tests.rig.instance import until
from tests.rig.stream import listening

pytestmark = pytest.mark.xdist_group("two instances")


async def test_a_post_reaches_the_follower_live_and_stays_on_the_timeline(world: World) -> None:
    async with listening(world.bob) as ear:
        post = await world.alice.post("hello from a <script>alert(1)</script>")
        heard = await ear.hears("update", "hello from a")
    assert heard["uri"] == post["uri"]
    assert heard["account"]["acct"] == "alice@a.test"
    assert "<script>" not in heard["content"]
    assert (await world.bob.sees(post["uri"]))["visibility"] == "public"


async def test_a_reply_arrives_in_its_thread_with_a_notification(world: World) -> None:
    post = await world.alice.post("who is there?")
    there = await world.bob.sees(post["uri"])
    async with listening(world.alice) as ear:
        reply = await world.bob.post(f"{world.alice.handle} me", in_reply_to_id=there["id"])
        told = await ear.hears("notification", reply["uri"])
    assert told["type"] == "mention"
    context = await world.alice.call("GET", f"/api/v1/statuses/{post['id']}/context")
    assert [s["uri"] for s in context["descendants"]] == [reply["uri"]]
    again = await world.alice.call("GET", f"/api/v1/statuses/{post['id']}")
    assert again["replies_count"] == 1


async def test_favourite_and_its_opposite(world: World) -> None:
    post = await world.alice.post("like me")
    there = await world.bob.sees(post["uri"])
    async with listening(world.alice) as ear:
        liked = await world.bob.call("POST", f"/api/v1/statuses/{there['id']}/favourite")
        assert liked["favourited"] is True
        told = await ear.hears("notification", post["id"])
    assert (told["type"], told["account"]["acct"]) == ("favourite", "bob@b.test")
    await world.bob.call("POST", f"/api/v1/statuses/{there['id']}/unfavourite")

    async def taken_back() -> bool:
        status = await world.alice.call("GET", f"/api/v1/statuses/{post['id']}")
        return status["favourites_count"] == 0

    await until(taken_back, what="the favourite is gone")


async def test_boost_and_its_opposite(world: World) -> None:
    post = await world.alice.post("boost me")
    there = await world.bob.sees(post["uri"])
    async with listening(world.alice) as ear:
        boost = await world.bob.call("POST", f"/api/v1/statuses/{there['id']}/reblog")
        assert boost["reblog"]["uri"] == post["uri"]
        told = await ear.hears("notification", post["id"])
    assert told["type"] == "reblog"
    await world.bob.call("POST", f"/api/v1/statuses/{there['id']}/unreblog")

    async def taken_back() -> bool:
        status = await world.alice.call("GET", f"/api/v1/statuses/{post['id']}")
        return status["reblogs_count"] == 0

    await until(taken_back, what="the boost is gone")


async def test_an_edit_arrives_live_with_its_history(world: World) -> None:
    post = await world.alice.post("frist")
    there = await world.bob.sees(post["uri"])
    async with listening(world.bob) as ear:
        await world.alice.call("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "first"})
        heard = await ear.hears("status.update", post["uri"])
    assert heard["content"] == "<p>first</p>"
    assert heard["edited_at"] is not None
    history = await world.bob.call("GET", f"/api/v1/statuses/{there['id']}/history")
    assert [h["content"] for h in history] == ["<p>frist</p>", "<p>first</p>"]


async def test_a_delete_takes_it_away_everywhere(world: World) -> None:
    post = await world.alice.post("gone soon")
    there = await world.bob.sees(post["uri"])
    async with listening(world.bob) as ear:
        gone = await world.alice.call("DELETE", f"/api/v1/statuses/{post['id']}")
        assert gone["text"] == "gone soon"

        async def deleted() -> Any:
            return [f for f in ear.heard if f["event"] == "delete" and f["payload"] == there["id"]]

        await until(deleted, what="the delete is heard")
    assert (await world.bob.ask("GET", f"/api/v1/statuses/{there['id']}")).status_code == 404
    accept = {"Accept": "application/activity+json"}
    path = post["uri"].removeprefix(world.a.origin)
    assert (await world.a.request("GET", path, headers=accept)).status_code == 410


async def test_followers_only_and_direct_posts_reach_only_whom_they_are_for(world: World) -> None:
    private = await world.alice.post("for followers", visibility="private")
    direct = await world.alice.post(f"{world.bob.handle} psst", visibility="direct")
    other = await world.b.member("carol")
    seen = await world.bob.sees(private["uri"])
    assert seen["visibility"] == "private"
    whisper = await world.bob.sees(direct["uri"])
    assert whisper["visibility"] == "direct"
    for hidden in (seen, whisper):
        assert (await other.ask("GET", f"/api/v1/statuses/{hidden['id']}")).status_code == 404


async def test_the_ledger_shows_every_delivery(world: World) -> None:
    post = await world.alice.post("with receipt")
    await world.bob.sees(post["uri"])

    async def receipt() -> bool:
        out = await world.a.run("delivery", "receipt", post["id"], "--json")
        return "delivered" in out and "b.test" in out

    await until(receipt, what="the receipt")
