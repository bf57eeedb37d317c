"""Who hears: everybody who may hold a copy, of posts and of accounts; and relays."""

from typing import Any

import orjson
import pytest

from fedi import events
from fedi.ap.followers_digest import followers_digest, parse_synchronization
from fedi.ap.signatures import Outgoing, sign_cavage, sign_rfc9421
from fedi.ap.signatures.keys import to_pem
from fedi.core.accounts.purge import delete_account
from fedi.core.accounts.rotation import rotate
from fedi.core.accounts.suspension import delete_overdue, suspend_account, unsuspend_account
from fedi.core.instance import ensure_instance
from fedi.core.key_pairs import drop_old_keys
from fedi.core.relays import NewRelay, add_relay, list_relays, remove_relay
from fedi.core.statuses.removal import remove
from fedi.federation import publish
from fedi.kit.clock import now
from fedi.kit.errors import Conflict, Invalid, NotFound
from tests.integration.outbound.conftest import PAIR, Peer, World, until
from tests.integration.outbound.test_deliver import created, follow_from, is_signed_well, settled
from tests.integration.outbound.test_deliver import post as deliver_post
from tests.integration.outbound.test_serve import client_of

RELAY = "http://relay.peers.test/inbox"


async def recipients(world: World, kind: str) -> set[str]:
    rows = await world.runtime.db.fetch(
        "SELECT d.inbox_url FROM deliveries d JOIN activities a ON a.id = d.activity_id"
        " WHERE a.type = $1",
        kind,
    )
    return {row["inbox_url"] for row in rows}


async def take(world: World, kind: type[Any]) -> Any:
    """The newest event of a type, as it was recorded."""
    row = await world.runtime.db.row(
        "SELECT payload FROM events WHERE type = $1 ORDER BY id DESC LIMIT 1", kind.__name__
    )
    assert row is not None
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in row["payload"].items()})


async def sign(world: World, account: int, url: str, dialect: str = "cavage") -> dict[str, str]:
    # Keys of http addresses are nobody's.
    uri = await world.runtime.db.value(
        "UPDATE accounts SET uri = replace(uri, 'http:', 'https:') WHERE id = $1 RETURNING uri",
        account,
    )
    async with world.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO account_keys (id, account_id, key_id, kind, public_key)"
            " VALUES ($1, $2, $3, 'rsa', $4) ON CONFLICT (key_id) DO NOTHING",
            await unit.new_id(),
            account,
            f"{uri}#k",
            to_pem(PAIR.rsa.public_key()),
        )
    way = sign_cavage if dialect == "cavage" else sign_rfc9421
    return way(PAIR.rsa, f"{uri}#k", Outgoing("GET", url, None, now()))


class TestFetches:
    async def fetch(self, world: World, status: int, headers: dict[str, str]) -> None:
        """Fetch a post; the noting of it waits for no sleep of ours but its own moment."""
        async with client_of(world) as client:
            url = f"https://a.test/ap/users/{world.alice}/statuses/{status}"
            assert (await client.get(url, headers=headers)).status_code == 200

    async def hosts(self, world: World) -> list[str]:
        rows = await world.runtime.db.fetch("SELECT host FROM status_fetches ORDER BY host")
        return [row["host"] for row in rows]

    @pytest.mark.parametrize("dialect", ["cavage", "rfc9421"])
    async def test_who_fetched_hears_of_the_edit_and_of_the_end(
        self, world: World, dialect: str
    ) -> None:
        await ensure_instance(world.runtime)
        reader = await world.account("re", "r.peers.test")
        status = await world.status(world.alice)
        url = f"https://a.test/ap/users/{world.alice}/statuses/{status}"
        await self.fetch(world, status, await sign(world, reader, url, dialect))
        await self.fetch(world, status, {})
        await until(lambda: self._has(world, ["r.peers.test"]))
        await world.runtime.db.fetch("UPDATE statuses SET edited_at = now()")
        await world.publish(
            publish.status_edited, events.StatusEdited(status, world.alice, local=True)
        )
        assert await recipients(world, "Update") == {"http://r.peers.test/inbox"}
        async with world.runtime.unit() as unit:
            [deleted] = await remove(unit, [status])
        await world.publish(publish.status_deleted, deleted)
        assert await recipients(world, "Delete") == {"http://r.peers.test/inbox"}

    async def _has(self, world: World, expected: list[str]) -> bool:
        return await self.hosts(world) == expected

    async def test_who_only_claims_to_be_somebody_is_not_noted(self, world: World) -> None:
        await ensure_instance(world.runtime)
        victim = await world.account("vi", "v.peers.test")
        reader = await world.account("re", "r.peers.test")
        status = await world.status(world.alice)
        url = f"https://a.test/ap/users/{world.alice}/statuses/{status}"
        headers = await sign(world, victim, url)
        forged = {**headers, "Date": "Thu, 01 Jan 2026 00:00:00 GMT"}
        await self.fetch(world, status, forged)
        await self.fetch(world, status, await sign(world, reader, url))
        await until(lambda: self._has(world, ["r.peers.test"]))


class TestFollowersHeader:
    @pytest.mark.usefixtures("deliverer")
    async def test_comes_with_what_is_for_followers_alone(self, world: World, peer: Peer) -> None:
        await follow_from(world, "b", "c")
        mine = await world.account("second", "b.peers.test")
        await world.follow(mine, world.alice)
        await deliver_post(world, visibility=2)
        await until(lambda: settled(world))
        actor = f"https://a.test/ap/users/{world.alice}"
        for got in peer.got:
            assert is_signed_well(got)
            assert "collection-synchronization" in got.headers["signature"]
            collection, url, digest = parse_synchronization(
                got.headers["collection-synchronization"]
            )
            assert (collection, url) == (
                f"{actor}/followers",
                f"{actor}/followers_synchronization",
            )
            names = ("bo", "second") if got.host == "b.peers.test" else ("bo",)
            assert digest == followers_digest(f"http://{got.host}/users/{name}" for name in names)
        assert len(peer.got) == 2

    @pytest.mark.usefixtures("deliverer")
    async def test_does_not_come_with_anything_else(self, world: World, peer: Peer) -> None:
        await follow_from(world, "b")
        direct = await world.account("di", "d.peers.test")
        await deliver_post(world)
        await deliver_post(world, visibility=3, mentions=[direct])
        # A personal inbox gets no word about the others.
        lone = await world.account("lone", "e.peers.test", shared=False)
        await world.follow(lone, world.alice)
        await deliver_post(world, visibility=2)
        await until(lambda: settled(world))
        with_header = [got.host for got in peer.got if "collection-synchronization" in got.headers]
        assert with_header == ["b.peers.test"]

    async def test_the_list_is_for_the_host_concerned(self, world: World) -> None:
        await ensure_instance(world.runtime)
        await follow_from(world, "b", "c")
        reader = await world.account("re", "b.peers.test")
        url = f"https://a.test/ap/users/{world.alice}/followers_synchronization"
        async with client_of(world) as client:
            assert (await client.get(url)).status_code == 401
            answer = await client.get(url, headers=await sign(world, reader, url))
            assert answer.json()["orderedItems"] == ["http://b.peers.test/users/bo"]
            assert answer.headers["cache-control"] == "private, no-store"
            stranger = await world.account("st", "x.peers.test")
            answer = await client.get(url, headers=await sign(world, stranger, url))
            assert answer.json()["orderedItems"] == []


class TestAccounts:
    async def known(self, world: World) -> set[str]:
        """A follower, somebody followed, one who was told once, and one who fetched."""
        await follow_from(world, "b")
        followed = await world.account("fo", "f.peers.test")
        await world.follow(world.alice, followed, local=True)
        told = await world.account("to", "t.peers.test")
        once = await world.status(world.alice, visibility=3, mentions=[told])
        await world.publish(publish.status_created, created(world, once))
        await world.runtime.db.fetch("DELETE FROM status_mentions")
        await world.runtime.db.fetch(
            "INSERT INTO status_fetches (status_id, host, inbox_url)"
            " VALUES ($1, 'g.peers.test', 'http://g.peers.test/inbox')",
            once,
        )
        shared = {f"http://{name}.peers.test/inbox" for name in "bfg"}
        return shared | {"http://t.peers.test/users/to/inbox"}

    async def test_a_suspension_is_told_to_all_and_taken_back(self, world: World) -> None:
        inboxes = await self.known(world)
        async with world.runtime.unit() as unit:
            assert await suspend_account(unit, world.alice)
            assert not await suspend_account(unit, world.alice)
        await world.publish(publish.account_updated, await take(world, events.AccountUpdated))
        assert await recipients(world, "Update") == inboxes
        body = orjson.loads(
            await world.runtime.db.value("SELECT body FROM activities WHERE type = 'Update'")
        )
        assert body["object"]["suspended"] is True
        assert body["object"]["summary"] == ""
        async with world.runtime.unit() as unit:
            assert await unsuspend_account(unit, world.alice)
        assert await world.runtime.db.value(
            "SELECT suspended_at IS NULL FROM accounts WHERE id = $1", world.alice
        )
        with pytest.raises(NotFound):
            async with world.runtime.unit() as unit:
                await suspend_account(unit, 12345)

    async def test_after_a_month_it_is_the_end(self, world: World) -> None:
        inboxes = await self.known(world)
        async with world.runtime.unit() as unit:
            await suspend_account(unit, world.alice)
        assert await delete_overdue(world.runtime) == 0
        await world.runtime.db.fetch(
            "UPDATE accounts SET suspended_at = now() - interval '31 days' WHERE id = $1",
            world.alice,
        )
        assert await delete_overdue(world.runtime) == 1
        await world.publish(publish.account_deleted, await take(world, events.AccountDeleted))
        assert await recipients(world, "Delete") == inboxes

    @pytest.mark.usefixtures("deliverer")
    async def test_a_deletion_reaches_all_under_the_key_that_stays(
        self, world: World, peer: Peer
    ) -> None:
        inboxes = await self.known(world)
        async with world.runtime.unit() as unit:
            await delete_account(unit, world.alice)
        await world.publish(publish.account_deleted, await take(world, events.AccountDeleted))
        assert await recipients(world, "Delete") == inboxes
        await until(lambda: settled(world))
        deletes = [got for got in peer.got if got.body["type"] == "Delete"]
        assert len(deletes) == 4
        assert all(is_signed_well(got) for got in deletes)


class TestKeys:
    async def actor(self, world: World) -> dict[str, Any]:
        async with client_of(world) as client:
            return (await client.get(f"/ap/users/{world.alice}")).json()

    async def test_new_ones_are_shown_then_used_and_then_alone(self, world: World) -> None:
        await ensure_instance(world.runtime)
        await follow_from(world, "b")
        settings, ring = world.runtime.settings, world.people.keyring
        old = (await ring.signing_key(world.alice)).key_id
        async with world.runtime.unit() as unit:
            await rotate(unit, settings, "@Alice", PAIR)
        await world.publish(publish.account_updated, await take(world, events.AccountUpdated))
        assert await recipients(world, "Update") == {"http://b.peers.test/inbox"}
        with pytest.raises(Conflict):
            async with world.runtime.unit() as unit:
                await rotate(unit, settings, "alice", PAIR)
        # Shown, and not used.
        ring.forget_account(world.alice)
        assert (await ring.signing_key(world.alice)).key_id == old
        shown = await self.actor(world)
        assert shown["publicKey"]["id"] == old
        methods = {each["id"] for each in shown["assertionMethod"]}
        assert len(methods) == 3
        # An hour later.
        await world.runtime.db.fetch("UPDATE account_keys SET signs_from = now() WHERE"
                                     " signs_from IS NOT NULL")  # fmt: skip
        ring.forget_account(world.alice)
        new = (await ring.signing_key(world.alice)).key_id
        assert new.startswith(f"{old}-")
        shown = await self.actor(world)
        assert shown["publicKey"]["id"] == new
        assert old in {each["id"] for each in shown["assertionMethod"]}
        # Two days later.
        await world.runtime.db.fetch("UPDATE account_keys SET drops_at = now() - interval '1 s'"
                                     " WHERE drops_at IS NOT NULL")  # fmt: skip
        async with world.runtime.unit() as unit:
            assert await drop_old_keys(unit) == 2
        shown = await self.actor(world)
        assert shown["publicKey"]["id"] == new
        assert len(shown["assertionMethod"]) == 1


class TestRelays:
    async def add(self, world: World, style: str = "mastodon", **more: Any) -> None:
        await ensure_instance(world.runtime)
        actor = "http://relay.peers.test/actor" if style == "litepub" else None
        async with world.runtime.unit() as unit:
            await add_relay(unit, "https://a.test", NewRelay(style, RELAY, actor, **more))  # type: ignore[arg-type]

    async def accept(self, world: World) -> None:
        await world.runtime.db.fetch("UPDATE relays SET state = 1")

    async def body(self, world: World, kind: str) -> dict[str, Any]:
        body = await world.runtime.db.value("SELECT body FROM activities WHERE type = $1", kind)
        return orjson.loads(body)

    @pytest.mark.parametrize(
        ("style", "followed"),
        [
            ("mastodon", "https://www.w3.org/ns/activitystreams#Public"),
            ("litepub", "http://relay.peers.test/actor"),
        ],
    )
    async def test_it_is_asked_and_left(self, world: World, style: str, followed: str) -> None:
        await self.add(world, style)
        with pytest.raises(Conflict):
            await self.add(world, style)
        await world.publish(publish.relay_followed, await take(world, events.RelayFollowed))
        follow = await self.body(world, "Follow")
        assert (follow["actor"], follow["object"]) == ("https://a.test/actor", followed)
        assert await recipients(world, "Follow") == {RELAY}
        async with world.runtime.unit() as unit:
            await remove_relay(unit, RELAY)
        await world.publish(publish.relay_unfollowed, await take(world, events.RelayUnfollowed))
        undo = await self.body(world, "Undo")
        assert undo["object"]["id"] == follow["id"]
        assert await list_relays(world.runtime.read()) == []
        with pytest.raises(NotFound):
            async with world.runtime.unit() as unit:
                await remove_relay(unit, RELAY)

    async def test_no_address_of_ours_and_none_that_is_none(self, world: World) -> None:
        for inbox in ("https://a.test/inbox", "nonsense", ""):
            with pytest.raises(Invalid):
                async with world.runtime.unit() as unit:
                    await add_relay(unit, "https://a.test", NewRelay("mastodon", inbox))

    async def test_public_posts_go_there_and_nothing_else(self, world: World) -> None:
        await self.add(world)
        await deliver_post(world)
        assert await recipients(world, "Create") == set()
        await self.accept(world)
        for visibility in (1, 2, 3):
            await deliver_post(world, visibility=visibility)
        assert await recipients(world, "Create") == set()
        status = await deliver_post(world)
        assert await recipients(world, "Create") == {RELAY}
        async with world.runtime.unit() as unit:
            [deleted] = await remove(unit, [status])
        await world.publish(publish.status_deleted, deleted)
        assert await recipients(world, "Delete") == {RELAY}

    async def test_nothing_goes_where_we_only_listen(self, world: World) -> None:
        await self.add(world, sends=False)
        await self.accept(world)
        await deliver_post(world)
        assert await recipients(world, "Create") == set()

    async def test_the_other_kind_gets_ids(self, world: World) -> None:
        await self.add(world, "litepub")
        await self.accept(world)
        status = await world.status(world.alice)
        for_friends = await world.status(world.alice, visibility=2)
        await world.publish(
            publish.status_relayed, created(world, status), created(world, for_friends)
        )
        announce = await self.body(world, "Announce")
        assert announce["actor"] == "https://a.test/actor"
        assert announce["object"] == f"https://a.test/ap/users/{world.alice}/statuses/{status}"
        assert await recipients(world, "Announce") == {RELAY}
        assert await world.runtime.db.value("SELECT count(*) FROM activities") == 1

    async def test_who_follows_back_is_accepted(self, world: World) -> None:
        await ensure_instance(world.runtime)
        back = events.RelayFollowedBack("http://relay.peers.test/actor", RELAY, "http://x/f/1")
        await world.publish(publish.relay_followed_back, back)
        accept = await self.body(world, "Accept")
        assert accept["object"]["id"] == "http://x/f/1"
        assert await recipients(world, "Accept") == {RELAY}
