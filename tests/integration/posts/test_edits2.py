"""Edits of everything but words: pictures, polls, people, and what of it is remembered."""

import pytest

from fedi.core.statuses import queries
from fedi.core.statuses.types import MediaChange, NewPoll
from fedi.kit.errors import Invalid
from tests.integration.posts.world import World
from tests.integration.posts.writing import change, row, upload


async def test_the_list_of_pictures_is_replaced(world: World) -> None:
    anna = await world.member("anna")
    one, two, three = [await upload(world, anna) for _ in range(3)]
    status_id = await world.post(anna, "x", media_ids=(one, two))
    await change(world, anna, status_id, "x", media_ids=(three, one))
    post = await row(world, "statuses", status_id)
    assert [item["id"] for item in post["attachments"]] == [str(three), str(one)]
    assert post["edited_at"] is not None
    assert (await row(world, "media_attachments", two))["status_id"] is None
    history = await queries.history(world.runtime.read(), anna.id, status_id)
    assert [[item["id"] for item in edit.attachments] for edit in history] == [
        [str(one), str(two)],
        [str(three), str(one)],
    ]
    await change(world, anna, status_id, "x", media_ids=())
    assert (await row(world, "statuses", status_id))["attachments"] == []
    with pytest.raises(Invalid):
        await change(world, anna, status_id, "")


async def test_pictures_stay_when_nobody_speaks_of_them(world: World) -> None:
    anna = await world.member("anna")
    media = await upload(world, anna)
    status_id = await world.post(anna, "x", media_ids=(media,))
    await change(world, anna, status_id, "y")
    assert len((await row(world, "statuses", status_id))["attachments"]) == 1


async def test_pictures_are_described_anew(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    media, theirs = await upload(world, anna), await upload(world, bert)
    status_id = await world.post(anna, "x", media_ids=(media,))
    changes = (MediaChange(media, "a wasp", (0.0, 1.0)), MediaChange(theirs, "stolen"))
    await change(world, anna, status_id, "x", media_ids=(media,), media_changes=changes)
    item = (await row(world, "statuses", status_id))["attachments"][0]
    assert item["description"] == "a wasp"
    assert item["meta"]["focus"] == {"x": 0.0, "y": 1.0}
    assert (await row(world, "media_attachments", theirs))["description"] == "a bee"
    before = await row(world, "statuses", status_id)
    await change(world, anna, status_id, "x", media_ids=(media,), media_changes=changes)
    assert (await row(world, "statuses", status_id))["revision"] == before["revision"]


async def test_other_options_begin_the_poll_anew(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    status_id = await world.post(anna, "?", poll=NewPoll(("a", "b"), 3600))
    poll_id = (await row(world, "statuses", status_id))["poll_id"]

    async def vote() -> None:
        await world.runtime.db.fetch(
            "INSERT INTO poll_votes (id, poll_id, account_id, choice, created_at)"
            " VALUES (1, $1, $2, 0, now())",
            poll_id,
            bert.id,
        )
        await world.runtime.db.fetch(
            "UPDATE polls SET tallies[1] = 1, votes_count = 1, voters_count = 1"
        )

    await vote()
    # The same options, another end: nobody's vote is lost.
    await change(world, anna, status_id, "?!", poll=NewPoll(("a", "b"), 7200))
    assert (await row(world, "polls", poll_id))["votes_count"] == 1
    await change(world, anna, status_id, "?!", poll=NewPoll(("a", "c"), 7200))
    poll = await row(world, "polls", poll_id)
    assert (poll["options"], poll["tallies"], poll["votes_count"]) == (["a", "c"], [0, 0], 0)
    assert await world.runtime.read().value("SELECT count(*) FROM poll_votes") == 0
    history = await queries.history(world.runtime.read(), anna.id, status_id)
    assert [edit.poll_options for edit in history] == [["a", "b"], ["a", "b"], ["a", "c"]]
    await change(world, anna, status_id, "no more")
    assert (await row(world, "statuses", status_id))["poll_id"] is None
    assert await world.runtime.read().value("SELECT count(*) FROM polls") == 0
    await change(world, anna, status_id, "again", poll=NewPoll(("x", "y"), 300))
    assert (await row(world, "statuses", status_id))["poll_id"] is not None


async def test_a_poll_and_pictures_exclude_each_other(world: World) -> None:
    anna = await world.member("anna")
    media = await upload(world, anna)
    status_id = await world.post(anna, "x", media_ids=(media,))
    with pytest.raises(Invalid):
        await change(world, anna, status_id, "x", poll=NewPoll(("a", "b"), 3600))


async def test_who_may_quote_is_no_edit(world: World) -> None:
    anna = await world.member("anna")
    status_id = await world.post(anna, "x", quote_policy=0)
    await change(world, anna, status_id, "x", quote_policy=2)
    post = await row(world, "statuses", status_id)
    assert (post["quote_policy"], post["edited_at"]) == (2, None)
    zoe = await world.stranger("zoe")
    await world.follow(zoe, anna)
    await world.settle()
    await change(world, anna, status_id, "x", quote_policy=1)
    await world.settle()
    kinds = await world.runtime.read().fetch(
        "SELECT type FROM activities WHERE type = 'Update' ORDER BY id"
    )
    # Each change has an activity of its own.
    assert len(kinds) == 2


async def test_new_emojis_and_people_come_with_new_words(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    async with world.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO custom_emojis (id, shortcode, file_key, static_key, created_at,"
            " updated_at) VALUES (1, 'bee', 'k', 'k', now(), now())"
        )
    status_id = await world.post(anna, "x")
    await change(world, anna, status_id, ":bee: @bert", mentions={"bert": bert})
    post = await row(world, "statuses", status_id)
    assert [emoji["shortcode"] for emoji in post["emojis"]] == ["bee"]
    assert await world.runtime.read().value("SELECT account_id FROM status_mentions") == bert.id
