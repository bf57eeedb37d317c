"""A conversation on five servers is read whole, and politely, when somebody opens it."""

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedi.core.accounts.turns import Turns
from fedi.core.statuses.resolve import resolve_statuses
from fedi.core.statuses.threads import context
from fedi.core.threads import chores
from fedi.core.threads.asking import ask_for_threads
from fedi.core.threads.knowledge import find_knowledge
from tests.cpu import wall, within
from tests.integration.inbound.conftest import World, certificates, far, settings, world
from tests.integration.inbound.far import AS2, Person

__all__ = ["certificates", "far", "settings", "world"]

HOSTS = [f"h{number}.far.test" for number in range(5)]
REPLIES, DEPTH = 60, 6
BEGAN = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Thread:
    """Sixty answers, six deep, by fifteen people on five servers."""

    def __init__(self, world: World) -> None:
        self.far = world.far
        self.times: dict[str, list[float]] = defaultdict(list)
        people = [self.far.actor(HOSTS[n % 5], f"p{n}") for n in range(15)]
        for url in list(self.far.documents):
            self.serve(url, self.far.documents[url])
        self.notes = [self.note(people[0], 0, None)]
        children: dict[str, list[str]] = defaultdict(list)
        width = REPLIES // DEPTH
        for number in range(1, REPLIES + 1):
            level = (number - 1) // width
            above = 0 if level == 0 else (level - 1) * width + 1 + (number * 7) % width
            parent = self.notes[above]["id"]
            note = self.note(people[number % 15], number, parent)
            children[parent].append(note["id"])
            self.notes.append(note)
        for note in self.notes:
            self.serve(note["id"], {"@context": AS2, **note})
            self.serve(f"{note['id']}/replies", {"@context": AS2, **note["replies"]})
            self.serve(
                f"{note['id']}/replies?page=true",
                page(f"{note['id']}/replies?page=true", children[note["id"]]),
            )

    def note(self, person: Person, number: int, parent: str | None) -> dict[str, Any]:
        uri = f"https://{person.host}/notes/{number}"
        moment = BEGAN + timedelta(minutes=number)
        return {
            **person.note(f"answer {number}", inReplyTo=parent),
            "id": uri,
            "published": moment.isoformat().replace("+00:00", "Z"),
            "replies": {
                "id": f"{uri}/replies",
                "type": "Collection",
                "first": {
                    "type": "CollectionPage",
                    "partOf": f"{uri}/replies",
                    "next": f"{uri}/replies?page=true",
                    "items": [],
                },
            },
        }

    def serve(self, url: str, document: Any) -> None:
        """Serve a document and write down when it was asked for."""
        host = url.split("/")[2]

        def give() -> Any:
            self.times[host].append(time.monotonic())
            return document() if callable(document) else document

        self.far.documents[url] = give


class Watched(Turns):
    """Turns that are written down: when each was asked for, and when it was given."""

    def __init__(self, gap: float) -> None:
        super().__init__(gap=gap)
        self.asked: dict[str, list[float]] = defaultdict(list)
        self.given: dict[str, list[float]] = defaultdict(list)

    async def turn(self, host: str) -> None:
        number = len(self.asked[host])
        self.asked[host].append(time.monotonic())
        self.given[host].append(float("inf"))
        await super().turn(host)
        self.given[host][number] = time.monotonic()

    def check(self, thread: Thread) -> None:
        """Each request had its turn, and turns followed each other at even intervals."""
        for host, times in thread.times.items():
            assert len(times) == len(self.given[host])
            for first, began in enumerate(self.asked[host]):
                for number, moment in enumerate(self.given[host][first:]):
                    assert moment - began >= number * self.gap - 0.001, (host, first, number)


def page(url: str, items: list[Any], **more: Any) -> dict[str, Any]:
    return {"@context": AS2, "id": url, "type": "CollectionPage", "items": items, **more}


async def open_thread(world: World, root: str) -> int:
    """Get to know the first post alone."""
    found = (await resolve_statuses(world.people, [root]))[root]
    assert isinstance(found, int)
    await world.runtime.db.fetch("DELETE FROM events")
    return found


async def crawl(world: World, status_id: int) -> Any:
    async with world.runtime.unit() as unit:
        assert await ask_for_threads(unit, [status_id]) == 1
    (row,) = await world.runtime.db.fetch("SELECT payload FROM chores WHERE kind = 'crawl'")
    return await chores.crawl(world.people, row["payload"])


@pytest.mark.parametrize("lists_all", [False, True])
async def test_a_spread_out_conversation_is_read_whole(world: World, *, lists_all: bool) -> None:
    await read_it_all(world, gap=0.03, lists_all=lists_all)


@pytest.mark.serial
@pytest.mark.timeout(120)
@pytest.mark.parametrize("lists_all", [False, True])
async def test_within_half_a_minute_at_two_requests_a_second(
    world: World, *, lists_all: bool
) -> None:
    with within(36.0, wall):
        await read_it_all(world, gap=0.5, lists_all=lists_all)


async def read_it_all(world: World, gap: float, *, lists_all: bool) -> None:
    turns = world.people.turns = Watched(gap)
    thread = Thread(world)
    if lists_all:
        list_whole(thread)
    root = await open_thread(world, thread.notes[0]["id"])
    thread.times.clear()
    report = await crawl(world, root)
    here = await world.count("statuses")
    assert here - 1 >= 0.95 * REPLIES, (here, report)
    turns.check(thread)
    # So it fits into half a minute at two requests a second for each host.
    assert max(map(len, thread.times.values())) <= 60
    above, below = await context(world.runtime.read(), world.alice.id, root)
    assert (len(above), len(below)) == (0, here - 1)
    rows = await world.runtime.db.fetch("SELECT created_at FROM statuses ORDER BY id")
    assert rows[0]["created_at"] == BEGAN
    assert rows[-1]["created_at"] < BEGAN + timedelta(hours=2)
    for table in ("notifications", "home_entries", "events"):
        assert await world.count(table) == 0, table
    known = await find_knowledge(world.runtime.read(), root)
    assert (known.known, known.unreachable, known.refreshing) == (here, 0, False)
    assert known.checked_at is not None
    assert known.expected >= known.known
    if lists_all:
        asked = world.far.asked
        assert not asked[f"{thread.notes[0]['id']}/replies?page=true"], "the list said it all"


def list_whole(thread: Thread) -> None:
    """Let the first server have a collection of the whole conversation."""
    uri = f"https://{HOSTS[0]}/contexts/1"
    for note in thread.notes:
        note["context"] = uri
        thread.serve(note["id"], {"@context": AS2, **note})
    first, second = f"{uri}/items?page=1", f"{uri}/items?page=2"
    ids = [note["id"] for note in thread.notes]
    thread.serve(uri, {"@context": AS2, "id": uri, "type": "Collection", "first": first})
    thread.serve(first, page(first, ids[:40], next=second, partOf=uri))
    thread.serve(second, page(second, ids[40:], partOf=uri))


async def test_what_cannot_be_had_is_known_and_not_asked_for_again(world: World) -> None:
    world.people.turns = Turns(gap=0.0)
    thread = Thread(world)
    lost = [note["id"] for note in thread.notes[-4:]]
    answers: list[Callable[[], Any] | int] = [404, 410, 403, 401]
    for uri, answer in zip(lost, answers, strict=True):
        thread.serve(uri, answer)
    root = await open_thread(world, thread.notes[0]["id"])
    report = await crawl(world, root)
    assert report.missing == dict(
        zip(lost, ["not found", "deleted", "refused", "refused"], strict=True)
    )
    known = await find_knowledge(world.runtime.read(), root)
    assert (known.known, known.expected, known.unreachable) == (57, 60, 3)
    assert known.found == 56
    # A quarter of an hour later: the lists are read anew, the lost are left in peace for a day.
    asked = {uri: world.far.asked[uri] for uri in lost}
    await world.runtime.db.fetch("UPDATE crawls SET started_at = now() - interval '16 minutes';")
    await world.runtime.db.fetch("DELETE FROM chores")
    await crawl(world, root)
    assert {uri: world.far.asked[uri] for uri in lost} == asked
    # Another day one of them is there after all.
    await world.runtime.db.fetch("UPDATE missing_posts SET tried_at = now() - interval '25 hours'")
    await world.runtime.db.fetch("UPDATE crawls SET started_at = now() - interval '25 hours'")
    await world.runtime.db.fetch("DELETE FROM chores")
    world.people.fetcher.forget(lost[0])
    thread.serve(lost[0], {"@context": AS2, **thread.notes[-4]})
    await crawl(world, root)
    known = await find_knowledge(world.runtime.read(), root)
    assert (known.known, known.expected, known.unreachable) == (58, 60, 2)


async def test_a_busy_host_is_left_alone_and_the_rest_goes_on_later(world: World) -> None:
    world.people.turns = Turns(gap=0.0)
    thread = Thread(world)
    busy = [note for note in thread.notes if f"{HOSTS[3]}/" in note["id"]]
    for note in busy:
        thread.serve(note["id"], 429)
    root = await open_thread(world, thread.notes[0]["id"])
    report = await crawl(world, root)
    assert len(thread.times[HOSTS[3]]) <= 3, "it said that it was busy"
    assert report.missing == {}
    assert await world.count("chores", "kind = 'crawl' AND state = 1") == 0 or report.rest
    (row,) = await world.runtime.db.fetch(
        "SELECT payload, due_at - now() AS wait FROM chores WHERE kind = 'crawl' AND state = 1"
    )
    assert row["payload"]["runs"] == 2
    assert row["wait"] > timedelta(seconds=50)
    # Later.
    world.people.turns = Turns(gap=0.0)
    for note in busy:
        world.people.fetcher.forget(note["id"])
        thread.serve(note["id"], {"@context": AS2, **note})
    await chores.crawl(world.people, row["payload"])
    assert await world.count("statuses") == REPLIES + 1


async def test_one_crawl_in_a_quarter_of_an_hour(world: World) -> None:
    thread = Thread(world)
    root = await open_thread(world, thread.notes[0]["id"])

    async def ask() -> int:
        async with world.runtime.unit() as unit:
            return await ask_for_threads(unit, [root])

    async def pass_by(span: str) -> None:
        await world.runtime.db.fetch(
            "UPDATE crawls SET running = false, started_at = now() - $1::interval",
            span_of(span),
        )
        await world.runtime.db.fetch("DELETE FROM chores")

    assert [await ask(), await ask()] == [1, 0]
    await pass_by("14 minutes")
    assert await ask() == 0
    await pass_by("16 minutes")
    assert await ask() == 1
    # While people write, a third of that is enough.
    await world.runtime.db.fetch("UPDATE statuses SET id = $1", await fresh_id(world))
    await world.runtime.db.fetch("UPDATE statuses SET conversation_id = id")
    (root,) = [row["id"] for row in await world.runtime.db.fetch("SELECT id FROM statuses")]
    await world.runtime.db.fetch("UPDATE crawls SET conversation_id = $1", root)
    await pass_by("4 minutes")
    assert await ask() == 0
    await pass_by("6 minutes")
    assert await ask() == 1


def span_of(text: str) -> timedelta:
    return timedelta(minutes=int(text.split(maxsplit=1)[0]))


async def fresh_id(world: World) -> int:
    async with world.runtime.unit() as unit:
        return await unit.new_id()
