"""The way of an app through sign-in and consent, as a browser without JavaScript walks it."""

import base64
import hashlib
import re

from tests.integration.pages.conftest import Browser, answer_in

HOME = "https://app.test/cb?of=me"
OOB = "urn:ietf:wg:oauth:2.0:oob"
VERIFIER = "v" * 60
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")


async def test_with_a_challenge_and_back_to_the_app(browser: Browser) -> None:
    await browser.member("alice")
    await browser.register(HOME)
    page = await browser.open(
        HOME, state="a b&c", code_challenge=CHALLENGE.decode(), code_challenge_method="S256"
    )
    assert "An &lt;App&gt;" in page.text
    assert "cross-origin-opener-policy" not in page.headers
    consent = await browser.sign_in(page, "alice")
    assert "@alice" in consent.text
    assert "form-action" not in consent.headers["content-security-policy"]
    answer = await browser.submit(consent, decision="allow")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(HOME + "&")
    told = answer_in(answer)
    assert told["state"] == "a b&c"
    without = await browser.exchange(told["code"], HOME)
    assert without.json()["error"] == "invalid_grant"
    token = (await browser.exchange(told["code"], HOME, code_verifier=VERIFIER)).json()
    assert token["token_type"] == "Bearer"
    assert await browser.name_behind(token["access_token"]) == "alice"


async def test_deny_tells_the_app(browser: Browser) -> None:
    await browser.member("alice")
    await browser.register(HOME)
    consent = await browser.sign_in(await browser.open(HOME, state="s"), "alice")
    told = answer_in(await browser.submit(consent, decision="deny"))
    assert told["error"] == "access_denied"
    assert told["state"] == "s"
    assert "code" not in told


async def test_out_of_band_shows_the_code(browser: Browser) -> None:
    await browser.member("alice")
    await browser.register(OOB)
    consent = await browser.sign_in(await browser.open(OOB), "alice")
    answer = await browser.submit(consent, decision="allow")
    page = await browser.client.get(answer.headers["location"])
    code = re.search(r"<code>([^<]+)</code>", page.text)
    assert code is not None
    assert page.headers["cache-control"] == "private, no-store"
    assert (await browser.exchange(code[1], OOB)).status_code == 200
    denied = await browser.submit(consent, decision="deny")
    assert (await browser.client.get(denied.headers["location"])).status_code == 400


async def test_force_login_lets_another_member_in(browser: Browser) -> None:
    await browser.member("alice")
    await browser.member("bob")
    await browser.register("ivory://oauth")
    await browser.sign_in(await browser.open("ivory://oauth"), "alice")
    again = await browser.open("ivory://oauth")
    assert "@alice" in again.text  # signed in already: straight to the question
    forced = await browser.open("ivory://oauth", force_login="true")
    assert 'name="password"' in forced.text
    consent = await browser.sign_in(forced, "bob")
    answer = await browser.submit(consent, decision="allow")
    assert answer.headers["location"].startswith("ivory://oauth?")
    token = (await browser.exchange(answer_in(answer)["code"], "ivory://oauth")).json()
    assert await browser.name_behind(token["access_token"]) == "bob"


async def test_a_wrong_password_is_said_on_the_form(browser: Browser) -> None:
    await browser.member("alice")
    await browser.register(HOME)
    page = await browser.submit(await browser.open(HOME), login="alice", password="wrong")
    assert page.status_code == 401
    assert 'role="alert"' in page.text
    assert 'value="alice"' in page.text
    assert await browser.sign_in(page, "alice")


async def test_what_is_wrong_is_said_here_and_never_redirected(browser: Browser) -> None:
    await browser.register(HOME)
    for more in (
        {"redirect_uri": "https://evil.test/"},
        {"scope": "read admin:write"},
        {"response_type": "token"},
        {"client_id": "nobody"},
        {"code_challenge": "x" * 43, "code_challenge_method": "plain"},
    ):
        page = await browser.client.get(
            "/oauth/authorize",
            params={
                "client_id": browser.app["client_id"],
                "redirect_uri": HOME,
                "response_type": "code",
                **more,
            },
        )
        assert page.status_code in {400, 401, 422}, more
        assert page.headers["content-type"].startswith("text/html")
        assert "location" not in page.headers
