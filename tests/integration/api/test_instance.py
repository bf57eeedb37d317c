"""What the server says of itself, search, and what is switched off."""

from typing import Any

import pytest

from fedi import __version__
from fedi.api.deps import Who
from fedi.api.off import ROUTES as OFF
from tests.integration.api.conftest import House, Member
from tests.integration.posts.world import World

WORDS = """status spoiler_text language visibility in_reply_to_id display_name note client_name
redirect_uris scopes website code client_id client_secret token grant_type duration timeline id q
last_read_id"""
NAMES = WORDS.split()


async def test_instance_as_apps_of_today_and_before_read_it(house: House) -> None:
    now = (await house.client.get("/api/v2/instance/")).json()
    assert now["domain"] == "a.test"
    assert now["version"] == f"4.6.0+fedi-{__version__}"
    assert now["configuration"]["urls"]["streaming"] == "wss://a.test"
    assert now["configuration"]["statuses"]["max_characters"] == 5000
    assert now["api_versions"] == {"mastodon": 9}
    assert now["registrations"]["enabled"] is False
    before = (await house.client.get("/api/v1/instance")).json()
    assert before["uri"] == "a.test"
    assert before["urls"]["streaming_api"] == "wss://a.test"
    assert before["max_toot_chars"] == 5000
    assert set(before["stats"]) == {"user_count", "status_count", "domain_count"}


@pytest.mark.parametrize("route", OFF, ids=lambda r: f"{r.method} {r.path}")
async def test_what_is_off_is_empty_or_said_in_words(
    house: House, alice: Member, route: Any
) -> None:
    path = route.path.replace("{id}", alice.id)
    caller = house.client.request if route.who is Who.OPEN else alice.call
    answer = await caller(route.method, path)
    if answer.status_code == 200:
        body = answer.json()
        assert body == [] or not any(body.values()) or body == {"state": "ineligible"}
    else:
        assert answer.status_code in {403, 404, 422}
        assert answer.json()["error"]


async def test_unknown_routes_and_methods_are_404_json(house: House, alice: Member) -> None:
    for method, path in (
        ("GET", "/api/v1/nothing"),
        ("GET", "/api/v3/instance"),
        ("POST", "/api/v2/instance"),
        ("DELETE", "/api/v1/timelines/home"),
        ("GET", "/api/v1/accounts//"),
        ("GET", "/api/v1/statuses/1/2/3/4/5/6/7/8/9/10/11/12/13"),
    ):
        answer = await alice.call(method, path)
        assert answer.status_code == 404 or path.endswith("//"), path
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_search_finds_people_posts_and_tags(house: House, alice: Member, bob: Member) -> None:
    status = await alice.write("about #gardens")
    path = "/api/v2/search"
    people = (await bob.get(path, params={"q": "ali"})).json()
    assert [account["acct"] for account in people["accounts"]] == ["alice"]
    assert people["collections"] == []
    post = (await bob.get(path, params={"q": status["url"], "resolve": "true"})).json()
    assert [s["id"] for s in post["statuses"]] == [status["id"]]
    await World(house.runtime).settle()
    tags = (await bob.get(path, params={"q": "#gard", "type": "hashtags"})).json()
    assert [tag["name"] for tag in tags["hashtags"]] == ["gardens"]
    assert tags["accounts"] == []
    hidden = await alice.write("secret", visibility="private")
    assert (await bob.get(path, params={"q": hidden["uri"]})).json()["statuses"] == []
    for query, expected in (
        ({"q": "x", "resolve": "true"}, 401),
        ({"q": "x", "offset": "5"}, 401),
        ({"q": "x", "offset": "-1"}, 400),
        ({}, 400),
        ({"q": "x"}, 200),
    ):
        answer = await house.client.get(path, params=query)
        assert answer.status_code == expected, query
    found = await bob.get("/api/v1/accounts/search", params={"q": "ali", "limit": "5"})
    assert [account["acct"] for account in found.json()] == ["alice"]


async def test_poison_never_breaks_anything(house: House, alice: Member) -> None:
    """Values that no column can hold, in every write route, in three encodings."""
    texts = ["\0", "a\0b", "x" * 70_000, "é\u202e", "99999999999999999999999", "-1", "NaN"]
    names = NAMES
    for method, path in (
        ("POST", "/api/v1/statuses"),
        ("PATCH", "/api/v1/accounts/update_credentials"),
        ("POST", "/api/v1/apps"),
        ("POST", "/oauth/token"),
        ("POST", "/oauth/revoke"),
        ("POST", "/api/v1/markers"),
        ("GET", "/api/v2/search"),
        ("GET", "/api/v1/accounts/relationships"),
        ("GET", "/api/v1/notifications"),
    ):
        for text in texts:
            values = dict.fromkeys(names, text)
            for more in ({"json": values}, {"data": values}, {"json": {n: [text] for n in names}}):
                answer = await alice.call(method, path, **more)
                assert answer.status_code < 500, (path, text[:10], answer.text)
        for body in (
            b"[" * 100_000,
            b'{"a":' * 2000,
            b"\xff\xfe",
            b'{"status": 1e999}',
            b'{"status": ' + b"9" * 5000 + b"}",
            b'{"status": "\\ud800"}',
            b'{"status": "a", "status": "b"}',
            b"null",
            b"[]",
            b"",
        ):
            headers = {"content-type": "application/json"}
            answer = await alice.call(method, path, content=body, headers=headers)
            assert answer.status_code < 500, (path, body[:20], answer.text)
