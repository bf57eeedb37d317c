"""Signatures inside of documents: one that does not hold in every respect is none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedi.ap.signatures.keys import generate_ed25519, to_multibase
from tests.integration.attacks.peers.conftest import DONE, meet, serve, without_effect
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import AS2, PUBLIC, Person
from tests.integration.inbound.proving import KEYS, proof_key_id, prove, prover


@pytest.fixture
async def carrier(world: World) -> Person:
    """Who brings what others are said to have said."""
    person = prover(world.far, "c.far.test", "carrier")
    await meet(world, person)
    return person


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return [reordered(item) for item in value] if isinstance(value, list) else value


async def warm(world: World, bob: Person, carrier: Person) -> None:
    """Let the keys be asked for once, so that what is refused afterwards changes nothing."""
    forged = prove(bob, bob.creates(bob.note()), key=generate_ed25519())
    await world.deliver(carrier, forged)


VARIANTS = (
    "by the key of the bearer", "by the bearer in bob's name", "by a neighbour",
    "for another purpose", "of another suite", "expired", "from the future", "of another context",
    "one bad of two", "one of somebody else of two", "no list of proofs", "too many", "a text",
    "changed content", "changed recipient", "an added word", "changed options", "as an RSA key",
)  # fmt: skip


def spoiled(world: World, bob: Person, carrier: Person, variant: str) -> dict[str, Any]:
    """What bob said, with a proof that is wrong in one respect."""
    activity = bob.creates(bob.note("forged"))
    good = prove(bob, activity)
    proof: dict[str, Any] = good["proof"]
    if variant == "by the key of the bearer":
        return prove(carrier, activity)
    if variant == "by the bearer in bob's name":
        return prove(carrier, activity, key_id=proof_key_id(bob))
    if variant == "by a neighbour":
        return prove(prover(world.far, bob.host, "eve"), activity)
    if variant == "as an RSA key":
        return prove(bob, activity, key_id=f"{bob.uri}#main-key")
    if variant == "one bad of two":
        return {**good, "proof": [proof, {**proof, "proofValue": proof["proofValue"][:-1] + "1"}]}
    if variant == "one of somebody else of two":
        return {**good, "proof": [proof, prove(carrier, activity)["proof"]]}
    if variant == "changed content":
        return {**good, "object": {**good["object"], "content": "changed"}}
    changes: dict[str, dict[str, Any]] = {
        "for another purpose": {"proof": {**proof, "proofPurpose": "authentication"}},
        "of another suite": {"proof": {**proof, "cryptosuite": "eddsa-rdfc-2022"}},
        "expired": {"proof": {**proof, "expires": "2020-01-01T00:00:00Z"}},
        "from the future": {"proof": {**proof, "created": "2999-01-01T00:00:00Z"}},
        "of another context": {"@context": [AS2, "https://m.far.test/context"]},
        "no list of proofs": {"proof": []},
        "too many": {"proof": [proof] * 9},
        "a text": {"proof": "https://v.far.test/proof"},
        "changed recipient": {"to": [PUBLIC, carrier.uri]},
        "an added word": {"object2": "x"},
        "changed options": {"proof": {**proof, "created": "2026-01-01T00:00:00Z"}},
    }
    return {**good, **changes[variant]}


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_proof_that_does_not_bind_its_author(
    world: World, bob: Person, carrier: Person, variant: str
) -> None:
    await warm(world, bob, carrier)
    await meet(world, prover(world.far, bob.host, "eve"))
    await without_effect(world, carrier, spoiled(world, bob, carrier, variant))


async def test_the_same_in_another_order_still_binds(
    world: World, bob: Person, carrier: Person
) -> None:
    for proven in (
        prove(bob, bob.creates(bob.note("as it was written"))),
        reordered(prove(bob, bob.creates(bob.note("the other way round")))),
    ):
        assert (await world.deliver(carrier, proven))[0][0] == DONE
    several = prove(bob, bob.creates(bob.note("proven twice")))
    second = prove(bob, {k: v for k, v in several.items() if k != "proof"})["proof"]
    several["proof"] = [several["proof"], second]
    assert (await world.deliver(carrier, several))[0][0] == DONE


async def test_a_key_that_its_owner_has_thrown_away(
    world: World, bob: Person, carrier: Person
) -> None:
    old, fresh = KEYS[bob.uri], generate_ed25519()
    bob.extra["assertionMethod"][0]["publicKeyMultibase"] = to_multibase(fresh.public_key())
    bob.publish()
    # Bob's server says so itself; from then on the old key proves nothing.
    await world.deliver(bob, bob.does("Update", bob.document()))
    await warm(world, bob, carrier)
    await without_effect(world, carrier, prove(bob, bob.creates(bob.note("old")), key=old))
    assert (await world.deliver(carrier, prove(bob, bob.creates(bob.note()), key=fresh)))[0][
        0
    ] == DONE


async def test_an_old_proof_moves_nobody(world: World, bob: Person, carrier: Person) -> None:
    old = datetime.now(UTC) - timedelta(days=1)
    await warm(world, bob, carrier)
    for kind, thing in (
        ("Follow", world.alice.uri),
        ("Block", world.alice.uri),
        ("Undo", {"type": "Follow", "actor": bob.uri, "object": world.alice.uri}),
    ):
        await without_effect(world, carrier, prove(bob, bob.does(kind, thing), moment=old))
    follow = prove(bob, bob.does("Follow", world.alice.uri))
    assert (await world.deliver(carrier, follow))[0][0] == DONE


def signed_in_the_older_way(bob: Person, activity: dict[str, Any]) -> dict[str, Any]:
    """As a server sends it that signs with RDF canonicalisation; the value is a good one to it."""
    return {
        **activity,
        "signature": {
            "type": "RsaSignature2017",
            "creator": f"{bob.uri}#main-key",
            "created": "2026-07-07T12:00:00Z",
            "signatureValue": "c2lnbmVk",
        },
    }


def rearranged(bob: Person) -> list[dict[str, Any]]:
    """What a verifier of RDF takes for what bob signed, and a reader of JSON for something else."""
    note, decoy = bob.note("forged"), bob.note("signed once")
    create, signed = bob.creates(note), signed_in_the_older_way(bob, bob.creates(decoy))
    alias = {"@vocab": f"{AS2}#", "kontent": f"{AS2}#content", "content": "https://x.test/#no"}
    return [
        signed_in_the_older_way(bob, create),
        {**signed, "@graph": [create]},
        {**signed, "@included": [create]},
        {**create, "@reverse": {"object": signed}, "signature": signed["signature"]},
        {"@context": AS2, "@graph": [signed, create], "signature": signed["signature"]},
        {**signed, "@context": [AS2, "https://m.far.test/context"], "object": note},
        {**signed, "@context": [AS2, alias], "object": {**decoy, "kontent": "forged"}},
        {**signed, "@context": {"type": "@type", "id": "@id", "x": "@graph"}, "x": [create]},
        {**signed, f"{AS2}#object": note, "object": decoy},
        {**signed, "@id": create["id"], "@type": "Create", "object": note},
        {**signed, "@nest": {"object": note}},
        {"type": "Create", "@included": signed, **create, "signature": signed["signature"]},
    ]


async def test_an_older_signature_grants_nothing_however_it_is_arranged(
    world: World, bob: Person, carrier: Person
) -> None:
    await warm(world, bob, carrier)
    for document in rearranged(bob):
        await without_effect(world, carrier, document)
    assert world.far.asked["https://m.far.test/context"] == 0
    # What it speaks of can be asked for, and that is enough.
    note = bob.note("at its origin")
    serve(world, note)
    activity = signed_in_the_older_way(bob, bob.creates({**note, "content": "forged"}))
    assert (await world.deliver(carrier, activity))[0][0] == DONE
    content = await world.value("SELECT content FROM statuses WHERE uri = $1", note["id"])
    assert content == "<p>at its origin</p>"
    # And its Delete is proven by its absence.
    world.far.documents[note["id"]] = 404
    gone = signed_in_the_older_way(bob, bob.does("Delete", note["id"]))
    assert (await world.deliver(carrier, gone))[0][0] == DONE
    assert await world.count("statuses", "uri = $1", note["id"]) == 0
