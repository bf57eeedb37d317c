"""What is signed is what came over the wire, and one good signature of several is enough."""

import orjson
import pytest

from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import INBOX, Person

ESCAPED = "https://a.test/%69nbox"


@pytest.fixture
def bob(world: World) -> Person:
    return world.far.actor("p.far.test", "bob")


@pytest.mark.parametrize("dialect", ["cavage", "rfc9421"])
async def test_the_target_is_signed_as_it_is_written(
    world: World, bob: Person, dialect: str
) -> None:
    body = orjson.dumps(bob.creates(bob.note()))
    for signed, asked, status in (
        (ESCAPED, ESCAPED, 202),
        (INBOX, ESCAPED, 401),
        (ESCAPED, INBOX, 401),
        (INBOX, INBOX, 202),
    ):
        headers = bob.sign(body, url=signed, dialect=dialect)
        answer = await world.client.post(asked, content=body, headers=headers)
        assert answer.status_code == status, (signed, asked)


def both(first: dict[str, str], second: dict[str, str]) -> dict[str, str]:
    """One request with two signatures."""
    joined = dict(second)
    for name in ("Signature-Input", "Signature"):
        other = second[name].replace("sig1=", "sig2=", 1)
        joined[name] = f"{first[name]}, {other}"
    return joined


async def test_one_good_signature_of_several_is_enough(world: World, bob: Person) -> None:
    body = orjson.dumps(bob.creates(bob.note()))
    good = bob.sign(body, dialect="rfc9421")
    forged = {**good, "Signature": f"sig1=:{'A' * 342}==:"}
    for headers, status in (
        (both(forged, good), 202),
        (both(good, forged), 202),
        (both(forged, forged), 401),
    ):
        answer = await world.client.post(INBOX, content=body, headers=headers)
        assert answer.status_code == status, headers["Signature"]
