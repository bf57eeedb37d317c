"""Accounts: made, changed, received and deleted; keys; what the database says about itself."""

import dataclasses
from typing import Any

import pytest

from fedi.ap.parse.actors import parse_actor
from fedi.ap.signatures import keys as wire
from fedi.ap.vocabulary import Actor
from fedi.config import Settings
from fedi.core import instance
from fedi.core.accounts import queries
from fedi.core.accounts.keys import ED25519, KeyPair, KeyRing
from fedi.core.accounts.receive import Handles, receive_actors, registrable_domain
from fedi.core.accounts.service import create_local, delete_account, update_profile
from fedi.core.accounts.types import Account, ProfileChanges
from fedi.core.relationships import service
from fedi.core.search.accounts import search_accounts
from fedi.kit.errors import FediError, Forbidden, Gone, Invalid, NotFound, TooMany, Unavailable
from fedi.kit.runtime import Runtime
from tests.integration.people.conftest import World


def document(
    name: str = "eve", host: str = "b.test", key: str | None = None, **changes: Any
) -> Actor:
    uri = f"https://{host}/users/{name}"
    found = {
        "id": uri,
        "type": "Person",
        "preferredUsername": name,
        "name": "Eve <b>",
        "summary": "<p>Hello <script>x</script></p>",
        "inbox": f"{uri}/inbox",
        "endpoints": {"sharedInbox": f"https://{host}/inbox"},
        "followers": f"{uri}/followers",
        "attachment": [{"type": "PropertyValue", "name": "Web", "value": "<b>x</b>"}],
        "icon": {"type": "Image", "url": "javascript:alert(1)"},
    }
    if key:
        found["publicKey"] = {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": key}
    return parse_actor(found | changes)


@pytest.fixture(scope="session")
def pems(pair: KeyPair) -> list[str]:
    return [wire.to_pem(key.public_key()) for key in (pair.rsa, wire.generate_rsa())]


class TestLocal:
    async def test_stand_at_addresses_without_a_name(self, world: World) -> None:
        alice = await world.local("Alice", display_name="Alice A.")
        assert alice.uri == f"https://a.test/ap/users/{alice.id}"
        assert alice.url == "https://a.test/@Alice"
        assert alice.acct == "Alice"
        found = await queries.find_by_handles(world.runtime.read(), [("aLICE", None), ("x", None)])
        assert list(found) == [("aLICE", None)]

    async def test_names_are_plain_and_taken_for_good(self, world: World) -> None:
        alice = await world.local("alice")
        await world.do(delete_account, alice.id)
        for name in ("ALICE", "", "a b", "a@b", "ä", "x" * 31, "a.b", "a\x00"):
            with pytest.raises(Invalid):
                await world.local(name)
        with pytest.raises(Invalid):
            async with world.runtime.unit() as unit:
                await create_local(unit, world.runtime.settings, "Admin", world.pair, staff=False)

    async def test_profiles_are_rendered_and_counted_up(self, world: World) -> None:
        alice = await world.local("alice")
        changes = ProfileChanges(
            display_name="A", note="<b> #tag @bob", fields=[("Web", "https://x.test"), ("", "")]
        )
        found = await world.do(update_profile, alice.id, changes)
        assert found.revision == alice.revision + 1
        assert found.note_source == "<b> #tag @bob"
        assert "<b>" not in found.note
        assert 'href="https://a.test/tags/tag"' in found.note
        assert [one["source"] for one in found.fields] == ["https://x.test"]
        found = await world.do(update_profile, alice.id, ProfileChanges(locked=True, bot=True))
        assert (found.display_name, found.locked, found.actor_type) == ("A", True, "Service")
        kinds = [kind for kind, _ in await world.events()]
        assert kinds == ["AccountUpdated"] * 2
        with pytest.raises(Invalid):
            await world.do(update_profile, alice.id, ProfileChanges(note="x" * 5001))

    async def test_search(self, world: World) -> None:
        await world.local("alice")
        await world.local("alan_b", display_name="Nobody")
        await world.remote("alice@b.test")
        read = world.runtime.read()
        found = [one.acct for one in await search_accounts(read, None, "al", limit=10)]
        assert sorted(found) == ["alan_b", "alice", "alice@b.test"]
        assert [one.acct for one in await search_accounts(read, None, "@alice@b", limit=10)] == [
            "alice@b.test"
        ]
        assert await search_accounts(read, None, "a%", limit=10) == []
        assert [one.acct for one in await search_accounts(read, None, "nobod", limit=10)] == [
            "alan_b"
        ]


class TestReceived:
    async def receive(
        self, world: World, *actors: Actor, handles: Handles | None = None, **options: Any
    ) -> dict[str, Any]:
        return await world.do(receive_actors, actors, handles=handles or {}, **options)

    async def test_are_cleaned_and_stored_once(self, world: World, pems: list[str]) -> None:
        actor = document(key=pems[0])
        handles = {actor.id: ("eve", "b.test")}
        found = (await self.receive(world, actor, handles=handles))[actor.id]
        assert isinstance(found, Account)
        assert found.acct == "eve@b.test"
        assert found.handle_verified
        assert "<script" not in found.note
        assert found.avatar_url is None
        assert found.shared_inbox_url == "https://b.test/inbox"
        again = (await self.receive(world, actor))[actor.id]
        assert again.id == found.id
        assert again.revision == found.revision
        assert again.handle_verified
        assert await world.events() == []
        changed = dataclasses.replace(actor, name="Eve 2")
        third = (await self.receive(world, changed))[actor.id]
        assert third.revision == found.revision + 1
        assert [kind for kind, _ in await world.events()] == ["AccountUpdated"]

    async def test_without_a_confirmed_handle_stand_by_their_host(self, world: World) -> None:
        actor = document(webfinger="victim@v.test")
        found = (await self.receive(world, actor, handles={actor.id: None}))[actor.id]
        assert (found.acct, found.handle_verified) == ("eve@b.test", False)
        read = world.runtime.read()
        assert await queries.find_by_handles(read, [("eve", "b.test")]) == {}

    async def test_handles_move_and_are_owned_by_one(self, world: World) -> None:
        old, new = document("old"), document("new")
        await self.receive(world, old, handles={old.id: ("eve", "b.test")})
        found = await self.receive(world, new, handles={new.id: ("Eve", "b.test")})
        assert found[new.id].handle_verified
        loser = (await queries.find_by_uris(world.runtime.read(), [old.id]))[old.id]
        assert not loser.handle_verified
        assert loser.fetched_at is None
        renamed = (await self.receive(world, new, handles={new.id: ("fay", "c.test")}))[new.id]
        assert renamed.acct == "fay@c.test"

    async def test_never_ours_and_never_the_dead(self, world: World) -> None:
        alice = await world.local("alice")
        forged = dataclasses.replace(document(), id=alice.uri)
        eve = document()
        stored = (await self.receive(world, eve))[eve.id]
        await world.do(delete_account, stored.id)
        found = await self.receive(world, forged, eve)
        assert isinstance(found[alice.uri], Forbidden)
        assert isinstance(found[eve.id], Gone)
        assert (await world.get(alice.id)).revision == alice.revision
        unknown = document("unknown")
        await world.sql("INSERT INTO tombstones (uri, actor_uri) VALUES ($1, $1)", unknown.id)
        assert isinstance((await self.receive(world, unknown))[unknown.id], Gone)

    async def test_floods_from_one_domain_end(self, world: World) -> None:
        crowd = [document(f"p{n}", f"h{n}.evil.test") for n in range(6)]
        found = await self.receive(world, *crowd, new_per_hour=4)
        refused = [one for one in found.values() if isinstance(one, FediError)]
        assert len(refused) == 2
        assert isinstance(refused[0], TooMany)
        other = document("p", "c.test")
        assert isinstance((await self.receive(world, other, new_per_hour=4))[other.id], Account)
        assert registrable_domain("a.b.example.co.uk") == "example.co.uk"
        assert registrable_domain("192.0.2.1:444") == "192.0.2.1"

    async def test_keys_are_replaced_as_a_set(self, world: World, pems: list[str]) -> None:
        actor = document(key=pems[0])
        stored = (await self.receive(world, actor))[actor.id]
        ring = KeyRing(world.runtime)
        key_id = f"{actor.id}#main-key"
        first = (await ring.public_keys([key_id, "https://x.test/none"]))[key_id]
        assert (first.account_id, first.domain, first.kind) == (stored.id, "b.test", "rsa")
        await self.receive(world, document(key=pems[1]))
        assert (await ring.public_keys([key_id]))[key_id] is first
        ring.forget(key_id)
        second = (await ring.public_keys([key_id]))[key_id]
        assert wire.to_pem(second.public_key) == pems[1]
        await self.receive(world, document())
        ring.forget_account(stored.id)
        assert await ring.public_keys([key_id]) == {}

    async def test_nobody_keeps_a_key_under_the_name_of_another(
        self, world: World, pems: list[str]
    ) -> None:
        thief = document("thief", key=pems[0])
        stolen = thief.keys[0].__class__(
            "https://b.test/users/eve#main-key", thief.id, "rsa", pems[0]
        )
        thief = dataclasses.replace(thief, keys=(stolen,))
        eve = document(key=pems[1])
        await self.receive(world, thief)
        await self.receive(world, eve)
        await self.receive(world, thief)
        found = await KeyRing(world.runtime).public_keys([stolen.id])
        assert found[stolen.id].account_uri == eve.id


class TestDeleted:
    async def test_leave_a_tombstone_and_exact_counts(self, world: World) -> None:
        alice, bob = await world.local("alice"), await world.local("bob")
        eve = await world.remote("eve@b.test", shared_inbox_url="https://b.test/inbox")
        await world.do(service.follow, alice, bob)
        await world.do(service.follow, bob, alice)
        await world.do(service.follow, alice, eve)
        await world.sql("UPDATE follows SET accepted = true WHERE target_id = $1", eve.id)
        await world.sql(
            "UPDATE account_stats SET followers_count = 1 WHERE account_id = $1", eve.id
        )
        await world.sql(
            "UPDATE account_stats SET following_count = 2 WHERE account_id = $1", alice.id
        )
        for number, author in ((101, alice), (102, bob)):
            await world.sql(
                "INSERT INTO statuses (id, uri, account_id, local, visibility, in_reply_to_id)"
                " VALUES ($1, $2, $3, true, 0, $4)",
                number,
                f"{author.uri}/statuses/{number}",
                author.id,
                None,
            )
        await world.sql("UPDATE statuses SET in_reply_to_id = 102 WHERE id = 101")
        await world.sql("INSERT INTO status_stats VALUES (102, 1, 0, 0)")
        await world.events()
        assert await world.do(delete_account, alice.id)
        assert not await world.do(delete_account, alice.id)
        gone = await world.get(alice.id)
        assert gone.is_gone
        for other in (bob, eve):
            assert await world.counts(other) == (0, 0)
        [(kind, event)] = await world.events()
        assert kind == "AccountDeleted"
        assert event["reach_inboxes"] == ["https://b.test/inbox"]
        uris = {row["uri"] for row in await world.sql("SELECT uri FROM tombstones")}
        assert uris == {alice.uri, f"{alice.uri}/statuses/101"}
        [row] = await world.sql("SELECT replies_count FROM status_stats WHERE status_id = 102")
        assert row["replies_count"] == 0
        assert (await KeyRing(world.runtime).signing_key(alice.id)).key_id

    async def test_are_somebody(self, world: World) -> None:
        with pytest.raises(NotFound):
            await world.do(delete_account, 12345)
        with pytest.raises(Forbidden):
            await world.do(delete_account, -1)


class TestInstance:
    async def test_has_an_actor_and_keeps_its_names(self, world: World, settings: Settings) -> None:
        actor = await world.get(-1)
        assert actor.uri == "https://a.test/actor"
        assert actor.username == "a.test"
        ring = KeyRing(world.runtime)
        assert (await ring.signing_key(-1)).key_id == "https://a.test/actor#main-key"
        assert (await ring.signing_key(-1, ED25519)).kind == "ed25519"
        await instance.ensure_instance(world.runtime)
        for change in ({"domain": "other.test"}, {"handle_domain": "h.test"}):
            other = Runtime(dataclasses.replace(settings, **change), role="test", pool_size=2)
            with pytest.raises(FediError, match="cannot become"):
                await instance.ensure_instance(other)
            await other.close()

    @pytest.mark.usefixtures("world")
    async def test_keys_do_not_open_with_another_secret(self, settings: Settings) -> None:
        other = Runtime(dataclasses.replace(settings, secret="wrong"), role="test", pool_size=2)
        with pytest.raises(Unavailable):
            await KeyRing(other).signing_key(-1)
        await other.close()

    async def test_counts_itself(self, world: World) -> None:
        await world.local("alice")
        await world.remote("eve@b.test")
        found = await instance.instance_stats(world.runtime)
        assert (found.users, found.domains) == (0, 1)
        with pytest.raises(NotFound):
            await KeyRing(world.runtime).signing_key(12345)
