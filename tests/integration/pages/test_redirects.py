"""Wherever we send people on, it is to a place of ours, whatever a link says."""

import html
import re
from urllib.parse import urlsplit

import pytest

from fedi.web.forms import local_path
from tests.integration.pages.conftest import PASSWORD, Browser

ASTRAY = [
    "//evil.test",
    "///evil.test",
    "////evil.test/x",
    "/\\evil.test",
    "\\\\evil.test",
    "\\/evil.test",
    "/\\/evil.test",
    "https:evil.test",
    "https:/evil.test",
    "https://evil.test",
    "HTTPS://evil.test",
    "http:///evil.test",
    "https://a.test@evil.test",
    "https://a.test.evil.test",
    "https://a.test\\@evil.test",
    "//a.test@evil.test",
    "//evil.test/%2e%2e",
    "evil.test",
    "evil.test/path",
    ".evil.test",
    "@evil.test",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "/\t/evil.test",
    "/\n/evil.test",
    "/\r\nLocation: https://evil.test",
    "\t//evil.test",
    "\x00//evil.test",
    " //evil.test",
    "/ /evil.test",
    "/%0d%0aLocation:%20https://evil.test\r\nx",
    "//[::1]",
    "//[",
    "http://[::1",
    "?next=//evil.test",
    "#//evil.test",
    "//evil.test:443/",
    "ftp://evil.test",
    "",
]


@pytest.mark.parametrize("target", ASTRAY)
def test_only_paths_of_ours_are_gone_on_to(target: str) -> None:
    assert local_path(target) == "/"


@pytest.mark.parametrize("target", ["/", "/about", "/oauth/authorize?x=%2F%2Fy", "/@alice#x"])
def test_paths_of_ours_are(target: str) -> None:
    assert local_path(target) == target


def is_ours(location: str) -> bool:
    parts = urlsplit(location)
    return not parts.scheme and not parts.netloc and location.startswith("/")


async def test_no_form_leads_elsewhere(browser: Browser) -> None:
    await browser.member("alice")
    for target in ASTRAY[:8]:
        # By the link to the form, and by a form that was tampered with.
        for query, typed in (({"next": target}, {}), ({}, {"next": target})):
            form = await browser.client.get("/auth/sign_in", params=query)
            answer = await browser.submit(form, login="alice", password=PASSWORD, **typed)
            assert answer.headers["location"] == "/", target
    for target in ASTRAY:
        # Forms get a new key with each session.
        form = await browser.client.get("/auth/sign_in", params={"next": target})
        assert 'name="next" value="/"' in form.text
        csrf = re.findall(r'name="csrf" value="([^"]*)"', form.text)[0]
        answer = await browser.client.post("/auth/sign_out", data={"csrf": csrf, "next": target})
        assert answer.headers["location"] == "/", target


async def test_no_link_is_followed_by_itself(browser: Browser) -> None:
    """Pages that get addresses from elsewhere show them, or do not; none sends anybody there."""
    token = await browser.sign_up("alice")
    post = await browser.write(token, "hello")
    pages = ("/authorize_interaction", "/share", "/remote_interaction", "/@alice", "/auth/edit")
    names = ("uri", "next", "on-success", "on-cancel", "return_to", "inReplyTo", "handle")
    for path in (*pages, f"/@alice/{post['id']}"):
        for target in ASTRAY:
            answer = await browser.client.get(path, params=dict.fromkeys(names, target))
            assert answer.status_code < 500, (path, target)
            assert is_ours(answer.headers.get("location", "/")), (path, target)
            assert "http-equiv" not in answer.text
            assert "refresh" not in answer.headers
            for address in re.findall(r'href="([^"]*)"', answer.text):
                assert not html.unescape(address).strip().lower().startswith("javascript:")


async def test_what_was_done_leads_back_to_a_page_of_ours(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    post = await browser.write(token, "hello")
    for target in ASTRAY:
        page = await browser.client.get(
            "/authorize_interaction", params={"uri": post["uri"], "on-success": target}
        )
        fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page.text))
        done = {**fields, "deed": "favourite", "uri": target, "on-success": target}
        answer = await browser.client.post("/authorize_interaction", data=done)
        assert answer.status_code == 303, answer.text
        assert is_ours(answer.headers["location"])
        assert "\r" not in answer.headers["location"]
