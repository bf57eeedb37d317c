"""Whatever the order of arrival, the end is the same."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

from fedi.core.interactions import receive_announces, receive_likes
from fedi.core.statuses import receive
from fedi.core.statuses.types import ReceivedAnnounce, ReceivedDelete, ReceivedLike
from fedi.kit.unit import Unit
from tests.checks import check_counters, check_feeds
from tests.integration.posts.world import PUBLIC, World

BASE = datetime(2026, 1, 1, tzinfo=UTC)
ACTS = ("Create", "Update1", "Update2", "Like", "Announce", "Reply")


class Story:
    """One post, told in one order."""

    def __init__(self, world: World, number: int, people: dict[str, Any]) -> None:
        self.world = world
        self.uri = f"{people['author'].uri}/stories/{number}"
        self.people = people
        self.is_here = self.is_deleted = self.is_liked = self.is_boosted = False

    def note(self, version: int) -> Any:
        return self.world.note(
            self.people["author"],
            id=self.uri,
            content=f"<p>version {version}</p>",
            published=BASE.isoformat(),
            updated=(BASE + timedelta(hours=version)).isoformat() if version else None,
        )

    def reply(self) -> Any:
        return self.world.note(
            self.people["other"],
            id=f"{self.people['other'].uri}/to/{self.uri[-4:]}-{id(self)}",
            inReplyTo=self.uri,
            published=(BASE + timedelta(minutes=1)).isoformat(),
        )


async def apply(unit: Unit, act: str, stories: list[Story]) -> None:
    if not stories:
        return
    people = stories[0].people
    author, other = people["author"], people["other"]
    if act == "Create":
        await receive.receive_notes(unit, [story.note(0) for story in stories])
    elif act.startswith("Update"):
        await receive.receive_updates(unit, [story.note(int(act[-1])) for story in stories])
    elif act == "Delete":
        await receive.receive_deletes(unit, [ReceivedDelete(s.uri, author.uri) for s in stories])
    elif act == "Like":
        await receive_likes(
            unit,
            [ReceivedLike(f"{s.uri}#like", other.id, other.uri, s.uri) for s in stories],
        )
    elif act == "Announce":
        await receive_announces(
            unit,
            [ReceivedAnnounce(f"{s.uri}#boost", other, s.uri, BASE, (PUBLIC,)) for s in stories],
        )
    else:
        await receive.receive_notes(unit, [story.reply() for story in stories])
    for story in stories:
        if act == "Delete":
            story.is_deleted, story.is_here = True, False
        elif act == "Create" or act.startswith("Update"):
            story.is_here = not story.is_deleted
        story.is_liked |= act == "Like" and story.is_here
        story.is_boosted |= act == "Announce" and story.is_here


async def tell(
    world: World, acts: tuple[str, ...], orders: Sequence[tuple[str, ...]]
) -> list[Story]:
    reader = await world.member("reader")
    people = {"author": await world.stranger("author"), "other": await world.stranger("other")}
    for person in people.values():
        await world.follow(reader, person)
    stories = [Story(world, number, people) for number in range(len(orders))]
    for step in range(len(acts)):
        for act in acts:
            here = [s for s, order in zip(stories, orders, strict=True) if order[step] == act]
            async with world.runtime.unit() as unit:
                await apply(unit, act, here)
        # Reactions come in between at some steps, and late at others.
        if step % 3 == 1:
            await world.settle()
    await world.settle()
    return stories


async def test_without_a_delete_the_newest_version_stands(world: World) -> None:
    orders = list(permutations(ACTS))
    stories = await tell(world, ACTS, orders)
    read = world.runtime.read()
    rows = {
        row["uri"]: row
        for row in await read.fetch(
            "SELECT s.uri, s.content, s.edited_at, coalesce(c.replies_count, 0) AS replies,"
            " coalesce(c.favourites_count, 0) AS likes, coalesce(c.reblogs_count, 0) AS boosts"
            " FROM statuses s LEFT JOIN status_stats c ON c.status_id = s.id"
        )
    }
    for story in stories:
        row = rows[story.uri]
        assert row["content"] == "<p>version 2</p>"
        assert row["edited_at"] == BASE + timedelta(hours=2)
        assert row["replies"] == 1
        assert (row["likes"], row["boosts"]) == (story.is_liked, story.is_boosted)
    orphans = (
        "SELECT count(*) FROM statuses WHERE in_reply_to_uri IS NOT NULL AND in_reply_to_id IS NULL"
    )
    assert await read.value(orphans) == 0
    await check_counters(read)
    await check_feeds(read)


async def test_with_a_delete_nothing_is_left(world: World) -> None:
    acts = ("Create", "Update1", "Update2", "Delete", "Like", "Announce", "Reply")
    orders = list(permutations(acts))[::7]
    await tell(world, acts, orders)
    read = world.runtime.read()
    assert await read.value("SELECT count(*) FROM statuses WHERE uri LIKE '%/stories/%'") == 0
    assert await read.value("SELECT count(*) FROM statuses WHERE in_reply_to_id IS NOT NULL") == 0
    assert await read.value("SELECT count(*) FROM favourites") == 0
    assert await read.value("SELECT count(*) FROM statuses WHERE reblog_of_id IS NOT NULL") == 0
    await check_counters(read)
    await check_feeds(read)
