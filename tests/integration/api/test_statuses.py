"""Posts through the client API."""

import asyncio

import pytest

from tests.integration.api.conftest import House, Member

KEYS = """id uri created_at account content visibility sensitive spoiler_text media_attachments
mentions tags emojis reblogs_count favourites_count quotes_count replies_count url in_reply_to_id
in_reply_to_account_id reblog poll card language edited_at quote quote_approval tagged_collections
favourited reblogged muted bookmarked pinned filtered application"""
REQUIRED = KEYS.split()


async def test_a_post_has_every_key_that_apps_rely_on(alice: Member) -> None:
    status = await alice.write("Hello #World https://example.org/x", language="en")
    assert [key for key in REQUIRED if key not in status] == []
    assert status["visibility"] == "public"
    assert status["language"] == "en"
    assert status["created_at"].endswith("Z")
    assert status["tags"] == [{"name": "world", "url": "https://a.test/tags/world"}]
    assert status["url"] == f"https://a.test/@alice/{status['id']}"
    account = status["account"]
    assert account["acct"] == "alice"
    assert account["created_at"].endswith("T00:00:00.000Z")
    assert account["avatar"] == "https://a.test/static/missing.png"
    assert account["statuses_count"] == 1


async def test_reading_anonymously_leaves_out_what_is_the_viewers(
    house: House, alice: Member
) -> None:
    status = await alice.write("hi")
    answer = await house.client.get(f"/api/v1/statuses/{status['id']}")
    assert answer.status_code == 200
    seen = answer.json()
    assert seen["content"] == status["content"]
    assert not {"favourited", "reblogged", "bookmarked", "muted", "pinned"} & set(seen)
    assert answer.headers["cache-control"].startswith("public")
    mine = await alice.get(f"/api/v1/statuses/{status['id']}")
    assert mine.headers["cache-control"] == "private, no-store"


async def test_the_same_idempotency_key_gives_one_post(alice: Member, bob: Member) -> None:
    headers = {"Idempotency-Key": "k1"}
    body = {"status": "once"}

    async def post() -> dict:
        answer = await alice.post("/api/v1/statuses", json=body, headers=headers)
        assert answer.status_code == 200
        return answer.json()

    posts = await asyncio.gather(*(post() for _ in range(6)))
    assert len({post["id"] for post in posts}) == 1
    other = await alice.post("/api/v1/statuses", json={"status": "twice"}, headers=headers)
    assert other.status_code == 422
    theirs = await bob.post("/api/v1/statuses", json=body, headers=headers)
    assert theirs.json()["account"]["acct"] == "bob"


async def test_posting_takes_every_encoding(alice: Member) -> None:
    path = "/api/v1/statuses"
    for more in (
        {"json": {"status": "hi", "visibility": "unlisted", "sensitive": True}},
        {"data": {"status": "hi", "visibility": "unlisted", "sensitive": "1"}},
        {
            "data": {"status": "hi", "visibility": "unlisted", "sensitive": "true"},
            "files": {"ignored": b"x"},
        },
        {"params": {"status": "hi", "visibility": "unlisted", "sensitive": "yes"}},
    ):
        answer = await alice.post(path, **more)
        assert answer.status_code == 200, answer.text
        status = answer.json()
        assert (status["visibility"], status["sensitive"]) == ("unlisted", True)


async def test_what_cannot_be_posted_is_said_in_words(alice: Member) -> None:
    for body, status in (
        ({"status": ""}, 422),
        ({"status": "x", "visibility": "secret"}, 422),
        ({"status": "x", "media_ids": ["1"]}, 422),
        ({"status": "x", "poll": {"options": ["a", "b"], "expires_in": 60}}, 422),
        ({"status": "x", "in_reply_to_id": "99"}, 404),
        ({"status": "x", "in_reply_to_id": "abc"}, 404),
        ({"status": "x", "scheduled_at": "never"}, 422),
        ({"status": {"a": 1}}, 400),
        ({"status": "x" * 5001}, 422),
    ):
        answer = await alice.post("/api/v1/statuses", json=body)
        assert answer.status_code == status, (body, answer.text)
        assert answer.json()["error"]


async def test_edit_source_history_and_delete(alice: Member, bob: Member) -> None:
    status = await alice.write("first", spoiler_text="cw")
    path = f"/api/v1/statuses/{status['id']}"
    source = (await alice.get(f"{path}/source")).json()
    assert source == {
        "id": status["id"],
        "text": "first",
        "spoiler_text": "cw",
        "content_type": "text/plain",
    }
    assert (await bob.get(f"{path}/source")).status_code == 404
    edited = await alice.call("PUT", path, data={"status": "second"})
    assert edited.status_code == 200
    assert edited.json()["content"] == "<p>second</p>"
    assert edited.json()["edited_at"]
    assert edited.json()["spoiler_text"] == "cw"
    history = (await bob.get(f"{path}/history")).json()
    assert [version["content"] for version in history] == ["<p>first</p>", "<p>second</p>"]
    assert (await bob.call("PUT", path, json={"status": "mine"})).status_code == 404
    assert (await bob.call("DELETE", path)).status_code == 404
    gone = await alice.call("DELETE", path)
    assert gone.status_code == 200
    assert gone.json()["text"] == "second"
    assert gone.json()["account"]["acct"] == "alice"
    assert (await alice.get(path)).status_code == 404


async def test_boost_favourite_bookmark_and_back(alice: Member, bob: Member) -> None:
    status = await alice.write("good")
    path = f"/api/v1/statuses/{status['id']}"
    boost = (await bob.post(f"{path}/reblog")).json()
    assert boost["id"] != status["id"]
    assert boost["reblog"]["id"] == status["id"]
    assert boost["reblog"]["reblogged"] is True
    assert boost["content"] == status["content"]
    assert boost["reblog"]["account"]["acct"] == "alice"
    assert boost["account"]["acct"] == "bob"
    assert (await bob.post(f"{path}/reblog")).json()["id"] == boost["id"]
    liked = (await bob.post(f"/api/v1/statuses/{boost['id']}/favourite")).json()
    assert (liked["id"], liked["favourited"], liked["favourites_count"]) == (status["id"], True, 1)
    assert (await bob.post(f"{path}/bookmark")).json()["bookmarked"] is True
    assert [s["id"] for s in (await bob.get("/api/v1/bookmarks")).json()] == [status["id"]]
    assert [s["id"] for s in (await bob.get("/api/v1/favourites")).json()] == [status["id"]]
    who = (await alice.get(f"{path}/favourited_by")).json()
    assert [account["acct"] for account in who] == ["bob"]
    who = (await alice.get(f"{path}/reblogged_by")).json()
    assert [account["acct"] for account in who] == ["bob"]
    assert (await bob.post(f"{path}/unfavourite")).json()["favourited"] is False
    assert (await bob.post(f"{path}/unbookmark")).json()["bookmarked"] is False
    original = (await bob.post(f"{path}/unreblog")).json()
    assert (original["id"], original["reblogged"], original["reblogs_count"]) == (
        status["id"],
        False,
        0,
    )


async def test_context_has_what_is_above_and_below(alice: Member, bob: Member) -> None:
    root = await alice.write("root")
    reply = await bob.write("@alice reply", in_reply_to_id=root["id"])
    last = await alice.write("@bob last", in_reply_to_id=reply["id"])
    context = (await alice.get(f"/api/v1/statuses/{reply['id']}/context")).json()
    assert [s["id"] for s in context["ancestors"]] == [root["id"]]
    assert [s["id"] for s in context["descendants"]] == [last["id"]]
    assert reply["mentions"][0]["acct"] == "alice"
    assert reply["in_reply_to_account_id"] == alice.id


async def test_a_hidden_post_and_a_missing_one_look_the_same(
    house: House, alice: Member, bob: Member
) -> None:
    private = await alice.write("for my followers", visibility="private")
    direct = await alice.write("for nobody", visibility="direct")
    missing = str(int(direct["id"]) + 1)
    for tail in ("", "/context", "/history", "/favourited_by", "/reblogged_by", "/quotes"):
        for caller in (house.client, bob):
            seen = {
                (answer.status_code, answer.content)
                for i in (private["id"], direct["id"], missing)
                for answer in [await caller.get(f"/api/v1/statuses/{i}{tail}")]
            }
            assert len(seen) == 1, tail
            assert seen.pop()[0] == 404
    for verb in ("reblog", "favourite", "bookmark", "pin", "mute", "translate", "unfavourite"):
        for i in (private["id"], missing):
            answer = await bob.post(f"/api/v1/statuses/{i}/{verb}")
            assert answer.status_code == 404, verb
            assert b"followers" not in answer.content


async def test_several_by_id_leave_out_what_is_hidden(alice: Member, bob: Member) -> None:
    one, two = await alice.write("1"), await alice.write("2", visibility="private")
    query = {"id[]": [one["id"], two["id"], "zzz", "7"]}
    assert [s["id"] for s in (await bob.get("/api/v1/statuses", params=query)).json()] == [
        one["id"]
    ]
    many = {"id[]": [str(i) for i in range(1, 22)]}
    assert (await bob.get("/api/v1/statuses", params=many)).status_code == 422


async def test_one_post_that_cannot_be_rendered_is_shown_as_words(
    house: House, alice: Member
) -> None:
    good, bad = await alice.write("good"), await alice.write("bad <b> & #tag")
    async with house.runtime.unit() as unit:
        for column, value in (("attachments", [1, {"url": 5}]), ("emojis", "zz"), ("tags", 5)):
            await unit.execute(
                f"UPDATE statuses SET {column} = $2, revision = revision + 1 WHERE id = $1",
                int(bad["id"]),
                value,
            )
    home = (await alice.get("/api/v1/timelines/home")).json()
    assert [s["id"] for s in home] == [bad["id"], good["id"]]
    assert "bad &lt;b&gt; &amp; #tag" in home[0]["content"]
    assert home[1]["content"] == good["content"]
    for path in (
        f"/api/v1/accounts/{alice.id}/statuses",
        "/api/v1/timelines/public",
        f"/api/v1/statuses/{bad['id']}",
        f"/api/v1/statuses/{bad['id']}/context",
    ):
        assert (await alice.get(path)).status_code == 200, path


async def test_counters_are_never_served_from_the_cache(alice: Member, bob: Member) -> None:
    status = await alice.write("count me")
    path = f"/api/v1/statuses/{status['id']}"
    assert (await alice.get(path)).json()["favourites_count"] == 0
    await bob.post(f"{path}/favourite")
    assert (await alice.get(path)).json()["favourites_count"] == 1
    await bob.post(f"/api/v1/accounts/{alice.id}/follow")
    assert (await alice.get(path)).json()["account"]["followers_count"] == 1
    await alice.call("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Al"})
    assert (await alice.get(path)).json()["account"]["display_name"] == "Al"


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct"])
async def test_an_answer_is_for_no_more_than_what_it_answers(
    alice: Member, visibility: str
) -> None:
    post = await alice.write("for these", visibility=visibility)
    answer = await alice.write("for the same", in_reply_to_id=post["id"])
    assert answer["visibility"] == visibility
    # Who says something else is believed.
    said = await alice.write("to all", in_reply_to_id=post["id"], visibility="public")
    assert said["visibility"] == "public"
