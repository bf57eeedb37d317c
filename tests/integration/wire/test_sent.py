"""What we send, so that the strictest readers take it: a warning, a picture and a mention."""

from collections.abc import Iterator
from typing import Any

import pytest

from fedi.federation import publish
from tests.integration.outbound.conftest import World, peer, settings, world
from tests.integration.outbound.test_publish import created, sent

# Fixtures of the tests of what goes out.
__all__ = ["peer", "settings", "world"]

AS2 = "https://www.w3.org/ns/activitystreams"
PICTURE = {
    "id": "1", "type": "image", "media_type": "image/png", "file_key": "1.png",
    "preview_key": None, "description": "a hive", "blurhash": None, "meta": {},
}  # fmt: skip


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list):
            yield from walk(part)


@pytest.fixture
async def create(world: World) -> dict[str, Any]:
    bo = await world.account("bo", "bo.peers.test")
    status = await world.status(
        world.alice, mentions=[bo], attachments=[PICTURE], tags=["bees"], spoiler_text="insects"
    )
    await world.publish(publish.status_created, created(world, status))
    [(document, _)] = await sent(world)
    return document


async def test_lists_are_lists_even_of_one(create: dict[str, Any]) -> None:
    post = create["object"]
    for part in ("to", "cc"):
        assert isinstance(create[part], list)
    for part in ("to", "cc", "tag", "attachment"):
        assert isinstance(post[part], list)
    assert len(post["attachment"]) == 1


async def test_posts_are_notes_since_many_show_of_others_only_a_link(
    create: dict[str, Any],
) -> None:
    assert (create["type"], create["object"]["type"]) == ("Create", "Note")
    assert create["object"]["summary"] == "insects"


async def test_people_are_named_by_their_ids(create: dict[str, Any]) -> None:
    assert isinstance(create["actor"], str)
    assert create["actor"] == create["object"]["attributedTo"]


async def test_the_public_is_written_in_full(create: dict[str, Any]) -> None:
    assert f"{AS2}#Public" in create["to"]
    assert not {"as:Public", "Public"} & {*create["to"], *create["cc"]}


async def test_every_type_is_one_word_and_no_id_is_empty(create: dict[str, Any]) -> None:
    for item in walk({key: value for key, value in create.items() if key != "@context"}):
        assert isinstance(item.get("type", ""), str)
        assert item.get("id", "x")


async def test_the_vocabulary_is_named(create: dict[str, Any]) -> None:
    assert AS2 in create["@context"]


async def test_ids_stand_on_one_origin(create: dict[str, Any]) -> None:
    for uri in (create["id"], create["actor"], create["object"]["id"]):
        assert uri.startswith("https://a.test/")


async def test_descriptions_stand_in_both_places(create: dict[str, Any]) -> None:
    [picture] = create["object"]["attachment"]
    assert picture["name"] == picture["summary"] == "a hive"


async def test_large_bodies_are_written_down(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.publish(
        publish.status_created, created(world, await world.status(world.alice, content="<p>x</p>"))
    )
    assert "large activity" not in caplog.text
    status = await world.status(world.alice, content=f"<p>{'x' * 70_000}</p>")
    await world.publish(publish.status_created, created(world, status))
    assert "large activity" in caplog.text
