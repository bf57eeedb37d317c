"""Whose a page is, what its owner links to, and what others keep from pages that anybody opens."""

from typing import Any

import pytest

from tests.integration.pages.conftest import Browser
from tests.integration.pages.reading import read_page
from tests.integration.posts.world import PUBLIC, World


async def test_pages_name_who_made_them(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    post = await browser.write(token, "mine")
    for path in ("/@alice", f"/@alice/{post['id']}"):
        assert read_page(await browser.read(path)).meta("fediverse:creator") == "@alice@a.test"


async def test_links_of_a_profile_claim_it_and_those_of_posts_do_not(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    await browser.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        token,
        note="about https://far.test/note",
        fields_attributes=[{"name": "Web", "value": "https://far.test/me"}],
    )
    await browser.write(token, "see https://far.test/post")
    rels = {
        each.attributes["href"]: each.attributes.get("rel", "").split()
        for each in read_page(await browser.read("/@alice")).all("a")
    }
    assert "me" in rels["https://far.test/me"]
    assert "me" not in rels["https://far.test/note"]
    assert "me" not in rels["https://far.test/post"]


@pytest.mark.parametrize(
    ("columns", "is_public_shown", "is_unlisted_shown"),
    [
        ({}, True, True),
        ({"hides_public": True}, False, True),
        ({"hides_unlisted": True}, True, False),
    ],
)
async def test_what_its_author_keeps_from_strangers(
    browser: Browser, columns: dict[str, Any], *, is_public_shown: bool, is_unlisted_shown: bool
) -> None:
    world = World(browser.runtime)
    eve = await world.stranger("eve", **columns)
    token = await browser.sign_up("alice")
    audiences: list[dict[str, Any]] = [{"to": [PUBLIC]}, {"to": None, "cc": [PUBLIC]}]
    for number, audience in enumerate(audiences):
        uri = f"https://far.test/n/{number}"
        note = world.note(eve, id=uri, content=f"<p>by eve {number}</p>", **audience)
        await world.receive(note)
    rows = await browser.runtime.db.fetch("SELECT id FROM statuses WHERE NOT local ORDER BY id")
    ids: list[str] = []
    for row in rows:
        made = await browser.call("POST", f"/api/v1/statuses/{row['id']}/reblog", token)
        ids.append(made["id"])
    profile = await browser.read("/@alice")
    assert ("by eve 0" in profile) is is_public_shown
    assert ("by eve 1" in profile) is is_unlisted_shown
    for boost, is_shown in zip(ids, (is_public_shown, is_unlisted_shown), strict=True):
        page = await browser.client.get(f"/@alice/{boost}")
        assert page.status_code == (200 if is_shown else 404)


async def test_pages_lead_servers_to_the_documents(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    post = await browser.write(token, "mine")
    for path, ending in (("/@alice", ""), (f"/@alice/{post['id']}", f"/statuses/{post['id']}")):
        page = await browser.client.get(path)
        uri = post["uri"].partition("/statuses/")[0] + ending
        kind = "application/activity+json"
        assert page.headers["link"] == f'<{uri}>; rel="alternate"; type="{kind}"'
        links = read_page(page.text).all("link", rel="alternate", type=kind)
        assert [each.attributes["href"] for each in links] == [uri]
