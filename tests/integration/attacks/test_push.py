"""Push messages: what strangers choose must not end the subscription of whom they write to."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from fedi.config import Settings
from fedi.config.settings import Outbound
from fedi.core.accounts.people import People
from fedi.core.notifications import push_delivery
from fedi.core.notifications.service import notify
from fedi.kit.result import Done
from tests.integration.attacks.conftest import Member, Site
from tests.rig.certificates import Certificates, make_certificates
from tests.rig.push import HOST, Phone, PushService, listening_service

PATH = "/api/v1/push/subscription"
ALERTS = {"mention": True, "favourite": True, "follow_request": True}


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("push"), [HOST])


@pytest.fixture
async def service(certificates: Certificates) -> AsyncGenerator[PushService, None]:
    async with listening_service(certificates) as found:
        yield found


@pytest.fixture
def settings(settings: Settings, service: PushService, certificates: Certificates) -> Settings:
    outbound = Outbound(hosts=service.pins, ca_file=str(certificates.ca))
    return replace(settings, outbound=outbound)


async def subscribe(site: Site, member: Member, endpoint: str) -> int:
    phone = Phone.new()
    asked = {
        "subscription": {
            "endpoint": endpoint,
            "keys": {"p256dh": phone.p256dh, "auth": phone.auth_text},
        },
        "data": {"alerts": ALERTS},
    }
    return (await site.client.post(PATH, json=asked, headers=member.headers)).status_code


async def test_a_long_name_and_a_long_address_leave_room_for_the_message(
    site: Site, alice: Member, service: PushService
) -> None:
    """Otherwise nothing could be sent, and after some such messages nothing would ever be."""
    eve = await site.member("eve")
    await site.runtime.db.fetch(
        "UPDATE accounts SET display_name = $2, avatar_url = $3, note = $4 WHERE id = $1",
        eve.account.id,
        "\U0001f9a6" * 100,
        "https://far.test/" + "a" * 2031,
        "\U0001f9a6" * 500,
    )
    assert await subscribe(site, alice, service.endpoint("one")) == 200
    async with site.runtime.unit() as unit:
        told = await notify(unit, [(alice.account.id, "follow_request", eve.account.id, None)])
        await push_delivery.enqueue(unit, [pair[0] for pair in told])
    rows = await site.runtime.db.fetch("SELECT * FROM chores WHERE kind = 'push'")
    outcomes = await push_delivery.deliver(People(site.runtime), rows)
    assert [type(outcome) for outcome in outcomes] == [Done]
    assert len(service.received) == 1
    failures = await site.runtime.db.fetch("SELECT failures FROM push_subscriptions")
    assert [row[0] for row in failures] == [0]


async def test_addresses_that_no_message_goes_to(site: Site, alice: Member) -> None:
    hosts = ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "2130706433", "0x7f.1", "127.1"]
    hosts += ["[::ffff:127.0.0.1]", "169.254.169.254", "push.test:22", "user:x@push.test"]
    hosts += ["a." * 600 + "test", "\u00e9" * 300 + ".test", "push.test\\@127.0.0.1", "", "-"]
    for host in hosts:
        status = await subscribe(site, alice, f"https://{host}/x")
        assert status == 422, host
    for endpoint in ("http://push.example.org/x", "ftp://x.test/", "https://x.test/" + "a" * 4000):
        assert await subscribe(site, alice, endpoint) == 422
    assert not await site.runtime.db.fetch("SELECT 1 FROM push_subscriptions")


async def test_the_subscription_of_another_token_is_not_there(site: Site, alice: Member) -> None:
    eve = await site.member("eve")
    assert await subscribe(site, alice, "https://push.example.org/one") == 200
    before = await site.runtime.db.fetch("SELECT p::text FROM push_subscriptions p")
    for method in ("GET", "PUT", "DELETE"):
        answer = await site.client.request(method, PATH, headers=eve.headers)
        assert answer.status_code in {200, 404}
        assert "push.example.org" not in answer.text
    assert await site.runtime.db.fetch("SELECT p::text FROM push_subscriptions p") == before
