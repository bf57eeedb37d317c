"""What its actor did not send itself: believed by proof, at its origin, or not at all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedi.ap.signatures.keys import generate_ed25519, to_multibase
from fedi.core.domains.service import block
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import AS2, PUBLIC, Person
from tests.integration.inbound.proving import prove, prover

DONE, IGNORED, REFUSED = 2, 3, 4


@pytest.fixture
async def bob(world: World) -> Person:
    """Whom alice follows, and who can prove what he says."""
    person = prover(world.far, "v.far.test", "bob")
    await world.follow(person)
    return person


@pytest.fixture
def carrier(world: World) -> Person:
    """Somebody else, who brings what bob said."""
    return world.far.actor("m.far.test", "carrier")


async def test_a_proof_is_as_good_as_a_signature(
    world: World, bob: Person, carrier: Person
) -> None:
    asked = world.far.asked_of(bob.host)
    note, second = bob.note("one"), bob.note("two")
    local = f"{world.alice.uri}/statuses/1"
    await world.runtime.db.fetch(
        "INSERT INTO statuses (id, uri, url, account_id, local, content, visibility)"
        " VALUES (1, $1, $1, $2, true, 'x', 0)",
        local,
        world.alice.id,
    )
    like, boost = bob.does("Like", local), bob.does("Announce", local, to=[PUBLIC])
    edited = {**note, "content": "<p>edited</p>", "updated": "2999-01-01T00:00:00Z"}
    for activity in (
        bob.creates(note),
        bob.creates(second),
        bob.does("Update", edited, to=[PUBLIC]),
        like,
        boost,
        bob.does("Follow", world.alice.uri),
        bob.does("Undo", like),
        bob.does("Delete", second["id"]),
    ):
        (ending,) = await world.deliver(carrier, prove(bob, activity))
        assert ending[0] == DONE, (activity["type"], ending)
    assert await world.value("SELECT content FROM statuses WHERE uri = $1", note["id"]) == (
        "<p>edited</p>"
    )
    assert await world.count("statuses", "uri = $1", second["id"]) == 0
    assert await world.count("statuses", "reblog_of_id = 1") == 1
    assert await world.count("follows", "NOT local") == 1
    assert await world.count("favourites") == 0
    # Nothing of this had to be asked for.
    assert world.far.asked_of(bob.host) == asked


async def test_a_changed_word_sends_us_to_the_origin(
    world: World, bob: Person, carrier: Person
) -> None:
    note = bob.note("the truth")
    world.far.documents[note["id"]] = {"@context": AS2, **note}
    proven = prove(bob, bob.creates(note))
    proven["object"] = {**note, "content": "<p>a lie</p>"}
    (ending,) = await world.deliver(carrier, proven)
    assert ending[0] == DONE
    content = await world.value("SELECT content FROM statuses WHERE uri = $1", note["id"])
    assert content == "<p>the truth</p>"
    assert world.far.asked[note["id"]] == 1


async def test_keys_that_are_not_here_are_read_at_the_actors_origin(
    world: World, carrier: Person
) -> None:
    eve = prover(world.far, "e.far.test", "eve")
    mention = {"type": "Mention", "href": world.alice.uri}
    for number in range(3):
        note = eve.note(f"hi {number}", to=[PUBLIC, world.alice.uri], tag=[mention])
        (ending,) = await world.deliver(carrier, prove(eve, eve.creates(note)))
        assert ending[0] == DONE, ending
    assert world.far.asked[eve.uri] == 1
    # Whoever has nothing to do with us is not asked for anything.
    stranger = prover(world.far, "s.far.test", "stranger")
    await world.deliver(carrier, prove(stranger, stranger.creates(stranger.note())))
    for kind, thing in (("Follow", world.alice.uri), ("Like", "https://a.test/nothing")):
        await world.deliver(carrier, prove(stranger, stranger.does(kind, thing)))
    assert world.far.asked_of(stranger.host) == 0


async def test_a_new_key_is_found_and_a_bad_one_not_sought_for_ever(
    world: World, bob: Person, carrier: Person
) -> None:
    fresh = generate_ed25519()
    bob.extra["assertionMethod"][0]["publicKeyMultibase"] = to_multibase(fresh.public_key())
    bob.publish()
    asked = world.far.asked[bob.uri]
    note = bob.note("new key")
    (ending,) = await world.deliver(carrier, prove(bob, bob.creates(note), key=fresh))
    assert ending[0] == DONE
    for _ in range(5):
        forged = prove(bob, bob.creates(bob.note()), key=generate_ed25519())
        (ending,) = await world.deliver(carrier, forged)
        assert ending[0] == REFUSED
    assert world.far.asked[bob.uri] == asked + 1


async def test_the_older_signature_beside_a_proof_says_nothing(
    world: World, bob: Person, carrier: Person
) -> None:
    ld = {"type": "RsaSignature2017", "creator": f"{bob.uri}#main-key", "signatureValue": "AAAA"}
    proven = {**prove(bob, bob.creates(bob.note())), "signature": ld}
    assert (await world.deliver(carrier, proven))[0][0] == DONE
    bare = {**bob.creates(bob.note()), "signature": ld}
    assert (await world.deliver(carrier, bare))[0][0] == REFUSED


async def test_only_a_fresh_proof_moves_people(world: World, bob: Person, carrier: Person) -> None:
    old = datetime.now(UTC) - timedelta(days=2)
    follow = bob.does("Follow", world.alice.uri)
    (ending,) = await world.deliver(carrier, prove(bob, follow, moment=old))
    assert ending[0] == REFUSED
    undated = prove(bob, bob.does("Follow", world.alice.uri))
    del undated["proof"]["created"]
    assert (await world.deliver(carrier, undated))[0][0] == REFUSED
    assert await world.count("follows", "NOT local") == 0
    # A post stays what it is, however old.
    (ending,) = await world.deliver(carrier, prove(bob, bob.creates(bob.note()), moment=old))
    assert ending[0] == DONE
    # And a deed that was undone is not done again by showing the old proof of it.
    proven = prove(bob, follow)
    assert (await world.deliver(carrier, proven))[0][0] == DONE
    await world.deliver(bob, bob.does("Undo", follow))
    await world.deliver(carrier, proven)
    assert await world.count("follows", "NOT local") == 0


async def test_a_blocked_domain_proves_in_vain(world: World, bob: Person, carrier: Person) -> None:
    async with world.runtime.unit() as unit:
        await block(unit, "v.far.test")
    world.policy.forget()
    (ending,) = await world.deliver(carrier, prove(bob, bob.creates(bob.note())))
    assert ending == (REFUSED, "the domain is blocked here")


async def test_activities_are_asked_for_by_their_own_id(
    world: World, bob: Person, carrier: Person
) -> None:
    await world.follow(carrier)
    note = carrier.note("to be liked")
    await world.deliver(carrier, carrier.creates(note))
    for kind, table in (("Announce", "statuses"), ("Like", "favourites")):
        where = "reblog_of_id IS NOT NULL" if kind == "Announce" else "true"
        deed = bob.does(kind, note["id"], to=[PUBLIC])
        (ending,) = await world.deliver(carrier, deed)
        assert ending[0] == REFUSED, "its origin knows nothing of it"
        for stated in (
            {**deed, "actor": carrier.uri},
            {**deed, "type": "Follow"},
            {**deed, "id": bob.id()},
        ):
            deed["id"] = bob.id()
            world.far.documents[deed["id"]] = {**stated, "id": stated["id"]}
            (ending,) = await world.deliver(carrier, deed)
            assert ending[0] == REFUSED, stated
        assert await world.count(table, where) == 0
        deed = bob.does(kind, note["id"], to=[PUBLIC])
        world.far.documents[deed["id"]] = deed
        (ending,) = await world.deliver(carrier, {**deed, "content": "changed on the way"})
        assert ending[0] == DONE, ending
        assert await world.count(table, where) == 1
    asked = world.far.asked_of(bob.host)
    deed = {**bob.does("Like", note["id"]), "id": f"{bob.uri}#likes/1"}
    assert (await world.deliver(carrier, deed))[0][0] == REFUSED
    for kind in ("Follow", "Block", "Accept", "Reject"):
        deed = bob.does(kind, world.alice.uri)
        world.far.documents[deed["id"]] = deed
        assert (await world.deliver(carrier, deed))[0][0] == REFUSED
    assert world.far.asked_of(bob.host) == asked


async def test_an_activity_without_an_id_must_be_one_that_is_single_by_itself(
    world: World, bob: Person, carrier: Person
) -> None:
    def nameless(activity: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in activity.items() if name != "id"}

    note = bob.note()
    (ending,) = await world.deliver(bob, nameless(bob.creates(note)))
    assert ending == (REFUSED, "the activity has no id")
    (ending,) = await world.deliver(bob, nameless(bob.does("Announce", note["id"], to=[PUBLIC])))
    assert ending[0] == REFUSED
    await world.deliver(bob, bob.creates(note))
    for _ in range(2):
        (ending,) = await world.deliver(bob, nameless(bob.does("Follow", world.alice.uri)))
        assert ending[0] == DONE
    assert await world.count("follows", "NOT local") == 1
    # Carried by somebody else it is nobody's.
    await world.deliver(carrier, prove(bob, nameless(bob.does("Delete", note["id"]))))
    assert await world.count("statuses", "uri = $1", note["id"]) == 1
    assert (await world.deliver(bob, nameless(bob.does("Delete", note["id"]))))[0][0] == DONE
