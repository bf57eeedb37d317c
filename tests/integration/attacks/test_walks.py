"""Lists without end and chains without end: whoever makes us walk decides not how far."""

from typing import Any

import pytest

from fedi.core.accounts.turns import Turns
from fedi.core.statuses.resolve import resolve_statuses
from fedi.core.statuses.threads import context
from fedi.core.threads import chores, crawl
from fedi.core.threads.parents import fetch_parents
from fedi.federation.reading import backfill
from fedi.kit.result import Done, Ignored
from tests.cpu import tries, wall, within
from tests.integration.inbound.conftest import World, certificates, far, settings, world
from tests.integration.inbound.far import AS2, Person

__all__ = ["certificates", "far", "settings", "world"]

EVIL = "https://m.far.test"


@pytest.fixture
async def mallory(world: World) -> Person:
    world.people.turns = Turns(gap=0.0)
    return world.far.actor("m.far.test", "mallory")


async def begin(world: World, root: dict[str, Any]) -> int:
    """The post is here, and nothing of its conversation."""
    world.far.documents[root["id"]] = {"@context": AS2, **root}
    found = (await resolve_statuses(world.people, [root["id"]]))[root["id"]]
    assert isinstance(found, int)
    return found


async def read_thread(world: World, status_id: int) -> Any:
    before = world.far.asked.total()
    report = await chores.crawl(world.people, {"status": status_id})
    return report, world.far.asked.total() - before


def page(url: str, items: list[Any], **more: Any) -> dict[str, Any]:
    return {"@context": AS2, "id": url, "type": "CollectionPage", "items": items, **more}


@pytest.mark.parametrize("kind", ["replies", "context"])
async def test_a_list_without_end(world: World, mallory: Person, kind: str) -> None:
    root = mallory.note("root", **{kind: f"{EVIL}/list"})
    status_id = await begin(world, root)
    numbers = iter(range(1_000_000))

    def another() -> Any:
        number = next(numbers)
        answers = [mallory.note("x", inReplyTo=root["id"]) for _ in range(3)]
        return {**page("x", answers, next=f"{EVIL}/list/{number + 1}"), "id": None} | (
            {"id": f"{EVIL}/list/{number}"} if number else {"id": f"{EVIL}/list"}
        )

    world.far.documents[f"{EVIL}/list"] = another
    for number in range(1, 60):
        world.far.documents[f"{EVIL}/list/{number}"] = another
    report, asked = await read_thread(world, status_id)
    assert report.found == 30, "ten pages are read, and what is on them is kept"
    assert asked <= 12


async def test_pages_in_a_circle(world: World, mallory: Person) -> None:
    root = mallory.note("root", replies=f"{EVIL}/list")
    answer = mallory.note("answer", inReplyTo=root["id"])
    status_id = await begin(world, root)
    world.far.documents[f"{EVIL}/list"] = page(f"{EVIL}/list", [answer], next=f"{EVIL}/two")
    world.far.documents[f"{EVIL}/two"] = page(f"{EVIL}/two", [answer], next=f"{EVIL}/list")
    report, asked = await read_thread(world, status_id)
    assert report.found == 1
    assert asked == 3


async def test_a_list_of_more_than_anybody_reads(
    world: World, mallory: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand foreign addresses, total 10^12: budget and time hold, nothing of it is kept."""
    monkeypatch.setattr(crawl, "SECONDS", 3.0)
    root = mallory.note("root", replies=f"{EVIL}/list")
    status_id = await begin(world, root)
    victims = [f"https://v{n % 7}.far.test/notes/{n}" for n in range(12_000)]
    stranger = world.far.actor("v1.far.test", "vera").note("my own affair")
    world.far.documents[stranger["id"]] = {"@context": AS2, **stranger}
    honest = mallory.note("honest", inReplyTo=root["id"])
    world.far.documents[f"{EVIL}/list"] = page(
        f"{EVIL}/list", [honest, stranger["id"], *victims], totalItems=10**12
    )
    with within(12.0, wall):
        report, asked = await read_thread(world, status_id)
    assert asked <= 1002
    assert report.found == 1, "what belongs to the conversation is kept"
    assert await world.count("statuses") == 2, "and nothing else"
    assert await world.count("missing_posts") <= crawl.MAX_MISSING


async def test_what_a_list_says_of_others_posts_is_not_believed(
    world: World, mallory: Person
) -> None:
    root = mallory.note("root", replies=f"{EVIL}/list")
    status_id = await begin(world, root)
    vera = world.far.actor("v.far.test", "vera")
    said = vera.note("what vera said", inReplyTo=root["id"])
    world.far.documents[said["id"]] = {"@context": AS2, **said}
    forged = {**said, "content": "<p>what mallory says that vera said</p>"}
    invented = {**vera.note("never said", inReplyTo=root["id"])}
    own_name = {**mallory.note("x", inReplyTo=root["id"]), "attributedTo": vera.uri}
    world.far.documents[f"{EVIL}/list"] = page(f"{EVIL}/list", [forged, invented, own_name])
    await read_thread(world, status_id)
    rows = await world.runtime.db.fetch(
        "SELECT uri, content FROM statuses WHERE id <> $1", status_id
    )
    assert [(row["uri"], row["content"]) for row in rows] == [(said["id"], "<p>what vera said</p>")]


async def test_lists_elsewhere_are_not_followed(world: World, mallory: Person) -> None:
    root = mallory.note("root", replies=f"{EVIL}/list", context=f"{EVIL}/context")
    status_id = await begin(world, root)
    for name in ("list", "context"):
        world.far.documents[f"{EVIL}/{name}"] = page(
            f"{EVIL}/{name}", [], next="https://v.far.test/expensive"
        )
    await read_thread(world, status_id)
    assert world.far.asked_of("v.far.test") == 0


async def test_an_outbox_and_pins_without_end(world: World, mallory: Person) -> None:
    mallory.extra["featured"] = f"{EVIL}/featured"
    mallory.publish()
    await world.follow(mallory)
    for name in ("users/mallory/outbox", "featured"):
        world.far.documents[f"{EVIL}/{name}"] = {
            "@context": AS2,
            "id": f"{EVIL}/{name}",
            "type": "OrderedCollection",
            "totalItems": 10**12,
            "orderedItems": [f"{EVIL}/notes/{n}" for n in range(5000)],
            "next": f"{EVIL}/{name}",
        }
    before = world.far.asked.total()
    account_id = await world.value("SELECT id FROM accounts WHERE uri = $1", mallory.uri)
    await backfill.look(world.people, account_id)
    assert world.far.asked.total() - before <= 50


def chain(world: World, person: Person, length: int) -> list[dict[str, Any]]:
    """Answers to answers, the first one last."""
    notes = [person.note("first")]
    for number in range(1, length):
        notes.append(person.note(f"answer {number}", inReplyTo=notes[-1]["id"]))
    for note in notes:
        world.far.documents[note["id"]] = {"@context": AS2, **note}
    return notes


async def climb(world: World) -> list[Any]:
    rows = await world.runtime.db.fetch(
        "SELECT id, key, payload, attempts + 1 AS attempts FROM chores"
        " WHERE kind = 'fetch_parents' AND state = 0"
    )
    outcomes = await fetch_parents(world.people, rows)
    await world.runtime.db.fetch("UPDATE chores SET state = 2, ended_at = now()")
    return outcomes


async def test_a_chain_of_five_thousand(world: World, mallory: Person) -> None:
    await world.follow(mallory)
    notes = chain(world, mallory, 5000)
    before = world.far.asked.total()
    await world.deliver(mallory, mallory.creates(notes[-1]))
    assert await climb(world) == [Done("far enough")]
    assert world.far.asked.total() - before <= 100
    assert await world.count("chores", "kind = 'fetch_parents' AND state = 0") == 0
    # What has come is a thread, read in no time.
    status_id = await world.value("SELECT id FROM statuses WHERE uri = $1", notes[-1]["id"])
    for window in tries(1.0, wall):
        with window:
            above, _ = await context(world.runtime.read(), world.alice.id, status_id)
        assert 90 <= len(above) <= 100


async def test_a_chain_that_ends(world: World, mallory: Person) -> None:
    await world.follow(mallory)
    notes = chain(world, mallory, 12)
    await world.deliver(mallory, mallory.creates(notes[-1]))
    assert await climb(world) == [Done()]
    status_id = await world.value("SELECT id FROM statuses WHERE uri = $1", notes[-1]["id"])
    above, _ = await context(world.runtime.read(), world.alice.id, status_id)
    assert len(above) == 11
    assert await world.count("events", "type = 'StatusCreated'") <= 2, "nobody is told of parents"


async def test_answers_in_a_circle(world: World, mallory: Person) -> None:
    await world.follow(mallory)
    first, second, own = mallory.note("a"), mallory.note("b"), mallory.note("self")
    first["inReplyTo"], second["inReplyTo"] = second["id"], first["id"]
    own["inReplyTo"] = own["id"]
    for note in (first, second, own):
        world.far.documents[note["id"]] = {"@context": AS2, **note}
    await world.deliver(mallory, mallory.creates(first), mallory.creates(own))
    await climb(world)
    rows = await world.runtime.db.fetch("SELECT id FROM statuses ORDER BY uri")
    assert len(rows) == 3
    for row in rows:
        above, below = await context(world.runtime.read(), world.alice.id, row["id"])
        assert len(above) <= 1
        assert len(below) <= 1
        await read_thread(world, row["id"])


async def test_a_parent_that_is_gone_ends_the_climb(world: World, mallory: Person) -> None:
    await world.follow(mallory)
    notes = chain(world, mallory, 4)
    world.far.documents[notes[1]["id"]] = {
        "@context": AS2, "id": notes[1]["id"], "type": "Tombstone",
    }  # fmt: skip
    await world.deliver(mallory, mallory.creates(notes[-1]))
    (ending,) = await climb(world)
    assert isinstance(ending, Ignored)
    rows = await world.runtime.db.fetch("SELECT uri, reason FROM missing_posts")
    assert [tuple(row) for row in rows] == [(notes[1]["id"], "deleted")]
    assert await world.count("statuses") == 2


async def test_answers_to_a_deleted_post_keep_their_place(world: World, mallory: Person) -> None:
    await world.follow(mallory)
    notes = chain(world, mallory, 4)
    for note in notes:
        await world.deliver(mallory, mallory.creates(note))
    await world.deliver(mallory, mallory.does("Delete", notes[1]["id"]))
    rows = await world.runtime.db.fetch("SELECT id FROM statuses ORDER BY id")
    root, third, last = [row["id"] for row in rows]
    read = world.runtime.read()
    above, _ = await context(read, world.alice.id, last)
    assert [head.id for head in above] == [root, third]
    _, below = await context(read, world.alice.id, root)
    assert [head.id for head in below] == [third, last]
