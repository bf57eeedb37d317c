"""Things that only their owner may do: answer, take back, change keys, come back from exile."""

from typing import Any

import pytest

from fedi.core.domains.service import block
from tests.integration.attacks.peers.conftest import DONE, serve, without_effect
from tests.integration.inbound.conftest import World, member
from tests.integration.inbound.far import PUBLIC, Person
from tests.integration.inbound.proving import prove


async def ask_to_follow(world: World, person: Person, name: str) -> tuple[str, str]:
    """A member's Follow that waits for an answer: its id, and the member's."""
    asker = await member(world.runtime, name)
    async with world.runtime.unit() as unit:
        number = await unit.new_id()
        uri = f"https://a.test/ap/follows/{number}"
        await unit.execute(
            "INSERT INTO follows (id, account_id, target_id, local, uri)"
            " SELECT $1, $2, id, true, $3 FROM accounts WHERE uri = $4",
            number,
            asker.id,
            uri,
            person.uri,
        )
    return uri, asker.uri


async def test_answers_to_follows_of_others(world: World, bob: Person, mallory: Person) -> None:
    uri, asker = await ask_to_follow(world, bob, "carol")
    follow = {"id": uri, "type": "Follow", "actor": asker, "object": bob.uri}
    for kind in ("Accept", "Reject"):
        for thing in (
            uri,
            follow,
            {**follow, "object": mallory.uri},
            {**follow, "id": mallory.id()},
            {"type": "Follow", "actor": asker, "object": mallory.uri},
            {"type": "Follow", "actor": asker, "object": bob.uri},
            {**follow, "actor": world.alice.uri},
            f"{uri}0",
            "https://a.test/ap/follows/1",
        ):
            await without_effect(world, mallory, mallory.does(kind, thing))
            carried = {**bob.does(kind, thing), "actor": bob.uri}
            await without_effect(world, mallory, carried)
    # A yes that nobody has asked for, from the one who may say it.
    never = {"type": "Follow", "actor": (await member(world.runtime, "dora")).uri}
    await without_effect(world, bob, bob.does("Accept", {**never, "object": bob.uri}))
    assert (await world.deliver(bob, bob.does("Accept", uri)))[0][0] == DONE
    assert await world.value("SELECT accepted FROM follows WHERE uri = $1", uri)


@pytest.mark.parametrize("attacker", ["neighbour", "stranger"])
async def test_taking_back_what_another_did(
    world: World, bob: Person, mallory: Person, attacker: str
) -> None:
    eve = world.far.actor(bob.host, "eve") if attacker == "neighbour" else mallory
    if attacker == "neighbour":
        await world.follow(eve)
    note = bob.note("mine")
    deeds = [
        bob.does("Announce", note["id"], to=[PUBLIC]),
        bob.does("Like", note["id"]),
        bob.does("Follow", world.alice.uri),
        bob.does("Block", (await member(world.runtime, "carol")).uri),
    ]
    await world.deliver(bob, bob.creates(note), *deeds)

    async def standing() -> list[int]:
        wheres = (
            ("statuses", "reblog_of_id IS NOT NULL"),
            ("favourites", "true"),
            ("follows", "NOT local"),
            ("blocks", "true"),
        )
        return [await world.count(table, where) for table, where in wheres]

    assert await standing() == [1, 1, 1, 1]
    for deed in deeds:
        for thing in (
            deed["id"],
            deed,
            {**deed, "actor": eve.uri},
            {**deed, "object": "https://a.test/other"},
            {name: value for name, value in deed.items() if name != "id"},
        ):
            await world.deliver(eve, eve.does("Undo", thing))
            carried = {**bob.does("Undo", thing), "actor": bob.uri}
            await without_effect(world, eve, carried)
    assert await standing() == [1, 1, 1, 1]
    endings = await world.deliver(bob, *(bob.does("Undo", deed) for deed in deeds))
    assert [state for state, _ in endings] == [DONE] * 4
    assert await standing() == [0, 0, 0, 0]


async def test_a_new_key_or_inbox_brought_by_others(
    world: World, bob: Person, mallory: Person
) -> None:
    swapped: dict[str, Any] = {
        **bob.document(),
        "inbox": "https://m.far.test/inbox",
        "publicKey": {
            **mallory.document()["publicKey"],
            "id": f"{bob.uri}#main-key",
            "owner": bob.uri,
        },
    }
    update = bob.does("Update", swapped, to=[PUBLIC])
    add = {**mallory.does("Add", swapped), "target": f"{mallory.uri}/featured"}
    ld = {"type": "RsaSignature2017", "creator": f"{bob.uri}#main-key", "signatureValue": "AA"}
    for activity in (update, {**update, "signature": ld}, add, mallory.does("Announce", update)):
        await world.deliver(mallory, {**activity, "id": activity["id"]})
    await world.deliver(mallory, prove(bob, bob.does("Update", swapped)))
    inbox = "SELECT inbox_url FROM accounts WHERE uri = $1"
    assert await world.value(inbox, bob.uri) == f"{bob.uri}/inbox"
    forged = await world.post(
        mallory, bob.creates(bob.note("forged")), key_id=f"{bob.uri}#main-key"
    )
    assert forged.status_code == 401
    # The same change, told by bob's own server.
    bob.extra["inbox"] = f"{bob.uri}/inbox2"
    bob.publish()
    assert (await world.deliver(bob, bob.does("Update", bob.document())))[0][0] == DONE
    assert await world.value(inbox, bob.uri) == f"{bob.uri}/inbox2"


@pytest.mark.parametrize("how", ["suspended", "domain"])
async def test_the_banished_do_not_come_back_by_a_side_door(
    world: World, bob: Person, mallory: Person, how: str
) -> None:
    old = mallory.note("before")
    serve(world, old)
    await world.deliver(mallory, mallory.creates(old))
    if how == "suspended":
        await world.runtime.db.fetch(
            "UPDATE accounts SET suspended_at = now() WHERE uri = $1", mallory.uri
        )
    else:
        async with world.runtime.unit() as unit:
            await block(unit, "m.far.test")
        world.policy.forget()
    fresh = mallory.note("after")
    serve(world, fresh)
    mention = {"type": "Mention", "href": world.alice.uri}
    loud = mallory.note("hi", to=[PUBLIC, world.alice.uri], tag=[mention])
    edited = {**old, "content": "<p>edited</p>", "updated": "2999-01-01T00:00:00Z"}
    carried = [
        prove(mallory, mallory.creates(fresh)),
        prove(mallory, mallory.creates(loud)),
        prove(mallory, mallory.does("Update", edited, to=[PUBLIC])),
        prove(mallory, mallory.does("Update", loud, to=[PUBLIC])),
        mallory.creates(fresh),
    ]
    boosts = [bob.does("Announce", note["id"], to=[PUBLIC]) for note in (old, fresh)]
    embedded = bob.creates(fresh)
    await without_effect(world, bob, *carried, *boosts, embedded)
    # An answer to it, or a quote of it, is bob's own and brings nothing of theirs along.
    await world.deliver(bob, bob.creates(bob.note("re", inReplyTo=fresh["id"])))
    await world.deliver(bob, bob.creates(bob.note("see", quote=fresh["id"])))
    assert await world.count("statuses", "uri = $1", fresh["id"]) == 0
    assert (await world.deliver(bob, bob.creates(bob.note("honest"))))[0][0] == DONE
