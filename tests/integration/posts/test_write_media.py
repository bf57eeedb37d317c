"""Posts that carry pictures, polls and emojis; and what of them goes out to others."""

import pytest

from fedi.core.emojis.queries import find_shortcodes
from fedi.core.statuses import compose
from fedi.core.statuses.types import NewPoll
from fedi.federation.facts import Home, load_notes
from fedi.federation.render.note import render_note
from fedi.kit.errors import Invalid
from tests.integration.posts.world import World
from tests.integration.posts.writing import row, upload

POLL = NewPoll(("yes", "no"), 3600)


async def wire(world: World, status_id: int) -> dict:
    settings = world.runtime.settings
    home = Home(settings.origin, settings.local_domain)
    return render_note((await load_notes(world.runtime.read(), home, [status_id]))[status_id])


async def test_pictures_are_in_the_post_in_the_order_asked_for(world: World) -> None:
    anna = await world.member("anna")
    one, two = await upload(world, anna), await upload(world, anna, description=None)
    status_id = await world.post(anna, "", media_ids=(two, one))
    stored = await row(world, "statuses", status_id)
    assert [item["id"] for item in stored["attachments"]] == [str(two), str(one)]
    assert (await row(world, "media_attachments", one))["status_id"] == status_id
    documents = (await wire(world, status_id))["attachment"]
    assert documents[1] == {
        "type": "Document",
        "mediaType": "image/png",
        "url": f"https://a.test/media/{'a' * 32}.png",
        "name": "a bee",
        "summary": "a bee",
        "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
        "width": 4,
        "height": 3,
        "focalPoint": [0.5, -0.25],
    }
    assert "name" not in documents[0]


async def test_only_a_warning_and_a_picture_leave_something_to_unfold(world: World) -> None:
    anna = await world.member("anna")
    media = await upload(world, anna)
    status_id = await world.post(anna, "", spoiler_text="bees", media_ids=(media,))
    stored = await row(world, "statuses", status_id)
    assert (stored["text"], stored["content"], stored["sensitive"]) == (".", "<p>.</p>", True)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": 0},
        {"state": 2},
        {"theirs": True},
        {"taken": True},
        {"poll": POLL},
        {"many": 5},
        {"mixed": True},
    ],
)
async def test_what_cannot_be_attached_makes_no_post(world: World, fields: dict) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    owner = bert if fields.get("theirs") else anna
    ids = [await upload(world, owner, state=fields.get("state", 1))]
    ids += [await upload(world, anna) for _ in range(fields.get("many", 1) - 1)]
    if fields.get("mixed"):
        ids.append(await upload(world, anna, "video"))
    if fields.get("taken"):
        await world.post(anna, "first", media_ids=tuple(ids))
    before = await world.runtime.read().value("SELECT count(*) FROM statuses")
    with pytest.raises(Invalid):
        await world.post(anna, "second", media_ids=tuple(ids), poll=fields.get("poll"))
    assert await world.runtime.read().value("SELECT count(*) FROM statuses") == before


async def test_a_poll_goes_out_as_a_question(world: World) -> None:
    anna = await world.member("anna")
    status_id = await world.post(anna, "well?", poll=NewPoll((" yes ", "no"), 3600, True, True))
    poll_id = (await row(world, "statuses", status_id))["poll_id"]
    poll = await row(world, "polls", poll_id)
    assert (poll["options"], poll["tallies"], poll["status_id"]) == (
        ["yes", "no"],
        [0, 0],
        status_id,
    )
    await world.runtime.db.fetch("UPDATE polls SET tallies = '{2,1}', voters_count = 3")
    note = await wire(world, status_id)
    assert note["type"] == "Question"
    assert [option["name"] for option in note["anyOf"]] == ["yes", "no"]
    # Totals are hidden until it is over.
    assert [option["replies"]["totalItems"] for option in note["anyOf"]] == [0, 0]
    assert note["votersCount"] == 3
    assert "closed" not in note
    await world.runtime.db.fetch("UPDATE polls SET expires_at = now() - interval '1 minute'")
    note = await wire(world, status_id)
    assert [option["replies"]["totalItems"] for option in note["anyOf"]] == [2, 1]
    assert note["closed"] == note["endTime"]


@pytest.mark.parametrize(
    "poll",
    [
        NewPoll(("one",), 3600),
        NewPoll(("one", " "), 3600),
        NewPoll(("one", "one"), 3600),
        NewPoll(("1", "2", "3", "4", "5"), 3600),
        NewPoll(("one", "x" * 51), 3600),
        NewPoll(("one", "two"), 299),
        NewPoll(("one", "two"), 2**40),
    ],
)
async def test_what_is_no_poll(world: World, poll: NewPoll) -> None:
    anna = await world.member("anna")
    with pytest.raises(Invalid, match="Validation failed"):
        await world.post(anna, "well?", poll=poll)


async def test_emojis_of_this_server_are_found_wherever_they_are_shown(world: World) -> None:
    anna = await world.member("anna")
    async with world.runtime.unit() as unit:
        for number, name in enumerate(("bee", "wasp", "ant", "off")):
            await unit.execute(
                "INSERT INTO custom_emojis (id, shortcode, file_key, static_key, content_type,"
                " disabled, created_at, updated_at)"
                " VALUES ($1, $2, $3, $3, 'image/gif', $4, $5, $5)",
                number,
                name,
                f"{name}.gif",
                name == "off",
                unit.now(),
            )
    poll = NewPoll((":ant:", "no"), 3600)
    status_id = await world.post(
        anna, "x:bee: :bee: :off: :nobody:", spoiler_text=":wasp:", poll=poll
    )
    emojis = (await row(world, "statuses", status_id))["emojis"]
    assert [emoji["shortcode"] for emoji in emojis] == ["ant", "bee", "wasp"]
    tags = [tag for tag in (await wire(world, status_id))["tag"] if tag["type"] == "Emoji"]
    assert tags[1]["icon"] == {
        "type": "Image",
        "mediaType": "image/gif",
        "url": "https://a.test/media/bee.gif",
    }


def test_shortcodes() -> None:
    assert find_shortcodes(["a :b: :cc::dd: 12:30:45 :ee:f"]) == ["cc", "dd"]


async def test_taking_back_keeps_files_unless_asked(world: World) -> None:
    anna = await world.member("anna")
    for keeps in (True, False):
        media = await upload(world, anna)
        status_id = await world.post(anna, "x", media_ids=(media,))
        async with world.runtime.unit() as unit:
            deleted = await compose.delete(unit, anna.id, status_id, keep_files=keeps)
        assert deleted.body.attachments[0]["id"] == str(media)
        left = await world.runtime.read().fetch(
            "SELECT status_id FROM media_attachments WHERE id = $1", media
        )
        assert [r[0] for r in left] == ([None] if keeps else [])
        if keeps:
            again = await world.post(anna, "again", media_ids=(media,))
            assert (await row(world, "statuses", again))["attachments"][0]["id"] == str(media)


async def test_deleting_gives_back_the_poll(world: World) -> None:
    anna = await world.member("anna")
    status_id = await world.post(anna, "well?", poll=POLL)
    async with world.runtime.unit() as unit:
        deleted = await compose.delete(unit, anna.id, status_id)
    assert deleted.poll is not None
    assert deleted.poll.options == ["yes", "no"]
    assert await world.runtime.read().value("SELECT count(*) FROM polls") == 0


async def test_only_whom_the_author_counts_on(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    people = {"bert": bert}
    with pytest.raises(compose.UnexpectedMentions) as caught:
        await world.post(anna, "hi @bert", mentions=people, allowed_mentions=frozenset())
    assert caught.value.account_ids == [bert.id]
    assert await world.post(
        anna, "hi @bert", mentions=people, allowed_mentions=frozenset({bert.id})
    )
