"""Profiles and threads as strangers read them: what is shown, what is not, and how."""

import re
from typing import Any

import pytest

from tests.integration.pages.conftest import Browser
from tests.integration.pages.reading import Document, read_page

PHOTO = {
    "type": "image",
    "url": "https://far.test/a.png",
    "description": "A cat",
    "width": 400,
    "height": 300,
}


def ids_on(text: str) -> list[str]:
    return re.findall(r'id="post-(\d+)"', text)


async def attach(browser: Browser, post: dict[str, Any], *items: dict[str, Any]) -> None:
    await browser.change(
        "UPDATE statuses SET attachments = $2, revision = revision + 1 WHERE id = $1",
        int(post["id"]),
        list(items),
    )


async def read(browser: Browser, path: str) -> Document:
    document = read_page(await browser.read(path))
    assert document.problems == []
    return document


async def test_a_thread_shows_what_is_for_everybody(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    root = await browser.write(token, "root", visibility="unlisted")
    middle = await browser.write(token, "middle", in_reply_to_id=root["id"])
    for visibility in ("private", "direct"):
        await browser.write(token, "hush", in_reply_to_id=middle["id"], visibility=visibility)
    await browser.write(token, "hush", in_reply_to_id=middle["id"], local_only=True)
    leaf = await browser.write(token, "leaf", in_reply_to_id=middle["id"])
    text = await browser.read(f"/@alice/{middle['id']}")
    assert ids_on(text) == [root["id"], middle["id"], leaf["id"]]
    assert "hush" not in text
    assert read_page(text).problems == []


async def test_a_post_for_few_is_not_there(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    await browser.sign_up("bob")
    more: list[dict[str, Any]] = [
        {"visibility": "private"},
        {"visibility": "direct"},
        {"local_only": True},
    ]
    for extra in more:
        post = await browser.write(token, "hush", **extra)
        for path in (f"/@alice/{post['id']}", "/@alice"):
            status = 404 if path != "/@alice" else 200
            assert "hush" not in await browser.read(path, status=status)
    post = await browser.write(token, "for all")
    assert "for all" in await browser.read(f"/@alice/{post['id']}")
    await browser.read(f"/@bob/{post['id']}", status=404)


async def test_a_quote_or_boost_of_what_is_for_few_shows_nothing_of_it(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    post = await browser.write(token, "hush")
    await browser.write(token, "look here", quoted_status_id=post["id"])
    await browser.call("POST", f"/api/v1/statuses/{post['id']}/reblog", token)
    assert (await browser.read("/@alice")).count("hush") == 3
    await browser.change("UPDATE statuses SET local_only = true WHERE id = $1", int(post["id"]))
    text = await browser.read("/@alice?max_id=9000000000000000000")
    assert "hush" not in text
    assert "look here" in text
    assert "The quoted post is not shown here." in text


async def test_what_is_gone_is_said_to_be_gone(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    post = await browser.write(token, "x")
    await browser.client.request(
        "DELETE", f"/api/v1/statuses/{post['id']}", headers={"Authorization": f"Bearer {token}"}
    )
    assert "deleted" in await browser.read(f"/@alice/{post['id']}", status=410)
    await browser.change("UPDATE accounts SET suspended_at = now() WHERE username = 'alice'")
    assert "gone" in await browser.read("/@alice", status=410)
    await browser.read(f"/@alice/{post['id']}", status=410)


async def test_who_waits_to_be_let_in_has_no_page(browser: Browser) -> None:
    await browser.member("alice")
    await browser.change("UPDATE users SET approved_at = NULL")
    await browser.read("/@alice", status=404)


async def test_pins_pages_and_boosts(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    posts = [(await browser.write(token, f"number {n}"))["id"] for n in range(45)]
    await browser.call("POST", f"/api/v1/statuses/{posts[0]}/pin", token)
    boost = await browser.call("POST", f"/api/v1/statuses/{posts[1]}/reblog", token)
    text = await browser.read("/@alice")
    seen = ids_on(text)
    assert seen[:2] == [posts[0], boost["id"]]
    assert "Pinned" in text
    assert "Boosted by" in text
    path, found = "/@alice", seen[1:]
    while older := read_page(await browser.read(path)).all("a", rel="next"):
        path = older[0].attributes["href"]
        found += ids_on(await browser.read(path))
    assert found == [boost["id"], *reversed(posts)]
    newer = read_page(await browser.read(path)).all("a", rel="prev")[0].attributes["href"]
    assert ids_on(await browser.read(newer)) == found[20:40]
    start = read_page(await browser.read(newer)).all("a", rel="prev")[0].attributes["href"]
    text = await browser.read(start)
    assert ids_on(text) == found[:20]
    assert not read_page(text).all("a", rel="prev")
    assert 'content="noindex"' in text


async def test_a_pinned_post_stands_there_once(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    first, last = [(await browser.write(token, text))["id"] for text in ("first", "last")]
    await browser.call("POST", f"/api/v1/statuses/{first}/pin", token)
    text = await browser.read("/@alice")
    assert ids_on(text) == [first, last]
    assert text.count(">Pinned<") == 1
    assert read_page(text).problems == []


async def test_kept_articles_are_made_anew_when_something_changes(browser: Browser) -> None:
    token, bob = await browser.sign_up("alice"), await browser.sign_up("bob")
    poll = {"options": ["rye", "wheat"], "expires_in": 3600}
    post = await browser.write(token, "Which?", poll=poll)
    path = "/@alice?max_id=900000000000000000"
    assert "0 people voted" in await browser.read(path + "0")
    votes = f"/api/v1/polls/{post['poll']['id']}/votes"
    await browser.call("POST", votes, bob, choices=[1])
    assert "1 person voted" in await browser.read(path + "1")
    await browser.call("POST", f"/api/v1/statuses/{post['id']}/favourite", bob)
    assert "1 favourite" in await browser.read(path + "2")
    await browser.change("UPDATE polls SET expires_at = now() - interval '1 minute'")
    assert "closed" in await browser.read(path + "3")
    await browser.call(
        "PATCH", "/api/v1/accounts/update_credentials", token, display_name="Another"
    )
    assert (await browser.read(path + "4")).count("Another") >= 3


async def test_a_warning_hides_and_previews_say_no_more(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    post = await browser.write(token, "the butler did it", spoiler_text="Spoilers")
    await attach(browser, post, PHOTO)
    text = await browser.read(f"/@alice/{post['id']}")
    page = read_page(text)
    assert page.problems == []
    hidden = re.search(r"<details.*?</details>", text, re.DOTALL)
    assert hidden is not None
    assert "the butler" in hidden[0]
    assert "<img" in hidden[0]
    assert text.count("the butler") == 1
    assert page.meta("og:description") == "Content warning: Spoilers"
    assert page.meta("description") == "Content warning: Spoilers"
    assert page.meta("og:image") is None
    assert page.meta("twitter:card") == "summary"
    assert "Spoilers" in page.all("title")[0].text


async def test_sensitive_media_wait_for_a_click(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    post = await browser.write(token, "look", sensitive=True)
    await attach(browser, post, PHOTO)
    text = await browser.read(f"/@alice/{post['id']}")
    assert re.search(r"<details[^>]*><summary>Sensitive media</summary>.*?<img", text, re.DOTALL)
    page = read_page(text)
    assert page.meta("og:image") is None
    assert page.meta("og:description") == "look"


async def test_what_other_sites_learn(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    post = await browser.write(token, "Of bees & <honey>", language="de")
    await attach(browser, post, PHOTO)
    await browser.change("UPDATE accounts SET indexable = true, revision = revision + 1")
    address = f"https://a.test/@alice/{post['id']}"
    page = await read(browser, f"/@alice/{post['id']}")
    assert page.meta("og:type") == "article"
    assert page.meta("og:title") == "alice (@alice@a.test)"
    assert page.meta("og:description") == "Of bees & <honey>"
    assert page.meta("og:url") == address
    assert page.meta("og:site_name") == "a.test"
    assert (page.meta("og:image") or "").startswith("https://a.test/proxy/")
    assert page.meta("og:image:width") == "400"
    assert page.meta("og:image:alt") == "A cat"
    assert page.meta("twitter:card") == "summary_large_image"
    assert page.meta("article:published_time")
    assert page.meta("robots") is None
    links = {e.attributes.get("type", e.attributes["rel"]): e.attributes for e in page.all("link")}
    assert links["canonical"]["href"] == address
    assert links["application/activity+json"]["href"] == post["uri"]
    embed = await browser.client.get(links["application/json+oembed"]["href"])
    assert embed.status_code == 200
    assert embed.json()["type"] == "rich"
    assert page.all("div", lang="de", dir="auto")


async def test_robots_stay_away_where_they_are_not_wanted(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    loud = await browser.write(token, "x")
    quiet = await browser.write(token, "x", visibility="unlisted")
    for path in ("/@alice", f"/@alice/{loud['id']}", f"/@alice/{quiet['id']}", "/tags/x"):
        assert (await read(browser, path)).meta("robots") == "noindex"
    await browser.change("UPDATE accounts SET indexable = true, revision = revision + 1")
    assert (await read(browser, f"/@alice/{loud['id']}")).meta("robots") is None
    assert (await read(browser, f"/@alice/{quiet['id']}")).meta("robots") == "noindex"


async def test_a_profile(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    await browser.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        token,
        display_name="Alice",
        note="I keep #bees",
        fields_attributes=[{"name": "Home", "value": "https://alice.test/"}],
    )
    page = await read(browser, "/@alice")
    assert page.meta("og:type") == "profile"
    assert page.meta("og:title") == "Alice (@alice@a.test)"
    assert page.meta("og:description") == "I keep #bees"
    assert page.meta("profile:username") == "alice@a.test"
    (home,) = page.all("a", href="https://alice.test/")
    assert "me" in home.attributes["rel"].split()
    (tag,) = page.all("a", href="https://a.test/tags/bees")
    assert "me" not in tag.attributes["rel"].split()


async def test_polls_are_read_here_and_voted_in_apps(browser: Browser) -> None:
    alice, bob = await browser.sign_up("alice"), await browser.sign_up("bob")
    for secret in (False, True):
        poll = {"options": ["rye", "wheat"], "expires_in": 3600, "hide_totals": secret}
        post = await browser.write(alice, "Which?", poll=poll)
        path = f"/@alice/{post['id']}"
        assert "0 people voted" in await browser.read(path) or secret
        votes = f"/api/v1/polls/{post['poll']['id']}/votes"
        await browser.call("POST", votes, bob, choices=[1])
        text = await browser.read(path)
        page = read_page(text)
        assert page.problems == []
        assert "vote in your app" in text
        shares = [e.attributes["value"] for e in page.all("progress")]
        assert shares == ([] if secret else ["0", "100"])
        await browser.change("UPDATE polls SET expires_at = now() - interval '1 minute'")
        text = await browser.read(path)
        assert "closed" in text
        assert [e.attributes["value"] for e in read_page(text).all("progress")] == ["0", "100"]


async def test_edits_and_counters_show_at_once(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    post = await browser.write(token, "first words")
    path = f"/@alice/{post['id']}"
    assert "favourite" not in await browser.read(path)
    await browser.call("POST", f"/api/v1/statuses/{post['id']}/favourite", token)
    await browser.call("PUT", f"/api/v1/statuses/{post['id']}", token, status="second words")
    text = await browser.read(path)
    assert "1 favourite" in text
    assert "second words" in text
    assert "first words" not in text
    assert "edited" in text


async def test_media_of_every_kind(browser: Browser) -> None:
    token = await browser.sign_up("alice")
    post = await browser.write(token, "look")
    clips = [
        {**PHOTO, "type": kind, "url": f"https://far.test/{kind}"}
        for kind in ("video", "gifv", "audio", "unknown")
    ]
    await attach(browser, post, *clips)
    page = await read(browser, f"/@alice/{post['id']}")
    for element in (*page.all("video"), *page.all("audio")):
        assert "controls" in element.attributes
        assert element.attributes["preload"] == "none"
        assert element.attributes["aria-label"] == "A cat"
    assert len(page.all("video")) == 2
    assert len(page.all("audio")) == 1
    assert len(page.all("figcaption")) == 4


async def test_a_page_costs_the_same_however_much_is_on_it(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the articles are known, a page asks for account, pins, heads, polls and quotes."""
    token = await browser.sign_up("alice")
    first = await browser.write(token, "x")
    for number in range(5):
        poll = {"options": ["a", "b"], "expires_in": 3600}
        await browser.write(token, f"{number}", poll=poll)
        await browser.write(token, f"{number}", quoted_status_id=first["id"])
    statements: list[str] = []
    db = browser.runtime.db
    fetch = db.fetch

    async def counting(sql: str, *args: object) -> Any:
        statements.append(sql)
        return await fetch(sql, *args)

    monkeypatch.setattr(db, "fetch", counting)
    await browser.read("/@alice?max_id=9000000000000000000")
    cold = len(statements)
    statements.clear()
    await browser.read("/@alice?max_id=9000000000000000001")
    assert 0 < len(statements) <= 4
    assert cold <= 6
