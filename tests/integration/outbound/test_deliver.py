"""From deliveries that are due to their recorded end."""

import asyncio
import base64
import hashlib
from dataclasses import replace
from typing import Any

import orjson
import pytest

from fedi import events
from fedi.ap import signatures
from fedi.core.instance import ensure_instance
from fedi.federation import publish
from fedi.federation.delivery import ledger
from fedi.federation.delivery.close import Closer, Result
from fedi.federation.delivery.gone import CHORES
from fedi.federation.delivery.hosts import Hosts, Item
from fedi.federation.delivery.pump import Deliverer, Pace
from fedi.federation.delivery.verdict import Ending
from fedi.federation.queues import DELIVERIES
from fedi.kit.queue import claim
from fedi.kit.result import Done
from tests.integration.outbound.conftest import PAIR, Got, Peer, World, until


async def settled(world: World) -> bool:
    return all(row["state"] != 0 for row in await world.ledger())


async def post(world: World, **more: Any) -> int:
    status = await world.status(world.alice, **more)
    await world.publish(publish.status_created, created(world, status))
    return status


def created(world: World, status: int) -> events.StatusCreated:
    return events.StatusCreated(status, world.alice, local=True)


async def follow_from(world: World, *names: str) -> None:
    for name in names:
        remote = await world.account("bo", f"{name}.peers.test")
        await world.follow(remote, world.alice)


def is_signed_well(got: Got) -> bool:
    headers = list(got.headers.items())
    for each in signatures.parse_signature("POST", got.path, headers):
        signatures.check_cover(each, "POST", has_body=True)
        request = signatures.Request("POST", got.path, headers, "http")
        if signatures.verify(each, request, PAIR.rsa.public_key()):
            return True
    return False


def dialect_of(got: Got) -> str:
    return "rfc9421" if "signature-input" in got.headers else "cavage"


@pytest.mark.usefixtures("deliverer")
class TestDeliver:
    async def test_it_arrives_signed_and_is_recorded(self, world: World, peer: Peer) -> None:
        await follow_from(world, "b")
        status = await post(world)
        await until(lambda: settled(world))
        [got] = peer.got
        assert got.path == "/inbox"
        assert got.headers["content-type"] == "application/activity+json"
        assert got.headers["digest"].startswith("SHA-256=")
        assert is_signed_well(got)
        assert got.body["type"] == "Create"
        assert got.body["object"]["id"].endswith(f"/statuses/{status}")
        [row] = await world.ledger()
        assert (row["state"], row["status_code"], row["lease"]) == (2, 202, None)
        assert row["first_tried_at"] is not None
        assert row["last_tried_at"] is not None
        host = await world.runtime.db.row("SELECT * FROM hosts WHERE host = 'b.peers.test'")
        assert host is not None
        assert host["last_success_at"] is not None

    async def test_the_digest_is_that_of_the_stored_bytes(self, world: World, peer: Peer) -> None:
        await follow_from(world, "b")
        await post(world)
        await until(lambda: settled(world))
        body = await world.runtime.db.value("SELECT body FROM activities")
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        assert peer.got[0].headers["digest"] == f"SHA-256={digest}"
        assert orjson.loads(body) == peer.got[0].body

    async def test_the_second_knock_goes_first_after_it_was_let_in_twice(
        self, world: World, peer: Peer
    ) -> None:
        await follow_from(world, "b")
        peer.accepts = lambda got: dialect_of(got) == "rfc9421" and is_signed_well(got)
        for _ in range(3):
            await post(world)
            await until(lambda: settled(world))
        assert [dialect_of(got) for got in peer.got] == [
            "cavage",
            "rfc9421",
            "cavage",
            "rfc9421",
            "rfc9421",
        ]
        assert {row["state"] for row in await world.ledger()} == {2}
        dialect = await world.runtime.db.value("SELECT dialect FROM hosts")
        assert dialect == "rfc9421"

    @pytest.mark.parametrize(
        ("status", "tries", "state"),
        [
            (404, 1, 4),
            (410, 1, 4),
            (400, 2, 4),
            (403, 2, 4),
            (501, 1, 4),
            (500, 1, 1),
            (401, 2, 1),
            (408, 1, 1),
            (429, 1, 1),
            (503, 1, 1),
            (301, 1, 1),
        ],
    )
    async def test_what_an_answer_means(
        self, world: World, peer: Peer, status: int, tries: int, state: int
    ) -> None:
        await follow_from(world, "b")
        peer.script["b.peers.test"] = [status]
        await post(world)
        await until(lambda: settled(world))
        assert len(peer.got) == tries
        [row] = await world.ledger()
        assert row["state"] == state
        assert row["status_code"] == status
        assert str(status) in row["reason"]

    async def test_followers_who_are_gone_are_let_go(self, world: World, peer: Peer) -> None:
        await ensure_instance(world.runtime)
        followers: dict[str, int] = {}
        for name in ("dead", "moved"):
            followers[name] = await world.account("bo", f"{name}.peers.test")
            await world.follow(followers[name], world.alice)
            peer.script[f"{name}.peers.test"] = [410]
        uri = "http://moved.peers.test/users/mo"
        await world.runtime.db.fetch(
            "UPDATE accounts SET uri = $2 WHERE id = $1", followers["moved"], uri
        )
        inbox = {"inbox": f"{uri}/new-inbox", "preferredUsername": "mo"}
        actor = {"id": uri, "type": "Person", **inbox}
        peer.documents["/users/mo"] = ("application/activity+json", actor)
        await post(world)
        await until(lambda: settled(world))
        rows = await world.runtime.db.fetch("SELECT key, attempts FROM chores ORDER BY key")
        assert len(rows) == 2
        outcomes = await CHORES["ask_after"](world.people, rows)
        assert [outcome.reason for outcome in outcomes] == ["1 gone", "0 gone"]
        left = await world.runtime.db.fetch("SELECT account_id FROM follows")
        assert [row[0] for row in left] == [followers["moved"]]
        stored = "SELECT inbox_url FROM accounts WHERE id = $1"
        found = await world.runtime.db.value(stored, followers["moved"])
        assert found == inbox["inbox"]

    async def test_patience_is_granted_as_asked(self, world: World, peer: Peer) -> None:
        await follow_from(world, "b")
        peer.script["b.peers.test"] = [503]
        peer.headers["b.peers.test"] = {"Retry-After": "7200"}
        await post(world)
        await until(lambda: settled(world))
        wait = await world.runtime.db.value(
            "SELECT extract(epoch FROM due_at - now())::float8 FROM deliveries"
        )
        assert 7100 < wait <= 7200

    async def test_one_object_reaches_one_inbox_in_order(
        self, world: World, peer: Peer, deliverer: Deliverer
    ) -> None:
        await follow_from(world, "b")
        peer.script["b.peers.test"] = [500, 202]
        status = await post(world)
        await until(lambda: settled(world))
        await world.runtime.db.fetch("UPDATE statuses SET edited_at = now()")
        await world.publish(
            publish.status_edited, events.StatusEdited(status, world.alice, local=True)
        )
        uri = await world.runtime.db.value("SELECT uri FROM statuses")
        await world.publish(
            publish.status_deleted,
            events.StatusDeleted(status, world.alice, uri, local=True, visibility=0),
        )
        await asyncio.sleep(0.3)
        # The failed Create waits for its time, and all that follows it waits behind it.
        assert len(peer.got) == 1
        await world.runtime.db.fetch("UPDATE deliveries SET due_at = now() WHERE state = 1")
        deliverer.ring()
        await until(lambda: settled(world))
        await asyncio.sleep(0.2)
        await until(lambda: settled(world))
        assert [got.body["type"] for got in peer.got] == ["Create", "Create", "Delete"]
        states = [(row["type"], row["state"]) for row in await world.ledger()]
        assert states == [("Create", 2), ("Update", 3), ("Delete", 2)]

    async def test_a_blocked_domain_gets_nothing(self, world: World, peer: Peer) -> None:
        await follow_from(world, "b", "sub.c")
        await world.runtime.db.fetch("INSERT INTO domain_blocks (domain) VALUES ('c.peers.test')")
        await post(world)
        await until(lambda: settled(world))
        assert [got.host for got in peer.got] == ["b.peers.test"]
        assert len(await world.ledger()) == 1

    async def test_an_address_that_is_not_public_is_refused_for_good(self, world: World) -> None:
        remote = await world.account("bo", "127.0.0.1", shared=False)
        await world.follow(remote, world.alice)
        await post(world)
        await until(lambda: settled(world))
        [row] = await world.ledger()
        assert row["state"] == 4
        assert row["reason"].startswith("not sent")

    async def test_good_hosts_do_not_feel_bad_ones(self, world: World, peer: Peer) -> None:
        good = [f"good{n}" for n in range(40)]
        await follow_from(
            world, *good, *(f"hang{n}" for n in range(5)), *(f"bad{n}" for n in range(5))
        )
        for n in range(5):
            peer.delay[f"hang{n}.peers.test"] = 60
            peer.script[f"bad{n}.peers.test"] = [500]
        loop = asyncio.get_running_loop()
        for _ in range(3):
            start = loop.time()
            seen = len(peer.got)
            await post(world)

            async def all_good(seen: int = seen) -> bool:
                return len([g for g in peer.got[seen:] if g.host.startswith("good")]) == 40

            await until(all_good)
            assert loop.time() - start < 2
        assert max(peer.most_under_way[f"hang{n}.peers.test"] for n in range(5)) == 1

    async def test_no_host_gets_more_than_its_share_at_once(self, world: World, peer: Peer) -> None:
        await follow_from(world, "b")
        peer.delay["b.peers.test"] = 0.05
        for _ in range(12):
            await post(world)
        await until(lambda: settled(world))
        assert len(peer.got) == 12
        assert peer.most_under_way["b.peers.test"] <= world.runtime.settings.outbound.per_host

    async def test_the_breaker_holds_a_host_back(self, world: World, peer: Peer) -> None:
        await follow_from(world, "b")
        peer.script["b.peers.test"] = [500]
        for _ in range(8):
            await post(world)

        async def held() -> bool:
            return bool(await world.runtime.db.value("SELECT held_until > now() FROM hosts"))

        await until(held, 20)
        tried = len(peer.got)
        assert 5 <= tried <= 8
        await asyncio.sleep(0.5)
        assert len(peer.got) == tried

    async def test_a_retry_takes_effect_at_once(self, world: World, peer: Peer) -> None:
        await follow_from(world, "b")
        peer.script["b.peers.test"] = [500]
        for _ in range(8):
            await post(world)

        async def held() -> bool:
            return bool(await world.runtime.db.value("SELECT held_until > now() FROM hosts"))

        async def delivered() -> bool:
            return all(row["state"] == 2 for row in await world.ledger())

        await until(held, 20)
        peer.script["b.peers.test"] = [202]
        async with world.runtime.unit() as unit:
            assert await ledger.retry_host(unit, "b.peers.test")
        # The worker had given the host half a minute of rest.
        await until(delivered, 8)


class TestTurns:
    async def test_what_waits_for_its_turn_needs_neither_bell_nor_sweep(
        self, world: World, peer: Peer
    ) -> None:
        rare = replace(world.runtime.settings.queue, sweep_seconds=60)
        world.runtime.settings = replace(world.runtime.settings, queue=rare)
        deliverer = Deliverer(world.runtime, world.people, pace=Pace(patience=1))
        await follow_from(world, "b")
        peer.delay["b.peers.test"] = 0.2
        status = await post(world)
        task = world.runtime.tasks.start(deliverer.run(), "deliverer")
        await until(lambda: arrived(peer, 1))
        uri = await world.runtime.db.value("SELECT uri FROM statuses")
        deleted = events.StatusDeleted(status, world.alice, uri, local=True, visibility=0)
        await world.publish(publish.status_deleted, deleted)
        deliverer.ring()
        await until(lambda: arrived(peer, 2), 5)
        await deliverer.stop()
        await task


async def arrived(peer: Peer, count: int) -> bool:
    return len(peer.got) >= count


class TestClose:
    async def test_one_result_that_cannot_be_written_does_not_cost_the_others(
        self, world: World
    ) -> None:
        await follow_from(world, "b", "c", "d")
        await post(world)
        batch = await claim(world.runtime.db, DELIVERIES, worker="w", limit=9, lease_seconds=60)
        hosts = Hosts()
        closer = Closer(world.runtime, lambda: False, lambda: None)
        for row in batch.rows:
            item = Item(
                row["id"],
                batch.lease,
                row["host"],
                row["inbox_url"],
                row["activity_id"],
                row["attempts"],
                row["created_at"],
                claimed=0.0,
            )
            # No column holds such a status, and no text such a character.
            status = 99_999 if row["host"] == "c.peers.test" else 202
            ending = Ending(Done("\ud800\0"), status, healthy=True)
            closer.add(Result(item, hosts.get(row["host"]), ending))
        assert closer.is_behind(hosts.get("d.peers.test"))
        await closer.drain(5)
        assert not closer.is_behind(hosts.get("d.peers.test"))
        states = {row["host"]: (row["state"], row["lease"]) for row in await world.ledger()}
        assert states == {
            "b.peers.test": (2, None),
            "c.peers.test": (0, batch.lease),
            "d.peers.test": (2, None),
        }
        healthy = await world.runtime.db.fetch("SELECT host FROM hosts ORDER BY host")
        assert [row["host"] for row in healthy] == ["b.peers.test", "d.peers.test"]


class TestStop:
    async def test_what_was_claimed_is_given_back(
        self, world: World, peer: Peer, deliverer: Deliverer
    ) -> None:
        await follow_from(world, "b")
        peer.delay["b.peers.test"] = 30
        await post(world)

        async def claimed() -> bool:
            return bool(peer.got)

        await until(claimed)
        await deliverer.stop()
        [row] = await world.ledger()
        assert (row["state"], row["lease"], row["attempts"]) == (0, None, 0)


class TestLedger:
    @pytest.mark.usefixtures("deliverer")
    async def test_it_can_be_asked_repaired_and_compacted(self, world: World, peer: Peer) -> None:
        await follow_from(world, "b", "c")
        peer.script["c.peers.test"] = [404]
        status = await post(world)
        await until(lambda: settled(world))
        read = world.runtime.read()
        [receipt] = await ledger.receipts(read, str(status))
        assert {line.inbox_url: line.state for line in receipt.lines} == {
            "http://b.peers.test/inbox": "delivered",
            "http://c.peers.test/inbox": "refused",
        }
        summary = await ledger.summarise(read)
        assert summary.ended == {"delivered": 1, "refused": 1}
        await world.runtime.db.fetch(
            "UPDATE activities SET created_at = now() - interval '40 days'"
        )
        await world.runtime.db.fetch("UPDATE deliveries SET ended_at = now() - interval '40 days'")
        assert await ledger.compact(world.runtime) == 1
        assert await world.ledger() == []
        [receipt] = await ledger.receipts(read, str(status))
        assert receipt.counts == {"delivered": 1, "refused": 1}
        assert await ledger.compact(world.runtime) == 0

    async def test_what_a_held_host_never_took_is_given_up(self, world: World) -> None:
        await follow_from(world, "b")
        await post(world)
        await world.runtime.db.fetch(
            "INSERT INTO hosts (host, failures, held_until)"
            " VALUES ('b.peers.test', 9, now() + interval '20 minutes')"
        )
        assert await ledger.give_up_old(world.runtime) == 0
        await world.runtime.db.fetch("UPDATE deliveries SET created_at = now() - interval '8 days'")
        assert await ledger.give_up_old(world.runtime) == 1
        [row] = await world.ledger()
        assert row["state"] == 5
        assert row["reason"] == "gave up after 7 days"
        [host] = await ledger.list_hosts(world.runtime.read())
        assert host["host"] == "b.peers.test"
        async with world.runtime.unit() as unit:
            assert await ledger.retry_host(unit, "b.peers.test") == 1
        [row] = await world.ledger()
        assert row["state"] == 0
