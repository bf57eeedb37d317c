"""Two servers compare their lists of followers; only who is concerned can change them."""

from typing import Any

import orjson
import pytest

from fedi.ap.followers_digest import HEADER, followers_digest, render_synchronization
from fedi.ap.signatures import Outgoing, sign_cavage
from fedi.federation.inbound.synchronize import CHORES, is_own
from fedi.kit.clock import now
from fedi.kit.result import Done, Ignored, Outcome, Refused
from tests.integration.inbound.conftest import World, member
from tests.integration.inbound.far import AS2, INBOX, Person


@pytest.fixture
async def bob(world: World) -> Person:
    bob = world.far.actor("v.far.test", "bob")
    await world.follow(bob)
    # It is no follow of this very moment, which their list might not know yet.
    await world.runtime.db.fetch("UPDATE follows SET created_at = now() - interval '1 day'")
    return bob


def list_of(bob: Person) -> str:
    return f"{bob.uri}/followers_synchronization"


def publish(world: World, bob: Person, ids: list[str], url: str = "") -> str:
    """Bob's server lists these; the digest of them."""
    world.far.documents[url or list_of(bob)] = {
        "@context": AS2,
        "id": url or list_of(bob),
        "type": "OrderedCollection",
        "orderedItems": ids,
    }
    return followers_digest(ids)


async def send(world: World, person: Person, value: str, *, signed: bool = True) -> None:
    """A post for followers with the header about them."""
    note = person.note(to=[f"{person.uri}/followers"], cc=[])
    body = orjson.dumps(person.creates(note))
    extra = {HEADER: value} if signed else {}
    request = Outgoing("POST", INBOX, body, now(), extra=extra)
    headers = sign_cavage(person.key, f"{person.uri}#main-key", request)
    answer = await world.client.post(INBOX, content=body, headers={**headers, HEADER: value})
    assert answer.status_code == 202


async def work(world: World) -> list[Outcome]:
    rows = await world.runtime.db.fetch(
        "SELECT * FROM chores WHERE kind = 'synchronize_followers' ORDER BY id"
    )
    return await CHORES["synchronize_followers"](world.people, rows)


async def compare(world: World, bob: Person, ids: list[str]) -> Outcome:
    value = render_synchronization(f"{bob.uri}/followers", list_of(bob), publish(world, bob, ids))
    await send(world, bob, value)
    [outcome] = await work(world)
    return outcome


async def follows(world: World) -> list[tuple[int, bool]]:
    rows = await world.runtime.db.fetch("SELECT account_id, accepted FROM follows ORDER BY 1")
    return [(row["account_id"], row["accepted"]) for row in rows]


async def test_lists_that_agree_cost_nothing(world: World, bob: Person) -> None:
    assert await compare(world, bob, [world.alice.uri]) == Done("the same")
    assert world.far.asked[list_of(bob)] == 0
    assert await follows(world) == [(world.alice.id, True)]


async def test_who_is_not_listed_follows_no_more(world: World, bob: Person) -> None:
    outcome = await compare(world, bob, [])
    assert outcome == Done("1 ended, 0 begun, 0 taken back")
    assert await follows(world) == []


async def test_who_waits_and_is_listed_was_let_in(world: World, bob: Person) -> None:
    await world.runtime.db.fetch("UPDATE follows SET accepted = false")
    outcome = await compare(world, bob, [world.alice.uri])
    assert outcome == Done("0 ended, 1 begun, 0 taken back")
    assert await follows(world) == [(world.alice.id, True)]


async def test_who_is_listed_and_does_not_follow_says_so(world: World, bob: Person) -> None:
    carol = await member(world.runtime, "carol")
    outcome = await compare(world, bob, [world.alice.uri, carol.uri, "https://a.test/ap/users/1"])
    assert outcome == Done("0 ended, 0 begun, 1 taken back")
    assert await follows(world) == [(world.alice.id, True)]
    ended: Any = await world.value("SELECT payload FROM events WHERE type = 'FollowEnded'")
    assert ended["account_id"] == carol.id


async def test_a_follow_of_this_moment_is_spared(world: World, bob: Person) -> None:
    await world.runtime.db.fetch("UPDATE follows SET created_at = now()")
    await compare(world, bob, [])
    assert await follows(world) == [(world.alice.id, True)]


async def test_a_list_that_does_not_fit_its_digest_changes_nothing(
    world: World, bob: Person
) -> None:
    stated = publish(world, bob, ["https://a.test/ap/users/7"])
    publish(world, bob, [])
    value = render_synchronization(f"{bob.uri}/followers", list_of(bob), stated)
    await send(world, bob, value)
    [outcome] = await work(world)
    assert isinstance(outcome, Ignored)
    assert await follows(world) == [(world.alice.id, True)]


async def test_nobody_speaks_of_the_followers_of_others(world: World, bob: Person) -> None:
    """Another actor's collection, another host's list, and a header that is not signed."""
    mallory = world.far.actor("m.far.test", "mallory")
    neighbour = world.far.actor("v.far.test", "neighbour")
    mine = f"{mallory.uri}/followers_synchronization"
    digest = publish(world, mallory, [], mine)
    # The truth about bob would end alice's follow, if anybody but bob could have it looked at.
    publish(world, bob, [])
    for person, collection, url in (
        (mallory, f"{bob.uri}/followers", mine),
        (mallory, f"{bob.uri}/followers", list_of(bob)),
        (neighbour, f"{bob.uri}/followers", list_of(bob)),
        (bob, f"{bob.uri}/followers", mine),
        (bob, f"{bob.uri}/followers", "https://v.far.test%2f@m.far.test/list"),
        (bob, f"{bob.uri}/followers", "https://v%2efar.test/list"),
    ):
        await send(world, person, render_synchronization(collection, url, digest))
    await send(
        world,
        bob,
        render_synchronization(f"{bob.uri}/followers", list_of(bob), digest),
        signed=False,
    )
    assert all(isinstance(outcome, Refused) for outcome in await work(world))
    assert world.far.asked[mine] == 0
    assert await follows(world) == [(world.alice.id, True)]


@pytest.mark.parametrize(
    "value",
    ["", "nonsense", 'collectionId="x"', 'collectionId="x", url="y", digest=""', "=" * 20_000],
)
async def test_headers_that_cannot_be_read_are_passed_over(
    world: World, bob: Person, value: str
) -> None:
    await send(world, bob, value)
    assert await work(world) == []


def test_an_address_is_the_actors_own_however_it_is_read() -> None:
    actor = "https://v.test/users/bob"
    assert is_own(actor, "https://v.test/users/bob/list?page=1")
    for other in ("https://v.test.evil/x", "https://v.test%40evil/x", "http://v.test/x", "", "x"):
        assert not is_own(actor, other)
