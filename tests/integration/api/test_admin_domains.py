"""What holds for other servers, as admins' tools see and change it."""

from tests.integration.api.conftest import House, Member

BLOCKS, ALLOWS = "/api/v1/admin/domain_blocks", "/api/v1/admin/domain_allows"


async def admin(house: House) -> Member:
    return await house.member("root", role="admin", scopes="admin:read admin:write read")


async def test_a_rule_is_made_changed_and_lifted(house: House) -> None:
    root = await admin(house)
    given = {"domain": "Rude.test.", "severity": "suspend", "private_comment": "they spam"}
    made = (await root.post(BLOCKS, json=given)).json()
    assert made["domain"] == "rude.test"
    assert (made["severity"], made["private_comment"]) == ("suspend", "they spam")
    assert (made["public_comment"], made["reject_media"]) == (None, False)
    again = await root.post(BLOCKS, json=given)
    assert again.status_code == 422
    assert again.json()["existing_domain_block"] == made
    path = f"{BLOCKS}/{made['id']}"
    changed = (await root.call("PUT", path, json={"severity": "noop", "reject_media": True})).json()
    assert (changed["id"], changed["severity"]) == (made["id"], "noop")
    assert (changed["reject_media"], changed["private_comment"]) == (True, "they spam")
    assert (await root.get(path)).json() == changed
    assert (await root.get(BLOCKS)).json() == [changed]
    assert (await root.call("DELETE", path)).json() == {}
    assert (await root.get(path)).status_code == 404
    assert (await root.call("DELETE", path)).status_code == 404


async def test_a_block_holds_at_once(house: House) -> None:
    root = await admin(house)
    await root.post(BLOCKS, json={"domain": "rude.test", "severity": "suspend"})
    policy = house.services.policy
    assert (await policy.load()).is_suspended("sub.rude.test")


async def test_bad_rules_are_refused_in_words(house: House) -> None:
    root = await admin(house)
    for given in (
        {},
        {"domain": "no domain"},
        {"domain": house.runtime.settings.host},
        {"domain": "x.test", "severity": "execute"},
        {"domain": "x.test", "public_comment": "x" * 3000},
    ):
        assert (await root.post(BLOCKS, json=given)).status_code == 422, given
    assert (await root.get(BLOCKS)).json() == []


async def test_only_admins_with_the_scope_may(house: House) -> None:
    await admin(house)
    member = await house.member("mona", scopes="admin:read admin:write read write")
    helper = await house.member("hal", role="moderator", scopes="admin:read admin:write")
    narrow = await house.member("ned", role="admin", scopes="read write")
    for path in (BLOCKS, ALLOWS):
        for who in (member, helper, narrow):
            assert (await who.get(path)).status_code == 403
            assert (await who.post(path, json={"domain": "x.test"})).status_code == 403
        assert (await house.client.get(path)).status_code == 401


async def test_the_list_of_the_allowed(house: House) -> None:
    root = await admin(house)
    made = (await root.post(ALLOWS, json={"domain": "kind.test"})).json()
    assert made["domain"] == "kind.test"
    assert (await root.post(ALLOWS, json={"domain": "KIND.test"})).json()["id"] == made["id"]
    assert (await root.get(ALLOWS)).json() == [made]
    assert (await root.get(f"{ALLOWS}/{made['id']}")).json() == made
    assert (await root.call("DELETE", f"{ALLOWS}/{made['id']}")).json() == made
    assert (await root.get(ALLOWS)).json() == []
    assert (await root.post(ALLOWS, json={"domain": "?"})).status_code == 422


async def test_pages(house: House) -> None:
    root = await admin(house)
    for number in range(5):
        await root.post(ALLOWS, json={"domain": f"kind{number}.test"})
    page = await root.get(ALLOWS, params={"limit": 2})
    assert [each["domain"] for each in page.json()] == ["kind4.test", "kind3.test"]
    rest = await root.get(ALLOWS, params={"limit": 2, "max_id": page.json()[-1]["id"]})
    assert [each["domain"] for each in rest.json()] == ["kind2.test", "kind1.test"]
    assert 'rel="next"' in page.headers["link"]
