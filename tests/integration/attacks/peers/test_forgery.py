"""Speaking in the name of somebody else: by signature, by key, by address, by document."""

from typing import Any

import pytest

from fedi.federation.handlers import HANDLERS
from tests.integration.attacks.peers.conftest import (
    DONE,
    dump,
    meet,
    serve,
    without_effect,
)
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import AS2, PUBLIC, Person
from tests.integration.inbound.proving import prove, prover

SHARED = "https://a.test/inbox"
KINDS = [name for name in HANDLERS if name.isalpha()]


def thing_for(kind: str, world: World, bob: Person, note: dict[str, Any]) -> Any:
    """An object with which an honest activity of this kind could have an effect."""
    if kind in ("Create", "Update"):
        return {**note, "content": "<p>forged</p>"} if kind == "Update" else bob.note("forged")
    if kind in ("Follow", "Block", "Flag"):
        return world.alice.uri
    if kind == "Undo":
        return {"type": "Follow", "actor": bob.uri, "object": world.alice.uri}
    return bob.uri if kind == "Move" else note["id"]


async def test_a_good_signature_under_the_name_of_another(
    world: World, bob: Person, mallory: Person
) -> None:
    note = bob.note("theirs")
    serve(world, note)
    await world.deliver(bob, bob.creates(note), bob.does("Follow", world.alice.uri))
    for kind in KINDS:
        forged = bob.does(kind, thing_for(kind, world, bob, note), to=[PUBLIC, world.alice.uri])
        forged["target"] = mallory.uri if kind == "Move" else f"{bob.uri}/featured"
        shapes: list[Any] = [bob.uri, {"id": bob.uri, "type": "Person"}, [bob.uri], [bob.uri, "x"]]
        for number, actor in enumerate(shapes):
            url = SHARED if number % 2 else f"{world.alice.uri}/inbox"
            copy = {**forged, "actor": actor, "id": bob.id()}
            await without_effect(world, mallory, copy, url=url)
    # The very same, and it is bob's own word: by his signature, or by his proof.
    for number in range(2):
        honest = bob.creates(bob.note(f"honest {number}"))
        (ending,) = (
            await world.deliver(bob, honest)
            if number
            else await world.deliver(mallory, prove(bob, honest))
        )
        assert ending[0] == DONE


async def test_a_second_name_beside_ones_own(world: World, bob: Person, mallory: Person) -> None:
    note = mallory.note("whose?", attributedTo=[bob.uri, mallory.uri])
    for actor in ([mallory.uri, bob.uri], [bob.uri, mallory.uri]):
        activity = {**mallory.creates(note), "actor": actor, "id": mallory.id()}
        await world.deliver(mallory, activity)
    author = await world.value(
        "SELECT a.uri FROM statuses s JOIN accounts a ON a.id = s.account_id WHERE s.uri = $1",
        note["id"],
    )
    assert author == mallory.uri


@pytest.mark.parametrize("fragment", ["#main-key", ""])
@pytest.mark.parametrize("shape", ["publicKey", "publicKeys", "bare", "assertionMethod"])
async def test_a_key_that_claims_an_owner_who_does_not_name_it(
    world: World, bob: Person, mallory: Person, shape: str, fragment: str
) -> None:
    place = "https://m.far.test/key"
    key = {**mallory.document()["publicKey"], "id": f"{place}{fragment}", "owner": bob.uri}
    if shape == "bare":
        world.far.documents[place] = {"@context": AS2, "type": "Key", **key, "id": place}
    elif shape == "assertionMethod":
        multikey = {**mallory.extra["assertionMethod"][0], "id": f"{place}{fragment}"}
        multikey["controller"] = bob.uri
        world.far.documents[place] = {**bob.document(), "id": place, "assertionMethod": [multikey]}
    else:
        keys = [key] if shape == "publicKeys" else key
        world.far.documents[place] = {**bob.document(), "id": place, "publicKey": keys}
    before = await dump(world)
    forged = bob.creates(bob.note("forged"))
    answer = await world.post(mallory, forged, key_id=f"{place}{fragment}")
    assert answer.status_code == 401
    await world.drain()
    after = await dump(world)
    for name in ("accounts", "account_stats"):
        # Where the place describes somebody, they become known, as themselves and without a key.
        assert set(before.pop(name)) <= set(after.pop(name))
    assert after == before
    assert (await world.deliver(bob, bob.creates(bob.note("honest"))))[0][0] == DONE


async def test_a_document_under_the_id_of_another_place(
    world: World, bob: Person, mallory: Person
) -> None:
    lie = bob.note("a lie")
    truth = {**lie, "content": "<p>the truth</p>"}
    # On the attacker's host, and among the uploads of the victim's.
    for place in ("https://m.far.test/x", "https://v.far.test/uploads/y"):
        world.far.documents[place] = {"@context": AS2, **lie}
        await without_effect(world, mallory, mallory.does("Announce", place, to=[PUBLIC]))
    # When its own address answers, that answer is what counts.
    serve(world, truth)
    for place in ("https://m.far.test/x2", "https://v.far.test/uploads/y2"):
        world.far.documents[place] = {"@context": AS2, **lie}
        await world.deliver(mallory, mallory.does("Announce", place, to=[PUBLIC]))
    contents = await world.runtime.db.fetch(
        "SELECT content FROM statuses WHERE reblog_of_id IS NULL"
    )
    assert {row[0] for row in contents} == {"<p>the truth</p>"}
    # An actor likewise: what stands elsewhere under bob's id is not read.
    place = "https://m.far.test/bob"
    world.far.documents[place] = {**bob.document(), "name": "Forged"}
    await world.post(mallory, mallory.creates(mallory.note()), key_id=f"{place}#main-key")
    await world.drain()
    assert await world.count("accounts", "display_name = 'Forged'") == 0
    assert await world.count("accounts", "uri = $1", place) == 0


AS2_PROFILE = 'profile="https://www.w3.org/ns/activitystreams"'
TYPES = {
    "application/activity+json": True,
    "application/activity+json; charset=utf-8": True,
    "APPLICATION/ACTIVITY+JSON": True,
    f"application/ld+json; {AS2_PROFILE}": True,
    'application/ld+json; profile="https://x.test/ns https://www.w3.org/ns/activitystreams"': True,
    "application/ld+json": False,
    'application/ld+json; profile="https://x.test/ns"': False,
    "application/json": False,
    "text/plain": False,
    "text/html": False,
    "application/octet-stream": False,
    "image/png": False,
    "": False,
    "text/plain, application/activity+json": False,
}


@pytest.mark.parametrize(("kind", "good"), TYPES.items())
async def test_an_upload_that_looks_like_a_post(
    world: World, bob: Person, mallory: Person, kind: str, good: bool
) -> None:
    upload = bob.note("uploaded")
    upload["id"] = "https://v.far.test/uploads/post.json"
    serve(world, upload)
    world.far.content_type = kind
    await world.deliver(mallory, mallory.does("Announce", upload["id"], to=[PUBLIC]))
    assert await world.count("statuses", "uri = $1", upload["id"]) == good


async def test_a_neighbour_on_the_same_host(world: World, bob: Person) -> None:
    eve = prover(world.far, bob.host, "eve")
    await world.follow(eve)
    note = bob.note("mine")
    await world.deliver(bob, bob.creates(note))
    target = f"{bob.uri}/featured"
    deeds = [
        eve.does("Update", {**note, "content": "changed"}, to=[PUBLIC]),
        eve.does("Update", bob.document() | {"name": "changed"}),
        eve.does("Add", note["id"], target=target),
        eve.does("Remove", note["id"], target=target),
        eve.does("Undo", {"type": "Create", "object": note["id"]}),
    ]
    await without_effect(world, eve, *deeds)
    # What she says of what is not hers is remembered for her only.
    await world.deliver(eve, eve.does("Delete", note["id"]), eve.does("Delete", bob.uri))
    assert await world.count("statuses", "uri = $1", note["id"]) == 1
    assert await world.count("accounts", "deleted_at IS NOT NULL") == 0
    (ending,) = await world.deliver(bob, bob.does("Delete", note["id"]))
    assert ending[0] == DONE


async def test_a_post_of_another_in_ones_own_create_is_read_where_it_lives(
    world: World, bob: Person, mallory: Person
) -> None:
    real = bob.note("the truth")
    forged = {**real, "content": "<p>a lie</p>"}
    await without_effect(world, mallory, mallory.creates(forged))
    other = bob.note("the other truth")
    serve(world, other)
    (ending,) = await world.deliver(mallory, mallory.creates({**other, "content": "<p>a lie</p>"}))
    assert ending[0] == DONE
    row = await world.runtime.db.row(
        "SELECT a.uri, s.content FROM statuses s JOIN accounts a ON a.id = s.account_id"
        " WHERE s.uri = $1",
        other["id"],
    )
    assert row is not None
    assert tuple(row) == (bob.uri, "<p>the other truth</p>")


async def test_ten_thousand_farewells_of_strangers(world: World) -> None:
    gone = [prover(world.far, "g.far.test", f"gone{number}") for number in range(40)]
    for person in gone:
        world.far.documents[person.uri] = 410
    before = await dump(world)
    for person in gone:
        for _ in range(5):
            answer = await world.post(person, person.does("Delete", person.uri))
            assert answer.status_code == 202
    await world.drain()
    assert await dump(world) == before
    assert await world.count("inbound") == 0
    assert world.far.asked_of("g.far.test") == 0


async def test_the_private_post_of_another_cannot_be_passed_on(
    world: World, bob: Person, mallory: Person
) -> None:
    follower = prover(world.far, "f.far.test", "follower")
    await world.follow(follower)
    secret = bob.note("secret", to=[f"{bob.uri}/followers"], cc=[])
    letter = bob.note("a letter", to=[world.alice.uri], cc=[])
    for note in (secret, letter):
        serve(world, note)
        await world.deliver(bob, bob.creates(note))
    for person in (mallory, follower):
        for note in (secret, letter):
            opened = {**note, "to": [PUBLIC]}
            for thing in (note["id"], note, opened):
                await without_effect(world, person, person.does("Announce", thing, to=[PUBLIC]))
    assert await world.count("statuses", "reblog_of_id IS NOT NULL") == 0
    public = bob.note("for all")
    await world.deliver(bob, bob.creates(public))
    await world.deliver(mallory, mallory.does("Announce", public["id"], to=[PUBLIC]))
    assert await world.count("statuses", "reblog_of_id IS NOT NULL") == 1


async def test_a_handle_that_another_domain_gives_out(world: World, mallory: Person) -> None:
    claimant = prover(world.far, "m.far.test", "bob")
    claimant.extra["webfinger"] = "bob@v.far.test"
    claimant.publish()
    await meet(world, claimant)
    row = await world.runtime.db.row(
        "SELECT username, domain FROM accounts WHERE uri = $1", claimant.uri
    )
    assert row is not None
    assert row["domain"] == "m.far.test"
    honest = prover(world.far, "v.far.test", "bob")
    await meet(world, honest)
    assert (
        await world.value(
            "SELECT uri FROM accounts WHERE username = 'bob' AND domain = 'v.far.test'"
        )
        == honest.uri
    )


async def test_plain_http_ids_and_ids_of_other_schemes(world: World, bob: Person) -> None:
    answer = await world.post(
        bob, bob.creates(bob.note()), key_id="http://v.far.test/users/bob#main-key"
    )
    assert answer.status_code == 401
    for scheme in ("did:key:z6Mk", "ap://did:key:z6Mk/actor", "tag:v.far.test,2026:1", "urn:x"):
        for field in ("id", "actor", "object"):
            activity = {**bob.creates(bob.note()), field: scheme}
            before = await dump(world)
            await world.post(bob, activity)
            await world.drain()
            assert await dump(world) == before
    assert (await world.deliver(bob, bob.creates(bob.note())))[0][0] == DONE
