"""The calls of phanpy in their order, with what it reads of each answer."""

import base64
import hashlib
import re
from typing import Any

import pytest

from tests.contract.browser_app import CALLBACK, SCOPES, ask, authorise, has, links, pages, send
from tests.contract.pictures import png
from tests.contract.place import Person, Place
from tests.rig.instance import until

pytestmark = pytest.mark.xdist_group("contract")

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
# As `compare-versions` takes them; anything else makes it throw.
SEMVER = re.compile(r"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$")


async def log_in(place: Place, name: str) -> tuple[Person, dict[str, Any]]:
    """The steps of its login page."""
    member, page = await place.member(name), place.anonymous
    meta = await send(page, "GET", "/.well-known/host-meta")
    template = re.search(r'<Link[^>]*template="https://([^/"]+)/', meta.text)
    assert template
    assert template[1] == "a.test"
    form = {"client_name": "Phanpy", "redirect_uris": CALLBACK, "scopes": SCOPES}
    app = await ask(page, "POST", "/api/v1/apps", data={**form, "website": CALLBACK})
    has(app, "client_id", "client_secret", "vapid_key")
    oauth = await ask(page, "GET", "/.well-known/oauth-authorization-server")
    assert "S256" in oauth["code_challenge_methods_supported"]
    code = await authorise(place, member, app, CHALLENGE.decode())
    token = await ask(
        page,
        "POST",
        "/oauth/token",
        data={
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "redirect_uri": CALLBACK,
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": VERIFIER,
        },
    )
    person = Person(place.client, token["access_token"], member.account, member.user_id)
    return person, app


async def test_login_and_logout(place: Place) -> None:
    who, app = await log_in(place, "phanpy1")
    has(await ask(who, "GET", "/api/v1/preferences"), "posting:default:visibility")
    instance = await ask(who, "GET", "/api/v2/instance")
    has(instance, "domain", "version", "api_versions.mastodon", "configuration.urls.streaming")
    has(instance, "configuration.statuses.max_characters", "configuration.vapid.public_key")
    has(instance, "configuration.statuses.max_media_attachments", "configuration.polls.max_options")
    has(instance, "configuration.media_attachments.supported_mime_types")
    assert SEMVER.match(instance["version"]), instance["version"]
    assert not re.search("pixelfed|pleroma|akkoma|[+]glitch", instance["version"], re.IGNORECASE)
    # Mastodon.py takes what follows the plus for the version if it can.
    assert not re.match(r"\d+\.\d+\.\d+", instance["version"].partition("+")[2])
    assert instance["configuration"]["urls"]["streaming"].startswith("wss://")
    old = await ask(who, "GET", "/api/v1/instance")
    assert re.fullmatch(r"wss://[^/]+", old["urls"]["streaming_api"])
    assert old["uri"] == "a.test"
    me = await ask(who, "GET", "/api/v1/accounts/verify_credentials")
    has(me, "id", "acct", "source.note", "avatar", "avatar_static", "url")
    found = await ask(who, "GET", "/.well-known/nodeinfo")
    fitting = [
        each["href"]
        for each in found["links"]
        if "/ns/schema/" in each["rel"]
        and tuple(map(int, each["rel"].rpartition("/")[2].split("."))) <= (2, 0)
    ]
    assert fitting, "it looks for 2.0 at most"
    node = await ask(who, "GET", fitting[-1].removeprefix("https://a.test"))
    assert node["software"]["name"]
    assert SEMVER.match(node["software"]["version"])
    gone = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    assert await ask(who, "POST", "/oauth/revoke", data={**gone, "token": who.token}) == {}

    async def is_out() -> bool:
        return (await who.call("GET", "/api/v1/timelines/home")).status_code == 401

    # Each process keeps what it knows of a token for a moment.
    await until(is_out, seconds=5, what="the token is worth nothing")


async def test_home(place: Place) -> None:
    who, _ = await log_in(place, "phanpy2")
    written = [(await who.write(f"number {n}"))["id"] for n in range(7)]
    await place.settle()
    found = [
        each["id"] for page in await pages(who, "/api/v1/timelines/home?limit=3") for each in page
    ]
    assert found == written[::-1]
    first = await send(who, "GET", "/api/v1/timelines/home?limit=20")
    assert set(links(first)) == {"next", "prev"}
    newest = written[-1]
    fresh = await who.write("fresh")
    await place.settle()
    path = f"/api/v1/timelines/home?limit=5&since_id={newest}"
    assert [each["id"] for each in await ask(who, "GET", path)] == [fresh["id"]]
    several = await ask(who, "GET", f"/api/v1/statuses?id[]={written[0]}&id[]={written[1]}")
    assert {each["id"] for each in several} == set(written[:2])
    await pages(who, "/api/v1/followed_tags?limit=200")
    assert await ask(who, "GET", "/api/v1/lists") == []
    assert isinstance(await ask(who, "GET", "/api/v2/search?q=from:me&type=statuses&limit=1"), dict)


async def test_posting_and_editing(place: Place) -> None:
    who, _ = await log_in(place, "phanpy3")
    await ask(who, "GET", "/api/v1/custom_emojis")
    await ask(who, "GET", "/api/v1/accounts/search?q=ph&limit=5&resolve=false")
    has(await ask(who, "GET", "/api/v2/search?type=hashtags&q=te&limit=5"), "hashtags")
    files = {"file": ("a.png", png(), "image/png"), "description": (None, "blue")}
    sent = await who.call("POST", "/api/v2/media", files=files)
    assert sent.status_code in {200, 202}
    media = await ask(who, "GET", f"/api/v1/media/{sent.json()['id']}")
    assert media["url"]
    body: dict[str, Any] = {
        "status": "hello",
        "sensitive": False,
        "media_ids": [media["id"]],
        "visibility": "public",
        "language": "en",
        "quote_approval_policy": "public",
    }
    key = {"Idempotency-Key": "one"}
    post = await ask(who, "POST", "/api/v1/statuses", json=body, headers=key)
    assert (await ask(who, "POST", "/api/v1/statuses", json=body, headers=key))["id"] == post["id"]
    has(post, "quote_approval.current_user", "account.id", "mentions", "emojis", "card", "poll")
    path = f"/api/v1/statuses/{post['id']}"
    assert (await ask(who, "GET", f"{path}/source"))["text"] == "hello"
    changed = {
        "status": "hello again",
        "media_ids": [media["id"]],
        "media_attributes": [{"id": media["id"], "description": "still blue"}],
    }
    edited = await ask(who, "PUT", path, json=changed)
    assert edited["media_attachments"][0]["description"] == "still blue"
    poll = {"options": ["a", "b"], "expires_in": 86400, "multiple": False}
    asked = await ask(who, "POST", "/api/v1/statuses", json={"status": "?", "poll": poll})
    has(asked["poll"], "options", "expired", "multiple", "votes_count")
    quoting = {"status": "so", "quoted_status_id": post["id"]}
    quoted = await ask(who, "POST", "/api/v1/statuses", json=quoting)
    assert quoted["quote"]["state"] == "accepted"
    # Scripts can read why something did not work.
    assert (await ask(who, "POST", "/api/v1/statuses", 422, json={"status": ""}))["error"]
    assert (await ask(who, "GET", "/api/v1/media/1", 404))["error"]


async def test_notifications(place: Place) -> None:
    who, _ = await log_in(place, "phanpy4")
    bob = place.people["bob"]
    await bob.post(f"/api/v1/accounts/{who.id}/follow")
    post = await who.write("like me")
    await bob.post(f"/api/v1/statuses/{post['id']}/favourite")
    await place.settle()
    instance = await ask(who, "GET", "/api/v2/instance")
    if instance["api_versions"]["mastodon"] >= 2:
        path = "/api/v2/notifications?limit=20&exclude_types[]=follow_request"
        page = await ask(who, "GET", path)
        has(page, "accounts", "statuses", "notification_groups")
        known = {each["id"] for each in page["accounts"]}
        posts = {each["id"] for each in page["statuses"]}
        for group in page["notification_groups"]:
            has(group, "group_key", "type", "notifications_count", "most_recent_notification_id")
            assert set(group["sample_account_ids"]) <= known
            assert group.get("status_id") is None or group["status_id"] in posts
            key = group["group_key"]
            assert await ask(who, "GET", f"/api/v2/notifications/{key}/accounts")
    found = await ask(who, "GET", "/api/v1/notifications?limit=80&exclude_types[]=follow_request")
    assert {each["type"] for each in found} == {"follow", "favourite"}
    last = found[0]["id"]
    path = f"/api/v1/notifications?limit=1&since_id={last}"
    assert await ask(who, "GET", path) == []
    await ask(who, "GET", "/api/v1/markers?timeline=notifications")
    saved = await ask(
        who, "POST", "/api/v1/markers", json={"notifications": {"last_read_id": last}}
    )
    assert saved["notifications"]["last_read_id"] == last
    for path in (
        "/api/v1/follow_requests?limit=80",
        "/api/v1/announcements",
        "/api/v2/notifications/policy",
        "/api/v1/notifications/requests",
        f"/api/v1/notifications/{last}",
    ):
        await ask(who, "GET", path)
