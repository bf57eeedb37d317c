"""Whatever stands in a post or a profile: nothing runs, and nobody else is asked for anything."""

from typing import Any

import pytest

from fedi.config import Settings
from fedi.config.settings import Media
from tests.integration.pages.conftest import Browser, browse_with
from tests.integration.pages.reading import read_page

EVIL = (
    '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    "<svg onload=alert(3)></svg><iframe src=https://evil.test></iframe>'`&lt;b&gt; {{7*7}} :evil:"
)
ADDRESSES = [
    "javascript:alert(1)",
    'https://far.test/"onmouseover="x',
    "data:text/html,x",
    "//x",
    "",
]


def attachments(address: str) -> list[dict[str, Any]]:
    """Files of another server, one of each kind, that say evil things."""
    return [
        {
            "type": kind,
            "url": url,
            "preview_url": address,
            "description": EVIL,
            "width": 10,
            "height": 10,
            "focus": [0, 0],
        }
        for kind in ("image", "video", "gifv", "audio", "unknown", EVIL)
        for url in (address, "https://far.test/file")
    ]


async def poison(browser: Browser, address: str) -> str:
    """A member, all of whose stored words are hostile; the id of their post."""
    token = await browser.sign_up("alice")
    poll = {"options": [EVIL[:50], "two"], "expires_in": 3600}
    post = await browser.write(token, "a", spoiler_text="w", poll=poll)
    reply = await browser.write(token, "b", in_reply_to_id=post["id"])
    await browser.call("POST", f"/api/v1/statuses/{post['id']}/pin", token)
    await browser.write(token, "quoting", quoted_status_id=post["id"])
    emojis = [
        {"shortcode": "evil", "url": address},
        {"shortcode": EVIL, "url": "https://far.test/e"},
    ]
    await browser.change(
        "UPDATE accounts SET display_name = $1, note = $1, fields = $2, emojis = $3,"
        " avatar_url = $4, header_url = $4, moved_to_uri = $4, revision = revision + 1"
        " WHERE username = 'alice'",
        EVIL,
        [{"name": EVIL, "value": EVIL, "verified_at": EVIL}],
        emojis,
        address,
    )
    await browser.change(
        "UPDATE statuses SET content = $1, language = $1, emojis = $2, attachments = $3,"
        " spoiler_text = CASE WHEN id = $4 THEN $1 ELSE '' END, in_reply_to_uri = CASE WHEN id = $4"
        " THEN NULL ELSE $5 END, revision = revision + 1",
        EVIL,
        emojis,
        attachments(address),
        int(post["id"]),
        address,
    )
    assert reply["id"]
    await browser.change("UPDATE users SET role = 'owner'")
    return post["id"]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_nothing_runs_and_nothing_is_loaded_from_elsewhere(
    browser: Browser, address: str
) -> None:
    post_id = await poison(browser, address)
    for path in ("/@alice", f"/@alice/{post_id}", "/about", "/"):
        text = await browser.read(path)
        document = read_page(text)
        assert document.problems == [], path
        assert ("{{7*7}}" in text) == (path != "/"), path


async def test_a_card_with_hostile_words_is_a_link(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    post = await browser.write(token, "a link")
    await browser.change(
        "INSERT INTO preview_cards (id, url, state, type, title, description, html, language,"
        " author_name, provider_name, image_url, created_at)"
        " VALUES (1, 'https://far.test/x', 1, 'link',"
        " $1, $1, $1, $1, $1, $1, 'https://far.test/\"onload=\"', now())",
        EVIL,
    )
    await browser.change(
        "UPDATE statuses SET card_id = 1, revision = revision + 1 WHERE id = $1", int(post["id"])
    )
    document = read_page(await browser.read("/@alice"))
    assert document.problems == []
    assert document.all("a", href="https://far.test/x")


async def test_the_policy_forbids_scripts_and_other_sites(
    browser: Browser, settings: Settings
) -> None:
    await browser.sign_up("alice")
    page = await browser.client.get("/@alice")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self' data:; ")
    assert "media-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action" in policy
    media = Media(s3_public_url="https://files.test:8443/bucket/path")
    async with browse_with(settings, media=media) as other:
        page = await other.client.get("/@alice")
    policy = page.headers["content-security-policy"]
    assert "img-src 'self' data: https://files.test:8443; media-src 'self' https://files" in policy


async def test_pictures_of_others_come_through_the_proxy(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    await browser.write(token, "hello :blob: <3 a:blob:b")
    await browser.change(
        "UPDATE statuses SET emojis = $1, attachments = $2, revision = revision + 1",
        [{"shortcode": "blob", "url": "https://far.test/blob.png"}],
        [
            {
                "type": "image",
                "url": "https://far.test/a.png",
                "description": 'A "cat" & <dog>',
                "width": 40,
                "height": 30,
            }
        ],
    )
    document = read_page(await browser.read("/@alice"))
    assert document.problems == []
    pictures = [e.attributes for e in document.all("img")]
    (emoji,) = (each for each in pictures if each["alt"] == ":blob:")
    (photo,) = (each for each in pictures if each["alt"] == 'A "cat" & <dog>')
    assert emoji["src"].startswith("https://a.test/proxy/")
    assert photo["src"].startswith("https://a.test/proxy/")
    assert (photo["width"], photo["height"], photo["loading"]) == ("40", "30", "lazy")


async def test_odd_addresses_are_answered_in_words(browser: Browser) -> None:
    for path, status in (
        ("/@alice%00", 404),
        ("/@%E2%80%AEalice", 404),
        ("/@alice@b.test", 404),
        ("/@alice/99999999999999999999999", 404),
        ("/@alice/%00", 404),
        ("/tags/%00", 404),
        ("/@" + "x" * 3000, 404),
        ("/authorize_interaction", 400),
    ):
        document = read_page(await browser.read(path, status=status))
        assert document.problems == [], path
    text = await browser.read(f"/authorize_interaction?uri={EVIL.replace('&', '%26')}")
    assert read_page(text).problems == []
