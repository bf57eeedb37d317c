"""The calls of Elk in their order, with what it reads of each answer."""

import pytest

from tests.contract.browser_app import CALLBACK, SCOPES, ask, authorise, has, pages, send
from tests.contract.pictures import png
from tests.contract.place import Person, Place

pytestmark = pytest.mark.xdist_group("contract")


async def log_in(place: Place, name: str) -> Person:
    """The steps of its server, and those of its page."""
    member, page = await place.member(name), place.anonymous
    body = {"client_name": "Elk", "website": "https://elk.test", "scopes": SCOPES}
    app = await ask(page, "POST", "/api/v1/apps", json={**body, "redirect_uris": CALLBACK})
    has(app, "client_id", "client_secret", "vapid_key")
    code = await authorise(place, member, app)
    given = {
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": CALLBACK,
        "grant_type": "authorization_code",
        "code": code,
        "scope": SCOPES,
    }
    token = await ask(page, "POST", "/oauth/token", json=given)
    again = await ask(page, "POST", "/oauth/token", 400, json=given)
    assert again["error"] == "invalid_grant", "a used code is no failure of the server"
    wrong = {**given, "client_id": "forgotten"}
    unknown = await ask(page, "POST", "/oauth/token", 401, json=wrong)
    assert unknown["error"] == "invalid_client", "it registers anew on exactly this"
    code = await authorise(place, member, app)
    token = await ask(page, "POST", "/oauth/token", json={**given, "code": code})
    return Person(place.client, token["access_token"], member.account, member.user_id)


async def test_login(place: Place) -> None:
    who = await log_in(place, "elk1")
    instance = await ask(who, "GET", "/api/v2/instance")
    has(instance, "configuration.urls.streaming", "configuration.vapid.public_key", "rules")
    has(instance, "configuration.statuses.max_characters", "domain", "title", "thumbnail.url")
    media = ["supported_mime_types", "image_size_limit", "video_size_limit", "image_matrix_limit"]
    has(instance, *(f"configuration.media_attachments.{name}" for name in media))
    has(
        instance, "configuration.polls.max_options", "configuration.polls.max_characters_per_option"
    )
    node = await ask(who, "GET", "/nodeinfo/2.0")
    assert node["version"] == "2.0"
    assert node["software"]["name"] != "gotosocial"
    has(await ask(who, "GET", "/api/v1/accounts/verify_credentials"), "id", "acct", "source")
    await ask(who, "GET", "/api/v1/preferences")
    assert (await ask(who, "GET", "/api/v1/push/subscription", 404))["error"]
    # What is not there is a 404, or it takes an old server for a broken one.
    await ask(who, "GET", "/api/v3/instance", 404)


async def test_home(place: Place) -> None:
    who, bob = await log_in(place, "elk2"), place.people["bob"]
    await ask(who, "GET", "/api/v1/followed_tags")
    for number in range(4):
        await who.write(f"post {number}")
    await place.settle()
    shown = await pages(who, "/api/v1/timelines/home?limit=3")
    assert [len(page) for page in shown] == [3, 1, 0]
    related = await ask(who, "GET", f"/api/v1/accounts/relationships?id[]={bob.id}&id[]={who.id}")
    assert [each["id"] for each in related] == [bob.id, who.id]
    found = await ask(who, "GET", "/api/v1/accounts/lookup?acct=bob")
    assert (await ask(who, "GET", f"/api/v1/accounts/{found['id']}"))["acct"] == "bob"
    await ask(who, "GET", "/api/v1/accounts/lookup?acct=nobody", 404)
    post = shown[0][0]
    await ask(who, "GET", f"/api/v1/statuses/{post['id']}")
    has(await ask(who, "GET", f"/api/v1/statuses/{post['id']}/context"), "ancestors", "descendants")
    markers = await ask(who, "GET", "/api/v1/markers?timeline[]=notifications")
    has(markers, "notifications.last_read_id")


async def test_posting(place: Place) -> None:
    who = await log_in(place, "elk3")
    await ask(who, "GET", "/api/v1/custom_emojis")
    for kind in ("accounts", "hashtags"):
        path = f"/api/v2/search?q=te&type={kind}&limit=25&resolve=true"
        has(await ask(who, "GET", path), "accounts", "hashtags", "statuses")
    files = {"file": ("a.png", png(), "image/png")}
    media = await ask(who, "POST", "/api/v1/media", files=files)
    assert media["url"], "the first version waits until it is ready"
    path = f"/api/v1/media/{media['id']}"
    assert (await ask(who, "PUT", path, json={"description": "blue"}))["description"] == "blue"
    body = {"status": "hello", "media_ids": [media["id"]], "visibility": "public"}
    more = {"spoiler_text": "", "language": "en", "sensitive": False, "content-type": "text/plain"}
    post = await ask(who, "POST", "/api/v1/statuses", json={**body, **more})
    assert "scheduled_at" not in post
    changed = {
        **body,
        "status": "hi",
        "media_attributes": [{"id": media["id"], "description": "x"}],
    }
    edited = await ask(who, "PUT", f"/api/v1/statuses/{post['id']}", json=changed)
    assert edited["media_attachments"][0]["description"] == "x"
    poll = {"options": ["a", "b"], "expires_in": 86400, "multiple": True, "hide_totals": True}
    await ask(who, "POST", "/api/v1/statuses", json={"status": "?", "poll": poll})


async def test_notifications(place: Place) -> None:
    who, bob = await log_in(place, "elk4"), place.people["bob"]
    await ask(who, "PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
    await bob.post(f"/api/v1/accounts/{who.id}/follow")
    await place.settle()
    shown = await pages(who, "/api/v1/notifications?limit=30")
    assert [each["type"] for page in shown for each in page] == ["follow_request"]
    await ask(who, "GET", "/api/v1/notifications?limit=30&types[]=mention")
    answered = await ask(who, "POST", f"/api/v1/follow_requests/{bob.id}/authorize")
    assert answered["followed_by"]
    last = {"notifications": {"last_read_id": shown[0][0]["id"]}}
    await ask(who, "POST", "/api/v1/markers", json=last)
    for path in ("/api/v1/lists/1/accounts", "/api/v1/domain_blocks"):
        # A body on a DELETE, as it writes one.
        answer = await who.call("DELETE", path, json={"account_ids": ["1"], "domain": "x.test"})
        assert answer.status_code in {200, 404}
        assert answer.headers["access-control-allow-origin"] == "*"
    await send(who, "DELETE", "/api/v1/push/subscription")
