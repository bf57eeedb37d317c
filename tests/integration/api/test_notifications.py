"""Notifications and markers through the client API."""

from fedi.core.notifications.service import notify
from tests.integration.api.conftest import House, Member


async def _tell(house: House, alice: Member, bob: Member, status_id: str) -> None:
    status = int(status_id)
    async with house.runtime.unit() as unit:
        await notify(
            unit,
            [
                (alice.account.id, "follow", bob.account.id, None),
                (alice.account.id, "favourite", bob.account.id, status),
                (alice.account.id, "reblog", bob.account.id, status),
            ],
        )


async def test_notifications_are_listed_filtered_and_put_away(
    house: House, alice: Member, bob: Member
) -> None:
    status = await alice.write("x")
    await _tell(house, alice, bob, status["id"])
    path = "/api/v1/notifications"
    listed = (await alice.get(path)).json()
    assert {item["type"] for item in listed} == {"follow", "favourite", "reblog"}
    liked = next(item for item in listed if item["type"] == "favourite")
    assert liked["account"]["acct"] == "bob"
    assert liked["status"]["id"] == status["id"]
    assert liked["group_key"] == f"favourite-{status['id']}"
    follow = next(item for item in listed if item["type"] == "follow")
    assert "status" not in follow
    only = (await alice.get(path, params={"types[]": "follow"})).json()
    assert [item["type"] for item in only] == ["follow"]
    rest = (await alice.get(path, params={"exclude_types[]": ["follow", "reblog"]})).json()
    assert [item["type"] for item in rest] == ["favourite"]
    assert len((await alice.get(path, params={"account_id": bob.id})).json()) == 3
    assert (await alice.get(path, params={"account_id": alice.id})).json() == []
    page = await alice.get(path, params={"limit": "1"})
    assert 'rel="next"' in page.headers["link"]
    assert (await alice.get(f"{path}/unread_count")).json() == {"count": 3}
    one = f"{path}/{liked['id']}"
    assert (await alice.get(one)).json()["id"] == liked["id"]
    assert (await bob.get(one)).status_code == 404
    assert (await bob.post(f"{one}/dismiss")).status_code == 404
    assert (await alice.post(f"{one}/dismiss")).json() == {}
    assert (await alice.get(one)).status_code == 404
    assert (await alice.post(f"{path}/clear")).json() == {}
    assert (await alice.get(path)).json() == []


async def test_markers_are_kept(house: House, alice: Member, bob: Member) -> None:
    path = "/api/v1/markers"
    fresh = (await alice.get(path, params={"timeline": "notifications"})).json()
    assert fresh["notifications"]["last_read_id"] == "0"
    status = await alice.write("x")
    await _tell(house, alice, bob, status["id"])
    newest = (await alice.get("/api/v1/notifications?limit=1")).json()[0]["id"]
    fresh = (await alice.get(path, params={"timeline[]": ["home", "notifications"]})).json()
    assert fresh["notifications"]["last_read_id"] == newest
    assert "home" not in fresh
    for version in (1, 2):
        answer = await alice.post(path, json={"home": {"last_read_id": str(100 + version)}})
        assert answer.json()["home"]["version"] == version
    kept = (await alice.get(path, params={"timeline[]": ["home"]})).json()
    assert kept["home"]["last_read_id"] == "102"
    await alice.post(path, data={"notifications[last_read_id]": newest})
    assert (await alice.get("/api/v1/notifications/unread_count")).json() == {"count": 0}
    assert (await alice.post(path, json={"home": {"last_read_id": "x"}})).status_code == 400
