"""Accounts, relationships and the member's own profile through the client API."""

from tests.integration.api.conftest import House, Member


async def test_an_account_is_found_in_every_way(house: House, alice: Member) -> None:
    for path in (
        f"/api/v1/accounts/{alice.id}",
        "/api/v1/accounts/lookup?acct=alice",
        "/api/v1/accounts/lookup?acct=@Alice@A.test",
    ):
        answer = await house.client.get(path)
        assert answer.status_code == 200, path
        account = answer.json()
        assert account["id"] == alice.id
        assert account["acct"] == "alice"
        assert account["url"] == "https://a.test/@alice"
    several = await house.client.get("/api/v1/accounts", params={"id[]": [alice.id, "5"]})
    assert [account["id"] for account in several.json()] == [alice.id]
    for path in ("lookup?acct=nobody", "lookup?acct=a.test", "lookup", "999", "-1", "abc"):
        answer = await house.client.get(f"/api/v1/accounts/{path}")
        assert answer.status_code == 404, path


async def test_verify_credentials_and_preferences(house: House, alice: Member) -> None:
    me = (await alice.get("/api/v1/accounts/verify_credentials")).json()
    assert me["id"] == alice.id
    assert me["source"]["privacy"] == "public"
    assert me["role"]["permissions"] == "0"
    narrow = await house.token(alice.user_id, "profile")
    headers = {"Authorization": f"Bearer {narrow}"}
    answer = await house.client.get("/api/v1/accounts/verify_credentials", headers=headers)
    assert answer.status_code == 200
    preferences = (await alice.get("/api/v1/preferences")).json()
    assert preferences["posting:default:visibility"] == "public"


async def test_the_profile_changes_in_every_encoding(alice: Member) -> None:
    path = "/api/v1/accounts/update_credentials"
    form = {
        "display_name": "Alice A.",
        "note": "I am\nhere",
        "locked": "true",
        "fields_attributes[0][name]": "Site",
        "fields_attributes[0][value]": "https://example.org",
        "fields_attributes[1][name]": "Pronouns",
        "fields_attributes[1][value]": "she",
        "source[privacy]": "private",
        "source[language]": "de",
        "id": "1",
        "username": "root",
        "role": "owner",
    }
    for method, more in (
        ("PATCH", {"data": form}),
        ("PATCH", {"data": form, "files": {"cover": ("a.png", b"x" * 2_000_000)}}),
        ("PUT", {"data": form}),
    ):
        answer = await alice.call(method, path, **more)
        assert answer.status_code == 200, answer.text
        me = answer.json()
        assert (me["id"], me["username"], me["role"]["name"]) == (alice.id, "alice", "")
        assert (me["display_name"], me["locked"]) == ("Alice A.", True)
        assert [field["name"] for field in me["fields"]] == ["Site", "Pronouns"]
        assert 'href="https://example.org"' in me["fields"][0]["value"]
        assert me["source"]["fields"][0]["value"] == "https://example.org"
        assert me["source"]["note"] == "I am\nhere"
        assert (me["source"]["privacy"], me["source"]["language"]) == ("private", "de")
    assert (await alice.write("hi"))["visibility"] in {"private", "public"}
    for body in (
        {"source": {"privacy": "everyone"}},
        {"display_name": "x" * 2000},
        {"fields_attributes": [{"name": str(i), "value": "x"} for i in range(30)]},
    ):
        assert (await alice.call("PATCH", path, json=body)).status_code == 422
    for body in ({"fields_attributes": "x"}, {"note": ["a", {"b": 1}]}, {"source": [1]}):
        assert (await alice.call("PATCH", path, json=body)).status_code == 400


async def test_following_and_its_lists(alice: Member, bob: Member, house: House) -> None:
    answer = await bob.post(f"/api/v1/accounts/{alice.id}/follow", json={"reblogs": False})
    relationship = answer.json()
    assert relationship["id"] == alice.id
    assert (relationship["following"], relationship["showing_reblogs"]) == (True, False)
    followers = await house.client.get(f"/api/v1/accounts/{alice.id}/followers")
    assert [account["acct"] for account in followers.json()] == ["bob"]
    following = await house.client.get(f"/api/v1/accounts/{bob.id}/following")
    assert [account["acct"] for account in following.json()] == ["alice"]
    both = await bob.get(
        "/api/v1/accounts/relationships", params={"id[]": [bob.id, alice.id, "1", "x"]}
    )
    assert [item["id"] for item in both.json()] == [bob.id, alice.id]
    removed = await alice.post(f"/api/v1/accounts/{bob.id}/remove_from_followers")
    assert removed.json()["followed_by"] is False
    assert (await bob.post(f"/api/v1/accounts/{alice.id}/unfollow")).json()["following"] is False
    assert (await bob.post("/api/v1/accounts/12345/follow")).status_code == 404
    assert (await bob.post(f"/api/v1/accounts/{bob.id}/follow")).status_code in {403, 404}


async def test_a_locked_account_answers_requests(alice: Member, bob: Member) -> None:
    path = "/api/v1/accounts/update_credentials"
    await alice.call("PATCH", path, json={"locked": True})
    asked = (await bob.post(f"/api/v1/accounts/{alice.id}/follow")).json()
    assert (asked["following"], asked["requested"]) == (False, True)
    waiting = (await alice.get("/api/v1/follow_requests")).json()
    assert [account["acct"] for account in waiting] == ["bob"]
    me = (await alice.get("/api/v1/accounts/verify_credentials")).json()
    assert me["source"]["follow_requests_count"] == 1
    done = await alice.post(f"/api/v1/follow_requests/{bob.id}/authorize")
    assert done.json()["followed_by"] is True
    assert (await alice.post(f"/api/v1/follow_requests/{bob.id}/reject")).status_code == 404


async def test_blocks_and_mutes(alice: Member, bob: Member) -> None:
    assert (await alice.post(f"/api/v1/accounts/{bob.id}/block")).json()["blocking"] is True
    blocked = (await alice.get("/api/v1/blocks")).json()
    assert [account["acct"] for account in blocked] == ["bob"]
    assert (await alice.post(f"/api/v1/accounts/{bob.id}/unblock")).json()["blocking"] is False
    muted = await alice.post(
        f"/api/v1/accounts/{bob.id}/mute", data={"duration": "3600", "notifications": "0"}
    )
    relationship = muted.json()
    assert (relationship["muting"], relationship["muting_notifications"]) == (True, False)
    listed = (await alice.get("/api/v1/mutes")).json()
    assert listed[0]["mute_expires_at"] == relationship["muting_expires_at"]
    assert (await alice.post(f"/api/v1/accounts/{bob.id}/unmute")).json()["muting"] is False
    answer = await alice.post(f"/api/v1/accounts/{bob.id}/mute", json={"duration": 10**15})
    assert answer.status_code == 422


async def test_an_account_under_suspension_is_a_blank_stub(house: House, alice: Member) -> None:
    await alice.call("PATCH", "/api/v1/accounts/update_credentials", json={"note": "secret"})
    async with house.runtime.unit() as unit:
        await unit.execute(
            "UPDATE accounts SET suspended_at = now(), revision = revision + 1 WHERE id = $1",
            alice.account.id,
        )
    answer = await house.client.get(f"/api/v1/accounts/{alice.id}")
    assert answer.status_code == 200
    assert answer.json()["suspended"] is True
    assert answer.json()["note"] == ""
    async with house.runtime.unit() as unit:
        await unit.execute("UPDATE accounts SET deleted_at = now() WHERE id = $1", alice.account.id)
    assert (await house.client.get(f"/api/v1/accounts/{alice.id}")).status_code == 404


async def test_addresses_that_run_code_never_leave(house: House, alice: Member) -> None:
    status = await alice.write("x")
    bad = [
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "java\tscript:x",
        "//evil.test/x",
        "https://a b/",
    ]
    for url in bad:
        async with house.runtime.unit() as unit:
            await unit.execute(
                "UPDATE accounts SET avatar_url = $2, header_url = $2, url = $2, emojis = $3,"
                " revision = revision + 1 WHERE id = $1",
                alice.account.id,
                url,
                [{"shortcode": "x", "url": url}],
            )
            await unit.execute(
                "UPDATE statuses SET url = $2, attachments = $3, emojis = $4,"
                " revision = revision + 1 WHERE id = $1",
                int(status["id"]),
                url,
                [{"type": "image", "url": url}, {"type": "image", "url": "https://x.test/a.png"}],
                [{"shortcode": "x", "url": url}],
            )
        seen = await house.client.get(f"/api/v1/statuses/{status['id']}")
        assert url not in seen.text
        assert len(seen.json()["media_attachments"]) == 1
        account = await house.client.get(f"/api/v1/accounts/{alice.id}")
        assert url not in account.text
        assert account.json()["url"] == alice.account.uri
