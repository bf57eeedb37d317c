"""Push messages: subscriptions through the client API, and what arrives at a phone."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import pytest

from fedi.config import Settings
from fedi.config.settings import Outbound
from fedi.core.auth.tokens import revoke_all, revoke_tokens
from fedi.core.notifications import push_delivery
from fedi.core.notifications.service import Notice, notify
from fedi.core.notifications.vapid import ensure_keys, load_keys, public_key
from fedi.core.queues import CHORES
from fedi.events import AccessRevoked
from fedi.kit import queue
from fedi.kit.result import Done, GaveUp, Later, Outcome
from fedi.reactions import react
from tests.integration.api.conftest import House, Member
from tests.rig.certificates import Certificates, make_certificates
from tests.rig.push import HOST, Message, Phone, PushService, listening_service
from tests.unit.kit.test_webpush import read_token

PATH = "/api/v1/push/subscription"
ALERTS = {"mention": True, "favourite": True, "follow": True}


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("push"), [HOST])


@pytest.fixture
async def service(certificates: Certificates) -> AsyncGenerator[PushService, None]:
    async with listening_service(certificates) as found:
        yield found


@pytest.fixture
def settings(settings: Settings, service: PushService, certificates: Certificates) -> Settings:
    """The push service is pinned, as a host that may be on a private address."""
    outbound = Outbound(hosts=service.pins, ca_file=str(certificates.ca))
    return replace(settings, outbound=outbound)


@dataclass
class Post:
    """The instance's way to the phones."""

    house: House
    service: PushService

    async def subscribe(
        self, member: Member, phone: Phone, *, name: str = "one", **more: Any
    ) -> dict[str, Any]:
        answer = await member.post(PATH, json=asked(phone, self.service.endpoint(name), **more))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def tell(self, *notices: Notice) -> None:
        async with self.house.runtime.unit() as unit:
            told = await notify(unit, notices)
            await push_delivery.enqueue(unit, [pair[0] for pair in told])

    async def chores(self) -> list[asyncpg.Record]:
        return await self.house.runtime.read().fetch(
            "SELECT id, kind, key, payload, host, state, attempts, reason FROM chores ORDER BY id"
        )

    async def deliver(self) -> list[Outcome]:
        """One turn of the chores, as the worker makes it."""
        runtime = self.house.runtime
        async with runtime.unit() as unit:
            await unit.execute("UPDATE chores SET state = 0 WHERE state = 1")
        batch = await queue.claim(runtime.db, CHORES, worker="t", limit=50, lease_seconds=30)
        outcomes = await push_delivery.deliver(self.house.services.people, batch.rows)
        async with runtime.unit() as unit:
            closed = zip([row["id"] for row in batch.rows], outcomes, strict=True)
            await batch.close(unit, list(closed))
        return outcomes

    async def arrives(self) -> list[Message]:
        """Deliver, and take what came."""
        await self.deliver()
        found, self.service.received = self.service.received, []
        return found


@pytest.fixture
def post(house: House, service: PushService) -> Post:
    return Post(house, service)


def asked(phone: Phone, endpoint: str, **more: Any) -> dict[str, Any]:
    return {
        "subscription": {
            "endpoint": endpoint,
            "keys": {"p256dh": phone.p256dh, "auth": phone.auth_text},
            "standard": more.pop("standard", True),
        },
        "data": {"alerts": more.pop("alerts", ALERTS), **more.pop("data", {})},
        **more,
    }


async def test_subscriptions_are_kept_by_token(
    house: House, post: Post, alice: Member, bob: Member
) -> None:
    assert (await alice.get(PATH)).status_code == 404
    assert (await alice.call("PUT", PATH, json={"policy": "all"})).status_code == 404
    phone = Phone.new()
    made = await post.subscribe(alice, phone)
    assert (made["endpoint"], made["standard"]) == (post.service.endpoint("one"), True)
    assert (made["alerts"]["mention"], made["alerts"]["reblog"]) == (True, False)
    assert made["alerts"]["admin.sign_up"] is False
    assert made["policy"] == "all"
    assert made["server_key"] == await public_key(house.runtime.read()) != ""
    assert (await alice.get(PATH)).json() == made
    assert (await bob.get(PATH)).status_code == 404
    other = replace(alice, token=await house.token(alice.user_id, "push"))
    assert (await other.get(PATH)).status_code == 404
    changed = await alice.call("PUT", PATH, json={"policy": "followed"})
    assert (changed.json()["policy"], changed.json()["alerts"]) == ("followed", made["alerts"])
    form = {"data[alerts][reblog]": "true", "data[policy]": "none"}
    changed = await alice.call("PATCH", PATH, data=form)
    assert changed.json()["alerts"]["reblog"] is True
    assert changed.json()["alerts"]["mention"] is False
    assert changed.json()["policy"] == "none"
    assert (await alice.call("PUT", PATH, json={"policy": "x"})).status_code == 422
    again = await post.subscribe(alice, phone, name="two", standard=False)
    assert again["id"] != made["id"]
    assert again["standard"] is False
    assert await house.runtime.read().value("SELECT count(*) FROM push_subscriptions") == 1
    assert (await alice.call("DELETE", PATH)).json() == {}
    assert (await alice.call("DELETE", PATH)).json() == {}
    assert (await alice.get(PATH)).status_code == 404
    reader = replace(alice, token=await house.token(alice.user_id, "read"))
    assert (await reader.get(PATH)).status_code == 403


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "http://push.service.test/x",
        "ftp://push.service.test/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://user:pass@push.service.test/x",
        "https://" + "x" * 3000,
        "nonsense",
    ],
)
async def test_endpoints_that_are_none(alice: Member, endpoint: str) -> None:
    assert (await alice.post(PATH, json=asked(Phone.new(), endpoint))).status_code == 422


async def test_keys_that_are_none(post: Post, alice: Member) -> None:
    body = asked(Phone.new(), post.service.endpoint("x"))
    body["subscription"]["keys"]["p256dh"] = "BAAA"
    assert (await alice.post(PATH, json=body)).status_code == 422
    assert (await alice.post(PATH, json={})).status_code == 422
    assert (await alice.post(PATH, json={"subscription": "x"})).status_code == 400


async def test_the_key_of_the_server_is_made_once(house: House) -> None:
    runtime, secret = house.runtime, house.runtime.settings.secret
    assert await public_key(runtime.read()) == ""
    await ensure_keys(runtime)
    first = await public_key(runtime.read())
    await ensure_keys(runtime)
    assert await public_key(runtime.read()) == first
    assert (await load_keys(runtime.read(), secret)).public == first
    stored = str(
        await runtime.read().value("SELECT value FROM instance_settings WHERE key='vapid'")
    )
    assert first in stored
    with pytest.raises(Exception, match="secret"):
        await load_keys(runtime.read(), "another secret")


@pytest.mark.parametrize("standard", [True, False])
async def test_a_message_arrives(
    house: House, post: Post, alice: Member, bob: Member, standard: bool
) -> None:
    phone = Phone.new()
    made = await post.subscribe(alice, phone, standard=standard)
    status = await bob.write("@alice <b>have</b> a look\n\nat this")
    await post.tell((alice.account.id, "mention", bob.account.id, int(status["id"])))
    [message] = await post.arrives()
    assert message.path == "/one"
    said = message.read(phone)
    listed = (await alice.get("/api/v1/notifications")).json()
    assert said == {
        "access_token": alice.token,
        "preferred_locale": "en",
        "notification_id": int(listed[0]["id"]),
        "notification_type": "mention",
        "icon": "https://a.test/static/missing.png",
        "title": "bob mentioned you",
        "body": "@alice <b>have</b> a look at this",
    }
    headers = message.headers
    assert headers["ttl"] == "172800"
    assert headers["urgency"] == "high"
    assert len(headers["topic"]) == 32
    if standard:
        assert headers["content-encoding"] == "aes128gcm"
        token = headers["authorization"].split("t=")[1].split(",")[0]
        assert headers["authorization"].endswith(f"k={made['server_key']}")
    else:
        token = headers["authorization"].removeprefix("WebPush ")
        assert headers["crypto-key"].endswith(f";p256ecdsa={made['server_key']}")
    _, claims = read_token(token, made["server_key"])
    assert claims["aud"] == f"https://{HOST}"
    assert claims["sub"] == "https://a.test"
    assert [row["state"] for row in await post.chores()] == [2]


async def test_alerts_and_policies_are_heeded(
    house: House, post: Post, alice: Member, bob: Member
) -> None:
    phone = Phone.new()
    status = int((await alice.write("x"))["id"])
    me, him = alice.account.id, bob.account.id
    await post.subscribe(alice, phone, alerts={"favourite": True})
    await post.tell((me, "reblog", him, status))
    assert await post.chores() == []
    for policy in ("none", "followed", "follower"):
        await alice.call("PUT", PATH, json={"policy": policy})
        post_of_hers = int((await alice.write(policy))["id"])
        await post.tell((me, "favourite", him, post_of_hers))
        assert await post.chores() == []
    assert (await alice.post(f"/api/v1/accounts/{bob.id}/follow")).status_code == 200
    await alice.call("PUT", PATH, json={"policy": "followed"})
    await post.tell((me, "favourite", him, status))
    [message] = await post.arrives()
    assert message.read(phone)["title"] == "bob favorited your post"
    assert message.headers["urgency"] == "normal"


async def test_one_chore_for_many(house: House, post: Post, alice: Member, bob: Member) -> None:
    carol = await house.member("carol")
    phones = {member.id: Phone.new() for member in (alice, carol)}
    await post.subscribe(alice, phones[alice.id], name="alice")
    await post.subscribe(carol, phones[carol.id], name="carol")
    second = Phone.new()
    desk = replace(alice, token=await house.token(alice.user_id, "push"))
    await post.subscribe(desk, second, name="desk")
    him = bob.account.id
    await post.tell(
        (alice.account.id, "follow", him, None), (carol.account.id, "follow", him, None)
    )
    [chore] = await post.chores()
    assert (chore["kind"], chore["host"], len(chore["payload"]["items"])) == ("push", HOST, 3)
    got = {message.path: message for message in await post.arrives()}
    assert set(got) == {"/alice", "/carol", "/desk"}
    assert got["/desk"].read(second)["access_token"] == desk.token
    assert got["/carol"].read(phones[carol.id])["access_token"] == carol.token
    assert got["/alice"].read(phones[alice.id])["body"] == ""


async def test_what_may_not_be_seen_is_not_told(
    house: House, post: Post, alice: Member, bob: Member
) -> None:
    await post.subscribe(alice, Phone.new())
    status = await bob.write("@alice secret")
    me, him = alice.account.id, bob.account.id
    await post.tell((me, "mention", him, int(status["id"])))
    async with house.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO blocks (id, account_id, target_id) VALUES ($1, $2, $3)",
            await unit.new_id(),
            him,
            me,
        )
    assert await post.arrives() == []
    async with house.runtime.unit() as unit:
        await unit.execute("DELETE FROM blocks")
    warned = await bob.write("@alice secret", spoiler_text="Only this")
    await post.tell((me, "mention", him, int(warned["id"])))
    async with house.runtime.unit() as unit:
        await unit.execute("UPDATE push_subscriptions SET alerts = '{\"mention\": true}'")
    deleted = await bob.write("@alice gone")
    await post.tell((me, "mention", him, int(deleted["id"])))
    assert (await bob.call("DELETE", f"/api/v1/statuses/{deleted['id']}")).status_code == 200
    messages = await post.arrives()
    assert len(messages) == 1
    held = await bob.write("@alice private", visibility="direct")
    await post.tell((me, "mention", him, int(held["id"])))
    assert await post.arrives() == []


async def test_a_warning_stands_for_the_text(post: Post, alice: Member, bob: Member) -> None:
    phone = Phone.new()
    await post.subscribe(alice, phone)
    status = await bob.write("@alice the end of the film", spoiler_text="The film")
    await post.tell((alice.account.id, "mention", bob.account.id, int(status["id"])))
    [message] = await post.arrives()
    assert message.read(phone)["body"] == "The film"
    long = await bob.write("@alice " + "word " * 200)
    await post.tell((alice.account.id, "mention", bob.account.id, int(long["id"])))
    [message] = await post.arrives()
    assert len(message.read(phone)["body"]) == 140
    assert len(message.body) <= 4096


async def subscriptions(house: House) -> int:
    return await house.runtime.read().value("SELECT count(*) FROM push_subscriptions")


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone(
    house: House, post: Post, alice: Member, bob: Member, status: int
) -> None:
    await post.subscribe(alice, Phone.new())
    post.service.statuses["/one"] = status
    await post.tell((alice.account.id, "follow", bob.account.id, None))
    assert [type(outcome) for outcome in await post.deliver()] == [Done]
    assert await subscriptions(house) == 0


async def test_what_failed_is_tried_again(
    house: House, post: Post, alice: Member, bob: Member
) -> None:
    carol = await house.member("carol")
    await post.subscribe(alice, Phone.new(), name="good")
    await post.subscribe(carol, Phone.new(), name="bad")
    post.service.statuses["/bad"] = 503
    him = bob.account.id
    await post.tell(
        (alice.account.id, "follow", him, None), (carol.account.id, "follow", him, None)
    )
    [outcome] = await post.deliver()
    assert isinstance(outcome, Later)
    assert "503" in outcome.reason
    assert len((await post.chores())[0]["payload"]["items"]) == 1
    await post.deliver()
    # What was delivered is not sent again.
    assert [message.path for message in post.service.received].count("/good") == 1
    for _ in range(3):
        assert isinstance((await post.deliver())[0], Later)
    [outcome] = await post.deliver()
    assert isinstance(outcome, GaveUp)
    [chore] = await post.chores()
    assert chore["state"] == 5
    assert "503" in chore["reason"]
    assert await subscriptions(house) == 2
    assert await house.runtime.read().value("SELECT max(failures) FROM push_subscriptions") == 6
    post.service.statuses["/bad"] = 201
    await post.tell((carol.account.id, "favourite", him, int((await carol.write("x"))["id"])))
    assert isinstance((await post.deliver())[0], Done)
    assert await house.runtime.read().value("SELECT max(failures) FROM push_subscriptions") == 0


async def test_a_plain_no_ends_it(house: House, post: Post, alice: Member, bob: Member) -> None:
    await post.subscribe(alice, Phone.new())
    post.service.statuses["/one"] = 403
    async with house.runtime.unit() as unit:
        await unit.execute("UPDATE push_subscriptions SET failures = 18")
    for left in (1, 0):
        status = int((await alice.write("x"))["id"])
        await post.tell((alice.account.id, "favourite", bob.account.id, status))
        [outcome] = await post.deliver()
        assert isinstance(outcome, GaveUp)
        assert await subscriptions(house) == left


async def test_private_addresses_are_refused(
    house: House, post: Post, alice: Member, bob: Member
) -> None:
    await post.subscribe(alice, Phone.new())
    async with house.runtime.unit() as unit:
        await unit.execute("UPDATE push_subscriptions SET endpoint = 'https://localhost/x'")
    await post.tell((alice.account.id, "follow", bob.account.id, None))
    [outcome] = await post.deliver()
    assert isinstance(outcome, GaveUp)
    assert post.service.received == []


async def test_revoked_tokens_hear_nothing(
    house: House, post: Post, alice: Member, bob: Member
) -> None:
    await post.subscribe(alice, Phone.new())
    await post.tell((alice.account.id, "follow", bob.account.id, None))
    async with house.runtime.unit() as unit:
        token_id = await unit.value("SELECT token_id FROM push_subscriptions")
        await revoke_tokens(unit, [token_id])
    assert await post.arrives() == []
    event = AccessRevoked(alice.user_id, (token_id,))
    async with house.runtime.unit() as unit:
        await react(unit, house.runtime.settings, [(1, event)])
    assert await subscriptions(house) == 0
    desk = replace(alice, token=await house.token(alice.user_id, "push"))
    await post.subscribe(desk, Phone.new())
    async with house.runtime.unit() as unit:
        await react(unit, house.runtime.settings, [(1, event)])
    assert await subscriptions(house) == 1
    async with house.runtime.unit() as unit:
        await revoke_all(unit, alice.user_id)
        await react(unit, house.runtime.settings, [(1, AccessRevoked(alice.user_id))])
    assert await subscriptions(house) == 0


async def test_tokens_are_sealed(house: House, post: Post, alice: Member, bob: Member) -> None:
    await post.subscribe(alice, Phone.new())
    row = await house.runtime.read().row("SELECT * FROM push_subscriptions")
    assert row is not None
    assert alice.token not in str(dict(row))
    await post.subscribe(bob, Phone.new(), name="two")
    async with house.runtime.unit() as unit:
        # Moved to another row, it does not open.
        await unit.execute(
            "UPDATE push_subscriptions SET sealed_token = $1 WHERE account_id = $2",
            row["sealed_token"],
            bob.account.id,
        )
    await post.tell((bob.account.id, "follow", alice.account.id, None))
    [outcome] = await post.deliver()
    assert isinstance(outcome, GaveUp)
    assert post.service.received == []
