"""What members want to be told at once, later, or not at all; and markers."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from fedi.core.notifications.markers import find_markers, set_markers
from fedi.core.notifications.service import Kind, Notice, notify
from fedi.kit.clock import ago, now
from fedi.kit.errors import Conflict
from tests.integration.api.conftest import House, Member

V1, V2 = "/api/v1/notifications", "/api/v2/notifications"
POLICY = f"{V2}/policy"
ACCEPTED = {
    "for_not_following": "accept",
    "for_not_followers": "accept",
    "for_new_accounts": "accept",
    "for_private_mentions": "accept",
    "for_limited_accounts": "accept",
    "for_bots": "accept",
}


async def tell(house: House, *notices: Notice) -> int:
    async with house.runtime.unit() as unit:
        return len(await notify(unit, notices))


async def sql(house: House, text: str, *args: object) -> None:
    async with house.runtime.unit() as unit:
        await unit.execute(text, *args)


async def follow(house: House, who: Member, target: Member, days: int = 10) -> None:
    async with house.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO follows (id, account_id, target_id, accepted, local, created_at)"
            " VALUES ($1, $2, $3, true, true, $4)",
            await unit.new_id(),
            who.account.id,
            target.account.id,
            now() - timedelta(days=days),
        )


async def settle_in(house: House, member: Member) -> None:
    """The account has been there for a while."""
    await sql(
        house,
        "UPDATE accounts SET created_at = $2 WHERE id = $1",
        member.account.id,
        ago(timedelta(days=100)),
    )


async def test_policy_is_kept_in_both_versions(house: House, alice: Member) -> None:
    fresh = (await alice.get(POLICY)).json()
    summary = {"pending_requests_count": 0, "pending_notifications_count": 0}
    wanted = {**ACCEPTED, "for_private_mentions": "filter", "for_limited_accounts": "filter"}
    assert fresh == {**wanted, "summary": summary}
    put = await alice.call("PUT", POLICY, json={"for_bots": "drop", "for_new_accounts": "filter"})
    assert put.json() == {
        **wanted,
        "for_bots": "drop",
        "for_new_accounts": "filter",
        "summary": summary,
    }
    patched = await alice.call("PATCH", POLICY, data={"for_bots": "accept"})
    assert patched.json()["for_new_accounts"] == "filter"
    assert (await alice.call("PUT", POLICY, json={"for_bots": "maybe"})).status_code == 422
    old = (await alice.get(f"{V1}/policy")).json()
    assert old == {
        "filter_not_following": False,
        "filter_not_followers": False,
        "filter_new_accounts": True,
        "filter_private_mentions": True,
        "filter_bots": False,
        "summary": summary,
    }
    changed = await alice.call(
        "PUT", f"{V1}/policy", data={"filter_new_accounts": "0", "filter_not_following": "true"}
    )
    assert changed.json()["filter_not_following"] is True
    assert (await alice.get(POLICY)).json()["for_new_accounts"] == "accept"
    assert (await alice.get(POLICY)).json()["for_not_following"] == "filter"


async def verdict(house: House, alice: Member, bob: Member, kind: Kind = "follow") -> str:
    """What becomes of a notification from Bob."""
    post = None
    if kind != "follow":
        post = int((await bob.write("@alice hi", visibility="direct"))["id"])
    await sql(house, "DELETE FROM notifications")
    told = await tell(house, (alice.account.id, kind, bob.account.id, post))
    kept = await house.runtime.read().value("SELECT count(*) FROM notifications WHERE filtered")
    return "accept" if told else "filter" if kept else "drop"


@pytest.mark.parametrize("wish", ["filter", "drop"])
async def test_each_wish_holds(house: House, alice: Member, bob: Member, wish: str) -> None:
    async def want(**names: str) -> None:
        answer = await alice.call("PATCH", POLICY, json={**ACCEPTED, **names})
        assert answer.status_code == 200

    await want()
    assert await verdict(house, alice, bob) == "accept"
    await want(for_new_accounts=wish)
    assert await verdict(house, alice, bob) == wish
    await settle_in(house, bob)
    assert await verdict(house, alice, bob) == "accept"
    await want(for_not_followers=wish)
    assert await verdict(house, alice, bob) == wish
    await follow(house, bob, alice, days=1)
    assert await verdict(house, alice, bob) == wish
    await sql(house, "UPDATE follows SET created_at = now() - interval '4 days'")
    assert await verdict(house, alice, bob) == "accept"
    for column, name in (
        ("silenced_at = now()", "for_limited_accounts"),
        ("bot = true", "for_bots"),
    ):
        await want(**{name: wish})
        assert await verdict(house, alice, bob) == "accept"
        await sql(house, f"UPDATE accounts SET {column} WHERE id = $1", bob.account.id)
        assert await verdict(house, alice, bob) == wish
    await want(for_private_mentions=wish)
    assert await verdict(house, alice, bob) == "accept"
    assert await verdict(house, alice, bob, "mention") == wish
    await want(for_not_following=wish)
    assert await verdict(house, alice, bob) == wish
    await follow(house, alice, bob)
    assert await verdict(house, alice, bob) == "accept"
    await want(for_private_mentions=wish, for_bots=wish, for_limited_accounts=wish)
    assert await verdict(house, alice, bob, "mention") == "accept"
    await want(for_not_followers=wish)
    await sql(house, "DELETE FROM follows")
    await sql(house, "UPDATE users SET role = 'moderator' WHERE id = $1", bob.user_id)
    assert await verdict(house, alice, bob) == "accept"


async def test_an_answer_to_a_private_mention_comes_through(
    house: House, alice: Member, bob: Member
) -> None:
    asked = await alice.write("@bob how are you?", visibility="direct")
    answer = await bob.write("@alice fine", visibility="direct", in_reply_to_id=asked["id"])
    me = alice.account.id
    assert await tell(house, (me, "mention", bob.account.id, int(answer["id"]))) == 1
    other = await bob.write("@alice buy this", visibility="direct")
    assert await tell(house, (me, "mention", bob.account.id, int(other["id"]))) == 0
    # Nothing of a poll, an edit or the server itself is held back.
    await alice.call("PATCH", POLICY, json=dict.fromkeys(ACCEPTED, "drop"))
    assert await tell(house, (me, "update", bob.account.id, int(answer["id"]))) == 1
    assert await tell(house, (me, "admin.sign_up", bob.account.id, None)) == 1


async def hold_back(house: House, alice: Member, *others: Member) -> list[str]:
    """Something of each is held back; the ids of the posts."""
    posts: list[str] = []
    for other in others:
        post = await other.write("@alice hi", visibility="direct")
        posts.append(post["id"])
        me = alice.account.id
        assert await tell(house, (me, "mention", other.account.id, int(post["id"]))) == 0
    return posts


async def test_requests_are_accepted(house: House, alice: Member, bob: Member) -> None:
    carol = await house.member("carol")
    posts = await hold_back(house, alice, bob, bob, carol)
    assert (await alice.get(V1)).json() == []
    assert (await alice.get(f"{V1}/unread_count")).json() == {"count": 0}
    assert (await alice.get(V2)).json()["notification_groups"] == []
    shown = (await alice.get(V1, params={"include_filtered": "true"})).json()
    assert [item["filtered"] for item in shown] == [True] * 3
    path = f"{V1}/requests"
    listed = await alice.get(path)
    assert [request["account"]["id"] for request in listed.json()] == [carol.id, bob.id]
    request = listed.json()[1]
    assert request["notifications_count"] == "2"
    assert request["last_status"]["id"] == posts[1]
    assert (await alice.get(f"{path}/{request['id']}")).json() == request
    assert (await bob.get(f"{path}/{request['id']}")).status_code == 404
    assert (await bob.post(f"{path}/{request['id']}/accept")).status_code == 404
    page = await alice.get(path, params={"limit": 1})
    assert f"max_id={page.json()[0]['id']}" in page.headers["link"]
    summary = (await alice.get(POLICY)).json()["summary"]
    assert summary == {"pending_requests_count": 2, "pending_notifications_count": 3}
    assert (await alice.post(f"{path}/{request['id']}/accept")).json() == {}
    assert (await alice.get(f"{path}/merged")).json() == {"merged": True}
    events = await house.runtime.read().fetch(
        "SELECT payload FROM events WHERE type = 'NotificationsMerged'"
    )
    assert [row["payload"] for row in events] == [{"account_id": alice.account.id}]
    told = (await alice.get(V1)).json()
    assert [item["status"]["id"] for item in told] == [posts[1], posts[0]]
    assert "filtered" not in told[0]
    assert (await alice.post(f"{path}/{request['id']}/accept")).status_code == 404
    # From now on they are let through.
    post = await bob.write("@alice again", visibility="direct")
    assert await tell(house, (alice.account.id, "mention", bob.account.id, int(post["id"]))) == 1


async def test_requests_are_dismissed(house: House, alice: Member, bob: Member) -> None:
    carol = await house.member("carol")
    await hold_back(house, alice, bob, carol)
    path = f"{V1}/requests"
    ids = [request["id"] for request in (await alice.get(path)).json()]
    assert (await bob.post(f"{path}/dismiss", json={"id": ids})).json() == {}
    assert len((await alice.get(path)).json()) == 2
    assert (await alice.post(f"{path}/{ids[0]}/dismiss")).json() == {}
    assert [request["id"] for request in (await alice.get(path)).json()] == ids[1:]
    assert (await alice.post(f"{path}/dismiss", data={"id[]": [*ids, "9", "x"]})).json() == {}
    assert (await alice.get(path)).json() == []
    assert (await alice.get(V1, params={"include_filtered": "1"})).json() == []
    # What comes next is held back as before.
    await hold_back(house, alice, bob)
    found = (await alice.get(path)).json()
    assert [request["notifications_count"] for request in found] == ["1"]
    assert (await alice.post(f"{path}/accept", json={"id": [found[0]["id"]]})).json() == {}
    assert len((await alice.get(V1)).json()) == 1


async def test_a_request_goes_with_what_was_held_back(
    house: House, alice: Member, bob: Member
) -> None:
    await hold_back(house, alice, bob)
    shown = (await alice.get(V1, params={"include_filtered": "true"})).json()
    assert (await alice.post(f"{V1}/{shown[0]['id']}/dismiss")).json() == {}
    assert (await alice.get(f"{V1}/requests")).json() == []
    await hold_back(house, alice, bob)
    assert (await alice.post(f"{V1}/clear")).json() == {}
    assert (await alice.get(f"{V1}/requests")).json() == []


async def test_a_member_blocks_a_domain(house: House, alice: Member, bob: Member) -> None:
    await sql(house, "UPDATE accounts SET domain = 'far.test' WHERE id = $1", bob.account.id)
    async with house.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO account_domain_blocks (id, account_id, domain) VALUES ($1, $2, $3)",
            await unit.new_id(),
            alice.account.id,
            "far.test",
        )
    notice: Notice = (alice.account.id, "follow", bob.account.id, None)
    assert await tell(house, notice) == 0
    await follow(house, alice, bob)
    assert await tell(house, notice) == 1


async def test_markers_that_race(house: House, alice: Member) -> None:
    path = "/api/v1/markers"

    async def move(number: int) -> httpx.Response:
        return await alice.post(path, json={"home": {"last_read_id": str(number)}})

    answers = await asyncio.gather(*(move(number) for number in range(1, 9)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {200, 409}
    kept = (await alice.get(path, params={"timeline": "home"})).json()["home"]
    assert kept["version"] == statuses.count(200)
    read = house.runtime.read()
    before = await find_markers(read, alice.account.id)
    assert (await move(3)).status_code == 200
    with pytest.raises(Conflict):
        async with house.runtime.unit() as unit:
            await set_markers(unit, alice.user_id, {"home": 4}, before)
    async with house.runtime.unit() as unit:
        # The other timeline is nobody's business.
        await set_markers(unit, alice.user_id, {"notifications": 4}, before)
    assert (await find_markers(read, alice.account.id))["home"]["last_read_id"] == "3"
    # Backwards is allowed.
    assert (await move(1)).json()["home"]["last_read_id"] == "1"
