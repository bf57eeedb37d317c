"""What a status says: every part of it, for everybody who may read it."""

from typing import Any

from tests.integration.api.conftest import House, Member
from tests.integration.api.reading import (
    add_card,
    add_poll,
    change,
    insert_post,
    read,
    set_attachments,
    statements,
)

REMOTE_PICTURE = {
    "type": "image",
    "media_type": "image/png",
    "url": "https://far.test/a.png",
    "preview_url": "https://far.test/a_small.png",
    "description": "a picture",
    "blurhash": "UBL_:rOpGG-;~qRPxuay",
    "width": 40,
    "height": 20,
    "focus": [0.5, -0.25],
}
OWN_PICTURE = {
    "id": "77",
    "type": "image",
    "media_type": "image/webp",
    "file_key": "ab/cd.webp",
    "preview_key": "ab/cd_small.webp",
    "description": None,
    "blurhash": None,
    "meta": {"original": {"width": 4, "height": 2}, "focus": {"x": 0.0, "y": 1.0}},
}
REQUIRED = {
    "id", "uri", "created_at", "account", "content", "visibility", "sensitive", "spoiler_text",
    "media_attachments", "mentions", "tags", "emojis", "reblogs_count", "favourites_count",
    "quotes_count", "replies_count", "url", "in_reply_to_id", "in_reply_to_account_id", "reblog",
    "poll", "card", "language", "edited_at", "quote", "quote_approval", "tagged_collections",
    "reactions",
}  # fmt: skip
FOR_MEMBERS = {"favourited", "reblogged", "muted", "bookmarked", "filtered"}


async def test_every_attribute_is_there(house: House, alice: Member, bob: Member) -> None:
    post = await alice.write("hello @bob #tag")
    seen = await read(alice, post["id"])
    assert REQUIRED | FOR_MEMBERS | {"pinned", "local_only", "application"} == set(seen)
    assert set(await read(bob, post["id"])) == set(seen) - {"pinned"}
    answer = await house.client.get(f"/api/v1/statuses/{post['id']}")
    assert set(answer.json()) == set(seen) - FOR_MEMBERS - {"pinned"}
    assert seen["local_only"] is False
    assert [set(item) for item in seen["mentions"]] == [{"id", "username", "url", "acct"}]
    assert [set(item) for item in seen["tags"]] == [{"name", "url"}]


async def test_attachments_of_our_own_and_of_others(house: House, alice: Member) -> None:
    post = await alice.write("look")
    broken = {"type": "image", "url": "javascript:alert(1)"}
    await set_attachments(house, post["id"], [REMOTE_PICTURE, OWN_PICTURE, broken])
    theirs, ours = (await read(alice, post["id"]))["media_attachments"]
    assert ours == {
        "id": "77",
        "type": "image",
        "url": "https://a.test/media/ab/cd.webp",
        "preview_url": "https://a.test/media/ab/cd_small.webp",
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": OWN_PICTURE["meta"],
        "description": None,
        "blurhash": None,
    }
    for name in ("url", "preview_url"):
        assert theirs[name].startswith("https://a.test/proxy/")
    assert theirs["remote_url"] == "https://far.test/a.png"
    assert theirs["preview_remote_url"] == "https://far.test/a_small.png"
    assert theirs["meta"]["focus"] == {"x": 0.5, "y": -0.25}
    assert theirs["meta"]["original"]["aspect"] == 2
    assert (theirs["description"], theirs["type"]) == ("a picture", "image")


async def test_a_card_names_who_wrote_what_it_leads_to(
    house: House, alice: Member, bob: Member
) -> None:
    post = await alice.write("read https://news.test/1")
    await add_card(house, post["id"], author_account_id=bob.account.id)
    card = (await read(alice, post["id"]))["card"]
    assert card["title"] == "News"
    assert card["type"] == "link"
    assert card["image"].startswith("https://a.test/proxy/")
    assert [author["account"]["acct"] for author in card["authors"]] == ["bob"]
    assert set(card) == {
        "url", "title", "description", "type", "authors", "author_name", "author_url",
        "provider_name", "provider_url", "html", "width", "height", "image", "embed_url",
        "blurhash", "missing_attribution", "published_at", "language", "image_description",
    }  # fmt: skip


async def test_a_card_that_is_not_made_yet_is_none(house: House, alice: Member) -> None:
    post = await alice.write("read https://news.test/1")
    await add_card(house, post["id"], state=0)
    assert (await read(alice, post["id"]))["card"] is None


async def test_polls(house: House, alice: Member, bob: Member) -> None:
    post = await alice.write("which?")
    poll_id = await add_poll(house, post["id"], alice, votes=[(bob, 1)], hide_totals=True)
    seen = (await read(bob, post["id"]))["poll"]
    assert seen == {
        "id": str(poll_id),
        "expires_at": None,
        "expired": False,
        "multiple": False,
        "votes_count": 1,
        "voters_count": 1,
        "options": [{"title": "a", "votes_count": None}, {"title": "b", "votes_count": None}],
        "emojis": [],
        "voted": True,
        "own_votes": [1],
    }
    assert (await read(alice, post["id"]))["poll"]["voted"] is True
    assert (await read(alice, post["id"]))["poll"]["own_votes"] == []
    # Once it is over, nothing is hidden.
    ended = "UPDATE polls SET expires_at = now() - interval '1 s'"
    await change(house, ended)
    answer = await house.client.get(f"/api/v1/statuses/{post['id']}")
    poll = answer.json()["poll"]
    assert poll["expired"]
    assert [option["votes_count"] for option in poll["options"]] == [0, 1]
    assert "voted" not in poll
    assert "own_votes" not in poll


async def test_what_the_viewer_may_do_about_quoting(
    house: House, alice: Member, bob: Member
) -> None:
    await bob.post(f"/api/v1/accounts/{alice.id}/follow")
    carol = await house.member("carol")

    async def ask(member: Member, post: dict[str, Any]) -> str:
        return (await read(member, post["id"]))["quote_approval"]["current_user"]

    for policy, manual, follower, stranger in (
        (2, 0, "automatic", "automatic"),
        (1, 2, "automatic", "manual"),
        (1, 0, "automatic", "denied"),
        (0, 1, "manual", "denied"),
        (0, 0, "denied", "denied"),
        (None, None, "denied", "denied"),
    ):
        post = await alice.write("quote me")
        sql = "UPDATE statuses SET quote_policy = $2, quote_manual = $3 WHERE id = $1"
        await change(house, sql, int(post["id"]), policy, manual)
        assert await ask(bob, post) == follower, (policy, manual)
        assert await ask(carol, post) == stranger, (policy, manual)
        assert await ask(alice, post) == "automatic"
    for visibility, own in (("private", "automatic"), ("direct", "denied")):
        post = await alice.write("quote me @bob", visibility=visibility)
        await change(house, "UPDATE statuses SET quote_policy = 2 WHERE id = $1", int(post["id"]))
        assert await ask(bob, post) == "denied"
        assert await ask(alice, post) == own
        assert (await read(alice, post["id"]))["quote_approval"]["automatic"] == []


async def test_pins_and_muted_threads(house: House, alice: Member, bob: Member) -> None:
    root = await alice.write("root")
    direct = await alice.write("psst @bob", visibility="direct")
    status_id = int(root["id"])
    await change(house, "UPDATE statuses SET conversation_id = $1 WHERE id = $1", status_id)
    assert (await read(alice, root["id"]))["pinned"] is False
    assert "pinned" not in await read(alice, direct["id"])
    await change(
        house,
        "INSERT INTO status_pins (id, account_id, status_id, created_at) VALUES (1, $1, $2, now())",
        alice.account.id,
        status_id,
    )
    await change(
        house,
        "INSERT INTO conversation_mutes (account_id, conversation_id, created_at)"
        " VALUES ($1, $2, now())",
        bob.account.id,
        status_id,
    )
    assert (await read(alice, root["id"]))["pinned"] is True
    assert (await read(alice, root["id"]))["muted"] is False
    assert (await read(bob, root["id"]))["muted"] is True
    pinned = (await bob.get(f"/api/v1/accounts/{alice.id}/statuses?pinned=true")).json()
    assert [status["id"] for status in pinned] == [root["id"]]


async def test_what_stays_here_is_for_members_only(
    house: House, alice: Member, bob: Member
) -> None:
    post = await alice.write("entre nous")
    await change(house, "UPDATE statuses SET local_only = true WHERE id = $1", int(post["id"]))
    path = f"/api/v1/statuses/{post['id']}"
    for tail in ("", "/context", "/history", "/favourited_by"):
        assert (await house.client.get(path + tail)).status_code == 404
        assert (await bob.get(path + tail)).status_code == 200
    for place in ("timelines/public", f"accounts/{alice.id}/statuses"):
        assert "entre nous" not in (await house.client.get(f"/api/v1/{place}")).text
        assert "entre nous" in (await bob.get(f"/api/v1/{place}")).text


async def test_history_says_which_options_there_were(
    house: House, alice: Member, bob: Member
) -> None:
    post = await alice.write("which?")
    await add_poll(house, post["id"], alice)
    history = (await bob.get(f"/api/v1/statuses/{post['id']}/history")).json()
    assert [set(edit) for edit in history] == [
        {"content", "spoiler_text", "sensitive", "created_at", "account", "media_attachments",
         "emojis", "quote", "poll"}
    ]  # fmt: skip
    assert history[0]["poll"] == {"options": [{"title": "a"}, {"title": "b"}]}


async def test_pages_cost_a_constant_number_of_statements(
    house: House, alice: Member, bob: Member
) -> None:
    """However many posts there are, and whatever hangs on them."""
    root = await alice.write("root")
    for number in range(4):
        status_id = await insert_post(house, alice, in_reply_to_id=int(root["id"]))
        if number % 2:
            await add_poll(house, status_id, alice)
        await bob.post(f"/api/v1/statuses/{status_id}/reblog")
    pages = (
        ("/api/v1/timelines/home", 1),
        (f"/api/v1/accounts/{alice.id}/statuses", 1),
        (f"/api/v1/accounts/{bob.id}/statuses", 1),
        (f"/api/v1/statuses/{root['id']}/context", 3),
    )
    for path, expected in pages:
        await alice.get(path)
        with statements(house) as counted:
            answer = await alice.get(path)
        assert answer.status_code == 200
        # The polls of the page are one more.
        assert len(counted) == expected + ("FROM poll_votes" in counted.text), counted.text
    for path in (f"/api/v1/statuses/{root['id']}", "/api/v1/accounts/verify_credentials"):
        await alice.get(path)
        with statements(house) as counted:
            await alice.get(path)
        assert len(counted) == 1, counted.text


async def test_a_thread_leaves_out_what_is_not_wanted_or_not_for_the_viewer(
    house: House, alice: Member, bob: Member
) -> None:
    """What hangs below a post that is cut stays; the limits of strangers are lower."""
    carol = await house.member("carol")
    root = await insert_post(house, alice, "root")
    above = root
    for author, visibility in ((bob, 0), (alice, 2), (carol, 0), (alice, 0)):
        above = await insert_post(house, author, in_reply_to_id=above, visibility=visibility)
    await insert_post(house, alice, "local", in_reply_to_id=root, local_only=True)

    async def shown(get: Any, status_id: int, part: str) -> list[str]:
        answer = (await get(f"/api/v1/statuses/{status_id}/context")).json()
        return [status["account"]["acct"] for status in answer[part]]

    everybody = ["bob", "alice", "carol", "alice"]
    assert await shown(alice.get, root, "descendants") == [*everybody, "alice"]
    assert await shown(house.client.get, root, "descendants") == ["bob", "carol", "alice"]
    assert await shown(alice.get, above, "ancestors") == ["alice", "bob", "alice", "carol"]
    assert await shown(carol.get, above, "ancestors") == ["alice", "bob", "carol"]
    await alice.post(f"/api/v1/accounts/{bob.id}/mute")
    assert await shown(alice.get, root, "descendants") == ["alice", "carol", "alice", "alice"]
    # One's own list of mutes does not hide the post that was asked for.
    below = await insert_post(house, bob, "below", in_reply_to_id=above)
    assert len(await shown(alice.get, below, "ancestors")) == 4


async def test_strangers_see_a_part_of_a_long_thread(house: House, alice: Member) -> None:
    root = above = await insert_post(house, alice, "root")
    for _ in range(45):
        above = await insert_post(house, alice, in_reply_to_id=above)
    path = "/api/v1/statuses/{}/context"
    for get, up, down in ((alice.get, 45, 45), (house.client.get, 40, 20)):
        assert len((await get(path.format(above))).json()["ancestors"]) == up
        assert len((await get(path.format(root))).json()["descendants"]) == down
