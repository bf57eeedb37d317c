"""Conversations: who has which, what is new in them, and what becomes of them."""

import re
from typing import Any

import pytest

from fedi.core.conversations.service import heard_by
from fedi.kit.runtime import Runtime
from tests.integration.api.conftest import House, Member
from tests.integration.posts.world import World

ALL = "/api/v1/conversations"


@pytest.fixture
async def world(runtime: Runtime) -> World:
    return World(runtime)


@pytest.fixture
async def carol(house: House) -> Member:
    return await house.member("carol")


async def whisper(
    world: World, author: Member, text: str, answers: dict[str, Any] | None = None
) -> dict[str, Any]:
    more = {"in_reply_to_id": answers["id"]} if answers else {}
    post = await author.write(text, visibility="direct", **more)
    await world.settle()
    return post


async def talks(who: Member, **params: Any) -> list[dict[str, Any]]:
    answer = await who.get(ALL, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def sight(talk: dict[str, Any]) -> tuple[list[str], str, bool]:
    return (
        sorted(account["acct"] for account in talk["accounts"]),
        talk["last_status"]["id"],
        talk["unread"],
    )


async def test_a_conversation_as_each_side_sees_it(
    world: World, alice: Member, bob: Member, carol: Member
) -> None:
    first = await whisper(world, alice, "@bob psst")
    assert [sight(talk) for talk in await talks(alice)] == [(["bob"], first["id"], False)]
    assert [sight(talk) for talk in await talks(bob)] == [(["alice"], first["id"], True)]
    assert await talks(carol) == []
    second = await whisper(world, bob, "@alice @carol yes?", first)
    assert [sight(t) for t in await talks(alice)] == [(["bob", "carol"], second["id"], True)]
    assert [sight(t) for t in await talks(bob)] == [(["alice", "carol"], second["id"], False)]
    assert [sight(t) for t in await talks(carol)] == [(["alice", "bob"], second["id"], True)]
    (talk,) = await talks(alice)
    assert set(talk) == {"id", "unread", "accounts", "last_status"}
    assert talk["last_status"] == (await alice.get(f"/api/v1/statuses/{second['id']}")).json()
    # Another thread between the same people is another conversation.
    third = await whisper(world, alice, "@bob something else")
    assert [sight(t)[1] for t in await talks(bob)] == [third["id"], second["id"]]


async def test_only_direct_posts_make_conversations(
    world: World, alice: Member, bob: Member
) -> None:
    for visibility in ("public", "unlisted", "private"):
        await alice.write("@bob hello", visibility=visibility)
    await world.settle()
    assert await talks(alice) == []
    assert await talks(bob) == []


async def test_a_word_to_oneself(world: World, alice: Member) -> None:
    note = await whisper(world, alice, "do not forget")
    assert [sight(talk) for talk in await talks(alice)] == [(["alice"], note["id"], False)]


async def test_reading_and_putting_away(
    world: World, alice: Member, bob: Member, carol: Member
) -> None:
    first = await whisper(world, alice, "@bob psst")
    (talk,) = await talks(bob)
    one = f"{ALL}/{talk['id']}"
    for verb, unread in (("read", False), ("unread", True), ("read", False), ("read", False)):
        answer = await bob.post(f"{one}/{verb}")
        assert (answer.status_code, answer.json()["unread"]) == (200, unread)
        assert answer.json() == (await talks(bob))[0]
    assert (await talks(alice))[0]["unread"] is False
    for stranger in (alice, carol):
        for number in (talk["id"], "1", "0", "x", "9" * 25):
            for call, tail in (("POST", "/read"), ("POST", "/unread"), ("DELETE", "")):
                answer = await stranger.call(call, f"{ALL}/{number}{tail}")
                assert answer.status_code == 404
                assert answer.json() == {"error": "Record not found"}
    gone = await bob.call("DELETE", one)
    assert (gone.status_code, gone.json()) == (200, {})
    assert await talks(bob) == []
    assert len(await talks(alice)) == 1
    assert (await bob.call("DELETE", one)).status_code == 404
    # Something new brings it back.
    second = await whisper(world, alice, "@bob still there?", first)
    assert [sight(talk)[1:] for talk in await talks(bob)] == [(second["id"], True)]


async def test_pages(world: World, alice: Member, bob: Member) -> None:
    ids = [(await whisper(world, alice, f"@bob {n}"))["id"] for n in range(5)]
    answer = await bob.get(ALL, params={"limit": 2})
    assert [talk["last_status"]["id"] for talk in answer.json()] == [ids[4], ids[3]]
    links = {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers["link"])}
    assert links["next"] == f"https://a.test{ALL}?limit=2&max_id={ids[3]}"
    assert links["prev"] == f"https://a.test{ALL}?limit=2&min_id={ids[4]}"
    below = await bob.get(links["next"])
    assert [talk["last_status"]["id"] for talk in below.json()] == [ids[2], ids[1]]
    assert [t["last_status"]["id"] for t in await talks(bob, min_id=ids[0], limit=2)] == [
        ids[2],
        ids[1],
    ]
    assert [t["last_status"]["id"] for t in await talks(bob, since_id=ids[3])] == [ids[4]]
    assert "next" not in (await bob.get(ALL)).headers["link"]


async def test_deleting_falls_back_or_ends(world: World, alice: Member, bob: Member) -> None:
    first = await whisper(world, alice, "@bob one")
    second = await whisper(world, bob, "@alice two", first)
    await bob.call("DELETE", f"/api/v1/statuses/{second['id']}")
    await world.settle()
    for member in (alice, bob):
        assert [sight(talk)[1] for talk in await talks(member)] == [first["id"]]
    await alice.call("DELETE", f"/api/v1/statuses/{first['id']}")
    await world.settle()
    assert await talks(alice) == await talks(bob) == []
    assert await world.runtime.read().value("SELECT count(*) FROM conversations") == 0


async def test_a_deleted_post_in_the_middle_changes_nothing(
    world: World, alice: Member, bob: Member
) -> None:
    first = await whisper(world, alice, "@bob one")
    second = await whisper(world, bob, "@alice two", first)
    third = await whisper(world, alice, "@bob three", second)
    await bob.call("DELETE", f"/api/v1/statuses/{second['id']}")
    await world.settle()
    assert [sight(talk)[1] for talk in await talks(bob)] == [third["id"]]


@pytest.mark.parametrize("deed", ["block", "mute"])
async def test_who_is_not_wanted(world: World, alice: Member, bob: Member, deed: str) -> None:
    first = await whisper(world, alice, "@bob one")
    await bob.post(f"/api/v1/accounts/{alice.id}/{deed}")
    await world.settle()
    assert await talks(bob) == []
    if deed == "block":
        # Whoever is blocked does not see what the other wrote either.
        await whisper(world, alice, "@bob two")
    else:
        await whisper(world, alice, "@bob two", first)
    assert await talks(bob) == []
    assert len(await talks(alice)) >= 1
    read = world.runtime.read()
    kept = "SELECT count(*) FROM conversations WHERE account_id = $1"
    assert await read.value(kept, bob.account.id) <= 1
    await bob.post(f"/api/v1/accounts/{alice.id}/un{deed}")
    assert [sight(talk)[1] for talk in await talks(bob)] == [first["id"]]


async def test_the_same_event_again_is_nothing_new(
    world: World, alice: Member, bob: Member
) -> None:
    first = await whisper(world, alice, "@bob one")
    (talk,) = await talks(bob)
    await bob.post(f"{ALL}/{talk['id']}/read")
    await world.runtime.db.fetch("UPDATE events SET state = 0")
    await world.settle()
    assert [sight(each) for each in await talks(bob)] == [(["alice"], first["id"], False)]


async def test_posts_from_elsewhere_in_any_order(world: World, bob: Member) -> None:
    far = await world.stranger("far")
    root = world.document(
        far,
        to=[bob.account.uri],
        cc=[],
        tag=[mention(bob)],
        published="2026-01-31T12:00:00Z",
    )
    fields: dict[str, Any] = {"to": [bob.account.uri], "cc": [], "tag": [mention(bob)]}
    middle = world.note(far, inReplyTo=root["id"], **fields)
    last = world.note(far, inReplyTo=middle.note.id, **fields)
    await world.receive(middle)
    await world.receive(last)
    await world.settle()
    (talk,) = await talks(bob)
    assert sight(talk)[0] == ["far@far.test"]
    assert talk["last_status"]["uri"] == last.note.id
    await bob.post(f"{ALL}/{talk['id']}/read")
    # Now what they answer arrives, and all of it is one thread.
    first = world.note(far, **root)
    await world.receive(first)
    await world.settle()
    (again,) = await talks(bob)
    assert again["last_status"]["uri"] == last.note.id


def mention(member: Member) -> dict[str, str]:
    return {"type": "Mention", "href": member.account.uri, "name": f"@{member.account.username}"}


async def test_many_posts_in_one_batch(world: World, alice: Member, bob: Member) -> None:
    first = await alice.write("@bob one", visibility="direct")
    second = await bob.write("@alice two", visibility="direct", in_reply_to_id=first["id"])
    other = await alice.write("@bob apart", visibility="direct")
    await world.settle()
    assert [sight(t) for t in await talks(bob)] == [
        (["alice"], other["id"], True),
        (["alice"], second["id"], False),
    ]
    heard = await heard_by(world.runtime.read(), [int(second["id"]), int(first["id"])])
    assert sorted((each.account_id, each.status_id) for each in heard) == sorted(
        [(alice.account.id, int(second["id"])), (bob.account.id, int(second["id"]))]
    )


async def test_as_many_questions_for_many_as_for_few(
    world: World, house: House, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [await house.member(f"friend{n}") for n in range(8)]
    counts: list[int] = []
    asked: list[str] = []
    db = world.runtime.db
    fetch = db.fetch

    async def counting(sql: str, *args: object) -> Any:
        asked.append(sql)
        return await fetch(sql, *args)

    for some in (others[:2], others):
        for other in some:
            await whisper(world, alice, f"@{other.account.username} hello")
        monkeypatch.setattr(db, "fetch", counting)
        asked.clear()
        found = await talks(alice)
        counts.append(len(asked))
        monkeypatch.undo()
        assert len(found) >= len(some)
    assert counts[0] >= counts[1], counts


async def test_scopes(world: World, house: House, alice: Member, bob: Member) -> None:
    await whisper(world, alice, "@bob one")
    (talk,) = await talks(bob)
    for scopes, method, tail, status in (
        ("read:accounts", "GET", "", 403),
        ("read:statuses", "GET", "", 200),
        ("write:statuses", "POST", f"/{talk['id']}/read", 403),
        ("write:conversations", "POST", f"/{talk['id']}/read", 200),
    ):
        token = await house.token(bob.user_id, scopes)
        headers = {"Authorization": f"Bearer {token}"}
        answer = await house.client.request(method, f"{ALL}{tail}", headers=headers)
        assert answer.status_code == status, scopes
    assert (await house.client.get(ALL)).status_code == 401
