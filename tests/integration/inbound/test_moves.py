"""Move: who follows whom before and after, and who cannot make followers move."""

from typing import Any

import pytest

from fedi.core.accounts.resolve import resolve_actors
from fedi.federation.moves import carry, merge_renamed
from tests.integration.inbound.conftest import World, member
from tests.integration.inbound.far import Person

DONE, IGNORED, REFUSED = 2, 3, 4


@pytest.fixture
async def old(world: World) -> Person:
    person = world.far.actor("p.far.test", "old")
    await world.follow(person)
    return person


@pytest.fixture
def new(world: World, old: Person) -> Person:
    return world.far.actor("q.p.far.test", "new", extra={"alsoKnownAs": [old.uri]})


def moves(old: Person, target: str, **more: Any) -> dict[str, Any]:
    return old.does("Move", old.uri, target=target, **more)


def arrives(new: Person, old: str) -> dict[str, Any]:
    return new.does("Move", old, target=new.uri)


async def chores(world: World) -> None:
    """What the worker does next."""
    rows = await world.runtime.db.fetch(
        "UPDATE chores SET state = 2 WHERE kind = 'carry_followers' AND state = 0 RETURNING *"
    )
    for outcome in await carry(world.people, rows):
        assert "Done" in str(outcome) or "Ignored" in str(outcome)


async def followed(world: World) -> list[tuple[str, bool]]:
    """Whom members follow, and whether that is in effect."""
    await chores(world)
    rows = await world.runtime.db.fetch(
        "SELECT a.uri, f.accepted FROM follows f JOIN accounts a ON a.id = f.target_id"
        " WHERE f.local ORDER BY f.id"
    )
    return [(row[0], row[1]) for row in rows]


async def test_followers_go_along_once(world: World, old: Person, new: Person) -> None:
    carol = await member(world.runtime, "carol")
    old_id = await world.value("SELECT id FROM accounts WHERE uri = $1", old.uri)
    db = world.runtime.db
    await db.fetch("INSERT INTO lists (id, account_id, title) VALUES (1, $1, 'x')", world.alice.id)
    await db.fetch("INSERT INTO list_members (id, list_id, account_id) VALUES (1, 1, $1)", old_id)
    await db.fetch("UPDATE follows SET show_reblogs = false, notify = true, languages = '{de}'")
    for table, extra in (("mutes", ""), ("blocks", "")):
        await db.fetch(
            f"INSERT INTO {table} (id, account_id, target_id{extra}) VALUES (1, $1, $2)",
            carol.id,
            old_id,
        )
    await db.fetch(
        "INSERT INTO account_notes (account_id, target_id, comment) VALUES ($1, $2, 'my friend')",
        world.alice.id,
        old_id,
    )
    [(ended, reason)] = await world.deliver(old, moves(old, new.uri))
    assert ended == DONE, reason
    assert await followed(world) == [(new.uri, False)]
    follow = await db.row("SELECT show_reblogs, notify, languages, target_id, uri FROM follows")
    assert follow is not None
    assert tuple(follow)[:3] == (False, True, ["de"])
    target = follow["target_id"]
    for table in ("mutes", "blocks"):
        assert await world.count(table, "account_id = $1 AND target_id = $2", carol.id, target) == 1
    assert await world.count("account_notes", "target_id = $1 AND comment = 'my friend'", target)
    assert await world.count("list_members", "list_id = 1 AND account_id = $1", target) == 1
    events = await db.fetch(
        "SELECT type, payload FROM events WHERE type LIKE 'Follow%' OR type LIKE 'AccountB%'"
        " ORDER BY id"
    )
    kinds = [row["type"] for row in events]
    assert kinds == ["AccountBlocked", "FollowRequested", "FollowEnded"]
    assert await world.value("SELECT moved_to_uri FROM accounts WHERE id = $1", old_id) == new.uri
    # Again, also by the other side: nobody moves twice.
    await world.follow(old)
    for activity, person in ((moves(old, new.uri), old), (arrives(new, old.uri), new)):
        [(ended, _)] = await world.deliver(person, activity)
        assert ended in {IGNORED, REFUSED}
    assert await followed(world) == [(new.uri, False), (old.uri, True)]


async def test_to_a_member(world: World, old: Person) -> None:
    await world.runtime.db.fetch(
        "UPDATE accounts SET also_known_as = ARRAY[$2] WHERE id = $1", world.alice.id, old.uri
    )
    carol = await member(world.runtime, "carol")
    await world.runtime.db.fetch("UPDATE follows SET account_id = $1", carol.id)
    [(ended, reason)] = await world.deliver(old, moves(old, world.alice.uri))
    assert ended == DONE, reason
    assert await followed(world) == [(world.alice.uri, True)]
    counts = await world.runtime.db.row(
        "SELECT followers_count FROM account_stats WHERE account_id = $1", world.alice.id
    )
    assert counts is not None
    assert counts[0] == 1


@pytest.mark.parametrize("says", ["movedTo", "alsoKnownAs", "copiedTo", "nothing"])
async def test_the_new_account_says_so(world: World, old: Person, new: Person, says: str) -> None:
    if says == "movedTo":
        old.extra = {"movedTo": new.uri}
    elif says != "nothing":
        old.extra = {says: [new.uri]}
    old.publish()
    [(ended, reason)] = await world.deliver(new, arrives(new, old.uri))
    assert ended == (REFUSED if says == "nothing" else DONE), reason
    there = old.uri if says == "nothing" else new.uri
    assert [uri for uri, _ in await followed(world)] == [there]


async def _unclaimed(world: World, old: Person, new: Person) -> dict[str, Any]:
    new.extra = {}
    new.publish()
    return moves(old, new.uri)


async def _signed_by_target(world: World, old: Person, new: Person) -> dict[str, Any]:
    return new.does("Move", old.uri, target=new.uri)


async def _for_somebody_else(world: World, old: Person, new: Person) -> dict[str, Any]:
    return new.does("Move", old.uri, target="https://p.far.test/users/third")


async def _once_claimed(world: World, old: Person, new: Person) -> dict[str, Any]:
    """What we remember of the target names the old account; what it says today does not."""
    await resolve_actors(world.people, [new.uri])
    return await _unclaimed(world, old, new)


async def _moved_on(world: World, old: Person, new: Person) -> dict[str, Any]:
    new.extra = {**new.extra, "movedTo": old.uri}
    new.publish()
    return moves(old, new.uri)


async def _to_itself(world: World, old: Person, new: Person) -> dict[str, Any]:
    del new
    old.extra = {"alsoKnownAs": [old.uri]}
    old.publish()
    return moves(old, old.uri)


async def _to_nobody(world: World, old: Person, new: Person) -> dict[str, Any]:
    world.far.documents[new.uri] = 410
    return moves(old, new.uri)


@pytest.mark.parametrize(
    "attempt",
    [
        _unclaimed,
        _signed_by_target,
        _for_somebody_else,
        _once_claimed,
        _moved_on,
        _to_itself,
        _to_nobody,
    ],
)
async def test_nobody_moves_whose_other_side_does_not_say_so(
    world: World, old: Person, new: Person, attempt: Any
) -> None:
    activity = await attempt(world, old, new)
    signer = old if activity["actor"] == old.uri else new
    [(ended, reason)] = await world.deliver(signer, activity)
    assert ended == REFUSED, reason
    assert await followed(world) == [(old.uri, True)]


async def test_there_and_back_is_no_loop(world: World, old: Person, new: Person) -> None:
    old.extra = {"alsoKnownAs": [new.uri]}
    old.publish()
    for turn in range(4):
        one, other = (old, new) if turn % 2 == 0 else (new, old)
        await world.deliver(one, moves(one, other.uri))
        assert len(await followed(world)) == 1
    # There and back: each of the two has moved once, and no more within a month.
    times = await world.value("SELECT count(*) FROM events WHERE type = 'FollowRequested'")
    assert times <= 2


async def test_what_cannot_be_read_anew_waits(world: World, old: Person, new: Person) -> None:
    await resolve_actors(world.people, [new.uri])
    world.far.documents[new.uri] = 503
    world.expects_failure = True
    [(ended, _)] = await world.deliver(old, moves(old, new.uri))
    assert ended == 1
    assert await followed(world) == [(old.uri, True)]
    new.publish()
    await world.settle_clock()
    world.people.fetcher.forget(new.uri)
    await world.drain()
    assert await followed(world) == [(new.uri, False)]


async def test_who_is_blocked_by_the_new_account_does_not_follow_it(
    world: World, old: Person, new: Person
) -> None:
    await world.deliver(new, new.does("Block", world.alice.uri))
    await world.deliver(old, moves(old, new.uri))
    assert await followed(world) == []


class TestReborn:
    """A server that starts again: the same name, another id."""

    async def reborn(self, world: World, *, old_is: Any) -> tuple[Person, Person]:
        old = world.far.actor("p.far.test", "bob")
        await world.follow(old)
        new = world.far.actor("p.far.test", "bob")
        new_uri = "https://p.far.test/ap/1"
        document: dict[str, Any] = new.document()
        key = {**document["publicKey"], "owner": new_uri, "id": f"{new_uri}#k"}
        document |= {"id": new_uri, "inbox": f"{new_uri}/inbox", "publicKey": key}
        world.far.documents[new_uri] = document
        world.far.documents[old.uri] = old_is if isinstance(old_is, int) else old.document()
        for url, found in list(world.far.documents.items()):
            if isinstance(found, dict) and found.get("subject") == "acct:bob@p.far.test":
                world.far.documents[url] = {
                    "subject": "acct:bob@p.far.test",
                    "links": [
                        {"rel": "self", "type": "application/activity+json", "href": new_uri}
                    ],
                }
        await resolve_actors(world.people, [new_uri])
        rows = await world.runtime.db.fetch(
            "UPDATE chores SET state = 2 WHERE kind = 'merge_renamed' AND state = 0 RETURNING *"
        )
        assert len(rows) == 1
        await merge_renamed(world.people, rows)
        return old, new

    async def test_followers_follow_the_new_id(self, world: World) -> None:
        await self.reborn(world, old_is=404)
        assert await followed(world) == [("https://p.far.test/ap/1", False)]
        assert await world.count("events", "type = 'FollowRequested'") == 1

    async def test_but_not_while_the_old_one_is_there(self, world: World) -> None:
        old, _ = await self.reborn(world, old_is="there")
        assert await followed(world) == [(old.uri, True)]
