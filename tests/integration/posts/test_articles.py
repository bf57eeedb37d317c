"""Which posts go out as articles, and that they stay what they were."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from fedi.config import Settings
from fedi.config.sections import Federation
from fedi.core.statuses.types import NewPoll
from fedi.federation.facts import Home, load_notes
from fedi.federation.render.note import render_note
from tests.integration.posts.world import World
from tests.integration.posts.writing import change, upload

LONG = "On bees\n\n" + "They hum. " * 20
SHORT = "They hum."


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, federation=Federation(article_from=100))


async def kind(world: World, status_id: int) -> str:
    home = Home("https://a.test", "a.test")
    [facts] = (await load_notes(world.runtime.read(), home, [status_id])).values()
    return render_note(facts)["type"]


async def said(world: World) -> list[tuple[str, str]]:
    """Types of what was sent, and of what that is about."""
    await world.settle()
    rows = await world.runtime.read().fetch("SELECT body FROM activities ORDER BY id")
    found = [orjson.loads(row["body"]) for row in rows]
    return [(each["type"], each["object"]["type"]) for each in found]


@pytest.mark.parametrize("visibility", [0, 1])
async def test_a_long_post_is_an_article(world: World, visibility: int) -> None:
    anna = await world.member("anna")
    assert await kind(world, await world.post(anna, LONG, visibility=visibility)) == "Article"
    assert await kind(world, await world.post(anna, SHORT, visibility=visibility)) == "Note"


async def test_exactly_so_long_is_long(world: World) -> None:
    anna = await world.member("anna")
    assert await kind(world, await world.post(anna, "x" * 100)) == "Article"
    assert await kind(world, await world.post(anna, "x" * 99)) == "Note"


async def test_what_is_no_article_however_long(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    other = await world.post(bert, SHORT)
    poll = NewPoll(("yes", "no"), 3600, multiple=False, hide_totals=False)
    kinds: list[tuple[dict[str, Any], str]] = [
        ({"visibility": 2}, "Note"),
        ({"visibility": 3, "mentions": {"bert": bert}}, "Note"),
        ({"in_reply_to_id": other}, "Note"),
        ({"poll": poll}, "Question"),
    ]
    for fields, expected in kinds:
        assert await kind(world, await world.post(anna, LONG, **fields)) == expected
    kept = await world.post(anna, LONG, local_only=True)
    assert not await world.runtime.read().value("SELECT is_article FROM statuses WHERE id=$1", kept)


async def test_an_edit_does_not_change_the_type(world: World) -> None:
    anna, zoe = await world.member("anna"), await world.stranger("zoe")
    await world.follow(zoe, anna)
    long, short = await world.post(anna, LONG), await world.post(anna, SHORT)
    await change(world, anna, long, SHORT)
    await change(world, anna, short, LONG)
    assert await said(world) == [
        ("Create", "Article"), ("Create", "Note"), ("Update", "Article"), ("Update", "Note"),
    ]  # fmt: skip


async def test_the_setting_speaks_of_new_posts_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await world.member("anna")
    before = await world.post(anna, LONG)
    settings = replace(world.runtime.settings, federation=Federation())
    monkeypatch.setattr(world.runtime, "settings", settings)
    assert Federation().article_from == 0, "it is off unless it is asked for"
    after = await world.post(anna, LONG)
    assert [await kind(world, each) for each in (before, after)] == ["Article", "Note"]


async def test_pictures_go_along(world: World) -> None:
    anna = await world.member("anna")
    status_id = await world.post(anna, LONG, media_ids=(await upload(world, anna),))
    home = Home("https://a.test", "a.test")
    [facts] = (await load_notes(world.runtime.read(), home, [status_id])).values()
    found = render_note(facts)
    assert (found["type"], found["name"]) == ("Article", "On bees")
    assert [each["name"] for each in found["attachment"]] == ["a bee"]
