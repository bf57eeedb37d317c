"""Answers to members go on to the members' followers, in the bytes in which they came."""

from typing import Any

import orjson
import pytest

from tests.integration.inbound.conftest import World, member
from tests.integration.inbound.far import PUBLIC, Person
from tests.integration.inbound.proving import prove, prover

DONE = 2


@pytest.fixture
async def bob(world: World) -> Person:
    """Whom alice follows, and who can prove what he says."""
    person = prover(world.far, "v.far.test", "bob")
    await world.follow(person)
    return person


async def post(world: World, **more: Any) -> str:
    """A post of alice's."""
    async with world.runtime.unit() as unit:
        number = await unit.new_id()
        uri = f"{world.alice.uri}/statuses/{number}"
        values = {
            "id": number,
            "uri": uri,
            "url": uri,
            "account_id": world.alice.id,
            "local": True,
            "content": "x",
            "visibility": 0,
            **more,
        }
        marks = ", ".join(f"${n}" for n in range(1, len(values) + 1))
        await unit.execute(
            f"INSERT INTO statuses ({', '.join(values)}) VALUES ({marks})", *values.values()
        )
    return uri


async def reader(world: World, host: str, of: int | None = None) -> Person:
    """Somebody elsewhere who follows alice (or another member)."""
    person = world.far.actor(host, "reader")
    await world.deliver(person, person.does("Like", "https://a.test/nothing"))
    await world.runtime.db.fetch(
        "INSERT INTO follows (id, account_id, target_id, accepted, local, uri)"
        " SELECT id, id, $2, true, false, $3 FROM accounts WHERE uri = $1",
        person.uri,
        of or world.alice.id,
        person.id("follows"),
    )
    return person


async def sent(world: World) -> list[tuple[str, str]]:
    """(type, inbox) of everything that goes on."""
    rows = await world.runtime.db.fetch(
        "SELECT a.type, d.inbox_url FROM deliveries d JOIN activities a ON a.id = d.activity_id"
        " ORDER BY d.id"
    )
    return [tuple(row) for row in rows]


async def test_an_answer_goes_on_in_its_own_bytes(world: World, bob: Person) -> None:
    uri = await post(world)
    near, far = await reader(world, "n.far.test"), await reader(world, "o.far.test")
    await reader(world, bob.host)
    answer = prove(bob, bob.creates(bob.note("an answer", inReplyTo=uri)))
    # Bytes that we would never write ourselves.
    body = orjson.dumps(answer, option=orjson.OPT_INDENT_2) + b"\n"
    assert (await world.deliver(bob, body))[0][0] == DONE
    assert await sent(world) == [
        ("Create", f"{near.uri}/inbox"),
        ("Create", f"{far.uri}/inbox"),
    ]
    row = await world.runtime.db.row("SELECT uri, account_id, body FROM activities")
    assert row is not None
    assert tuple(row) == (answer["id"], world.alice.id, body)
    # The same again, also brought by somebody else, goes nowhere a second time.
    await world.runtime.db.fetch("DELETE FROM inbound")
    await world.deliver(bob, body)
    await world.deliver(near, body)
    assert len(await sent(world)) == 2


async def test_edits_and_deletions_follow(world: World, bob: Person) -> None:
    uri = await post(world)
    near = await reader(world, "n.far.test")
    note = bob.note("an answer", inReplyTo=uri)
    edited = {**note, "content": "<p>edited</p>", "updated": "2999-01-01T00:00:00Z"}
    for activity in (
        bob.creates(note),
        bob.does("Update", edited, to=[PUBLIC]),
        bob.does("Delete", note["id"]),
    ):
        assert (await world.deliver(bob, prove(bob, activity)))[0][0] == DONE
    inbox = f"{near.uri}/inbox"
    assert await sent(world) == [("Create", inbox), ("Update", inbox), ("Delete", inbox)]
    lanes = await world.value("SELECT count(DISTINCT hold) FROM deliveries")
    assert lanes == 1, "they must arrive in their order"


@pytest.mark.parametrize("deed", ["boost", "answer", "quote"])
async def test_the_readers_of_whoever_passed_it_on_hear_of_its_end(
    world: World, bob: Person, deed: str
) -> None:
    carol = await member(world.runtime, "carol")
    near = await reader(world, "n.far.test")
    other = await reader(world, "o.far.test", of=carol.id)
    await reader(world, "p.far.test", of=(await member(world.runtime, "dora")).id)
    note = bob.note("worth passing on")
    await world.deliver(bob, bob.creates(note))
    original = await world.value("SELECT id FROM statuses WHERE uri = $1", note["id"])
    column = {"boost": "reblog_of_id", "answer": "in_reply_to_id", "quote": "quote_id"}[deed]
    for account in (world.alice, carol):
        uri = await post(world, account_id=account.id, **{column: original})
        if deed == "quote":
            await world.runtime.db.fetch(
                "INSERT INTO quotes (id, status_id, account_id, quoted_status_id)"
                " SELECT id, id, account_id, $2 FROM statuses WHERE uri = $1",
                uri,
                original,
            )
    await world.deliver(bob, bob.does("Delete", f"{note['id']}0"))
    assert (await world.deliver(bob, prove(bob, bob.does("Delete", note["id"]))))[0][0] == DONE
    assert sorted(await sent(world)) == [
        ("Delete", f"{near.uri}/inbox"),
        ("Delete", f"{other.uri}/inbox"),
    ]


async def test_what_does_not_go_on(world: World, bob: Person) -> None:
    await reader(world, "n.far.test")
    followers = [f"{bob.uri}/followers"]
    open_post, shy_post = await post(world), await post(world, visibility=2)
    own_post = await post(world, local_only=True)
    for parent, more, proven in (
        (open_post, {}, False),
        (open_post, {"to": followers, "cc": [world.alice.uri]}, True),
        (open_post, {"to": [world.alice.uri], "cc": []}, True),
        (shy_post, {}, True),
        (own_post, {}, True),
        (None, {}, True),
    ):
        note = bob.note("not for all", inReplyTo=parent, **more)
        activity = bob.creates(note)
        await world.deliver(bob, prove(bob, activity) if proven else activity)
    assert await sent(world) == []
    # Nor what somebody made up in the name of another, or says whom the member has blocked.
    mallory = world.far.actor("m.far.test", "mallory")
    forged = prove(bob, bob.creates(bob.note("real", inReplyTo=open_post)))
    forged["object"]["content"] = "forged"
    await world.deliver(mallory, forged)
    await world.runtime.db.fetch(
        "INSERT INTO blocks (id, account_id, target_id)"
        " SELECT 1, $1, id FROM accounts WHERE uri = $2",
        world.alice.id,
        bob.uri,
    )
    await world.deliver(bob, prove(bob, bob.creates(bob.note("again", inReplyTo=open_post))))
    assert await sent(world) == []
    await world.runtime.db.fetch("DELETE FROM blocks")
    await world.deliver(bob, prove(bob, bob.creates(bob.note("yes", inReplyTo=open_post))))
    assert len(await sent(world)) == 1


async def test_receivers_judge_the_older_signature(world: World, bob: Person) -> None:
    uri = await post(world)
    near = await reader(world, "n.far.test")
    ld = {"type": "RsaSignature2017", "creator": f"{bob.uri}#main-key", "signatureValue": "AAAA"}
    answer = {**bob.creates(bob.note("an answer", inReplyTo=uri)), "signature": ld}
    assert (await world.deliver(bob, answer))[0][0] == DONE
    assert await sent(world) == [("Create", f"{near.uri}/inbox")]
