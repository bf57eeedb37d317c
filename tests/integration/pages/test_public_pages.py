"""Front page, profiles, posts and hashtags, for whoever comes by."""

import re

from tests.integration.pages.conftest import Browser, answer_in

HOME = "https://app.test/cb"


async def sign_up(browser: Browser, name: str) -> str:
    """A member and a token of theirs, by way of the forms."""
    await browser.member(name)
    await browser.register(HOME)
    consent = await browser.sign_in(await browser.open(HOME, force_login="true"), name)
    code = answer_in(await browser.submit(consent, decision="allow"))["code"]
    return (await browser.exchange(code, HOME)).json()["access_token"]


async def test_pages_show_posts_and_load_nothing_from_elsewhere(browser: Browser) -> None:
    token = await sign_up(browser, "alice")
    post = await browser.write(token, "Of #Bees & <b>bold</b>", spoiler_text="Buzz")
    reply = await browser.write(token, "and so on", in_reply_to_id=post["id"])
    for path, words in (
        ("/", "@name@a.test"),
        ("/@alice", "Buzz"),
        (f"/@alice/{reply['id']}", "and so on"),
        ("/tags/BEES", "#bees"),
    ):
        page = await browser.client.get(path, headers={"accept": "text/html"})
        assert page.status_code == 200, path
        assert words in page.text
        assert "<b>bold" not in page.text
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        loaded = re.findall(r'(?:src|rel="stylesheet" href)="([^"]+)"', page.text)
        assert all(address.startswith("/static/") for address in loaded), loaded
        for address in loaded:
            assert (await browser.client.get(address)).status_code == 200


async def test_a_hashtag_in_a_post_leads_to_its_page(browser: Browser) -> None:
    token = await sign_up(browser, "alice")
    post = await browser.write(token, "Ein #Übermut")
    hidden = await browser.write(token, "leise #Übermut", visibility="unlisted")
    address = post["tags"][0]["url"]
    assert address == "https://a.test/tags/%C3%BCbermut"
    assert f'href="{address}"' in post["content"]
    page = await browser.client.get(address)
    assert f"post-{post['id']}" in page.text
    assert f"post-{hidden['id']}" not in page.text
    assert (await browser.client.get("/tags/a%20b")).status_code == 404


async def test_private_posts_and_strangers_are_not_shown(browser: Browser) -> None:
    token = await sign_up(browser, "alice")
    post = await browser.write(token, "among us", visibility="private")
    for path in (f"/@alice/{post['id']}", "/@nobody", "/@alice/abc"):
        page = await browser.client.get(path)
        assert page.status_code == 404, path
        assert page.headers["content-type"].startswith("text/html")
        assert "among us" not in page.text
