"""Signing in and letting apps in: nobody is sent where they should not go, or let in unasked."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from fedi.config.settings import Limits
from fedi.core.auth import apps
from fedi.core.auth.types import NewApp
from fedi.kit.errors import Invalid
from tests.integration.attacks.conftest import CALLBACK, Member, Site, csrf_of


def ask(app: NewApp, **changes: str) -> dict[str, str]:
    """The request of an honest app, with changes."""
    plain = {"client_id": app.client_id, "redirect_uri": CALLBACK, "response_type": "code"}
    return {**plain, "scope": "read", "state": "xyz", **changes}


@pytest.fixture
async def app(site: Site) -> NewApp:
    return await site.register()


@pytest.fixture
async def signed_in(site: Site, alice: Member) -> Site:
    assert (await site.sign_in(alice.account.username)).status_code == 303
    return site


async def test_an_honest_app_gets_its_code_or_a_no(signed_in: Site, app: NewApp) -> None:
    page = await signed_in.client.get("/oauth/authorize", params=ask(app))
    assert page.status_code == 200
    assert "Allow" in page.text
    for decision, word in (("allow", "code"), ("deny", "error")):
        fields = {**ask(app), "csrf": csrf_of(page), "decision": decision}
        answer = await signed_in.client.post("/oauth/authorize", data=fields)
        assert answer.status_code == 303
        target = urlsplit(answer.headers["location"])
        assert f"{target.scheme}://{target.netloc}{target.path}" == CALLBACK
        told = parse_qs(target.query)
        assert told["state"] == ["xyz"]
        assert told["iss"] == ["https://a.test/"]
        assert word in told


REDIRECTS = [
    CALLBACK + "/",
    CALLBACK + "/../evil",
    CALLBACK + "?x=1",
    CALLBACK + "#x",
    CALLBACK + "%2e",
    CALLBACK.upper(),
    "https://app.test",
    "https://app.test.evil.test/callback",
    "https://app.test@evil.test/callback",
    "https://evil.test/callback",
    "http://app.test/callback",
    "//app.test/callback",
    "javascript:alert(1)",
    "urn:ietf:wg:oauth:2.0:oob",
    " " + CALLBACK,
    CALLBACK + "\n",
    CALLBACK + "\0",
    "",
]


@pytest.mark.parametrize("redirect", REDIRECTS)
async def test_codes_go_to_the_named_address_only(
    signed_in: Site, app: NewApp, redirect: str
) -> None:
    asked = ask(app, redirect_uri=redirect)
    page = await signed_in.client.get("/oauth/authorize", params=asked)
    answer = await signed_in.post("/oauth/authorize", {**asked, "decision": "allow"})
    if redirect.rstrip("\0") == CALLBACK:
        # What cannot stand in an address is taken out first; what remains is the named one.
        assert answer.headers["location"].startswith(CALLBACK + "?")
        return
    for refused in (page, answer):
        assert refused.status_code == 400
        assert "location" not in refused.headers


@pytest.mark.parametrize(
    "redirect",
    [
        "https://app.test/caf\u00e9",
        "https://\u00e9vil.test/",
        "https://user@app.test/",
        "https://*.app.test/",
        "https://app.test/#x",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "https:app.test",
        "https://",
        "http://[",
    ],
)
async def test_addresses_that_are_no_safe_uri_are_not_registered(site: Site, redirect: str) -> None:
    with pytest.raises(Invalid):
        await site.register(redirect=redirect)
    answer = await site.client.post(
        "/api/v1/apps", data={"client_name": "x", "redirect_uris": redirect}
    )
    assert answer.status_code == 422


async def test_consent_cannot_be_forced(signed_in: Site, app: NewApp) -> None:
    """Without our form, with a stale or foreign one, from another site: 403 and nothing else."""
    page = await signed_in.client.get("/oauth/authorize", params=ask(app))
    good = {**ask(app), "decision": "allow", "csrf": csrf_of(page)}
    bad: list[tuple[dict[str, str], dict[str, str]]] = [
        ({**good, "csrf": ""}, {}),
        ({**good, "csrf": "0" * 64}, {}),
        (good, {"Origin": "https://evil.test"}),
        (good, {"Sec-Fetch-Site": "cross-site"}),
    ]
    for fields, headers in bad:
        for path in ("/oauth/authorize", "/auth/sign_in", "/auth/sign_out", "/setup/x"):
            answer = await signed_in.client.post(path, data=fields, headers=headers)
            assert answer.status_code == 403, (path, headers)
            assert "location" not in answer.headers
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(signed_in.app), base_url="https://a.test"
    ) as other:
        theirs = csrf_of(await other.get("/auth/sign_in"))
    answer = await signed_in.client.post("/oauth/authorize", data={**good, "csrf": theirs})
    assert answer.status_code == 403
    for method in ("GET", "PUT", "DELETE"):
        answer = await signed_in.client.request(method, "/oauth/authorize", params=good)
        assert "location" not in answer.headers
    codes = await signed_in.runtime.db.value("SELECT count(*) FROM authorization_codes")
    assert codes == 0


async def test_more_than_was_registered_is_refused(signed_in: Site, app: NewApp) -> None:
    for changes in (
        {"scope": "read write push"},
        {"scope": "admin:read"},
        {"response_type": "token"},
        {"code_challenge": "x" * 43, "code_challenge_method": "plain"},
        {"code_challenge": "x" * 43},
        {"client_id": "nobody"},
    ):
        answer = await signed_in.client.get("/oauth/authorize", params=ask(app, **changes))
        assert answer.status_code == 400, changes
        assert "location" not in answer.headers


TARGETS = [
    "//evil.test",
    "/\\evil.test",
    "https://evil.test",
    "https:evil.test",
    "///evil.test",
    "\\\\evil.test",
    "/\tevil",
    "/\r\nSet-Cookie: a=b",
    "javascript:alert(1)",
    "//[",
    "evil",
]


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("target", TARGETS)
async def test_after_signing_in_one_stays_here(site: Site, target: str) -> None:
    page = await site.client.get("/auth/sign_in", params={"next": target})
    found = re.search(r'name="next" value="([^"]*)"', page.text)
    assert found
    assert found[1] == "/"
    fields = {"login": "alice", "password": "correct horse battery", "next": target}
    answer = await site.post("/auth/sign_in", fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_sessions_are_new_each_time_and_end_on_the_server(
    site: Site, alice: Member, app: NewApp
) -> None:
    name = "__Host-fedi_session"
    site.client.cookies.set(name, "chosen-by-somebody-else")
    answer = await site.sign_in(alice.account.username)
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(name))
    assert "chosen" not in cookie
    for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    session = cookie.partition("=")[2].partition(";")[0]
    site.client.cookies.delete(name)
    site.client.cookies.set(name, session)
    assert "Deny" in (await site.client.get("/oauth/authorize", params=ask(app))).text
    api = await site.client.get("/api/v1/accounts/verify_credentials")
    assert api.status_code == 401, "the API heeds no cookie"
    await site.post("/auth/sign_out", {})
    site.client.cookies.set(name, session)
    page = await site.client.get("/oauth/authorize", params=ask(app))
    assert "Deny" not in page.text


async def test_hostile_names_are_only_text(signed_in: Site) -> None:
    name = "<script>x</script>\"'><img src=x>"
    app = await signed_in.register(name)
    answer = await signed_in.client.get("/oauth/authorize", params=ask(app, state='"><b>'))
    assert answer.status_code == 200
    for bad in ("<script", "<img src=x", '"><b>'):
        assert bad not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.usefixtures("alice")
async def test_attempts_are_counted_by_household_and_by_person(
    site: Site, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """However an address or a name is written, it is the same one."""
    few = Limits(enabled=True, sign_ins_per_5_minutes=3)
    monkeypatch.setitem(settings.__dict__, "limits", few)

    async def guess(login: str, address: str) -> int:
        fields = {"login": login, "password": "wrong"}
        answer = await site.post("/auth/sign_in", fields, headers={"X-Forwarded-For": address})
        return answer.status_code

    households = [await guess(f"nobody{n}", f"1.2.3.4, 2001:db8::{n}") for n in range(4)]
    assert households == [401, 401, 401, 429]
    spellings = ("alice", "@alice", " ALICE ", "@Alice\0")
    persons = [await guess(login, f"203.0.113.{n}") for n, login in enumerate(spellings)]
    assert persons == [401, 401, 401, 429]
    assert await guess("bob", "203.0.113.99") == 401


def test_only_the_port_of_a_loopback_address_may_differ() -> None:
    app = apps.App(1, "x", "x", None, ["http://127.0.0.1/cb"], "read", None, b"")  # type: ignore[arg-type]
    assert apps.may_redirect(app, "http://127.0.0.1:8123/cb")
    for uri in ("http://127.0.0.1:8123/cb2", "http://localhost:1/cb", "http://127.0.0.1.evil/cb"):
        assert not apps.may_redirect(app, uri)
