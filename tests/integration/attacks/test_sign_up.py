"""Joining by an app: names that mislead, members who wait, tokens that may nothing yet."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from fedi.api.deps import Who
from fedi.api.routes import ROUTES
from fedi.config import Settings
from fedi.config.settings import Registration
from tests.integration.attacks.conftest import Member, Site

PATH = "/api/v1/accounts"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, registration=Registration(mode="approval"))


async def app_token(site: Site, scopes: str = "read write follow push") -> str:
    app = await site.client.post(
        "/api/v1/apps",
        data={"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": scopes},
    )
    made = app.json()
    answer = await site.client.post(
        "/oauth/token",
        data={
            "grant_type": "client_credentials",
            "client_id": made["client_id"],
            "client_secret": made["client_secret"],
            "scope": scopes,
        },
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


async def join(site: Site, token: str, name: Any, **more: Any) -> httpx.Response:
    fields = {
        "username": name,
        "email": f"{str(name)[:20]}@mail.test",
        "password": "correct horse battery",
        "agreement": True,
        "reason": "please",
        **more,
    }
    return await site.client.post(PATH, json=fields, headers={"Authorization": f"Bearer {token}"})


NAMES = [
    "admin",
    "ADMIN",
    " Admin ",
    "@admin",
    "\uff41dmin",
    "\u0430lice",
    "alice\u200b",
    "alice\u0000",
    "al ice",
    "alice@far.test",
    "alice.",
    "../alice",
    "a" * 31,
    "",
    "-",
    "a.test",
    "\u0131nfo",
    "ALICE",
    "alice",
]


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
async def test_names_that_would_mislead(site: Site, name: str) -> None:
    token = await app_token(site)
    answer = await join(site, token, name, email="new@mail.test")
    assert answer.status_code in {400, 422}, answer.text
    rows = await site.runtime.db.fetch("SELECT username FROM accounts WHERE domain IS NULL")
    assert {row[0] for row in rows if row[0] != "a.test"} == {"alice"}


EMAILS = [
    "ALICE@MAIL.TEST",
    " alice@mail.test ",
    "a@b@c.test",
    "x@mail.test\r\nBcc: all@mail.test",
    "x@mail.test, y@mail.test",
    "x" * 65 + "@mail.test",
    "x@" + "y" * 5000,
    '"x y"@mail.test',
    "<x@mail.test>",
    "@mail.test",
    "x",
]


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("email", EMAILS, ids=range(len(EMAILS)))
async def test_addresses_that_cannot_be(site: Site, email: str) -> None:
    answer = await join(site, await app_token(site), "newcomer", email=email)
    assert answer.status_code in {400, 422}, answer.text


async def test_letters_that_change_their_case_oddly_make_no_second_account(site: Site) -> None:
    token = await app_token(site)
    for address in ("\u0130x@mail.test", "stra\u00dfe@mail.test"):
        first = await join(site, token, f"one{len(address)}", email=address)
        assert first.status_code == 200, first.text
        for spelling in (address, address.upper(), address.lower()):
            again = await join(site, token, f"two{len(address)}", email=spelling)
            assert again.status_code in {200, 422}, again.text
        exact = await join(site, token, f"three{len(address)}", email=address)
        assert exact.status_code == 422, exact.text


async def test_nothing_of_ones_choice_is_granted(site: Site) -> None:
    """Fields that no app may set, in the form that could set them."""
    token = await app_token(site)
    more = {"role": "owner", "approved": True, "confirmed": True, "id": "1", "staff": True}
    more |= {"user": {"role": "owner"}, "locale": "../../x", "bot": True, "domain": "far.test"}
    answer = await join(site, token, "newcomer", **more)
    assert answer.status_code == 200
    rows = await site.runtime.db.fetch(
        "SELECT u.role, u.approved_at, u.locale, a.domain, a.bot FROM users u"
        " JOIN accounts a ON a.id = u.account_id"
    )
    assert [tuple(row) for row in rows] == [("member", None, "en", None, False)]


async def test_one_name_at_once_makes_one_account(site: Site) -> None:
    token = await app_token(site)
    tries = [join(site, token, "newcomer", email=f"n{number}@mail.test") for number in range(5)]
    answers = await asyncio.gather(*tries)
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422, 422]


async def test_who_waits_can_do_nothing_and_is_not_shown(site: Site, alice: Member) -> None:
    answer = await join(site, await app_token(site), "newcomer")
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    rows = await site.runtime.db.fetch("SELECT id FROM accounts WHERE username = 'newcomer'")
    number = rows[0][0]
    open_to_them: set[str] = set()
    for route in ROUTES:
        if route.who in {Who.OPEN, Who.PERSON}:
            continue
        path = route.path.replace("{", "").replace("}", "")
        reply = await site.client.request(route.method, path, headers=headers)
        if reply.status_code not in {403, 404}:
            open_to_them.add(f"{route.method} {route.path} {reply.status_code}")
    assert open_to_them == set()
    document = {"Accept": "application/activity+json"}
    for path, accept in (
        ("/@newcomer", {"Accept": "text/html"}),
        ("/@newcomer", document),
        (f"/ap/users/{number}", document),
        (f"/ap/users/{number}/outbox", document),
        ("/.well-known/webfinger?resource=acct:newcomer@a.test", {}),
        (f"/api/v1/accounts/{number}", alice.headers),
        ("/api/v1/accounts/lookup?acct=newcomer", alice.headers),
        (f"/api/v1/accounts/{number}/statuses", alice.headers),
        (f"/api/v1/accounts/{number}/followers", alice.headers),
    ):
        reply = await site.client.get(path, headers=accept)
        assert reply.status_code == 404, (path, reply.status_code)
    for path in ("/api/v2/search?q=newcomer", "/api/v1/accounts/search?q=newcomer"):
        reply = await site.client.get(path, headers=alice.headers)
        assert '"username":"newcomer"' not in reply.text, path
    for deed in ("follow", "mute", "block"):
        reply = await site.client.post(f"/api/v1/accounts/{number}/{deed}", headers=alice.headers)
        assert reply.status_code == 404, deed
