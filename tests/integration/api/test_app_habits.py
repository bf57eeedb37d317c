"""What particular apps do, and lean on."""

from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import House, Member
from tests.rig.aftermath import settle


async def test_a_poll_that_is_none_is_no_poll(alice: Member) -> None:
    empty: dict[str, Any] = {
        "poll": None,
        "media_ids": [],
        "scheduled_at": None,
        "in_reply_to_id": None,
    }
    assert (await alice.write("nothing more", **empty))["poll"] is None
    refused = await alice.post(
        "/api/v1/statuses", json={"status": "a or b", "poll": {"options": ["a", "b"]}}
    )
    assert refused.status_code == 422


@pytest.mark.parametrize("encoding", ["data", "json", "files"])
async def test_a_token_in_the_body(house: House, alice: Member, encoding: str) -> None:
    fields = {"access_token": alice.token, "status": encoding}
    answer = await send(house, encoding, fields)
    assert answer.status_code == 200, answer.text
    assert answer.json()["account"]["id"] == alice.id
    assert (await send(house, encoding, {**fields, "access_token": "x"})).status_code == 401


async def send(house: House, encoding: str, fields: dict[str, str]) -> httpx.Response:
    body: Any = {k: (None, v) for k, v in fields.items()} if encoding == "files" else fields
    more: dict[str, Any] = {encoding: body}
    return await house.client.post("/api/v1/statuses", **more)


async def test_opening_an_account_lets_in_who_waits(alice: Member, bob: Member) -> None:
    mine = "/api/v1/accounts/update_credentials"
    await alice.call("PATCH", mine, data={"locked": "true"})
    asked = (await bob.post(f"/api/v1/accounts/{alice.id}/follow")).json()
    assert asked["requested"] is True
    await alice.call("PATCH", mine, data={"display_name": "Alice"})
    assert len((await alice.get("/api/v1/follow_requests")).json()) == 1
    await alice.call("PUT", mine, json={"locked": False})
    assert (await alice.get("/api/v1/follow_requests")).json() == []
    now = (await bob.get(f"/api/v1/accounts/relationships?id={alice.id}")).json()[0]
    assert now["following"] is True
    assert now["requested"] is False


async def test_new_defaults_hold_at_once(alice: Member) -> None:
    await alice.get("/api/v1/preferences")
    changes = {"source[privacy]": "private", "source[language]": "de", "source[sensitive]": "1"}
    await alice.call("PATCH", "/api/v1/accounts/update_credentials", data=changes)
    told = (await alice.get("/api/v1/preferences")).json()
    assert told["posting:default:visibility"] == "private"
    me = (await alice.get("/api/v1/accounts/verify_credentials")).json()
    assert me["source"]["privacy"] == "private"
    post = await alice.write("just for us")
    assert post["visibility"] == "private"
    assert post["language"] == "de"
    assert post["sensitive"] is True
    assert (await alice.write("for all", visibility="public"))["visibility"] == "public"


async def test_hashtag_timelines(house: House, alice: Member, bob: Member) -> None:
    bees = await alice.write("#Bees")
    both = await bob.write("#bees and #Honey")
    await alice.write("#bees quietly", visibility="unlisted")
    await alice.write("#bees for friends", visibility="private")
    await settle(house.runtime)

    async def ids(query: str) -> list[str]:
        answer = await house.client.get(f"/api/v1/timelines/tag/{query}")
        assert answer.status_code == 200, answer.text
        return [status["id"] for status in answer.json()]

    assert await ids("BEES") == [both["id"], bees["id"]]
    assert await ids("bees?none[]=honey") == [bees["id"]]
    assert await ids("bees?all[]=Honey") == [both["id"]]
    assert await ids("nothing?any[]=honey") == [both["id"]]
    assert await ids("bees?remote=true") == []
    assert await ids(f"bees?max_id={both['id']}") == [bees["id"]]
    assert await ids(f"bees?min_id={bees['id']}") == [both["id"]]
    page = await house.client.get("/api/v1/timelines/tag/bees?limit=1&any[]=x")
    assert 'rel="next"' in page.headers["link"]
    await alice.post(f"/api/v1/accounts/{bob.id}/block")
    mine = await alice.get("/api/v1/timelines/tag/bees")
    assert both["id"] not in [status["id"] for status in mine.json()]


async def test_a_hashtag(house: House) -> None:
    tag = (await house.client.get("/api/v1/tags/%C3%9Cber")).json()
    assert tag["name"] == "über"
    assert tag["url"] == "https://a.test/tags/%C3%BCber"
    assert [day["uses"] for day in tag["history"]] == ["0"] * 7
    assert (await house.client.get("/api/v1/tags/a-b")).status_code == 404


async def test_peers_and_whom_to_turn_to(house: House, alice: Member) -> None:
    async with house.runtime.unit() as unit:
        await unit.execute("UPDATE users SET role = 'owner' WHERE id = $1", alice.user_id)
    now = (await house.client.get("/api/v2/instance")).json()
    assert now["contact"]["account"]["username"] == "alice"
    before = (await house.client.get("/api/v1/instance")).json()
    assert before["contact_account"]["username"] == "alice"
    assert (await house.client.get("/api/v1/instance/peers")).json() == []


async def test_search_refuses_to_go_backwards(alice: Member) -> None:
    for query in ("limit=-1", "offset=-1"):
        assert (await alice.get(f"/api/v2/search?q=a&{query}")).status_code == 400
