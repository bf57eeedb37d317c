"""Lists of accounts over the API: what apps send, and what they may not."""

from typing import Any

import pytest

from fedi.core.lists import service
from fedi.core.lists.types import ListChanges
from tests.integration.api.conftest import House, Member
from tests.rig.aftermath import settle

LISTS = "/api/v1/lists"


async def make(member: Member, **fields: Any) -> dict[str, Any]:
    answer = await member.post(LISTS, json={"title": "friends", **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_made_changed_and_given_up(alice: Member, bob: Member) -> None:
    made = await make(alice)
    expected = {"title": "friends", "replies_policy": "list", "exclusive": False}
    assert made == {"id": made["id"], **expected}
    one = f"{LISTS}/{made['id']}"
    assert (await alice.get(one)).json() == made
    assert (await alice.get(LISTS)).json() == [made]
    for method in ("PUT", "PATCH"):
        changed = await alice.call(method, one, data={"title": "enemies", "exclusive": "1"})
        assert changed.json() == {**made, "title": "enemies", "exclusive": True}
    changed = await alice.call("PUT", one, json={"replies_policy": "none"})
    assert changed.json()["replies_policy"] == "none"
    assert changed.json()["title"] == "enemies"
    # To others there is no such list.
    for method in ("GET", "PUT", "DELETE"):
        assert (await bob.call(method, one)).status_code == 404
    for path in (f"{one}/accounts", f"/api/v1/timelines/list/{made['id']}"):
        assert (await bob.get(path)).status_code == 404
    gone = await alice.call("DELETE", one)
    assert (gone.status_code, gone.json()) == (200, {})
    assert (await alice.get(one)).status_code == 404
    assert (await alice.get(LISTS)).json() == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": " "}, "Title can't be blank"),
        ({"title": None}, "Title can't be blank"),
        ({"title": "x" * 257}, "Title is too long"),
        ({"replies_policy": "all"}, "'all' is not a valid replies_policy"),
    ],
)
async def test_bad_values(alice: Member, fields: dict[str, Any], words: str) -> None:
    answer = await alice.post(LISTS, json={"title": "one", **fields})
    assert answer.status_code == 422
    assert words in answer.json()["error"]


async def test_no_more_than_fifty(alice: Member, house: House) -> None:
    async with house.runtime.unit() as unit:
        for number in range(50):
            await service.create_list(unit, alice.account.id, ListChanges(title=str(number)))
    answer = await alice.post(LISTS, json={"title": "one more"})
    assert answer.status_code == 422
    assert "maximum number of lists" in answer.json()["error"]


async def test_members(alice: Member, bob: Member, house: House) -> None:
    carl = await house.member("carl")
    made = await make(alice)
    path = f"{LISTS}/{made['id']}/accounts"
    ids = {"account_ids": [bob.id, carl.id]}
    # Only those whom one follows, all or none.
    await alice.post(f"/api/v1/accounts/{bob.id}/follow")
    assert (await alice.post(path, json=ids)).status_code == 404
    assert (await alice.get(path)).json() == []
    await alice.post(f"/api/v1/accounts/{carl.id}/follow")
    added = await alice.post(path, json=ids)
    assert (added.status_code, added.json()) == (200, {})
    again = await alice.post(path, data={"account_ids[]": [bob.id]})
    assert again.status_code == 422
    assert again.json()["error"] == "Validation failed: Account has already been taken"
    for bad in ("x", "0", "99999999999999999999", str(2**62)):
        assert (await alice.post(path, json={"account_ids": [bad]})).status_code == 404
    with_bob = await alice.get(f"/api/v1/accounts/{bob.id}/lists")
    assert [found["id"] for found in with_bob.json()] == [made["id"]]
    assert (await bob.get(f"/api/v1/accounts/{bob.id}/lists")).json() == []
    # The cursor is that of the membership.
    first = await alice.get(f"{path}?limit=1")
    assert [found["id"] for found in first.json()] == [carl.id]
    below = first.headers["link"].split(";")[0].strip("<>")
    assert [found["id"] for found in (await alice.get(below)).json()] == [bob.id]
    everybody = await alice.get(f"{path}?limit=0")
    assert [found["id"] for found in everybody.json()] == [carl.id, bob.id]
    assert 'rel="next"' not in everybody.headers.get("link", "")
    # Bodies come on DELETE, too.
    gone = await alice.call("DELETE", path, json={"account_ids": [bob.id, "123"]})
    assert (gone.status_code, gone.json()) == (200, {})
    assert [found["id"] for found in (await alice.get(path)).json()] == [carl.id]
    await alice.post(f"/api/v1/accounts/{carl.id}/unfollow")
    await settle(house.runtime)
    assert (await alice.get(path)).json() == []


async def test_the_timeline_of_a_list(alice: Member, bob: Member, house: House) -> None:
    await alice.post(f"/api/v1/accounts/{bob.id}/follow")
    old = await bob.write("before")
    made = await make(alice, exclusive=True)
    path = f"/api/v1/timelines/list/{made['id']}"
    await alice.post(f"{LISTS}/{made['id']}/accounts", json={"account_ids": [bob.id]})
    assert [post["id"] for post in (await alice.get(path)).json()] == [old["id"]]
    new = await bob.write("after")
    await settle(house.runtime)
    page = await alice.get(f"{path}?limit=1")
    assert [post["id"] for post in page.json()] == [new["id"]]
    assert "max_id=" in page.headers["link"]
    assert "min_id=" in page.headers["link"]
    assert (await alice.get("/api/v1/timelines/home")).json() == []
    await alice.post(f"/api/v1/accounts/{bob.id}/mute")
    assert (await alice.get(path)).json() == []


async def test_scopes(alice: Member, house: House) -> None:
    alice.token = await house.token(alice.user_id, "read:statuses write:statuses")
    assert (await alice.get(LISTS)).status_code == 403
    assert (await alice.post(LISTS, json={"title": "x"})).status_code == 403
    assert (await alice.get("/api/v1/timelines/list/1")).status_code == 403
