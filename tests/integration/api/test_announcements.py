"""Announcements: read, dismissed, reacted to."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from fedi.core.announcements import service
from fedi.kit import clock
from fedi.kit.errors import Invalid, NotFound
from tests.integration.api.conftest import House, Member

ALL = "/api/v1/announcements"


async def publish(house: House, text: str = "Hello *all* #news") -> str:
    async with house.runtime.unit() as unit:
        return str(await service.publish(unit, "https://a.test", text))


async def kinds(house: House) -> list[str]:
    rows = await house.runtime.db.fetch(
        "SELECT type FROM events WHERE type LIKE 'Announcement%' ORDER BY id"
    )
    return [row[0] for row in rows]


async def test_everybody_reads_them(house: House, alice: Member, bob: Member) -> None:
    first = await publish(house)
    second = await publish(house, "Second")
    found = (await alice.get(ALL)).json()
    assert [item["id"] for item in found] == [first, second]
    assert found[0]["content"].startswith("<p>")
    assert found[0]["read"] is False
    assert found[0]["reactions"] == found[0]["emojis"] == found[0]["mentions"] == []
    assert found[0]["published_at"].endswith("Z")
    assert (await alice.post(f"{ALL}/{first}/dismiss")).json() == {}
    assert (await alice.post(f"{ALL}/{first}/dismiss")).json() == {}
    assert [item["read"] for item in (await alice.get(ALL)).json()] == [True, False]
    assert [item["read"] for item in (await bob.get(ALL)).json()] == [False, False]
    async with house.runtime.unit() as unit:
        await service.remove(unit, int(first))
    assert [item["id"] for item in (await alice.get(ALL)).json()] == [second]
    assert await kinds(house) == ["AnnouncementPublished"] * 2 + ["AnnouncementRemoved"]
    assert (await house.client.get(ALL)).status_code == 401


async def test_reactions(house: House, alice: Member, bob: Member) -> None:
    number = await publish(house)
    heart, family = "\u2764\ufe0f", "\U0001f469\u200d\U0001f467"
    for member in (alice, bob):
        path = f"{ALL}/{number}/reactions/{quote(heart)}"
        assert (await member.call("PUT", path)).json() == {}
        assert (await member.call("PATCH", path)).json() == {}
    await bob.call("PUT", f"{ALL}/{number}/reactions/{quote(family)}")
    found = (await alice.get(ALL)).json()[0]["reactions"]
    assert found == [
        {"name": heart, "count": 2, "me": True},
        {"name": family, "count": 1, "me": False},
    ]
    assert (await bob.call("DELETE", f"{ALL}/{number}/reactions/{quote(heart)}")).json() == {}
    assert (await alice.get(ALL)).json()[0]["reactions"][0]["count"] == 1
    assert (await kinds(house)).count("AnnouncementReacted") == 4


@pytest.mark.parametrize("name", ["x", "hello", "<b>", "%00", "\u2764\u2764x", "1", "❤" * 17])
async def test_what_is_no_reaction(house: House, alice: Member, name: str) -> None:
    number = await publish(house)
    answer = await alice.call("PUT", f"{ALL}/{number}/reactions/{quote(name, safe='%')}")
    assert answer.status_code == 422
    assert (await alice.get(ALL)).json()[0]["reactions"] == []


async def test_only_so_many_different_reactions(house: House, alice: Member) -> None:
    number = await publish(house)
    signs = [chr(0x1F600 + offset) for offset in range(9)]
    codes = [
        (await alice.call("PUT", f"{ALL}/{number}/reactions/{quote(sign)}")).status_code
        for sign in signs
    ]
    assert codes == [200] * 8 + [422]


async def test_what_is_over_or_was_never_there(house: House, alice: Member) -> None:
    number = await publish(house)
    past = clock.now() - timedelta(hours=1)
    await house.runtime.db.fetch("UPDATE announcements SET ends_at = $1", past)
    assert (await alice.get(ALL)).json() == []
    for wanted in (number, "1", "0", "x", "9" * 30):
        assert (await alice.post(f"{ALL}/{wanted}/dismiss")).status_code == 404
        path = f"{ALL}/{wanted}/reactions/{quote('❤')}"
        assert (await alice.call("PUT", path)).status_code == 404
        assert (await alice.call("DELETE", path)).status_code == 404
    with pytest.raises(NotFound):
        async with house.runtime.unit() as unit:
            await service.remove(unit, 1)
    for text in ("", " ", "x" * 5001):
        with pytest.raises(Invalid):
            await publish(house, text)


async def test_scopes(house: House, alice: Member) -> None:
    number = await publish(house)
    token = await house.token(alice.user_id, "read")
    reader = Member(house.client, alice.account, alice.user_id, token)
    assert (await reader.get(ALL)).status_code == 200
    assert (await reader.post(f"{ALL}/{number}/dismiss")).status_code == 403
    assert (await reader.call("PUT", f"{ALL}/{number}/reactions/x")).status_code == 403
