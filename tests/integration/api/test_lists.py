"""Timelines and lists: cursors, Link headers, bad values."""

import re

import pytest

from fedi.api.routes import ROUTES
from tests.integration.api.conftest import House, Member

BAD = {
    "limit": ["1e9", "-5", "0", "999999999999999999999", "abc", ""],
    "max_id": [("abc", 400), ("-1", 400), ("99999999999999999999", 404), ("", 200), ("0", 200)],
}


async def test_home_pages_both_ways(alice: Member) -> None:
    ids = [(await alice.write(str(number)))["id"] for number in range(5)]
    first = await alice.get("/api/v1/timelines/home?limit=2&max_id=")
    assert [s["id"] for s in first.json()] == [ids[4], ids[3]]
    links = dict(re.findall(r'<([^>]+)>; rel="(\w+)"', first.headers["link"]))
    turned = {rel: url for url, rel in links.items()}
    assert turned["next"] == f"https://a.test/api/v1/timelines/home?limit=2&max_id={ids[3]}"
    assert turned["prev"] == f"https://a.test/api/v1/timelines/home?limit=2&min_id={ids[4]}"
    below = await alice.get(turned["next"])
    assert [s["id"] for s in below.json()] == [ids[2], ids[1]]
    last = await alice.get(f"/api/v1/timelines/home?max_id={ids[0]}")
    assert last.json() == []
    assert "link" not in last.headers
    above = await alice.get(f"/api/v1/timelines/home?limit=2&min_id={ids[0]}")
    assert [s["id"] for s in above.json()] == [ids[2], ids[1]]
    since = await alice.get(f"/api/v1/timelines/home?limit=2&since_id={ids[0]}")
    assert [s["id"] for s in since.json()] == [ids[4], ids[3]]
    window = await alice.get(f"/api/v1/timelines/home?min_id={ids[0]}&max_id={ids[2]}")
    assert [s["id"] for s in window.json()] == [ids[1]]


async def test_short_lists_end_and_keep_their_filters(alice: Member, house: House) -> None:
    ids = [(await alice.write(str(number)))["id"] for number in range(3)]
    path = f"/api/v1/accounts/{alice.id}/statuses"
    query = {"limit": "2", "exclude_replies": "true", "tagged": "", "access_token": alice.token}
    del query["tagged"]
    first = await house.client.get(path, params=query)
    assert [s["id"] for s in first.json()] == [ids[2], ids[1]]
    assert "exclude_replies=true" in first.headers["link"]
    assert alice.token not in first.headers["link"]
    assert first.headers["cache-control"] == "private, no-store"
    rest = await house.client.get(path, params={"limit": "2", "max_id": ids[1]})
    assert [s["id"] for s in rest.json()] == [ids[0]]
    assert 'rel="next"' not in rest.headers["link"]


async def test_cursors_of_join_rows(alice: Member, bob: Member) -> None:
    ids = [(await alice.write(str(number)))["id"] for number in range(3)]
    for status_id in (ids[1], ids[0], ids[2]):
        await bob.post(f"/api/v1/statuses/{status_id}/favourite")
    seen: list[str] = []
    url = "/api/v1/favourites?limit=1"
    for _ in range(4):
        page = await bob.get(url)
        seen += [s["id"] for s in page.json()]
        found = re.search(r'<([^>]+)>; rel="next"', page.headers.get("link", ""))
        if not found:
            break
        url = found[1]
    assert seen == [ids[2], ids[0], ids[1]]


LISTS = sorted(
    {
        route.path
        for route in ROUTES
        if route.method == "GET"
        and route.path
        in {
            "/api/v1/timelines/home",
            "/api/v1/timelines/public",
            "/api/v1/timelines/tag/{hashtag}",
            "/api/v1/accounts/{id}/statuses",
            "/api/v1/accounts/{id}/followers",
            "/api/v1/accounts/{id}/following",
            "/api/v1/statuses/{id}/favourited_by",
            "/api/v1/statuses/{id}/reblogged_by",
            "/api/v1/notifications",
            "/api/v1/favourites",
            "/api/v1/bookmarks",
            "/api/v1/blocks",
            "/api/v1/mutes",
            "/api/v1/follow_requests",
        }
    }
)


@pytest.mark.parametrize("path", LISTS)
async def test_bad_values_are_clamped_or_refused(alice: Member, path: str) -> None:
    status = await alice.write("x")
    number = alice.id if "accounts" in path else status["id"]
    url = path.replace("{id}", number).replace("{hashtag}", "x")
    for limit in BAD["limit"]:
        assert (await alice.get(url, params={"limit": limit})).status_code == 200, limit
    for value, expected in BAD["max_id"]:
        for name in ("max_id", "since_id", "min_id"):
            answer = await alice.get(url, params={name: value})
            assert answer.status_code == expected, (name, value, answer.text)


async def test_public_timeline_shows_what_is_for_all(
    house: House, alice: Member, bob: Member
) -> None:
    one = await alice.write("for all")
    await alice.write("not listed", visibility="unlisted")
    await alice.write("followers", visibility="private")
    for query in ("", "?local=true", "?only_media=false"):
        seen = await house.client.get(f"/api/v1/timelines/public{query}")
        assert [s["id"] for s in seen.json()] == [one["id"]], query
    assert (await bob.get("/api/v1/timelines/public?remote=1")).json() == []
    await bob.post(f"/api/v1/accounts/{alice.id}/mute")
    assert (await bob.get("/api/v1/timelines/public")).json() == []
