"""Reacting to posts with emojis, as apps of several kinds do it and see it."""

from typing import Any

import pytest

from fedi.core.accounts.purge import delete_account
from fedi.core.interactions.reactions import MOST, NewReaction, store
from fedi.core.statuses.reactions import Emoji
from tests.checks import check_counters
from tests.integration.api.conftest import House, Member
from tests.integration.api.reading import read, statements
from tests.rig.aftermath import settle

WAYS = [
    (("POST", "/api/v1/statuses/{}/react/{}"), ("POST", "/api/v1/statuses/{}/unreact/{}")),
    (
        ("PUT", "/api/v1/pleroma/statuses/{}/reactions/{}"),
        ("DELETE", "/api/v1/pleroma/statuses/{}/reactions/{}"),
    ),
    (
        ("PUT", "/api/v1/statuses/{}/emoji_reactions/{}"),
        ("DELETE", "/api/v1/statuses/{}/emoji_reactions/{}"),
    ),
]


async def react(member: Member, post: str, name: str = "🐝") -> dict[str, Any]:
    answer = await member.post(f"/api/v1/statuses/{post}/react/{name}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(("there", "back"), WAYS)
async def test_there_and_back(
    alice: Member, bob: Member, there: tuple[str, str], back: tuple[str, str]
) -> None:
    post = (await alice.write("hello"))["id"]
    for _ in range(2):
        shown = (await bob.call(there[0], there[1].format(post, "🐝"))).json()
        assert shown["reactions"] == [{"name": "🐝", "count": 1, "me": True}]
        assert (shown["favourites_count"], shown["favourited"]) == (1, True)
    seen = await read(alice, post)
    assert seen["reactions"] == [{"name": "🐝", "count": 1, "me": False}]
    assert (seen["favourites_count"], seen["favourited"]) == (1, False)
    liked = (await alice.get(f"/api/v1/statuses/{post}/favourited_by")).json()
    assert [account["acct"] for account in liked] == ["bob"]
    for _ in range(2):
        shown = (await bob.call(back[0], back[1].format(post, "🐝"))).json()
        assert shown["reactions"] == []
        assert (shown["favourites_count"], shown["favourited"]) == (0, False)


async def test_who_reacted(house: House, alice: Member, bob: Member) -> None:
    post = (await alice.write("hello"))["id"]
    await react(bob, post)
    await react(alice, post)
    await react(alice, post, "🎉")
    path = f"/api/v1/pleroma/statuses/{post}/reactions"
    found = (await bob.get(path)).json()
    assert [(each["name"], each["count"], each["me"]) for each in found] == [
        ("🐝", 2, True),
        ("🎉", 1, False),
    ]
    assert [account["acct"] for account in found[0]["accounts"]] == ["bob", "alice"]
    [one] = (await house.client.get(f"{path}/🎉")).json()
    assert (one["name"], one["me"]) == ("🎉", False)
    secret = (await alice.write("psst", visibility="direct"))["id"]
    assert (await bob.get(f"/api/v1/pleroma/statuses/{secret}/reactions")).status_code == 404
    assert (await bob.post(f"/api/v1/statuses/{secret}/react/🐝")).status_code == 404


async def test_one_notification_with_the_last_emoji(
    house: House, alice: Member, bob: Member
) -> None:
    post = (await alice.write("hello"))["id"]
    await react(bob, post)
    await bob.post(f"/api/v1/statuses/{post}/favourite")
    await react(bob, post, "🎉")
    await settle(house.runtime)
    for path in ("/api/v1/notifications", "/api/v2/notifications"):
        found = (await alice.get(path)).json()
        [one] = found if isinstance(found, list) else found["notification_groups"]
        assert one["type"] == "favourite"
        assert (one["emoji"], one["emoji_url"]) == ("🎉", None)


async def test_to_like_no_longer_is_to_react_no_longer(alice: Member, bob: Member) -> None:
    post = (await alice.write("hello"))["id"]
    await react(bob, post)
    await react(bob, post, "🎉")
    await bob.post(f"/api/v1/statuses/{post}/favourite")
    assert (await read(bob, post))["favourites_count"] == 1
    shown = (await bob.post(f"/api/v1/statuses/{post}/unfavourite")).json()
    assert (shown["favourites_count"], shown["favourited"], shown["reactions"]) == (0, False, [])


async def test_what_is_no_emoji(alice: Member) -> None:
    post = (await alice.write("hello"))["id"]
    for name in ("nonsense", "🐝🐝", "blob@nowhere.test", "%20"):
        answer = await alice.post(f"/api/v1/statuses/{post}/react/{name}")
        assert answer.status_code in {404, 422}, name
    for number in range(MOST):
        await react(alice, post, chr(0x1F400 + number))
    assert (await alice.post(f"/api/v1/statuses/{post}/react/🎉")).status_code == 422


async def test_custom_emojis_of_ours_and_of_others(
    house: House, alice: Member, bob: Member
) -> None:
    post = (await alice.write("hello"))["id"]
    async with house.runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO custom_emojis (id, shortcode, file_key, static_key, content_type)"
            " VALUES (1, 'blob', 'b.png', 'b.png', 'image/png')"
        )
        theirs = Emoji("cat@far.test", "https://far.test/cat.png")
        await store(
            unit,
            [NewReaction(int(post), alice.account.id, theirs, None, local=False, alone=False)],
        )
    await react(bob, post, "blob")
    shown = (await react(bob, post, ":cat@far.test:"))["reactions"]
    assert [(each["name"], each["count"], each["me"]) for each in shown] == [
        ("cat@far.test", 2, True),
        ("blob", 1, True),
    ]
    assert shown[1]["url"] == shown[1]["static_url"] == "https://a.test/media/b.png"
    assert shown[0]["url"].startswith("https://a.test/proxy/")


async def test_one_statement_for_a_page_and_none_without_reactions(
    house: House, alice: Member, bob: Member
) -> None:
    posts = [(await alice.write(f"{n}"))["id"] for n in range(4)]
    await bob.post(f"/api/v1/statuses/{posts[0]}/favourite")
    path = "/api/v1/timelines/home"
    await alice.get(path)
    with statements(house) as counted:
        await alice.get(path)
    assert len(counted) == 1
    for post in posts:
        await react(bob, post)
    with statements(house) as counted:
        seen = (await alice.get(path)).json()
    assert len(counted) == 2
    assert [len(post["reactions"]) for post in seen] == [1] * 4


async def test_of_a_boost_the_original_shows_them(alice: Member, bob: Member) -> None:
    post = (await alice.write("hello"))["id"]
    boost = (await bob.post(f"/api/v1/statuses/{post}/reblog")).json()
    shown = await react(bob, boost["id"])
    assert shown["id"] == post
    seen = await read(bob, boost["id"])
    assert seen["reblog"]["reactions"] == [{"name": "🐝", "count": 1, "me": True}]


async def test_whom_one_blocks_is_not_counted(alice: Member, bob: Member) -> None:
    post = (await alice.write("hello"))["id"]
    await react(bob, post)
    await alice.post(f"/api/v1/accounts/{bob.id}/mute")
    assert (await read(alice, post))["reactions"] == []


async def test_open_streams_hear_of_it(house: House, alice: Member, bob: Member) -> None:
    post = (await alice.write("hello"))["id"]
    await settle(house.runtime)
    await react(bob, post)
    heard = await settle(house.runtime)
    said = b"".join(data for _, data in heard)
    assert b"status.update" in said
    assert post.encode() in said


async def test_who_is_gone_has_not_reacted(house: House, alice: Member, bob: Member) -> None:
    post = (await alice.write("hello"))["id"]
    await react(bob, post)
    await react(bob, post, "🎉")
    async with house.runtime.unit() as unit:
        await delete_account(unit, bob.account.id)
    seen = await read(alice, post)
    assert (seen["reactions"], seen["favourites_count"]) == ([], 0)
    await check_counters(house.runtime.read())
