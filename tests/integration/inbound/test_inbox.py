"""What the inbox answers, and that a 202 means committed."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import httpx
import orjson
import pytest

from fedi.core.domains.service import block
from tests.integration.inbound.conftest import World, member
from tests.integration.inbound.far import INBOX


async def test_a_signed_activity_is_a_row_before_it_is_a_202(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    answer = await world.post(bob, bob.creates(bob.note()))
    assert (answer.status_code, answer.content) == (202, b"")
    row = (await world.runtime.db.fetch("SELECT * FROM inbound"))[0]
    assert (row["signer_uri"], row["authentic"], row["type"]) == (bob.uri, True, "Create")
    assert row["host"] == "p.far.test"
    assert row["lane"] == bob.uri
    assert await world.value("SELECT last_inbound_at IS NOT NULL FROM hosts")


@pytest.mark.parametrize("dialect", ["cavage", "rfc9421"])
async def test_both_dialects_are_understood(world: World, dialect: str) -> None:
    bob = world.far.actor("p.far.test", "bob")
    assert (await world.post(bob, bob.creates(bob.note()), dialect=dialect)).status_code == 202


async def test_methods(world: World) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = await world.client.request(method, INBOX)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_unsigned_is_401_with_a_reason_and_an_offer(world: World) -> None:
    body = (
        b'{"type": "Create", "actor": "https://p.far.test/users/bob", "id": "https://p.far.test/1"}'
    )
    answer = await world.client.post(
        INBOX, content=body, headers={"content-type": "application/activity+json"}
    )
    assert answer.status_code == 401
    assert "not signed" in answer.json()["error"]
    assert answer.headers["accept-signature"].startswith("sig1=(")


async def test_content_types(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    body = orjson.dumps(bob.creates(bob.note()))
    good = [
        "application/activity+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "application/json",
    ]
    bad = ["text/plain", "text/html", "application/x-www-form-urlencoded", ""]
    for kind in good + bad:
        headers = {"Content-Type": kind}
        signed = bob.sign(body)
        # The content type is not signed here, as some servers do it.
        signed = {k: v for k, v in signed.items() if k != "Content-Type"}
        covered = 'headers="(request-target) host date digest content-type"'
        assert covered in signed["Signature"]
        answer = await world.client.post(INBOX, content=body, headers={**signed, **headers})
        assert (answer.status_code == 415) == (kind in bad), kind


async def test_a_compressed_body_is_415(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    answer = await world.post(bob, bob.creates(bob.note()), headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415


async def test_too_much_is_413_however_it_comes(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    sent = 0

    async def flood() -> AsyncGenerator[bytes, None]:
        nonlocal sent
        while sent < 50_000_000:
            sent += 65536
            yield b"x" * 65536

    headers = bob.sign(b"x")
    answer = await world.client.post(INBOX, content=flood(), headers=headers)
    assert answer.status_code == 413
    big = orjson.dumps(bob.creates(bob.note("x" * 1_100_000)))
    assert (await world.post(bob, big)).status_code == 413
    assert await world.count("inbound") == 0


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b'"x"', b"{", b'{"a": NaN}', b"\xff\xfe",
        b'{"a":' * 100 + b"1" + b"}" * 100,
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"id": "https://p.far.test/1", "id": "https://p.far.test/2"}',
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_400(world: World, body: bytes) -> None:
    bob = world.far.actor("p.far.test", "bob")
    assert (await world.post(bob, body)).status_code == 400
    assert await world.count("inbound") == 0


async def test_personal_inboxes(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    mine = f"{world.alice.uri}/inbox"
    assert (await world.post(bob, bob.creates(bob.note()), url=mine)).status_code == 202
    assert await world.value("SELECT recipient_id FROM inbound") == world.alice.id
    for number in ("1", "abc", "99999999999999999999", str(world.alice.id + 1)):
        nobody = f"https://a.test/ap/users/{number}/inbox"
        assert (await world.post(bob, bob.creates(bob.note()), url=nobody)).status_code == 404


async def test_the_inbox_of_a_deleted_member_is_410(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    await world.runtime.db.fetch(
        "UPDATE accounts SET deleted_at = now() WHERE id = $1", world.alice.id
    )
    mine = f"{world.alice.uri}/inbox"
    assert (await world.post(bob, bob.creates(bob.note()), url=mine)).status_code == 410


async def test_a_blocked_domain_is_403_and_costs_no_fetch(world: World) -> None:
    bob = world.far.actor("sub.far.test", "bob")
    async with world.runtime.unit() as unit:
        await block(unit, "sub.far.test")
    world.policy.forget()
    assert (await world.post(bob, bob.creates(bob.note()))).status_code == 403
    assert world.far.asked_of("sub.far.test") == 0
    carol = world.far.actor("p.far.test", "carol")
    assert (await world.post(carol, carol.creates(carol.note()))).status_code == 202


async def test_a_key_host_that_is_down_is_503_and_asked_once(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    world.far.documents[bob.uri] = 502
    for _ in range(5):
        answer = await world.post(bob, bob.creates(bob.note()))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
    # A signed request and, since 5xx can be a dislike of signatures, an unsigned one.
    assert world.far.asked[bob.uri] <= 2


@pytest.mark.parametrize("kind", ["Delete", "Update"])
async def test_farewells_of_strangers_cost_nothing(world: World, kind: str) -> None:
    bob = world.far.actor("p.far.test", "bob")
    world.far.documents[bob.uri] = 410
    for _ in range(20):
        assert (await world.post(bob, bob.does(kind, bob.uri))).status_code == 202
    assert world.far.asked_of("p.far.test") == 0
    assert await world.count("inbound") == 0
    body = orjson.dumps(bob.does(kind, bob.uri))
    bare = {"Content-Type": "application/activity+json"}
    assert (await world.client.post(INBOX, content=body, headers=bare)).status_code == 401
    broken = {**bob.sign(body), "Signature": 'keyId="x'}
    assert (await world.client.post(INBOX, content=body, headers=broken)).status_code == 400


async def test_the_410_of_a_known_actor_is_proof_of_its_farewell(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    await world.follow(bob)
    await world.deliver(bob, bob.creates(bob.note()))
    world.far.documents[bob.uri] = 410
    # Its keys are not here any more, so that nothing can be verified.
    await world.runtime.db.fetch("DELETE FROM account_keys WHERE key_id LIKE 'https://p.%'")
    world.people.keyring.forget(f"{bob.uri}#main-key")
    (ending,) = await world.deliver(bob, bob.does("Delete", bob.uri))
    assert ending == (2, None)
    assert await world.value("SELECT deleted_at IS NOT NULL FROM accounts WHERE uri = $1", bob.uri)
    assert await world.count("statuses") == 0


async def test_a_collection_is_its_first_twenty_activities(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    items = [bob.creates(bob.note()) for _ in range(30)]
    batch = {"type": "OrderedCollection", "actor": bob.uri, "orderedItems": items}
    assert (await world.post(bob, batch)).status_code == 202
    assert await world.count("inbound", "authentic") == 20


async def test_repetitions_are_accepted_and_not_stored(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    await world.follow(bob)
    activity = bob.creates(bob.note())
    before = await world.count("inbound")
    answers = await asyncio.gather(*(world.post(bob, activity) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {202}
    await world.drain()
    for url in (INBOX, f"{world.alice.uri}/inbox"):
        assert (await world.post(bob, activity, url=url)).status_code == 202
    await world.drain()
    assert await world.count("inbound") == before + 1
    assert await world.count("statuses") == 1


async def test_what_was_ignored_gets_another_chance(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    activity = bob.creates(bob.note())
    assert await world.deliver(bob, activity) == [(3, "no relation")]
    await world.follow(bob)
    await world.post(bob, activity)
    await world.drain()
    assert await world.count("statuses") == 1


async def test_a_replay_has_one_effect_and_goes_nowhere_else(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    await world.follow(bob)
    body = orjson.dumps(bob.creates(bob.note()))
    signed = bob.sign(body)
    for _ in range(3):
        assert (await world.client.post(INBOX, content=body, headers=signed)).status_code == 202
    await world.drain()
    assert await world.count("statuses") == 1
    elsewhere = {
        f"{world.alice.uri}/inbox": {},
        "https://a.test/inbox?x=1": {},
        "https://a.test//inbox": {},
        INBOX: {"Host": "b.test"},
    }
    for url, headers in elsewhere.items():
        answer = await world.client.post(url, content=body, headers={**signed, **headers})
        assert answer.status_code in (401, 404, 421), url
    for age in (timedelta(hours=13), timedelta(hours=-2)):
        assert (await world.post(bob, body, age=age)).status_code == 401
    for age in (timedelta(hours=11), timedelta(minutes=-50)):
        assert (await world.post(bob, body, age=age)).status_code == 202


async def test_slow_bodies_do_not_wait_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fedi.kit.web_body.SECONDS", 0.05)
    bob = world.far.actor("p.far.test", "bob")

    async def drip() -> AsyncGenerator[bytes, None]:
        yield b"{"
        await asyncio.Event().wait()

    answer = await world.client.post(INBOX, content=drip(), headers=bob.sign(b"{}"))
    assert answer.status_code in (400, 408)


async def test_a_proxy_may_speak_for_another_host(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    body = orjson.dumps(bob.creates(bob.note()))
    inside = {"Host": "127.0.0.1:3000", "X-Forwarded-Host": "a.test"}
    transport = httpx.ASGITransport(app=world.client._transport.app, client=("127.0.0.1", 1))  # type: ignore[attr-defined]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as proxy:
        for dialect in ("cavage", "rfc9421"):
            headers = {**bob.sign(body, dialect=dialect), **inside}
            answer = await proxy.post("/inbox", content=body, headers=headers)
            assert answer.status_code == 202, answer.text
    # A stranger's word for it changes nothing.
    answer = await world.post(bob, body, headers={"X-Forwarded-Host": "b.test"})
    assert answer.status_code == 202


async def test_copies_to_personal_inboxes_add_their_members(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    carol = await member(world.runtime, "carol")
    blind = bob.creates(bob.note("for your eyes only", to=[], cc=[]))
    for url in (f"{world.alice.uri}/inbox", f"{carol.uri}/inbox", f"{carol.uri}/inbox"):
        await world.deliver(bob, blind, url=url)
    assert await world.count("inbound") == 2
    assert await world.count("statuses", "visibility = 3") == 1
    assert await world.count("status_mentions", "silent") == 2
