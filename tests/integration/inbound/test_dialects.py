"""What the signatures of others teach us about their servers, and what is used once."""

import orjson
import pytest

from fedi.ap.signatures import Outgoing, prepare_rfc9421, sign
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
