"""Who may read the documentation of the API, and that it is whole."""

import re
from contextlib import AbstractAsyncContextManager

import pytest

from fedi.api.routes import ROUTES
from fedi.config import Settings
from fedi.config.settings import Web
from tests.integration.pages.conftest import Browser, browse_with
from tests.integration.pages.reading import read_page

PATHS = ("/docs", "/docs/openapi.json")


async def sign_in(browser: Browser, role: str) -> None:
    await browser.member("alice")
    await browser.change("UPDATE users SET role = $1", role)
    await browser.sign_in(await browser.client.get("/auth/sign_in?next=/about"), "alice")


async def test_for_strangers_it_is_not_there(browser: Browser) -> None:
    for path in PATHS:
        answer = await browser.client.get(path)
        assert answer.status_code == 404
        assert "/api/v1" not in answer.text
        assert answer.headers["cache-control"] == "private, no-store"
    page = await browser.client.get("/docs")
    assert "/auth/sign_in?next=/docs" in page.text
    assert (await browser.client.get(PATHS[1])).json()["error"]


@pytest.mark.parametrize(
    ("role", "status"), [("member", 404), ("moderator", 404), ("admin", 200), ("owner", 200)]
)
async def test_it_is_for_admins(browser: Browser, role: str, status: int) -> None:
    await sign_in(browser, role)
    for path in PATHS:
        answer = await browser.client.get(path)
        assert answer.status_code == status, path
        assert answer.headers["cache-control"] == "private, no-store"


async def test_an_admin_who_is_locked_out_is_a_stranger(browser: Browser) -> None:
    await sign_in(browser, "admin")
    await browser.change("UPDATE users SET disabled_at = now()")
    for path in PATHS:
        assert (await browser.client.get(path)).status_code == 404
    browser.client.cookies.clear()
    browser.client.cookies.set("__Host-fedi_session", "x" * 43, domain="a.test")
    assert (await browser.client.get("/docs")).status_code == 404


def opened(settings: Settings) -> AbstractAsyncContextManager[Browser]:
    return browse_with(settings, web=Web(public_docs=True))


async def test_a_setting_opens_it_to_everybody(settings: Settings) -> None:
    async with opened(settings) as browser:
        for path in PATHS:
            assert (await browser.client.get(path)).status_code == 200


async def test_every_operation_is_listed_with_what_it_takes_and_gives(settings: Settings) -> None:
    async with opened(settings) as browser:
        document = (await browser.client.get(PATHS[1])).json()
        text = await browser.read("/docs")
    page = read_page(text)
    assert page.problems == []
    assert {route.path for route in ROUTES} == set(document["paths"])
    shown = [each.text.strip() for each in page.all("code")]
    for route in ROUTES:
        assert route.path in shown, route.path
    targets = {e.attributes["id"] for e in page.elements if "id" in e.attributes}
    used = {e.attributes["href"][1:] for e in page.all("a") if e.attributes["href"].startswith("#")}
    assert used <= targets
    section = re.search(r'id="get_api_v1_accounts_id_statuses">.*?</section>', text, re.DOTALL)
    assert section is not None
    for word in ("read:statuses", "only_media", "exclude_replies", "#entity-Status", "list of"):
        assert word in section[0]
