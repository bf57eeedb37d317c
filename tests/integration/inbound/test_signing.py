"""Signatures and keys: what is believed, what is refused, and what a refusal may cost."""

import asyncio
import hmac
import random
import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from fedi.ap.signatures import keys
from fedi.ap.signatures.dates import http_date
from fedi.config.settings import Limits
from fedi.federation.inbound.keysource import FAILURES_PER_SOURCE, FailureLimit
from fedi.federation.inbound.sender import VerifiedSender
from fedi.kit.errors import TooMany
from tests.cpu import within
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import INBOX, Person


def sign_parts(person: Person, body: bytes, names: list[str], **values: str) -> dict[str, str]:
    """An older signature over exactly these parts."""
    headers = {
        "Host": "a.test",
        "Date": http_date(datetime.now(UTC)),
        "Digest": "SHA-256=" + b64encode(sha256(body).digest()).decode(),
        "Content-Type": "application/activity+json",
        **values,
    }
    lower = {"(request-target)": "post /inbox", **{k.lower(): v for k, v in headers.items()}}
    base = "\n".join(f"{name}: {lower[name]}" for name in names)
    signature = b64encode(
        person.key.sign(base.encode(), padding.PKCS1v15(), hashes.SHA256())
    ).decode()
    listed = " ".join(names)
    headers["Signature"] = (
        f'keyId="{person.uri}#main-key",algorithm="rsa-sha256",'
        f'headers="{listed}",signature="{signature}"'
    )
    return headers


ALL = ["(request-target)", "host", "date", "digest"]


async def send(world: World, body: bytes, headers: dict[str, str]) -> int:
    raw = [(name, value.encode("latin-1")) for name, value in headers.items()]
    return (await world.client.post(INBOX, content=body, headers=raw)).status_code  # type: ignore[arg-type]


async def test_every_part_must_be_covered(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    body = orjson.dumps(bob.creates(bob.note()))
    assert await send(world, body, sign_parts(bob, body, ALL)) == 202
    for missing in ALL:
        names = [name for name in ALL if name != missing]
        assert await send(world, body, sign_parts(bob, body, names)) == 401, missing
    headers = sign_parts(bob, body, ALL)
    headers["Signature"] = re.sub('headers="[^"]*"', 'headers=""', headers["Signature"])
    assert await send(world, body, headers) in (400, 401)


async def test_every_component_must_be_covered(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    body = orjson.dumps(bob.creates(bob.note()))
    assert (await world.post(bob, body, dialect="rfc9421")).status_code == 202
    for part in ("@method", "@target-uri", "content-digest"):
        headers = bob.sign(body, dialect="rfc9421")
        if part == "@target-uri":
            inputs = headers["Signature-Input"].replace('"@target-uri" ', "")
            inputs = inputs.replace('"@authority" ', "")
        else:
            inputs = re.sub(f' ?"{part}"', "", headers["Signature-Input"])
        headers["Signature-Input"] = inputs
        assert await send(world, body, headers) == 401, part


async def test_the_body_is_the_one_that_was_signed(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    body = orjson.dumps(bob.creates(bob.note()))
    headers = sign_parts(bob, body, ALL)
    assert await send(world, body + b" ", headers) == 401
    assert await send(world, body.replace(b"hello", b"hullo"), headers) == 401
    other = b64encode(sha256(b"other").digest()).decode()
    both = headers["Digest"] + ",SHA-256=" + other
    assert await send(world, body, sign_parts(bob, body, ALL, Digest=both)) == 401
    unsigned = sign_parts(bob, body, ["(request-target)", "host", "date"])
    assert await send(world, body, unsigned) == 401


async def test_mutated_headers_are_refused_in_words_and_quickly(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    body = orjson.dumps(bob.creates(bob.note()))
    dice = random.Random(23)  # noqa: S311 - dice, not secrets
    good = {d: bob.sign(body, dialect=d) for d in ("cavage", "rfc9421")}
    assert (await world.post(bob, body)).status_code == 202
    for round_ in range(300):
        headers = dict(good["cavage" if round_ % 2 else "rfc9421"])
        name = dice.choice([n for n in ("Signature", "Signature-Input") if n in headers])
        headers[name] = _mutate(headers[name], dice)
        with within(0.2):
            status = await send(world, body, headers)
        assert status in (202, 400, 401), (status, headers[name][:200])
    assert world.far.asked_of("p.far.test") < 40


def _mutate(value: str, dice: random.Random) -> str:
    at = dice.randrange(len(value))
    match dice.randrange(6):
        case 0:
            return value[:at] + value[at + 1 :]
        case 1:
            return value[:at] + dice.choice('"\\,;=() \t{}:?é') + value[at:]
        case 2:
            return value + "," + value
        case 3:
            return value[:at]
        case 4:
            return value.replace('"', dice.choice(["", "'", '\\"']), dice.randrange(1, 4))
        case _:
            return value + f',x{at}="' + "y" * dice.randrange(2000) + '"'


async def test_two_signature_headers_are_malformed(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    body = orjson.dumps(bob.creates(bob.note()))
    signed = list(bob.sign(body).items())
    signature = dict(signed)["Signature"]
    answer = await world.client.post(
        INBOX, content=body, headers=[*signed, ("Signature", signature)]
    )
    assert answer.status_code == 400


async def test_algorithms_are_those_of_the_key(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    body = orjson.dumps(bob.creates(bob.note()))
    assert (await world.post(bob, body)).status_code == 202
    pem = keys.to_pem(bob.key.public_key())
    headers = bob.sign(body)
    mac = b64encode(hmac.digest(pem.encode(), b"x", "sha256")).decode()
    for algorithm in ("hmac-sha256", "none", "rsa-sha1", "ed25519", "rsa-sha512"):
        forged = headers["Signature"].replace("rsa-sha256", algorithm)
        assert await send(world, body, {**headers, "Signature": forged}) == 401, algorithm
        forged = re.sub('signature="[^"]*"', f'signature="{mac}"', forged)
        assert await send(world, body, {**headers, "Signature": forged}) == 401, algorithm


@pytest.mark.parametrize(
    "pem",
    [
        "", "nonsense", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        rsa.generate_private_key(65537, 1024).public_key().public_bytes(  # noqa: S505 - that is the point
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode(),
        "x" * 100_000, None, 7, ["a"], {"b": 1},
    ],
)  # fmt: skip
async def test_keys_that_are_none_are_401(world: World, pem: Any) -> None:
    bob = world.far.actor("p.far.test", "bob")
    document = bob.document()
    document["publicKey"]["publicKeyPem"] = pem
    world.far.documents[bob.uri] = document
    # What is wrong is remembered: only the first time costs anything.
    with within(0.5):
        answer = await world.post(bob, bob.creates(bob.note()))
    assert answer.status_code == 401


async def test_a_key_of_ours_knocks_in_vain(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    for key_id in ("https://a.test/actor#main-key", f"{world.alice.uri}#main-key"):
        answer = await world.post(bob, bob.creates(bob.note()), key_id=key_id)
        assert answer.status_code == 401
    assert sum(world.far.asked.values()) == 0


async def test_a_rotated_key_works_at_once_and_bad_ones_cost_one_fetch(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    assert (await world.post(bob, bob.creates(bob.note()))).status_code == 202
    fetched = world.far.asked[bob.uri]
    old = replace(bob)
    bob.key = keys.generate_rsa()
    bob.publish()
    assert (await world.post(bob, bob.creates(bob.note()))).status_code == 202
    assert (await world.post(old, old.creates(old.note()))).status_code == 401
    mallory = replace(bob, key=keys.generate_rsa())
    answers = await asyncio.gather(
        *(world.post(mallory, mallory.creates(mallory.note())) for _ in range(200))
    )
    assert {answer.status_code for answer in answers} == {401}
    assert world.far.asked[bob.uri] - fetched <= 2


async def test_a_burst_of_a_new_actor_is_one_fetch(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    answers = await asyncio.gather(*(world.post(bob, bob.creates(bob.note())) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert world.far.asked[bob.uri] == 1


async def test_key_ids_as_others_write_them(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    # Signs with the id of the actor, while the document says #main-key.
    assert (await world.post(bob, bob.creates(bob.note()), key_id=bob.uri)).status_code == 202
    # A key with an address of its own, which shows a stub of the actor.
    carol = world.far.actor("p.far.test", "carol")
    key_id = f"{carol.uri}/main-key"
    document = carol.document()
    document["publicKey"]["id"] = key_id
    world.far.documents[carol.uri] = document
    stub = {"id": carol.uri, "type": "Person", "publicKey": document["publicKey"]}
    world.far.documents[key_id] = stub
    answer = await world.post(carol, carol.creates(carol.note()), key_id=key_id)
    assert answer.status_code == 202
    # A key document.
    dave = world.far.actor("p.far.test", "dave")
    key_id = "https://p.far.test/keys/9"
    document = dave.document()
    document["publicKey"]["id"] = key_id
    world.far.documents[dave.uri] = document
    world.far.documents[key_id] = document["publicKey"]
    answer = await world.post(dave, dave.creates(dave.note()), key_id=key_id)
    assert answer.status_code == 202


async def test_a_key_document_cannot_make_itself_somebodys(world: World) -> None:
    victim = world.far.actor("v.far.test", "victim")
    mallory = world.far.actor("m.far.test", "mallory")
    await world.post(victim, victim.does("Like", "https://a.test/x"))
    here, there = "https://m.far.test/keys/1", "https://v.far.test/uploads/1"
    pem = keys.to_pem(mallory.key.public_key())
    for key_id in (here, there, f"{here}#k", f"{there}#k"):
        world.far.documents[key_id.partition("#")[0]] = {
            "id": key_id,
            "owner": victim.uri,
            "controller": victim.uri,
            "publicKeyPem": pem,
        }
        forged = victim.creates(victim.note())
        answer = await world.post(mallory, forged, key_id=key_id)
        assert answer.status_code == 401, key_id
    assert await world.count("account_keys", "key_id LIKE '%/keys/1%'") == 0
    assert await world.count("account_keys", "key_id LIKE '%/uploads/1%'") == 0


async def test_an_actor_cannot_list_a_key_of_another_host(world: World) -> None:
    mallory = world.far.actor("m.far.test", "mallory")
    victim = world.far.actor("v.far.test", "victim")
    document = mallory.document()
    document["publicKey"]["id"] = f"{victim.uri}#main-key"
    world.far.documents[mallory.uri] = document
    await world.post(mallory, mallory.creates(mallory.note()))
    forged = victim.creates(victim.note())
    answer = await world.post(mallory, forged, key_id=f"{victim.uri}#main-key")
    assert answer.status_code == 401
    assert (await world.post(victim, victim.creates(victim.note()))).status_code == 202


def test_failing_keys_are_limited_by_source() -> None:
    limit = FailureLimit(30)
    refused = 0
    for _ in range(10_000):
        try:
            limit.start("198.51.100.7", "m.far.test")
        except TooMany:
            refused += 1
    assert refused == 10_000 - 30
    limit.start("198.51.100.8", "m.far.test")
    for number in range(100):
        # Successes are free.
        limit.start("198.51.100.9", f"h{number}.far.test")
        limit.succeeded("198.51.100.9", f"h{number}.far.test")
    for number in range(FAILURES_PER_SOURCE):
        limit.start("2001:db8::1", f"h{number}.far.test")
    with pytest.raises(TooMany):
        limit.start("2001:db8::ffff", "other.far.test")


async def test_many_key_addresses_of_one_source_are_429(world: World) -> None:
    object.__setattr__(world.runtime.settings, "limits", Limits(enabled=True))
    mallory = world.far.actor("m.far.test", "mallory")
    statuses = []
    for number in range(60):
        key_id = f"https://v.far.test/users/{number}#main-key"
        answer = await world.post(mallory, mallory.creates(mallory.note()), key_id=key_id)
        statuses.append(answer.status_code)
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert world.far.asked_of("v.far.test") <= 30
    assert (await world.post(mallory, mallory.creates(mallory.note()))).status_code == 202


def test_a_sender_cannot_be_made_by_hand() -> None:
    with pytest.raises(TypeError):
        VerifiedSender("https://x.test/u", 1, "x.test", "k", datetime.now(UTC), suspended=False)
