"""Hashtags over the API: entities, follows, features, and the timelines that find by them."""

import re
from typing import Any

import pytest

from fedi.kit.unit import ReadUnit
from tests.integration.api.conftest import House, Member
from tests.rig.aftermath import settle


async def test_a_hashtag(alice: Member, house: House) -> None:
    await alice.write("#Cats are #cats")
    await settle(house.runtime)
    found = (await house.client.get("/api/v1/tags/CATS")).json()
    assert set(found) == {"id", "name", "url", "history"}
    assert (found["name"], found["url"]) == ("cats", "https://a.test/tags/cats")
    assert found["id"].isdigit()
    assert len(found["history"]) == 7
    assert (found["history"][0]["uses"], found["history"][0]["accounts"]) == ("1", "1")
    days = [int(day["day"]) for day in found["history"]]
    assert days == [days[0] - 86_400 * number for number in range(7)]
    assert days[0] % 86_400 == 0
    unknown = (await alice.get("/api/v1/tags/nobody")).json()
    assert (unknown["following"], unknown["featuring"]) == (False, False)
    for bad in ("12", "a%20b", "%23", "x" * 200, str(2**62)):
        assert (await alice.get(f"/api/v1/tags/{bad}")).status_code == 404, bad


async def test_following(alice: Member, bob: Member, house: House) -> None:
    old = await bob.write("#cats")
    await settle(house.runtime)
    for name in ("Cats", "dogs"):
        answer = await alice.post(f"/api/v1/tags/{name}/follow")
        assert answer.json()["following"] is True
    await settle(house.runtime)
    home = "/api/v1/timelines/home"
    assert [post["id"] for post in (await alice.get(home)).json()] == [old["id"]]
    first = await alice.get("/api/v1/followed_tags?limit=1")
    assert [tag["name"] for tag in first.json()] == ["dogs"]
    below = first.headers["link"].split(";")[0].strip("<>")
    # The cursor is neither the hashtag nor its id.
    assert re.search(r"max_id=(\d+)", below)
    rest = (await alice.get(below)).json()
    assert [tag["name"] for tag in rest] == ["cats"]
    by_id = await alice.post(f"/api/v1/tags/{rest[0]['id']}/unfollow")
    assert (by_id.json()["name"], by_id.json()["following"]) == ("cats", False)
    await settle(house.runtime)
    assert (await alice.get(home)).json() == []
    assert (await alice.post("/api/v1/tags/12/follow")).status_code == 404


async def test_featuring(alice: Member, bob: Member, house: House) -> None:
    for text in ("#cats", "#cats #dogs"):
        await alice.write(text)
    await settle(house.runtime)
    suggested = (await alice.get("/api/v1/featured_tags/suggestions")).json()
    assert [tag["name"] for tag in suggested] == ["cats", "dogs"]
    made = (await alice.post("/api/v1/featured_tags", json={"name": "#Cats"})).json()
    assert set(made) == {"id", "name", "url", "statuses_count", "last_status_at"}
    assert (made["name"], made["statuses_count"]) == ("cats", "2")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", made["last_status_at"])
    tag = (await alice.post("/api/v1/tags/birds/feature")).json()
    assert tag["featuring"] is True
    mine = (await alice.get("/api/v1/featured_tags")).json()
    assert [each["name"] for each in mine] == ["cats", "birds"]
    assert (mine[1]["statuses_count"], mine[1]["last_status_at"]) == ("0", None)
    shown = await house.client.get(f"/api/v1/accounts/{alice.id}/featured_tags")
    assert shown.json() == mine
    tag = (await alice.post("/api/v1/tags/birds/unfeature")).json()
    assert tag["featuring"] is False
    path = f"/api/v1/featured_tags/{made['id']}"
    assert (await bob.call("DELETE", path)).status_code == 404
    assert (await alice.call("DELETE", path)).json() == {}
    assert (await alice.get("/api/v1/featured_tags")).json() == []
    assert (await alice.post("/api/v1/featured_tags")).status_code == 400
    bad = await alice.post("/api/v1/featured_tags", json={"name": "no tag"})
    assert bad.status_code == 422


async def test_timelines_by_hashtag(alice: Member, bob: Member, house: House) -> None:
    one = await alice.write("#cats")
    both = await bob.write("#cats #dogs")
    await settle(house.runtime)
    path = "/api/v1/timelines/tag"

    async def ids(query: str, member: Member | None = None) -> list[str]:
        target = f"{path}/{query}"
        answer = await (member.get(target) if member else house.client.get(target))
        assert answer.status_code == 200
        return [post["id"] for post in answer.json()]

    assert await ids("Cats") == [both["id"], one["id"]]
    assert await ids("birds?any[]=dogs") == [both["id"]]
    assert await ids("cats?all[]=dogs&none[]=birds") == [both["id"]]
    assert await ids("cats?none[]=dogs&local=true") == [one["id"]]
    assert await ids("cats?remote=true") == []
    await alice.post(f"/api/v1/accounts/{bob.id}/block")
    assert await ids("cats", alice) == [one["id"]]
    # The page of the hashtag for everybody is the same.
    assert await ids("cats?limit=1&max_id=" + both["id"]) == [one["id"]]


async def test_timelines_of_links_and_of_direct_posts(
    alice: Member, bob: Member, house: House
) -> None:
    post = await alice.write("look at https://far.test/page")
    hidden = await alice.write("look at https://far.test/page", visibility="unlisted")
    ids = [int(post["id"]), int(hidden["id"])]
    async with house.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO preview_cards (id, url, state) VALUES (7, 'https://far.test/page', 1)"
        )
        await unit.execute("UPDATE statuses SET card_id = 7 WHERE id = ANY($1::bigint[])", ids)
    path = "/api/v1/timelines/link"
    found = await house.client.get(path, params={"url": "https://far.test/page"})
    assert [each["id"] for each in found.json()] == [post["id"]]
    assert (await house.client.get(path, params={"url": "https://else.test/"})).json() == []
    assert (await house.client.get(path)).status_code == 400
    told = await alice.write("@bob psst", visibility="direct")
    answered = await bob.write("@alice yes?", visibility="direct", in_reply_to_id=told["id"])
    direct = "/api/v1/timelines/direct"
    for member in (alice, bob):
        page = (await member.get(direct)).json()
        assert [each["id"] for each in page] == [answered["id"], told["id"]]
    page = (await bob.get(f"{direct}?max_id={answered['id']}")).json()
    assert [each["id"] for each in page] == [told["id"]]
    carl = await house.member("carl")
    assert (await carl.get(direct)).json() == []


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/followed_tags?limit=200",
        "/api/v1/featured_tags",
        "/api/v1/featured_tags/suggestions",
        "/api/v1/timelines/tag/a0?any[]=a1&any[]=a2",
        "/api/v1/timelines/tag/a0?all[]=a1&all[]=a2",
        "/api/v1/timelines/public",
        "/api/v1/timelines/home",
        "/api/v1/lists",
    ],
)
async def test_as_many_statements_for_much_as_for_little(
    alice: Member, house: House, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    counted: list[str] = []
    fetch = ReadUnit.fetch

    async def counting(self: ReadUnit, sql: str, *args: object) -> list[Any]:
        counted.append(sql)
        return await fetch(self, sql, *args)

    async def fill(names: list[str]) -> None:
        await alice.write(" ".join(f"#{name}" for name in names))
        await settle(house.runtime)
        for name in names:
            await alice.post(f"/api/v1/tags/{name}/follow")
            await alice.post("/api/v1/featured_tags", json={"name": name})
            await alice.post("/api/v1/lists", json={"title": name})

    async def count() -> int:
        with monkeypatch.context() as patch:
            patch.setattr(ReadUnit, "fetch", counting)
            counted.clear()
            answer = await alice.get(path)
        assert answer.status_code == 200
        return len(counted)

    await fill(["a0", "a1", "a2"])
    await alice.get(path)
    before = await count()
    for _ in range(3):
        await fill([f"a{number}" for number in range(9)])
    await alice.get(path)
    assert await count() == before
