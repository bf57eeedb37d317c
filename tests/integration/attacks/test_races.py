"""The same thing many times at once: done once, counted once, and never below nothing."""

import asyncio
from typing import Any

from tests.integration.attacks.conftest import Member, Site

MANY = 12


async def all_at_once(
    site: Site, member: Member, calls: list[tuple[str, str, dict[str, Any]]], **headers: str
) -> list[int]:
    answers = await asyncio.gather(
        *(
            site.client.request(
                method, path, json=body or None, headers={**member.headers, **headers}
            )
            for method, path, body in calls
        )
    )
    return sorted(answer.status_code for answer in answers)


async def write(site: Site, author: Member, text: str = "x") -> str:
    answer = await site.client.post(
        "/api/v1/statuses", json={"status": text}, headers=author.headers
    )
    return answer.json()["id"]


async def count(site: Site, table: str) -> int:
    return (await site.runtime.db.fetch(f"SELECT count(*) FROM {table}"))[0][0]


async def test_one_file_goes_to_one_of_many_posts(site: Site, alice: Member) -> None:
    await site.runtime.db.fetch(
        "INSERT INTO media_attachments (id, account_id, type, state, file_key, size_bytes, meta,"
        " created_at) VALUES (77, $1, 'image', 1, $2, 5, '{}', now())",
        alice.account.id,
        "a" * 32 + ".png",
    )
    calls = [
        ("POST", "/api/v1/statuses", {"status": str(n), "media_ids": ["77"]}) for n in range(MANY)
    ]
    codes = await all_at_once(site, alice, calls)
    assert codes == [200, *[422] * (MANY - 1)]
    assert await count(site, "statuses") == 1


async def test_one_key_makes_one_post_and_one_draft(site: Site, alice: Member) -> None:
    later = {"status": "later", "scheduled_at": "2099-01-01T00:00:00Z"}
    for body, table in (({"status": "now"}, "statuses"), (later, "scheduled_statuses")):
        codes = await all_at_once(
            site,
            alice,
            [("POST", "/api/v1/statuses", body)] * MANY,
            **{"Idempotency-Key": table},
        )
        assert codes == [200] * MANY
        assert await count(site, table) == 1


async def test_counters_end_where_they_began(site: Site, alice: Member) -> None:
    eve = await site.member("eve")
    status_id = await write(site, alice)
    one = f"/api/v1/statuses/{status_id}"
    pairs = (("favourite", "unfavourite"), ("reblog", "unreblog"), ("bookmark", "unbookmark"))
    for there, back in pairs:
        await all_at_once(site, eve, [("POST", f"{one}/{there}", {})] * MANY)
        await all_at_once(site, eve, [("POST", f"{one}/{back}", {})] * MANY)
    quote = {"status": "look", "quoted_status_id": status_id}
    made = await site.client.post("/api/v1/statuses", json=quote, headers=eve.headers)
    at = f"{one}/quotes/{made.json()['id']}/revoke"
    await all_at_once(site, alice, [("POST", at, {})] * MANY)
    await all_at_once(site, eve, [("DELETE", f"/api/v1/statuses/{made.json()['id']}", {})] * MANY)
    found = (await site.client.get(one)).json()
    names = ("favourites_count", "reblogs_count", "replies_count", "quotes_count")
    assert [found[name] for name in names] == [0, 0, 0, 0]
    account = f"/api/v1/accounts/{alice.account.id}"
    for there, back in (("follow", "unfollow"),):
        await all_at_once(site, eve, [("POST", f"{account}/{there}", {})] * MANY)
        await all_at_once(site, eve, [("POST", f"{account}/{back}", {})] * MANY)
    shown = (await site.client.get(account)).json()
    assert (shown["followers_count"], shown["statuses_count"]) == (0, 1)


async def test_limits_hold_when_many_come_at_once(site: Site, alice: Member) -> None:
    """Five posts may be pinned, ten hashtags featured."""
    ids = [await write(site, alice, str(number)) for number in range(9)]
    pins: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", f"/api/v1/statuses/{status_id}/pin", {}) for status_id in ids
    ]
    codes = await all_at_once(site, alice, pins)
    assert codes.count(200) == await count(site, "status_pins") == 5
    tags = [("POST", "/api/v1/featured_tags", {"name": f"tag{n}"}) for n in range(15)]
    codes = await all_at_once(site, alice, tags)
    assert codes.count(200) == await count(site, "featured_tags") == 10
    lists = [("POST", "/api/v1/lists", {"title": f"l{n}"}) for n in range(60)]
    codes = await all_at_once(site, alice, lists)
    assert codes.count(200) == await count(site, "lists") == 50
