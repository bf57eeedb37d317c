"""Posts of other software as apps show them."""

from typing import Any

import pytest

from fedi.core.statuses.quote_fallback import mark_fallback, without_fallback
from fedi.core.statuses.quotes import ACCEPTED
from fedi.kit.result import Done, Ignored
from tests.integration.wire.conftest import PUBLIC, Wire
from tests.wire.reading import WIRE, raw

QUOTED = "https://far.test/users/far/notes/1"
POSTS = sorted(
    f"{path.parent.name}/{path.stem}"
    for path in WIRE.rglob("note_*.json")
    # What is for nobody here, or a vote, is shown to nobody.
    if f"{path.parent.name}/{path.stem}"
    not in {
        "akkoma/note_local_public", "pleroma/note_chat", "streams/note_vote",
        "gotosocial/note_reply_approval_parent",
    }
)  # fmt: skip


def original(**more: Any) -> dict[str, Any]:
    return {
        "id": QUOTED,
        "type": "Note",
        "attributedTo": "https://far.test/users/far",
        "content": "<p>the original</p>",
        "to": [PUBLIC],
        "interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}},
        **more,
    }


@pytest.mark.parametrize("name", POSTS)
async def test_every_post_is_stored_and_shown(wire: Wire, name: str) -> None:
    assert await wire.bring(name) == Done()
    status = await wire.status(raw(name)["id"])
    assert status["content"] or status["media_attachments"]
    assert status["url"]
    assert status["account"]["uri"]


async def test_a_film(wire: Wire) -> None:
    status = await wire.shown("peertube/note_video")
    assert status["account"]["uri"] == "https://tube.example/accounts/kim"
    assert status["url"] == "https://tube.example/w/u1"
    [film] = status["media_attachments"]
    assert (film["type"], film["remote_url"]) == ("video", "https://tube.example/hls/1-480.mp4")
    assert film["preview_remote_url"] == "https://tube.example/t/2.jpg"
    assert film["meta"]["original"]["duration"] == 95.0
    assert status["content"].startswith("<p><strong>Hive tour</strong></p>")
    assert "<strong>short</strong>" in status["content"]
    assert (status["language"], status["spoiler_text"]) == ("en", "")
    assert [tag["name"] for tag in status["tags"]] == ["bees"]


async def test_a_sound(wire: Wire) -> None:
    status = await wire.shown("funkwhale/note_audio")
    kinds = [item["type"] for item in status["media_attachments"]]
    assert "audio" in kinds
    assert "Rain song" in status["content"]


async def test_an_article(wire: Wire) -> None:
    status = await wire.shown("wordpress/note_article")
    assert (status["spoiler_text"], status["sensitive"]) == ("", False)
    assert "<h2>Tools</h2>" in status["content"]
    assert "Keeping bees" in status["content"]
    assert 'href="https://blog.example/2026/07/keeping-bees/"' in status["content"]
    assert status["edited_at"] is not None


async def test_an_event(wire: Wire) -> None:
    status = await wire.shown("mobilizon/note_event")
    for words in ("Garden day", "2026-09-01 08:00 UTC", "The &lt;old&gt; garden", "Bring gloves"):
        assert words in status["content"]
    assert status["media_attachments"][0]["description"] == "Banner"


async def test_a_link_of_a_forum(wire: Wire) -> None:
    status = await wire.shown("lemmy/note_page_link")
    assert 'href="https://news.example/wasps"' in status["content"]
    assert status["url"] == "https://other.example/post/8", "it has no other page than its id"


async def test_a_warning_without_words(wire: Wire) -> None:
    status = await wire.shown("misskey/note_quote")
    assert (status["spoiler_text"], status["sensitive"]) == ("", True)


async def test_origin_counts_are_told_apart(wire: Wire) -> None:
    status = await wire.shown("mastodon/note_quote")
    assert (status["favourites_count"], status["reblogs_count"]) == (41, 7)
    assert status["fedi"] == {
        "origin_counts": {"reblogs_count": 7, "favourites_count": 41},
        "known_counts": {"reblogs_count": 0, "favourites_count": 0},
    }
    update = raw("mastodon/activity_update_counts")["object"]
    stored = raw("mastodon/note_quote")
    await wire.bring({**stored, **{k: update[k] for k in ("likes", "shares")}}, update=True)
    status = await wire.status(stored["id"])
    assert (status["favourites_count"], status["reblogs_count"]) == (43, 8)
    assert status["edited_at"] is None, "counts are no edit"


async def test_what_we_know_better_is_shown(wire: Wire) -> None:
    await wire.shown("mastodon/note_quote", likes={"totalItems": 0}, shares=None)
    async with wire.house.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO status_stats (status_id, favourites_count, origin_favourites_count)"
            " SELECT id, 3, 1 FROM statuses"
        )
    status = await wire.status(raw("mastodon/note_quote")["id"])
    assert status["favourites_count"] == 3
    assert status["fedi"]["origin_counts"] == {"favourites_count": 1}


async def test_no_counts_no_words_about_them(wire: Wire) -> None:
    status = await wire.shown("hollo/note")
    assert "fedi" not in status
    assert await wire.house.runtime.read().value("SELECT count(*) FROM status_stats") == 0


async def test_counts_of_a_boosted_post(wire: Wire) -> None:
    await wire.shown("mastodon/note_quote")
    read = wire.house.runtime.read()
    async with wire.house.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO statuses (id, uri, account_id, local, visibility, reblog_of_id,"
            " created_at) SELECT id + 1, 'https://x.test/boost', account_id, false, 0, id, now()"
            " FROM statuses"
        )
    assert await read.value("SELECT count(*) FROM statuses") == 2
    status = await wire.status("https://x.test/boost")
    assert status["favourites_count"] == status["reblog"]["favourites_count"] == 41


@pytest.mark.parametrize(
    "name",
    ["misskey/note_quote", "sharkey/note_quote", "threads/note_quote", "mastodon/note_quote"],
)
async def test_the_line_of_a_quote_goes_when_the_quote_is_there(wire: Wire, name: str) -> None:
    found = raw(name)
    target = found.get("quote") or found["_misskey_quote"]
    status = await wire.shown(name)
    assert status["quote"]["state"] == "pending"
    assert "RE:" in status["content"], "until it is shown, the line is all that there is"
    await wire.bring(original(id=target, attributedTo="/".join(target.split("/")[:5])))
    async with wire.house.runtime.unit() as unit:
        await unit.execute("UPDATE quotes SET state = $1", ACCEPTED)
    status = await wire.status(found["id"])
    assert status["quote"]["state"] == "accepted"
    assert "the original" in status["quote"]["quoted_status"]["content"]
    assert "RE:" not in status["content"]
    assert "quote-inline" not in status["content"]


@pytest.mark.parametrize(
    ("stored", "left"),
    [
        ('<p>wow<br><br>RE: <a href="{}">x</a></p>', "<p>wow</p>"),
        ('<p>wow</p><p>RE: <a href="{}">x</a></p>', "<p>wow</p>"),
        ('<p><span>wow<br>RE: </span><a href="{}">x</a></p>', "<p><span>wow</span></p>"),
        ('wow<br>RE: <a href="{}"><span>https://</span>x</a>', "wow"),
        ('RE: <a href="{}">x</a>', ""),
        ('<p>QT: <a href="{}">x</a></p>', ""),
        ("<p>wow RE: this</p>", "<p>wow RE: this</p>"),
        ('<p>RE: a <a href="{}">x</a> b</p>', '<p>RE: a <a href="{}">x</a> b</p>'),
    ],
)  # fmt: skip
def test_lines_of_every_shape(stored: str, left: str) -> None:
    marked = mark_fallback(stored.format(QUOTED), QUOTED)
    assert without_fallback(marked) == left.format(QUOTED)
    assert mark_fallback(marked, QUOTED) == marked


def test_a_line_within_others() -> None:
    before = '<p><span class="quote-inline"><br>RE: <a href="x"><span>a</span></a></span>end</p>'
    assert without_fallback(before) == "<p>end</p>"
    assert without_fallback('<p class="quote-inline">x') == ""


async def test_policies_are_kept(wire: Wire) -> None:
    await wire.bring("gotosocial/note_policies")
    row = await wire.house.runtime.read().row("SELECT * FROM statuses")
    assert row
    gts = "https://gts.example/users/ro"
    assert row["interaction_policy"] == {
        "reply": {"automatic": [gts, f"{gts}/followers"], "manual": [PUBLIC]},
        "announce": {"automatic": [gts], "manual": []},
    }
    assert (row["quote_policy"], row["quote_manual"]) == (0, 1)
    open_again = {**raw("gotosocial/note_policies"), "interactionPolicy": None}
    await wire.bring(open_again, update=True)
    read = wire.house.runtime.read()
    assert await read.value("SELECT interaction_policy FROM statuses") is None


async def test_where_answers_and_threads_are_listed(wire: Wire) -> None:
    await wire.bring("piefed/note_page")
    row = await wire.house.runtime.read().row("SELECT * FROM statuses")
    assert row
    assert row["replies_uri"] == "https://pie.example/post/11/replies"
    assert row["context_uri"] == "https://pie.example/post/11/context"
    foreign = {**raw("hollo/note"), "replies": "https://evil.example/replies"}
    await wire.bring(foreign)
    read = wire.house.runtime.read()
    sql = "SELECT replies_uri FROM statuses WHERE uri = $1"
    assert await read.value(sql, foreign["id"]) is None


async def test_an_older_update_changes_nothing(wire: Wire) -> None:
    newer = {**raw("wordpress/note_article"), "updated": "2026-07-03T10:00:00Z"}
    assert await wire.bring(newer) == Done()
    older = {**newer, "updated": "2026-07-03T09:00:00Z", "content": "<p>before</p>", "likes": {}}
    assert isinstance(await wire.bring(older, update=True), Ignored)
    assert "before" not in (await wire.status(newer["id"]))["content"]


async def test_a_description_that_changes_is_an_edit(wire: Wire) -> None:
    before = raw("pixelfed/note")
    await wire.bring(before)
    changed = {**before, "updated": "2026-07-04T00:00:00Z"}
    changed["attachment"] = [{**before["attachment"][0], "name": "another sky"}]
    assert await wire.bring(changed, update=True) == Done()
    status = await wire.status(before["id"])
    assert status["media_attachments"][0]["description"] == "another sky"
    assert status["edited_at"] is not None


async def test_a_chat_message_is_a_direct_post(wire: Wire) -> None:
    await wire.bring("pleroma/note_chat")
    said = {**raw("akkoma/note_local_public"), "directMessage": "true", "cc": [PUBLIC]}
    await wire.bring(said)
    rows = await wire.house.runtime.read().fetch("SELECT visibility FROM statuses")
    assert [row["visibility"] for row in rows] == [3, 3]


async def test_tallies_change_without_a_mark_and_options_with_a_new_poll(wire: Wire) -> None:
    before = raw("mastodon/note_question")
    await wire.bring(before)
    counted = {**before, "votersCount": 9, "oneOf": [
        {"type": "Note", "name": "yes", "replies": {"type": "Collection", "totalItems": 8}},
        {"type": "Note", "name": "no", "replies": {"type": "Collection", "totalItems": "1"}},
    ]}  # fmt: skip
    assert await wire.bring(counted, update=True) == Done()
    status = await wire.status(before["id"])
    assert status["edited_at"] is None
    assert [option["votes_count"] for option in status["poll"]["options"]] == [8, 1]
    assert (status["poll"]["voters_count"], status["poll"]["id"] is not None) == (9, True)
    other = {**before, "oneOf": [{"type": "Note", "name": name} for name in ("left", "right")]}
    await wire.bring(other, update=True)
    status = await wire.status(before["id"])
    assert [option["title"] for option in status["poll"]["options"]] == ["left", "right"]
    assert status["poll"]["votes_count"] == 0


async def test_every_kind_that_a_create_may_hold(wire: Wire) -> None:
    kinds = (
        "Note", "Article", "Page", "Video", "Audio", "Image", "Event", "Document",
        "Review", "Comment", "Quotation", "Rating", "Recipe", "Potluck",
    )  # fmt: skip
    for kind in kinds:
        document = {**raw("hollo/note"), "id": f"https://hollo.example/@holly/{kind}", "type": kind}
        assert await wire.bring(document) == Done()
        assert "see" in (await wire.status(document["id"]))["content"]
