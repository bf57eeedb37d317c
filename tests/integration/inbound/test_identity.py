"""Who may say what: forged activities have no effect, their honest twins have."""

from typing import Any

import pytest

from fedi.core.domains.service import block
from tests.integration.inbound.conftest import World, member
from tests.integration.inbound.far import AS2, PUBLIC, Person

DONE, IGNORED, REFUSED = 2, 3, 4
TABLES = (
    "accounts", "account_stats", "statuses", "status_mentions", "status_edits", "favourites",
    "follows", "blocks", "tombstones", "undone", "notifications", "events", "account_keys",
)  # fmt: skip


async def picture(world: World) -> dict[str, list[Any]]:
    """Every row of every table that an activity could touch."""
    return {
        table: [
            tuple(row)
            for row in await world.runtime.db.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")
        ]
        for table in TABLES
    }


async def no_effect(world: World, person: Person, *activities: Any, **how: Any) -> list[Any]:
    # The sender itself may become known by knocking.
    await world.deliver(person, person.does("Like", "https://a.test/nothing"))
    before = await picture(world)
    endings = await world.deliver(person, *activities, **how)
    assert await picture(world) == before
    assert all(state in (IGNORED, REFUSED) for state, _ in endings), endings
    return endings


@pytest.fixture
async def bob(world: World) -> Person:
    """An honest peer whom alice follows."""
    person = world.far.actor("v.far.test", "bob")
    await world.follow(person)
    return person


@pytest.fixture
def mallory(world: World) -> Person:
    return world.far.actor("m.far.test", "mallory")


async def test_nobody_speaks_for_somebody_else(world: World, bob: Person, mallory: Person) -> None:
    note = bob.note("theirs")
    world.far.documents[note["id"]] = {"@context": AS2, **note}
    (ending,) = await world.deliver(bob, bob.creates(note))
    assert ending[0] == DONE, ending
    things: dict[str, Any] = {
        "Create": bob.note("forged"),
        "Update": {**note, "content": "forged"},
        "Delete": note["id"],
        "Follow": world.alice.uri,
        "Like": note["id"],
        "Announce": note["id"],
        "Block": world.alice.uri,
        "Accept": f"{world.alice.uri}/follows/1",
        "Reject": f"{world.alice.uri}/follows/1",
        "Undo": {"type": "Follow", "actor": bob.uri, "object": world.alice.uri},
    }
    for kind, thing in things.items():
        for actor in (bob.uri, {"id": bob.uri, "type": "Person"}, [bob.uri], [bob.uri, "x"]):
            for url in ("https://a.test/inbox", f"{world.alice.uri}/inbox"):
                forged = {**mallory.does(kind, thing), "actor": actor}
                forged["id"] = bob.id()
                await no_effect(world, mallory, forged, url=url)


async def test_of_two_actors_the_signer_is_the_one(
    world: World, bob: Person, mallory: Person
) -> None:
    follow = {**mallory.does("Follow", world.alice.uri), "actor": [bob.uri, mallory.uri]}
    assert (await world.deliver(mallory, follow))[0][0] == DONE
    followers = await world.runtime.db.fetch(
        "SELECT a.uri FROM follows f JOIN accounts a ON a.id = f.account_id WHERE NOT f.local"
    )
    assert [row["uri"] for row in followers] == [mallory.uri]


async def test_an_embedded_post_of_others_is_not_stored(
    world: World, bob: Person, mallory: Person
) -> None:
    await world.follow(mallory)
    hosts = ("m.far.test", "v.far.test")
    for activity_host in hosts:
        for object_host in hosts:
            for author in (mallory, bob):
                note = mallory.note("matrix", attributedTo=author.uri)
                note["id"] = note["id"].replace("m.far.test", object_host)
                activity = mallory.creates(note)
                activity["id"] = activity["id"].replace("m.far.test", activity_host)
                before = await world.count("statuses")
                (ending,) = await world.deliver(mallory, activity)
                honest = {activity_host, object_host} == {"m.far.test"} and author is mallory
                assert (ending[0] == DONE) == honest, (activity_host, object_host, author.name)
                assert await world.count("statuses") == before + honest


async def test_a_url_elsewhere_is_for_show_only(world: World, bob: Person, mallory: Person) -> None:
    await world.follow(mallory)
    note = mallory.note("looks like bob", url="https://v.far.test/@bob/1")
    assert (await world.deliver(mallory, mallory.creates(note)))[0][0] == DONE
    stored = await world.value("SELECT account_id FROM statuses WHERE uri = $1", note["id"])
    assert stored == await world.value("SELECT id FROM accounts WHERE uri = $1", mallory.uri)
    real = bob.note("the real one")
    real["id"] = "https://v.far.test/@bob/1"
    assert (await world.deliver(bob, bob.creates(real)))[0][0] == DONE


async def test_the_same_host_is_not_the_same_person(world: World, bob: Person) -> None:
    eve = world.far.actor("v.far.test", "eve")
    note = bob.note("mine")
    announce = bob.does("Announce", note["id"], to=[PUBLIC])
    like = bob.does("Like", note["id"])
    follow = bob.does("Follow", world.alice.uri)
    block = bob.does("Block", (await member(world.runtime, "carol")).uri)
    endings = await world.deliver(bob, bob.creates(note), announce, like, follow, block)
    assert [state for state, _ in endings] == [DONE] * 5, endings
    attacks = [
        eve.does("Update", {**note, "content": "changed"}),
        eve.does("Update", {**note, "attributedTo": eve.uri, "content": "changed"}),
    ]
    await no_effect(world, eve, *attacks)
    await world.deliver(eve, eve.does("Delete", note["id"]), eve.does("Delete", bob.uri))
    for done in (announce, like, follow, block):
        await world.deliver(eve, eve.does("Undo", done["id"]))
        await world.deliver(eve, eve.does("Undo", done))
        await world.deliver(eve, eve.does("Undo", {**done, "actor": eve.uri}))
    assert await world.value("SELECT content FROM statuses WHERE uri = $1", note["id"])
    assert await world.count("statuses", "reblog_of_id IS NOT NULL") == 1
    assert await world.count("favourites") == 1
    assert await world.count("follows", "NOT local") == 1
    assert await world.count("blocks") == 1
    assert await world.count("accounts", "deleted_at IS NOT NULL") == 0
    # The owner may.
    undos = [bob.does("Undo", done) for done in (announce, like, follow, block)]
    update = bob.does(
        "Update", {**note, "content": "<p>edited</p>", "updated": "2999-01-01T00:00:00Z"}
    )
    endings = await world.deliver(bob, update, *undos, bob.does("Delete", note["id"]))
    assert [state for state, _ in endings] == [DONE] * 6
    for table in ("favourites", "blocks", "statuses"):
        assert await world.count(table) == 0


async def test_answers_count_only_from_whom_was_asked(
    world: World, bob: Person, mallory: Person
) -> None:
    await world.deliver(mallory, mallory.does("Like", "https://a.test/x"))
    carol = await member(world.runtime, "carol")
    target = await world.value("SELECT id FROM accounts WHERE uri = $1", bob.uri)
    async with world.runtime.unit() as unit:
        number = await unit.new_id()
        uri = f"https://a.test/ap/follows/{number}"
        await unit.execute(
            "INSERT INTO follows (id, account_id, target_id, local, uri)"
            " VALUES ($1, $2, $3, true, $4)",
            number,
            carol.id,
            target,
            uri,
        )
    follow = {"id": uri, "type": "Follow", "actor": carol.uri, "object": bob.uri}
    for kind in ("Accept", "Reject"):
        for thing in (
            uri,
            follow,
            {**follow, "object": mallory.uri},
            {"type": "Follow", "actor": carol.uri, "object": mallory.uri},
            {"type": "Follow", "actor": world.alice.uri, "object": mallory.uri},
            f"{uri}0",
            {"type": "Follow"},
        ):
            await no_effect(world, mallory, mallory.does(kind, thing))
    await no_effect(world, bob, bob.does("Accept", "https://a.test/ap/follows/1"))
    # Its own answer, as careless servers write it: with an id of theirs.
    careless = {
        "id": "https://v.far.test/9",
        "type": "Follow",
        "actor": carol.uri,
        "object": bob.uri,
    }
    assert (await world.deliver(bob, bob.does("Accept", careless)))[0][0] == DONE
    assert await world.value("SELECT accepted FROM follows WHERE uri = $1", uri)
    assert (await world.deliver(bob, bob.does("Reject", uri)))[0][0] == DONE
    assert await world.count("follows", "uri = $1", uri) == 0


async def test_boosts_take_the_original_from_its_origin(
    world: World, bob: Person, mallory: Person
) -> None:
    await world.follow(mallory)
    note = bob.note("the truth")
    world.far.documents[note["id"]] = {"@context": AS2, **note}
    forged = {**note, "content": "<p>a lie</p>"}
    (ending,) = await world.deliver(mallory, mallory.does("Announce", forged, to=[PUBLIC]))
    assert ending[0] == DONE, ending
    content = await world.value("SELECT content FROM statuses WHERE uri = $1", note["id"])
    assert "truth" in content
    for hidden in (bob.note("x", to=[f"{bob.uri}/followers"], cc=[]), bob.note("x", to=[], cc=[])):
        world.far.documents[hidden["id"]] = {"@context": AS2, **hidden}
        before = await world.count("statuses", "reblog_of_id IS NOT NULL")
        await world.deliver(bob, bob.creates(hidden))
        await world.deliver(mallory, mallory.does("Announce", hidden["id"], to=[PUBLIC]))
        await world.deliver(mallory, mallory.does("Announce", hidden, to=[PUBLIC]))
        assert await world.count("statuses", "reblog_of_id IS NOT NULL") == before


@pytest.mark.parametrize(
    "spelling",
    [
        "https://A.TEST/ap/users/{}", "https://a.test./ap/users/{}", "https://a.test:444/ap/users/{}",
        "https://a.test.far.test/ap/users/{}", "https://a.test@far.test/ap/users/{}",
        "https://a.test%2Efar.test/ap/users/{}", "http://a.test/ap/users/{}",
        "https://a.te\u0455t/ap/users/{}", "https://a.test//ap/users/{}", "https://a.test/ap/users/{}/",
        "https://a.test/ap/users/{}?x", "//a.test/ap/users/{}", "https://\uff41.test/ap/users/{}",
    ],
)  # fmt: skip
async def test_names_that_look_like_ours_are_not_ours(
    world: World, mallory: Person, spelling: str
) -> None:
    alike = spelling.format(world.alice.id)
    await no_effect(
        world,
        mallory,
        mallory.does("Follow", alike),
        mallory.does("Block", alike),
        mallory.creates(mallory.note("@alice", to=[alike], cc=[])),
    )
    assert (await world.deliver(mallory, mallory.does("Follow", world.alice.uri)))[0][0] == DONE


async def test_ids_of_others_are_nobody_elses_to_give_away(
    world: World, bob: Person, mallory: Person
) -> None:
    await world.follow(mallory)
    first, second = bob.note("first"), bob.note("second")
    await world.deliver(bob, bob.creates(first))
    for kind, thing, more in (
        ("Announce", first["id"], {"to": [PUBLIC]}),
        ("Like", first["id"], {}),
        ("Follow", world.alice.uri, {}),
        ("Create", mallory.note("mine"), {}),
    ):
        await no_effect(world, mallory, {**mallory.does(kind, thing, **more), "id": second["id"]})
    # What it stood for is still free.
    assert (await world.deliver(bob, bob.creates(second)))[0][0] == DONE


async def test_nobody_outside_writes_a_post_of_ours(world: World, mallory: Person) -> None:
    await world.follow(mallory)
    for author in (world.alice.uri, mallory.uri):
        note = mallory.note("forged", attributedTo=author)
        note["id"] = f"{world.alice.uri}/statuses/1"
        await no_effect(world, mallory, mallory.creates(note), mallory.does("Update", note))


async def test_the_suspended_and_the_blocked_stay_out(
    world: World, bob: Person, mallory: Person
) -> None:
    await world.follow(mallory)
    note = mallory.note("before")
    world.far.documents[note["id"]] = {"@context": AS2, **note}
    await world.deliver(mallory, mallory.creates(note))
    await world.runtime.db.fetch(
        "UPDATE accounts SET suspended_at = now() WHERE uri = $1", mallory.uri
    )
    await no_effect(
        world,
        mallory,
        mallory.creates(mallory.note("again")),
        mallory.does("Announce", note["id"], to=[PUBLIC]),
        mallory.does("Like", note["id"]),
        mallory.does("Follow", world.alice.uri),
        mallory.does("Block", world.alice.uri),
    )
    fresh = mallory.note("through others")
    world.far.documents[fresh["id"]] = {"@context": AS2, **fresh}
    for uri in (note["id"], fresh["id"]):
        await no_effect(world, bob, bob.does("Announce", uri, to=[PUBLIC]))
    # What they take back is still taken back.
    assert (await world.deliver(mallory, mallory.does("Delete", note["id"])))[0][0] == DONE
    async with world.runtime.unit() as unit:
        await block(unit, "m.far.test")
    world.policy.forget()
    asked = world.far.asked_of("m.far.test")
    await no_effect(world, bob, bob.does("Announce", fresh["id"], to=[PUBLIC]))
    assert world.far.asked_of("m.far.test") == asked


async def test_a_domain_blocked_after_the_202_is_heeded(world: World, bob: Person) -> None:
    await world.post(bob, bob.creates(bob.note()))
    async with world.runtime.unit() as unit:
        await block(unit, "v.far.test")
    world.policy.forget()
    await world.drain()
    assert await world.count("statuses") == 0
    assert "blocked" in await world.value("SELECT reason FROM inbound ORDER BY id DESC LIMIT 1")


async def test_keys_and_inboxes_change_only_by_asking_the_origin(
    world: World, bob: Person, mallory: Person
) -> None:
    swapped = {
        **bob.document(),
        "inbox": "https://m.far.test/inbox",
        "publicKey": {
            **mallory.document()["publicKey"],
            "id": f"{bob.uri}#main-key",
            "owner": bob.uri,
        },
    }
    relayed = {**mallory.does("Update", swapped), "actor": bob.uri}
    await world.deliver(mallory, relayed)
    await world.deliver(bob, bob.does("Update", swapped))
    assert (
        await world.value("SELECT inbox_url FROM accounts WHERE uri = $1", bob.uri)
        == f"{bob.uri}/inbox"
    )
    assert (
        await world.post(mallory, bob.creates(bob.note()), key_id=f"{bob.uri}#main-key")
    ).status_code == 401
    # An honest change of profile needs nobody to be asked.
    asked = world.far.asked[bob.uri]
    renamed = {**bob.document(), "name": "Robert", "summary": "<p>hi</p>"}
    assert (await world.deliver(bob, bob.does("Update", renamed)))[0][0] == DONE
    assert (
        await world.value("SELECT display_name FROM accounts WHERE uri = $1", bob.uri) == "Robert"
    )
    assert world.far.asked[bob.uri] == asked
    assert (await world.post(bob, bob.creates(bob.note()))).status_code == 202
    # And one of the inbox is asked about.
    bob.extra["inbox"] = f"{bob.uri}/inbox2"
    bob.publish()
    assert (await world.deliver(bob, bob.does("Update", bob.document())))[0][0] == DONE
    assert (
        await world.value("SELECT inbox_url FROM accounts WHERE uri = $1", bob.uri)
        == f"{bob.uri}/inbox2"
    )


async def test_forwarded_posts_are_read_at_their_origin(
    world: World, bob: Person, mallory: Person
) -> None:
    note = bob.note("a reply that alice's server must see")
    world.far.documents[note["id"]] = {"@context": AS2, **note}
    forged = {**note, "content": "<p>forged</p>"}
    assert (await world.deliver(mallory, bob.creates(forged)))[0][0] == DONE
    assert "must see" in await world.value("SELECT content FROM statuses")
    (ending,) = await world.deliver(mallory, bob.does("Delete", note["id"]))
    assert ending[0] == REFUSED, ending
    assert await world.count("statuses") == 1
    world.far.documents[note["id"]] = 410
    (ending,) = await world.deliver(mallory, bob.does("Delete", note["id"]))
    assert ending[0] == DONE, ending
    assert await world.count("statuses") == 0
    # About strangers nobody is asked.
    eve = world.far.actor("p.far.test", "eve")
    await no_effect(world, mallory, eve.creates(eve.note()), eve.does("Delete", eve.id("notes")))
    assert world.far.asked_of("p.far.test") == 0


async def test_strangers_without_a_relation_leave_nothing(world: World, mallory: Person) -> None:
    await no_effect(world, mallory, mallory.creates(mallory.note()))
    await no_effect(
        world, mallory, mallory.creates(mallory.note("x", inReplyTo=mallory.id("notes")))
    )
    mention = {"type": "Mention", "href": world.alice.uri, "name": "@alice@a.test"}
    spam = mallory.note("hi", cc=[world.alice.uri], tag=[mention])
    assert (await world.deliver(mallory, mallory.creates(spam)))[0][0] == DONE
    assert await world.count("status_mentions") == 1


async def test_replies_to_those_whom_we_follow_are_wanted(
    world: World, bob: Person, mallory: Person
) -> None:
    note = bob.note()
    reply = mallory.note("a reply", inReplyTo=note["id"])
    await world.post(bob, bob.creates(note))
    (ending,) = await world.deliver(mallory, mallory.creates(reply))
    assert ending[0] == DONE, ending
    assert await world.count("statuses", "in_reply_to_id IS NOT NULL") == 1
