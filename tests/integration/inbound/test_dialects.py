"""What the signatures of others teach us about their servers, and what is used once."""

import orjson
import pytest

from fedi.ap.signatures import Outgoing, PrivateKey, prepare_rfc9421, sign, sign_ed25519
from fedi.ap.signatures.keys import generate_ed25519, to_multibase
from fedi.core.domains import reachability
from fedi.kit.clock import now
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import INBOX, Person

LINK = {"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC 9421"}


async def first_dialect(world: World, host: str = "p.far.test") -> str:
    return (await reachability.find_manner(world.runtime.read(), host)).dialect


@pytest.mark.parametrize("dialect", ["cavage", "rfc9421"])
async def test_who_signs_in_the_newer_way_is_answered_in_it(world: World, dialect: str) -> None:
    bob = world.far.actor("p.far.test", "bob")
    assert (await world.post(bob, bob.creates(bob.note()), dialect=dialect)).status_code == 202
    assert await first_dialect(world) == dialect


async def test_a_bad_signature_teaches_nothing(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    body = orjson.dumps(bob.creates(bob.note()))
    headers = bob.sign(body, dialect="rfc9421")
    answer = await world.client.post(INBOX, content=body + b" ", headers=headers)
    assert answer.status_code == 401
    assert await first_dialect(world) == "cavage"


@pytest.mark.parametrize(
    "extra",
    [
        {"generator": {"type": "Application", "implements": [LINK]}},
        {"implements": LINK["href"]},
    ],
)
async def test_who_says_so_gets_the_newer_dialect(world: World, extra: dict[str, object]) -> None:
    bob = world.far.actor("p.far.test", "bob", extra=extra)
    assert (await world.post(bob, bob.creates(bob.note()))).status_code == 202
    assert await first_dialect(world) == "rfc9421"


@pytest.mark.parametrize("section", ["name-eddsa-using-curve-edwards25", "nothing-we-know"])
@pytest.mark.parametrize("first", [True, False])
async def test_who_verifies_ed25519_gets_it(world: World, section: str, *, first: bool) -> None:
    edwards = {"href": f"{LINK['href']}#{section}", "name": "RFC 9421 with Ed25519"}
    links = [edwards, LINK] if first else [LINK, edwards]
    extra = {"generator": {"type": "Application", "implements": links}}
    bob = world.far.actor("p.far.test", "bob", extra=extra)
    assert (await world.post(bob, bob.creates(bob.note()))).status_code == 202
    expected = "ed25519" if section.startswith("name-eddsa") else "rfc9421"
    assert await first_dialect(world) == expected


async def test_one_actor_that_says_less_takes_nothing_back(world: World) -> None:
    edwards = {"href": f"{LINK['href']}#name-eddsa-using-curve-edwards25519"}
    for name, link in (("bob", edwards), ("bea", LINK), ("ben", None)):
        extra = {"generator": {"type": "Application", "implements": [link]}} if link else {}
        who = world.far.actor("p.far.test", name, extra=extra)
        assert (await world.post(who, who.creates(who.note()))).status_code == 202
        assert await first_dialect(world) == "ed25519"


async def test_a_request_signed_with_ed25519_is_believed(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    edwards = generate_ed25519()
    method = {
        "id": f"{bob.uri}#ed25519-key",
        "type": "Multikey",
        "controller": bob.uri,
        "publicKeyMultibase": to_multibase(edwards.public_key()),
    }
    bob.extra["assertionMethod"] = [method]
    bob.publish()
    body = orjson.dumps(bob.creates(bob.note()))

    async def send(key: PrivateKey, key_id: str) -> int:
        headers = sign_ed25519(key, key_id, Outgoing("POST", INBOX, body, now()))
        return (await world.client.post(INBOX, content=body, headers=headers)).status_code

    assert await send(edwards, method["id"]) == 202
    assert await world.count("inbound") == 1
    # Neither somebody else's key, nor this one under the name of the other, nor a borrowed name.
    assert await send(generate_ed25519(), method["id"]) == 401
    assert await send(edwards, f"{bob.uri}#main-key") == 401
    assert await send(edwards, "https://q.far.test/users/eve#ed25519-key") == 401


def with_nonce(person: Person, body: bytes, nonce: str) -> dict[str, str]:
    """A signature of the newer dialect with a nonce in its parameters."""
    key_id = f'{person.uri}#main-key";nonce="{nonce}'
    prepared = prepare_rfc9421(key_id, Outgoing("POST", INBOX, body, now()))
    return prepared.finish(sign(person.key, prepared.base))


async def test_a_nonce_is_used_once(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    body = orjson.dumps(bob.creates(bob.note()))

    async def send(headers: dict[str, str]) -> int:
        return (await world.client.post(INBOX, content=body, headers=headers)).status_code

    once = with_nonce(bob, body, "one")
    assert await send(once) == 202
    assert await send(once) == 401
    assert await send(with_nonce(bob, body, "two")) == 202
    # Without one it is the activity that is known again.
    plain = bob.sign(body, dialect="rfc9421")
    assert [await send(plain), await send(plain)] == [202, 202]
    assert await world.count("inbound") == 1
