"""From a link in a post to a preview that apps show."""

from datetime import timedelta
from typing import Any

import pytest

from fedi.core.cards import service
from fedi.kit.result import Done, Later
from tests.integration.cards.conftest import Desk

URL = "https://www.far.test/story"
STORY = (
    '<html lang="en"><head><title>A story</title>'
    '<meta property="og:description" content="It begins.">'
    '<meta property="og:image" content="/pic.png"></head>'
)


async def test_a_link_gets_a_preview_for_everybody(desk: Desk) -> None:
    desk.site.write(URL, STORY)
    first, second = await desk.post(f"one {URL}"), await desk.post(f"two {URL}")
    assert await desk.card(first) is None
    chores = await desk.chores()
    assert [(chore["key"], chore["host"], chore["state"]) for chore in chores] == [
        (URL, "www.far.test", 0)
    ]
    assert [type(outcome) for outcome in await desk.work()] == [Later]
    assert desk.site.asked[URL] == 1
    for status_id in (first, second):
        card = await desk.card(status_id)
        assert card is not None
        assert (card["url"], card["title"], card["description"]) == (URL, "A story", "It begins.")
        assert (card["type"], card["language"], card["html"]) == ("link", "en", "")
        assert card["image"].startswith("https://a.test/proxy/")
    assert [type(outcome) for outcome in await desk.work()] == [Done]
    third = await desk.post(f"three {URL}")
    assert await desk.card(third) is not None
    assert desk.site.asked[URL] == 1


async def test_posts_of_others_wait_a_moment(desk: Desk) -> None:
    eve = await desk.world.stranger("eve")
    content = f'<p><a href="{URL}">x</a></p>'
    await desk.world.receive(desk.world.note(eve, id="https://far.test/n", content=content))
    await desk.world.settle()
    chore = (await desk.chores())[0]
    assert chore["state"] == 1
    assert timedelta(0) < chore["wait"] < timedelta(seconds=61)
    # A member who has the same link does not wait with them.
    await desk.post(f"mine {URL}")
    chore = (await desk.chores())[0]
    assert chore["state"] == 0


async def test_an_edit_takes_the_preview_along(desk: Desk) -> None:
    card = await desk.preview(URL, STORY)
    assert card is not None
    status_id = await desk.post(f"see {URL}")
    for text, expected in (("nothing", None), (f"again {URL}", URL)):
        await desk.alice.call("PUT", f"/api/v1/statuses/{status_id}", json={"status": text})
        await desk.world.settle()
        card = await desk.card(status_id)
        assert (card and card["url"]) == expected


async def test_a_host_is_asked_for_one_page_at_a_time(desk: Desk) -> None:
    for number in range(3):
        desk.site.write(f"{URL}/{number}", STORY)
        await desk.post(f"{URL}/{number}")
    await desk.post("https://other.far.test/")
    outcomes = await desk.work()
    assert [isinstance(o, Later) and o.reason for o in outcomes] == [
        "in work", "not all at once", "not all at once", "in work",
    ]  # fmt: skip
    assert desk.site.asked_of("www.far.test") == 1


async def test_what_does_not_answer_is_asked_again_later(desk: Desk) -> None:
    desk.site.write(URL, "", status=503)
    status_id = await desk.post(URL)
    for tries in (0, 1):
        await service.make_card(desk.people, URL, tries)
        chore = (await desk.chores())[0]
        assert chore["payload"]["tries"] == tries + 1
        outcome = (await desk.work())[0]
        assert isinstance(outcome, Later)
        assert outcome.after > 500
    await service.make_card(desk.people, URL, 2)
    assert isinstance((await desk.work())[0], Done)
    assert await desk.card(status_id) is None
    await desk.house.runtime.db.fetch("UPDATE chores SET state = 2")
    await desk.post(f"again {URL}")
    assert await desk.chores() == []
    await desk.house.runtime.db.fetch("UPDATE preview_cards SET fetched_at = now() - interval '8d'")
    await desk.post(f"and again {URL}")
    assert len(await desk.chores()) == 1


async def test_old_previews_are_made_anew_and_outlive_their_page(desk: Desk) -> None:
    assert await desk.preview(URL, STORY) is not None
    await desk.house.runtime.db.fetch("UPDATE chores SET state = 2")
    await desk.house.runtime.db.fetch(
        "UPDATE preview_cards SET fetched_at = now() - interval '15d'"
    )
    status_id = await desk.post(f"still {URL}")
    assert len(await desk.chores()) == 1
    desk.site.write(URL, "gone", status=404)
    await desk.work()
    card = await desk.card(status_id)
    assert card is not None
    assert card["title"] == "A story"


async def test_oembed_is_asked(desk: Desk) -> None:
    oembed = "https://api.far.test/oembed?u=1"
    page = (
        "<title>A film</title>"
        f'<link rel="alternate" type="application/json+oembed" href="{oembed}">'
    )
    document = (
        '{"type":"video","title":"The film","author_name":"Ann","provider_name":"Films",'
        '"html":"<iframe src=\\"https://player.far.test/1\\"></iframe>","width":640,"height":360}'
    )
    desk.site.write(oembed, document, content_type="application/json")
    card = await desk.preview(URL, page)
    assert card is not None
    assert (card["type"], card["title"], card["author_name"]) == ("video", "The film", "Ann")
    assert (card["provider_name"], card["width"], card["height"]) == ("Films", 640, 360)
    assert card["html"].startswith('<iframe src="https://player.far.test/1"')
    for broken in ("nonsense", "[]", '{"type":"video","html":"<script>x</script>"}'):
        desk.site.write(oembed, broken, content_type="application/json")
        other = f"{URL}?{len(broken)}"
        card = await desk.preview(other, page)
        assert card is not None
        assert (card["type"], card["title"], card["html"]) == ("link", "A film", "")


async def test_authors_count_if_they_name_the_site(desk: Desk) -> None:
    site, name = desk.site, "@ann@people.far.test"
    ann = site.actor("people.far.test", "ann")
    site.documents[
        "https://people.far.test/.well-known/webfinger?resource=acct%3Aann%40people.far.test"
    ] = site.documents[
        "https://people.far.test/.well-known/webfinger?resource=acct:ann@people.far.test"
    ] = {
        "subject": "acct:ann@people.far.test",
        "links": [{"rel": "self", "type": "application/activity+json", "href": ann.uri}],
    }
    page = (
        f'{STORY}<meta name="author" content="Ann"><meta name="fediverse:creator" content="{name}">'
    )
    card = await desk.preview(URL, page)
    assert card is not None
    assert [author["account"] for author in card["authors"]] == [None]
    ann.extra["attributionDomains"] = ["far.test"]
    ann.publish()
    await desk.house.runtime.db.fetch(
        "UPDATE accounts SET fetched_at = NULL WHERE domain IS NOT NULL"
    )
    desk.people.fetcher.forget(ann.uri)
    card = await desk.preview(f"{URL}/2", page)
    assert card is not None
    assert card["authors"][0]["account"]["acct"] == "ann@people.far.test"


@pytest.mark.parametrize(
    ("url", "body", "headers"),
    [
        ("https://www.far.test/big", STORY + "x" * 3_000_000, {}),
        ("https://www.far.test/type", STORY, {"content_type": "application/pdf"}),
        ("https://www.far.test/empty", "", {}),
        ("https://www.far.test/coded", STORY, {"content_encoding": "gzip"}),
        ("https://www.far.test/away", "", {"status": 302, "location": "https://inner.test/"}),
        ("https://www.far.test/meta", "", {"status": 302, "location": "http://169.254.169.254/x"}),
        ("https://www.far.test/loop", "", {"status": 301, "location": "/loop"}),
        ("https://www.far.test/own", "", {"status": 302, "location": "http://127.0.0.1:22/"}),
        ("https://10.0.0.1/x", None, {}),
        ("https://localhost/x", None, {}),
    ],
)
async def test_nothing_comes_of_hostile_pages(
    desk: Desk, url: str, body: str | None, headers: dict[str, Any]
) -> None:
    if body is not None:
        desk.site.write(url, body, **headers)
    status_id = await desk.post(f"see {url}")
    await service.make_card(desk.people, url, 9)
    assert await desk.card(status_id) is None
    states = await desk.house.runtime.db.fetch("SELECT state FROM preview_cards")
    assert {row[0] for row in states} <= {service.FAILED}


async def test_pictures_and_players_inside_are_not_shown(desk: Desk) -> None:
    """Nothing that a page points to leads anybody into our own network."""
    for inner in (
        "https://127.0.0.1/x",
        "http://[::1]/x",
        "https://localhost/x",
        "https://a.test/x",
    ):
        tags = "".join(
            f'<meta property="{name}" content="{inner}">'
            for name in ("og:image", "og:video:secure_url", "article:author")
        )
        link = f'<link rel="alternate" type="application/json+oembed" href="{inner}">'
        card = await desk.preview(f"{URL}?{len(inner)}", f"<title>t</title>{tags}{link}")
        assert card is not None
        assert (card["image"], card["html"], card["embed_url"]) == (None, "", "")


async def test_a_blocked_server_is_not_asked(desk: Desk) -> None:
    await desk.house.runtime.db.fetch("INSERT INTO domain_blocks (domain) VALUES ('far.test')")
    assert await desk.preview(URL, STORY) is None
    assert desk.site.asked[URL] == 0
