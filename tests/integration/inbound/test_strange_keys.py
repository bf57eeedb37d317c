"""Keys with odd names, and keys that are gone."""

from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import Person
from tests.integration.inbound.proving import prover

DONE = 2


async def test_a_handle_in_place_of_a_key_id(world: World) -> None:
    bob = prover(world.far, "h.far.test", "bob")
    follow = bob.does("Follow", world.alice.uri)
    answer = await world.post(bob, follow, key_id="acct:bob@h.far.test")
    assert answer.status_code == 202, answer.text
    await world.drain()
    assert await world.count("follows", "NOT local") == 1
    # Nobody else signs under it, nor under the handle of a member.
    mallory = Person(world.far, "m.far.test", "mallory", key=bob.key)
    mallory.publish()
    forged = {**mallory.does("Block", world.alice.uri), "actor": bob.uri, "id": bob.id()}
    answer = await world.post(mallory, forged, key_id="acct:mallory@m.far.test")
    assert answer.status_code == 202
    await world.drain()
    assert await world.count("blocks") == 0
    for key_id in ("acct:nobody@h.far.test", "acct:alice@a.test", "acct:", "acct:x@"):
        assert (await world.post(bob, follow, key_id=key_id)).status_code == 401, key_id


async def test_deletions_by_those_whose_key_is_gone(world: World) -> None:
    bob = prover(world.far, "v.far.test", "bob")
    await world.follow(bob)
    kept, gone = bob.note("kept"), bob.note("gone")
    await world.deliver(bob, bob.creates(kept), bob.creates(gone))
    world.far.documents[kept["id"]] = kept
    world.far.documents[gone["id"]] = 410
    # The key is one that nobody here has, and its server says 410 to who asks.
    world.far.documents["https://v.far.test/old/key"] = 410
    for note in (kept, gone):
        delete = bob.does("Delete", note["id"])
        answer = await world.post(bob, delete, key_id="https://v.far.test/old/key#k")
        assert answer.status_code == 202
    await world.drain()
    assert await world.count("statuses", "uri = $1", kept["id"]) == 1
    assert await world.count("statuses", "uri = $1", gone["id"]) == 0
    # A gone key of another host speaks for nobody, and of nothing but deletions.
    world.far.documents["https://m.far.test/key"] = 410
    for person_key, activity in (
        ("https://m.far.test/key#k", bob.does("Delete", kept["id"])),
        ("https://v.far.test/old/key#k", bob.creates(bob.note("new"))),
    ):
        assert (await world.post(bob, activity, key_id=person_key)).status_code == 401
    assert (await world.deliver(bob, bob.does("Delete", kept["id"])))[0][0] == DONE
