"""An account that has moved: what others see of it, and what it can still do."""

from typing import Any

from tests.integration.api.conftest import House, Member

NEW = "https://far.test/users/alice"


async def move(house: House, member: Member, **columns: Any) -> None:
    await house.runtime.db.fetch(
        "INSERT INTO accounts (id, username, domain, uri, also_known_as)"
        " VALUES (77, 'alice', 'far.test', $1, $2)",
        NEW,
        columns.get("also_known_as", [member.account.uri]),
    )
    await house.runtime.db.fetch(
        "UPDATE accounts SET moved_to_uri = $2 WHERE id = $1", member.account.id, NEW
    )


async def test_it_shows_where_it_went_and_posts_no_more(
    house: House, alice: Member, bob: Member
) -> None:
    await alice.write("before")
    await move(house, alice)
    shown = (await bob.get(f"/api/v1/accounts/{alice.id}")).json()
    assert shown["moved"]["acct"] == "alice@far.test"
    answer = await alice.post("/api/v1/statuses", json={"status": "after"})
    assert answer.status_code == 403
    assert (await bob.post(f"/api/v1/accounts/{alice.id}/follow")).status_code == 403
    boost = f"/api/v1/statuses/{(await bob.write('hello'))['id']}/reblog"
    assert (await alice.post(boost)).status_code == 403
    await house.runtime.db.fetch("UPDATE accounts SET moved_to_uri = NULL")
    await alice.write("here again")
    assert (await alice.post(boost)).status_code == 200


async def test_only_to_who_says_so_too(house: House, alice: Member, bob: Member) -> None:
    await move(house, alice, also_known_as=[])
    assert "moved" not in (await bob.get(f"/api/v1/accounts/{alice.id}")).json()
