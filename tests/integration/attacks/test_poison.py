"""Whatever stands in a path, a query, a header or a form: never a failure of ours."""

import base64

import pytest

from tests.integration.attacks.conftest import Member, Site
from tests.rig.aftermath import settle

HUGE = "9" * 5000
TOO_LARGE = "9999999999999999999"

PATHS = [
    "/@alice%00",
    "/@a%00b",
    "/@%ED%A0%80",
    "/@alice/%00",
    f"/@alice/{TOO_LARGE}",
    f"/@alice/{HUGE}",
    f"/@alice?max_id={TOO_LARGE}",
    "/@alice?max_id=%00",
    f"/ap/users/{TOO_LARGE}",
    "/ap/users/%C2%B2",
    "/ap/users/1/statuses/%00/replies?min_id=%00&page=true",
    f"/contexts/{TOO_LARGE}",
    "/auth/sign_in?next=//%5B",
    "/auth/sign_in?next=http://%5B::1",
    "/auth/sign_in?next=%00",
    "/oauth/authorize?client_id=%00",
    "/oauth/authorize?client_id=%ED%A0%80",
    "/oauth/authorize/native?code=%00%FF",
    "/setup/%5B%00",
    "/static/%00",
    "/static/..%2F..%2Fapp.py",
    "/nodeinfo/%00",
    "/.well-known/webfinger?resource=acct:alice%00@a.test",
    "/.well-known/webfinger?resource=acct:alice%2500@a.test",
    "/.well-known/webfinger?resource=https://a.test/@alice%2500",
    f"/.well-known/webfinger?resource=https://a.test/ap/users/{TOO_LARGE}",
    f"/.well-known/webfinger?resource=https://a.test/ap/users/{HUGE}",
    "/.well-known/webfinger?resource=https://%5B",
    "/api/v1/statuses/%00",
    f"/api/v1/accounts/{TOO_LARGE}",
    f"/api/v2/search?q=https://a.test/@alice/{HUGE}",
    "/api/v1/timelines/tag/%00?max_id=1",
    "/api/v1/streaming/hashtag?tag=%00&access_token=%00",
]


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
async def test_poison_in_addresses(site: Site, path: str) -> None:
    for accept in ("text/html", "application/activity+json"):
        answer = await site.client.get(path, headers={"Accept": accept})
        assert answer.status_code < 500, (accept, answer.text[:200])


@pytest.mark.parametrize("member", ["²", "--5", "-0", HUGE, TOO_LARGE, "1%00", "%D9%A3", "-1x"])
async def test_poison_in_the_address_of_an_inbox(site: Site, member: str) -> None:
    headers = {"Content-Type": "application/activity+json"}
    answer = await site.client.post(f"/ap/users/{member}/inbox", content=b"{}", headers=headers)
    assert answer.status_code == 404
    shared = await site.client.post("/ap/users/-1/inbox", content=b"{}", headers=headers)
    assert shared.status_code == 401


@pytest.mark.parametrize("pair", ["\0:\0", "%00:%00", "%ED%A0%80:x", "a" * 60_000, ":"])
async def test_poison_in_the_credentials_of_an_app(site: Site, pair: str) -> None:
    encoded = base64.b64encode(pair.encode()).decode()
    for path in ("/oauth/token", "/oauth/revoke"):
        answer = await site.client.post(
            path,
            data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {encoded}"},
        )
        assert answer.status_code == 401


POISON = ["\0", "//[", "http://[", "\u202e", "<script>", "a" * 9000, "%00", "🦆"]


@pytest.mark.parametrize("poison", POISON, ids=range(len(POISON)))
async def test_poison_in_forms(site: Site, alice: Member, poison: str) -> None:
    app = await site.register()
    fields = ("login", "password", "next", "username", "email", "client_id", "redirect_uri")
    for path in ("/auth/sign_in", "/auth/sign_out", "/oauth/authorize", "/setup/x"):
        answer = await site.post(path, dict.fromkeys(fields, poison))
        assert answer.status_code < 500, (path, answer.text[:200])
        assert answer.headers.get("location", "/") == "/"
    assert (await site.sign_in(alice.account.username)).status_code == 303
    for field in ("scope", "state", "code_challenge", "code_challenge_method", "decision"):
        asked = {"client_id": app.client_id, "redirect_uri": "https://app.test/callback"}
        asked |= {"response_type": "code", "decision": "allow", field: poison}
        answer = await site.post("/oauth/authorize", asked)
        assert answer.status_code < 500, (field, answer.text[:200])


async def test_the_edges_of_a_real_request_work(site: Site, alice: Member) -> None:
    """The twin of all the above: what is well-formed is answered."""
    answer = await site.client.get("/@ALICE", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    for resource in ("acct:alice@a.test", alice.account.uri, "https://a.test/%40alice"):
        answer = await site.client.get("/.well-known/webfinger", params={"resource": resource})
        assert answer.json()["subject"] == "acct:alice@a.test"


async def test_links_to_more_hold_whatever_was_asked_for(site: Site, alice: Member) -> None:
    """The address of a page goes into a header, which takes no letter beyond ASCII."""
    tag = "\u65e5\u672c"
    data = {"status": f"hello #{tag}"}
    answer = await site.client.post("/api/v1/statuses", data=data, headers=alice.headers)
    assert answer.status_code == 200
    await settle(site.runtime)
    for path in (tag, f"{tag}%0A", f"{tag}%3E; x=%22", f"{tag}%0D%0AX-Evil: 1"):
        answer = await site.client.get(f"/api/v1/timelines/tag/{path}", params={"limit": "1"})
        assert answer.status_code < 500
        assert "x-evil" not in answer.headers
    answer = await site.client.get(f"/api/v1/timelines/tag/{tag}", params={"limit": "1"})
    assert len(answer.json()) == 1
    following = answer.links["next"]["url"]
    assert following.isascii()
    assert (await site.client.get(following)).json() == []
