"""Front page, profiles, posts and hashtags, for whoever comes by."""

import re

from fedi.core.tags.service import index_posts
from tests.integration.pages.conftest import Browser
from tests.rig.aftermath import settle


async def test_pages_show_posts_and_load_nothing_from_elsewhere(browser: Browser) -> None:
    token = await browser.sign_up("alice")
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
    token = await browser.sign_up("alice")
    post = await browser.write(token, "Ein #Übermut")
    hidden = await browser.write(token, "leise #Übermut", visibility="unlisted")
    await settle(browser.runtime)
    address = post["tags"][0]["url"]
    assert address == "https://a.test/tags/%C3%BCbermut"
    assert f'href="{address}"' in post["content"]
    async with browser.runtime.unit() as unit:
        await index_posts(unit, [int(post["id"]), int(hidden["id"])])
    page = await browser.client.get(address)
    assert f"post-{post['id']}" in page.text
    assert f"post-{hidden['id']}" not in page.text
    assert (await browser.client.get("/tags/a%20b")).status_code == 404


async def test_private_posts_and_strangers_are_not_shown(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    post = await browser.write(token, "among us", visibility="private")
    for path in (f"/@alice/{post['id']}", "/@nobody", "/@alice/abc"):
        page = await browser.client.get(path)
        assert page.status_code == 404, path
        assert page.headers["content-type"].startswith("text/html")
        assert "among us" not in page.text
