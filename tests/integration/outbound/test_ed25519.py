"""Requests signed with Ed25519: only to who said that it verifies them, and RSA is a knock away."""

import pytest

from fedi.ap import signatures
from fedi.core.domains import reachability
from tests.integration.outbound.conftest import PAIR, Got, Peer, World
from tests.integration.outbound.test_deliver import follow_from, post, settled, until

pytestmark = pytest.mark.usefixtures("deliverer")

HOST = "b.peers.test"
ANY = 'sig1=("@method" "@target-uri" "@authority" "content-digest");created;keyid'
EDWARDS = f'{ANY};alg="ed25519"'


def way_of(got: Got) -> str:
    """How a delivery is signed; whichever way it is, the signature is a good one."""
    headers = list(got.headers.items())
    [claim] = signatures.parse_signature("POST", got.path, headers)
    signatures.check_cover(claim, "POST", has_body=True)
    is_edwards = claim.key_id.endswith("#ed25519-key")
    key = (PAIR.ed25519 if is_edwards else PAIR.rsa).public_key()
    assert signatures.verify(claim, signatures.Request("POST", got.path, headers, "http"), key)
    assert claim.algorithm == {"cavage": "rsa-sha256"}.get(
        claim.dialect, "ed25519" if is_edwards else "rsa-v1_5-sha256"
    )
    return "ed25519" if is_edwards else claim.dialect


async def deliver(world: World, peer: Peer, times: int = 1) -> list[str]:
    """Deliver a post; in which ways that was tried."""
    before = len(peer.got)
    for _ in range(times):
        await post(world)
        await until(lambda: settled(world))
    return [way_of(got) for got in peer.got[before:]]


async def dialect(world: World) -> str:
    return (await reachability.find_manner(world.runtime.read(), HOST)).dialect


async def advertise(world: World) -> None:
    async with world.runtime.unit() as unit:
        await reachability.advertised_ed25519(unit, [HOST])


async def test_it_goes_to_who_said_so(world: World, peer: Peer) -> None:
    await follow_from(world, "b")
    await advertise(world)
    assert await deliver(world, peer) == ["ed25519"]
    [row] = await world.ledger()
    assert (row["state"], row["status_code"]) == (2, 202)
    key_id = f"{world.runtime.settings.origin}/ap/users/{world.alice}#ed25519-key"
    assert f'keyid="{key_id}"' in peer.got[0].headers["signature-input"]


async def test_it_goes_to_nobody_else(world: World, peer: Peer) -> None:
    await follow_from(world, "b", "c")
    async with world.runtime.unit() as unit:
        await reachability.advertised(unit, [HOST])
    peer.headers["c.peers.test"] = {"Accept-Signature": ANY}
    peer.accepts = lambda got: got.host == HOST or way_of(got) == "rfc9421"
    assert sorted(await deliver(world, peer)) == ["cavage", "rfc9421", "rfc9421"]


async def test_who_refuses_it_gets_rsa_and_is_remembered(world: World, peer: Peer) -> None:
    await follow_from(world, "b")
    await advertise(world)
    # It also asks for any newer signature, as many do with each refusal: that is no new word.
    peer.headers[HOST] = {"Accept-Signature": ANY}
    peer.accepts = lambda got: way_of(got) == "rfc9421"
    assert await deliver(world, peer) == ["ed25519", "rfc9421"]
    assert await dialect(world) == "ed25519", "it may have been an accident"
    assert await deliver(world, peer, 2) == ["ed25519", "rfc9421", "rfc9421"]
    assert await dialect(world) == "rfc9421"
    assert {row["state"] for row in await world.ledger()} == {2}
    # What it says in its actors is believed once.
    await advertise(world)
    assert await dialect(world) == "rfc9421"


async def test_who_has_forgotten_the_newer_dialect_is_reached(world: World, peer: Peer) -> None:
    await follow_from(world, "b")
    await advertise(world)
    peer.accepts = lambda got: way_of(got) == "cavage"
    assert await deliver(world, peer, 2) == ["ed25519", "rfc9421", "cavage"] * 2
    assert await dialect(world) == "cavage"
    assert await deliver(world, peer) == ["cavage"]


async def test_a_refusal_may_ask_for_it(world: World, peer: Peer) -> None:
    await follow_from(world, "b")
    peer.headers[HOST] = {"Accept-Signature": EDWARDS}
    peer.accepts = lambda got: way_of(got) == "ed25519"
    assert await deliver(world, peer, 2) == ["cavage", "ed25519", "ed25519"]
    assert await dialect(world) == "ed25519"


async def test_who_asks_for_it_and_refuses_it_gets_the_rest(world: World, peer: Peer) -> None:
    await follow_from(world, "b")
    peer.headers[HOST] = {"Accept-Signature": EDWARDS}
    peer.accepts = lambda got: way_of(got) == "rfc9421"
    assert await deliver(world, peer) == ["cavage", "ed25519", "rfc9421"]


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
async def test_what_is_no_word_about_signatures_is_no_reason(
    world: World, peer: Peer, status: int
) -> None:
    await follow_from(world, "b")
    await advertise(world)
    peer.script[HOST] = [status]
    assert await deliver(world, peer) == ["ed25519"]
    assert await dialect(world) == "ed25519"


@pytest.mark.parametrize(("status", "state"), [(410, 4), (429, 1), (503, 1)])
async def test_who_refuses_it_is_heard_when_rsa_is_told_more(
    world: World, peer: Peer, status: int, state: int
) -> None:
    await follow_from(world, "b")
    await advertise(world)
    peer.script[HOST] = [401, status]
    assert await deliver(world, peer) == ["ed25519", "rfc9421"]
    [row] = await world.ledger()
    assert (row["state"], row["status_code"]) == (state, status)


async def test_who_breaks_down_over_it_gets_rsa_the_next_time(world: World, peer: Peer) -> None:
    await follow_from(world, "b")
    await advertise(world)
    for _ in range(2):
        peer.script[HOST] = [500, 202]
        assert await deliver(world, peer) == ["ed25519"]
        await world.runtime.db.fetch("UPDATE deliveries SET due_at = now() WHERE state = 1")
        await until(lambda: delivered(world))
    assert [way_of(got) for got in peer.got] == ["ed25519", "rfc9421"] * 2
    assert await dialect(world) == "rfc9421"


async def delivered(world: World) -> bool:
    return {row["state"] for row in await world.ledger()} == {2}


async def test_slow_refusals_share_one_deadline(world: World, peer: Peer) -> None:
    await follow_from(world, "b")
    await advertise(world)
    # Of the two seconds there is too little left for a third knock, and the host is not at fault.
    peer.delay[HOST] = 0.8
    peer.script[HOST] = [401]
    assert await deliver(world, peer) == ["ed25519", "rfc9421"]
    [row] = await world.ledger()
    assert (row["state"], row["status_code"]) == (1, 401)


async def test_a_member_without_such_a_key_signs_with_rsa(world: World, peer: Peer) -> None:
    await follow_from(world, "b")
    await advertise(world)
    await world.runtime.db.fetch("DELETE FROM account_keys WHERE kind = 'ed25519'")
    assert await deliver(world, peer) == ["rfc9421"]
