"""The page where members change their password."""

from tests.integration.pages.conftest import PASSWORD, Browser

NEW = "another horse battery"


async def test_a_new_password_ends_everything_else(browser: Browser) -> None:
    await browser.member("alice")
    led = await browser.client.get("/.well-known/change-password")
    assert led.status_code == 302
    asked = await browser.client.get(led.headers["location"])
    assert asked.status_code == 303
    page = await browser.client.get(asked.headers["location"])
    form = await browser.sign_in(page, "alice")
    assert "@alice" in form.text
    before = dict(browser.client.cookies)
    wrong = await browser.submit(form, password="wrong", new_password=NEW)
    assert wrong.status_code == 401
    short = await browser.submit(form, password=PASSWORD, new_password="short")
    assert short.status_code == 422
    done = await browser.submit(form, password=PASSWORD, new_password=NEW)
    assert done.status_code == 303
    assert (await browser.client.get("/auth/edit")).status_code == 200
    old = {**before, **{k: v for k, v in browser.client.cookies.items() if "form" in k}}
    browser.client.cookies.clear()
    browser.client.cookies.update(old)
    assert (await browser.client.get("/auth/edit")).status_code == 303


async def test_a_form_of_another_site_changes_nothing(browser: Browser) -> None:
    await browser.member("alice")
    page = await browser.client.get("/auth/sign_in?next=/auth/edit")
    await browser.sign_in(page, "alice")
    fields = {"password": PASSWORD, "new_password": NEW}
    for headers in ({}, {"origin": "https://evil.test"}):
        answer = await browser.client.post("/auth/edit", data=fields, headers=headers)
        assert answer.status_code == 403


async def test_deny_by_delete(browser: Browser) -> None:
    answer = await browser.client.request(
        "DELETE",
        "/oauth/authorize",
        content="x=1",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 403
