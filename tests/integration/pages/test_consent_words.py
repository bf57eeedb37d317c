"""What the consent page says of an app, which wrote it itself."""

import pytest

from fedi.core.auth.scopes import ALL
from fedi.web.scopes import describe_scopes
from fedi.web.words import visible
from tests.integration.pages.conftest import HOME, Browser


def test_every_scope_has_words() -> None:
    for name in ALL:
        (words,) = describe_scopes([name])
        assert ":" not in words, name
        assert "_" not in words, name


def test_a_wide_scope_says_what_is_within_it_once() -> None:
    asked = ["read:accounts", "read", "write:statuses", "profile", "read:me", "follow"]
    assert describe_scopes(asked) == [
        "read everything in your account",
        "post, edit and delete for you",
        "see who you are",
        "follow, block and mute for you",
    ]
    assert describe_scopes(["profile", "read:me"]) == ["see who you are"]


def test_a_name_cannot_turn_the_words_around_it() -> None:
    assert visible("Good\u202e\u200b\x07 app") == "Good app"
    assert visible("\u2066\u200b ") == "an app without a name"


@pytest.mark.parametrize(
    ("website", "is_shown"),
    [("https://app.test/<b>", False), ("javascript:alert(1)", False), ("https://app.test/", True)],
)
async def test_the_page_is_safe_and_says_where_the_answer_goes(
    browser: Browser, website: str, is_shown: bool
) -> None:
    await browser.member("alice")
    form = {"client_name": "\u202e<b>App</b>", "redirect_uris": HOME, "scopes": "read push"}
    app = await browser.client.post("/api/v1/apps", data=form)
    browser.app = app.json()
    await browser.change("UPDATE applications SET website = $1", website)
    page = await browser.sign_in(await browser.open(HOME, scope="read push"), "alice")
    assert "&lt;b&gt;App&lt;/b&gt;" in page.text
    assert "\u202e" not in page.text
    assert ("app says that its home" in page.text) == is_shown
    assert "javascript:" not in page.text
    assert "led on to <bdi>app.test</bdi>" in page.text
    assert page.text.count("<li>") == 2
