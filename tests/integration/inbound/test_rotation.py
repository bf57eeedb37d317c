"""Keys that change: quietly when an older one says so, else whoever has them is somebody new."""

from dataclasses import replace
from typing import Any

import pytest

from fedi.ap.signatures import keys
from fedi.core.accounts.identity import PER_DAY
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import Person

NEW_KEYS = [keys.generate_rsa() for _ in range(2)]


@pytest.fixture
async def bob(world: World) -> Person:
    """Somebody whom alice follows, who follows her, and who took something back."""
    person = world.far.actor("p.far.test", "bob")
    await world.follow(person)
    kept, gone = person.note("kept"), person.note("gone", id="https://p.far.test/notes/first")
    await world.deliver(person, person.creates(kept), person.creates(gone))
    await world.deliver(person, person.does("Delete", gone["id"]))
    like = person.does("Like", kept["id"], id="https://p.far.test/likes/first")
    await world.deliver(person, like, person.does("Undo", like))
    await world.deliver(person, person.does("Follow", world.alice.uri))
    await world.runtime.db.fetch("DELETE FROM events")
    return person


def rotate(person: Person, number: int = 0) -> Person:
    """The same person with a new key that is published; the old one still signs."""
    old = replace(person)
    person.key = NEW_KEYS[number]
    person.publish()
    return old


async def facts(world: World) -> dict[str, Any]:
    return {
        "tombstones": await world.count("tombstones"),
        "undone": await world.count("undone"),
        "posts": await world.count("statuses"),
        "followers": await world.count("follows", "NOT local AND accepted"),
        "following": await world.count("follows", "local AND accepted"),
        "asked": await world.count("events", "type = 'FollowRequested'"),
    }


async def test_a_new_identity_is_met_anew(world: World, bob: Person) -> None:
    before = await facts(world)
    assert (before["tombstones"], before["undone"]) == (1, 1)
    ours = await world.value("SELECT uri FROM follows WHERE local")
    rotate(bob)
    note = bob.note("under an id that was given before", id="https://p.far.test/notes/first")
    await world.deliver(bob, bob.creates(note, id="https://p.far.test/creates/second"))
    after = {"tombstones": 0, "undone": 0, "posts": 2, "asked": 1}
    assert await facts(world) == {**before, **after}
    again = await world.runtime.db.row("SELECT id, uri FROM follows WHERE local")
    assert again is not None
    assert again["uri"] != ours
    assert again["uri"].endswith(f"/{again['id']}")
    payload = await world.value("SELECT payload FROM events WHERE type = 'FollowRequested'")
    assert payload["follow_id"] == again["id"]
    assert payload["local"] is True
    # The answer is nothing new; one with the older id is understood, too.
    for uri in (again["uri"], ours):
        follow = {"id": uri, "type": "Follow", "actor": world.alice.uri, "object": bob.uri}
        ((state, reason),) = await world.deliver(bob, bob.does("Accept", follow))
        assert (state, reason) == (3, "answered already")


async def test_an_older_key_may_introduce_a_new_one(world: World, bob: Person) -> None:
    before = await facts(world)
    old = rotate(bob)
    ((state, _),) = await world.deliver(old, old.does("Update", bob.document()))
    assert state == 2
    assert (await world.post(bob, bob.creates(bob.note()))).status_code == 202
    assert (await world.post(old, old.creates(old.note()))).status_code == 401
    await world.drain()
    assert await facts(world) == {**before, "posts": before["posts"] + 1}


async def test_an_introduction_that_waits_its_turn_counts(world: World, bob: Person) -> None:
    """The first word under the new key comes before the Update has been worked on."""
    before = await facts(world)
    old = rotate(bob)
    await world.post(old, old.does("Update", bob.document()))
    assert (await world.post(bob, bob.creates(bob.note()))).status_code == 202
    await world.drain()
    assert await facts(world) == {**before, "posts": before["posts"] + 1}


async def test_a_key_that_stays_makes_the_same_person(world: World, bob: Person) -> None:
    """A second key beside the first, the first spelled otherwise, and then the second alone."""
    before = await facts(world)
    first = bob.document()["publicKey"]
    windows = first["publicKeyPem"].replace("\n", "\r\n")
    second = {
        **first,
        "id": f"{bob.uri}#second",
        "publicKeyPem": keys.to_pem(NEW_KEYS[0].public_key()),
    }
    for named in ([{**first, "publicKeyPem": windows}], [first, second], [second]):
        bob.extra["publicKey"] = named
        bob.publish()
        await world.deliver(bob, bob.does("Update", bob.uri), key_id=str(first["id"]))
    stored = await world.runtime.db.fetch(
        "SELECT k.key_id FROM account_keys k JOIN accounts a ON a.id = k.account_id"
        " WHERE a.uri = $1",
        bob.uri,
    )
    assert [row[0] for row in stored] == [f"{bob.uri}#second"]
    assert await facts(world) == before


async def test_a_key_in_an_update_is_never_taken_from_there(world: World, bob: Person) -> None:
    """What counts is what the origin shows; a thief with the old key introduces nobody."""
    before = await facts(world)
    thief = replace(bob, key=NEW_KEYS[1])
    await world.deliver(bob, bob.does("Update", thief.document()))
    assert (await world.post(thief, thief.creates(thief.note()))).status_code == 401
    await world.deliver(bob, bob.creates(bob.note()))
    assert await facts(world) == {**before, "posts": before["posts"] + 1}


async def test_nobody_is_new_all_the_time(world: World, bob: Person) -> None:
    for turn in range(PER_DAY + 2):
        rotate(bob, turn % 2)
        await world.runtime.db.fetch(
            "INSERT INTO tombstones (uri, actor_uri, deleted_at) VALUES ($1, $2, now())",
            f"https://p.far.test/notes/turn{turn}",
            bob.uri,
        )
        answer = await world.post(bob, bob.creates(bob.note()))
        assert answer.status_code == 202
    assert await world.count("events", "type = 'FollowRequested'") == PER_DAY
    assert await world.count("tombstones") == 2


async def test_the_deleted_stay_deleted(world: World, bob: Person) -> None:
    await world.deliver(bob, bob.does("Delete", bob.uri))
    rotate(bob)
    answer = await world.post(bob, bob.creates(bob.note()))
    assert answer.status_code == 401
    await world.drain()
    assert await world.count("tombstones", "uri = actor_uri") == 1
    assert await world.count("statuses") == 0
