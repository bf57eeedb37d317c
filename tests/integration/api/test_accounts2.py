"""What members arrange about others: notes, recommendations, domains, and finding people."""

import re
from typing import Any

import pytest

from fedi.core.accounts import directory as core
from fedi.kit.clock import clock
from tests.integration.api.conftest import House, Member

HERE = "/api/v1/accounts"


@pytest.fixture(autouse=True)
def fresh_directory() -> None:
    core._candidates.clear()


async def stranger(house: House, name: str, domain: str, **more: Any) -> str:
    """An account of another server."""
    async with house.runtime.unit() as unit:
        account_id = await unit.new_id()
        uri = f"https://{domain}/users/{name}"
        await unit.execute(
            "INSERT INTO accounts (id, username, domain, uri, inbox_url, discoverable,"
            " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            account_id,
            name,
            domain,
            uri,
            f"{uri}/inbox",
            more.get("discoverable", False),
            clock.now(),
        )
        await unit.execute("INSERT INTO account_stats (account_id) VALUES ($1)", account_id)
        return str(account_id)


async def follows(house: House, who: str, target: str) -> None:
    async with house.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO follows (id, account_id, target_id, accepted, local, created_at)"
            " SELECT $1, $2, $3, true, domain IS NULL, $4 FROM accounts WHERE id = $2",
            await unit.new_id(),
            int(who),
            int(target),
            clock.now(),
        )


async def test_notes_are_for_oneself(alice: Member, bob: Member) -> None:
    path = f"{HERE}/{bob.id}/note"
    answer = (await alice.post(path, json={"comment": " met at the fair "})).json()
    assert answer["note"] == "met at the fair"
    seen = (await alice.get(f"{HERE}/relationships?id[]={bob.id}")).json()[0]
    assert seen["note"] == "met at the fair"
    assert (await bob.get(f"{HERE}/relationships?id[]={alice.id}")).json()[0]["note"] == ""
    assert (await alice.post(path)).json()["note"] == ""
    assert (await alice.post(path, data={"comment": "x" * 2001})).status_code == 422
    assert (await alice.post(path, json={"comment": {"a": 1}})).status_code == 400
    assert (await alice.post(f"{HERE}/99/note", data={"comment": "x"})).status_code == 404
    assert (await alice.post(f"{HERE}/x/note", data={"comment": "x"})).status_code == 404


@pytest.mark.parametrize("verbs", [("endorse", "unendorse"), ("pin", "unpin")])
async def test_recommendations(
    house: House, alice: Member, bob: Member, verbs: tuple[str, str]
) -> None:
    do, undo = (f"{HERE}/{bob.id}/{verb}" for verb in verbs)
    assert (await alice.post(do)).status_code == 422
    assert (await alice.post(f"{HERE}/{alice.id}/{verbs[0]}")).status_code == 404
    await alice.post(f"{HERE}/{bob.id}/follow")
    assert (await alice.post(do)).json()["endorsed"] is True
    assert (await alice.post(do)).json()["endorsed"] is True
    carol = await house.member("carol")
    await alice.post(f"{HERE}/{carol.id}/follow")
    await alice.post(f"{HERE}/{carol.id}/{verbs[0]}")
    mine = await alice.get("/api/v1/endorsements?limit=1")
    assert [a["id"] for a in mine.json()] == [carol.id]
    below = re.search(r'<([^>]+)>; rel="next"', mine.headers["link"])
    assert below
    assert [a["id"] for a in (await alice.get(below[1])).json()] == [bob.id]
    public = await house.client.get(f"{HERE}/{alice.id}/endorsements")
    assert [a["id"] for a in public.json()] == [carol.id, bob.id]
    assert (await alice.post(undo)).json()["endorsed"] is False
    # Nobody recommends whom they do not follow.
    await alice.post(f"{HERE}/{carol.id}/unfollow")
    assert (await alice.get("/api/v1/endorsements")).json() == []


async def test_familiar_followers(house: House, alice: Member, bob: Member) -> None:
    carol, dave = await house.member("carol"), await house.member("dave")
    for friend in (bob, dave):
        await alice.post(f"{HERE}/{friend.id}/follow")
        await friend.post(f"{HERE}/{carol.id}/follow")
    await dave.call("PATCH", f"{HERE}/update_credentials", json={"hide_collections": True})
    asked = f"{HERE}/familiar_followers?id[]={carol.id}&id[]=12345"
    found = (await alice.get(asked)).json()
    assert [item["id"] for item in found] == [carol.id, "12345"]
    assert [a["id"] for a in found[0]["accounts"]] == [bob.id]
    assert found[1]["accounts"] == []
    by_body = await alice.call("GET", f"{HERE}/familiar_followers", json={"id": [carol.id]})
    assert by_body.json() == found[:1]
    many = "&".join(f"id[]={number}" for number in range(1, 42))
    assert (await alice.get(f"{HERE}/familiar_followers?{many}")).status_code == 422


async def test_hidden_collections(house: House, alice: Member, bob: Member) -> None:
    await alice.post(f"{HERE}/{bob.id}/follow")
    await bob.call("PATCH", f"{HERE}/update_credentials", data={"hide_collections": "true"})
    path = f"{HERE}/{bob.id}/followers"
    assert (await alice.get(path)).json() == []
    assert (await house.client.get(path)).json() == []
    assert [a["id"] for a in (await bob.get(path)).json()] == [alice.id]
    assert (await alice.get(f"{HERE}/{bob.id}")).json()["hide_collections"] is True
    await bob.call("PATCH", f"{HERE}/update_credentials", data={"hide_collections": "0"})
    assert [a["id"] for a in (await house.client.get(path)).json()] == [alice.id]


async def test_lists_of_people_leave_out_whom_one_shut_out(
    house: House, alice: Member, bob: Member
) -> None:
    carol = await house.member("carol")
    for member in (alice, carol):
        await member.post(f"{HERE}/{bob.id}/follow")
    await alice.post(f"{HERE}/{carol.id}/block")
    path = f"{HERE}/{bob.id}/followers"
    assert [a["id"] for a in (await alice.get(path)).json()] == [alice.id]
    assert [a["id"] for a in (await carol.get(path)).json()] == [carol.id]
    assert len((await house.client.get(path)).json()) == 2


async def test_the_directory(house: House, alice: Member, bob: Member) -> None:
    remote = await stranger(house, "zoe", "b.test", discoverable=True)
    await house.runtime.db.fetch(
        "UPDATE account_stats SET last_status_at = now() - interval '1 day' WHERE account_id = $1",
        int(remote),
    )
    for member in (alice, bob):
        await member.call("PATCH", f"{HERE}/update_credentials", json={"discoverable": True})
    await alice.write("one")
    await bob.write("two")
    got = (await house.client.get("/api/v1/directory")).json()
    assert [a["id"] for a in got] == [bob.id, alice.id, remote]
    newest = (await house.client.get("/api/v1/directory?order=new&local=true")).json()
    assert [a["id"] for a in newest] == [bob.id, alice.id]
    second = (await house.client.get("/api/v1/directory?offset=1&limit=1")).json()
    assert [a["id"] for a in second] == [alice.id]
    await alice.post(f"{HERE}/{bob.id}/block")
    assert [a["id"] for a in (await alice.get("/api/v1/directory")).json()] == [alice.id, remote]
    assert (await house.client.get("/api/v1/directory?offset=-1")).status_code == 400
    assert (await house.client.get("/api/v1/directory?limit=-1")).status_code == 400
    assert (await house.client.get("/api/v1/directory?offset=99999999999")).json() == []


async def test_suggestions(house: House, alice: Member, bob: Member) -> None:
    carol, dave = await house.member("carol"), await house.member("dave")
    for member in (carol, dave):
        await member.call("PATCH", f"{HERE}/update_credentials", json={"discoverable": True})
        await member.write("hello")
        await bob.post(f"{HERE}/{member.id}/follow")
    await carol.post(f"{HERE}/{dave.id}/follow")
    assert (await alice.get("/api/v2/suggestions")).json() == []
    await alice.post(f"{HERE}/{bob.id}/follow")
    found = (await alice.get("/api/v2/suggestions")).json()
    assert {item["account"]["id"] for item in found} == {carol.id, dave.id}
    assert found[0]["source"] == "past_interactions"
    assert found[0]["sources"] == ["friends_of_friends"]
    assert (await alice.call("DELETE", f"/api/v1/suggestions/{carol.id}")).json() == {}
    assert [a["id"] for a in (await alice.get("/api/v1/suggestions")).json()] == [dave.id]
    await alice.post(f"{HERE}/{dave.id}/mute")
    assert (await alice.get("/api/v1/suggestions")).json() == []
    assert (await alice.call("DELETE", "/api/v1/suggestions/1234")).json() == {}
    assert (await alice.call("DELETE", "/api/v1/suggestions/x")).status_code == 404


DOMAINS = "/api/v1/domain_blocks"


async def test_domains_are_shut_out(house: House, alice: Member) -> None:
    zoe, yan = await stranger(house, "zoe", "b.test"), await stranger(house, "yan", "b.test")
    await follows(house, alice.id, zoe)
    await follows(house, yan, alice.id)
    asked = await alice.get(f"{DOMAINS}/preview?domain=B.test")
    assert asked.json() == {"followers_count": 1, "following_count": 1}
    assert (await alice.post(DOMAINS, data={"domain": "https://B.TEST/about"})).json() == {}
    assert (await alice.post(DOMAINS, json={"domain": "b.test"})).json() == {}
    await alice.post(DOMAINS, json={"domain": "c.test"})
    page = await alice.get(f"{DOMAINS}?limit=1")
    assert page.json() == ["c.test"]
    below = re.search(r'<([^>]+)>; rel="next"', page.headers["link"])
    assert below
    assert (await alice.get(below[1])).json() == ["b.test"]
    seen = (await alice.get(f"{HERE}/relationships?id[]={zoe}&id[]={yan}")).json()
    assert [(r["domain_blocking"], r["following"], r["followed_by"]) for r in seen] == [
        (True, False, False),
        (True, False, False),
    ]
    kinds = await house.runtime.db.fetch(
        "SELECT type FROM events WHERE type LIKE 'Follow%' ORDER BY id"
    )
    assert sorted(row[0] for row in kinds) == ["FollowEnded", "FollowRejected"]
    gone = await alice.call("DELETE", DOMAINS, json={"domain": "b.test"})
    assert gone.json() == {}
    assert (await alice.get(DOMAINS)).json() == ["c.test"]


@pytest.mark.parametrize(
    "domain", ["", " ", "a.test", "A.TEST", "nonsense", "a b.test", "..", "x" * 300 + ".test"]
)
async def test_no_such_domain(alice: Member, domain: str) -> None:
    assert (await alice.post(DOMAINS, json={"domain": domain})).status_code == 422
    assert (await alice.call("DELETE", DOMAINS, json={"domain": domain})).status_code == 422
    assert (await alice.get(f"{DOMAINS}/preview", params={"domain": domain})).status_code == 422
    assert (await alice.get(DOMAINS)).json() == []


async def test_where_somebody_moved(house: House, alice: Member, bob: Member) -> None:
    await house.runtime.db.fetch(
        "UPDATE accounts SET moved_to_uri = $2 WHERE id = $1", alice.account.id, bob.account.uri
    )
    # What only one side says does not show.
    assert "moved" not in (await house.client.get(f"{HERE}/{alice.id}")).json()
    await house.runtime.db.fetch(
        "UPDATE accounts SET also_known_as = ARRAY[$2] WHERE id = $1",
        bob.account.id,
        alice.account.uri,
    )
    shown = (await house.client.get(f"{HERE}/{alice.id}")).json()
    assert shown["moved"]["id"] == bob.id
    assert (await house.client.get(f"{HERE}/lookup?acct=alice")).json()["moved"]["id"] == bob.id
    assert "moved" not in (await house.client.get(f"{HERE}/{bob.id}")).json()


async def test_mutes_that_end(alice: Member, bob: Member) -> None:
    await alice.post(f"{HERE}/{bob.id}/mute", data={"duration": "3600"})
    row = (await alice.get("/api/v1/mutes")).json()[0]
    assert row["mute_expires_at"].endswith("Z")
    seen = (await alice.get(f"{HERE}/relationships?id={bob.id}")).json()[0]
    assert seen["muting_expires_at"] == row["mute_expires_at"]
