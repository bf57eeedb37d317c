"""People and hashtags while they are typed, and addresses pasted into the search field."""

from tests.integration.api.conftest import Member
from tests.integration.search.conftest import Library


async def typed(member: Member, text: str, **more: str) -> list[str]:
    answer = await member.get("/api/v1/accounts/search", params={"q": text, **more})
    assert answer.status_code == 200, answer.text
    return [account["acct"] for account in answer.json()]


async def test_the_closest_come_first(library: Library) -> None:
    world, alice, bob = library.world, library.alice, library.bob
    stranger = await world.stranger("mara")
    followed = await world.stranger("marathon", "run.test")
    fan = await world.stranger("marble", "fan.test")
    await world.follow(alice.account, followed)
    await world.follow(fan, alice.account)
    await library.house.member("marina")
    exact = await world.stranger("mar", "tiny.test")
    found = await typed(alice, "mar")
    assert found == [
        exact.acct, followed.acct, fan.acct, "marina", stranger.acct,
    ]  # fmt: skip
    assert await typed(alice, "mar", following="true") == [followed.acct]
    assert await typed(alice, "@mar@ti") == [exact.acct]
    assert await typed(alice, "mar", limit="1") == [exact.acct]
    assert await typed(alice, "mar", limit="2", offset="1") == [followed.acct, fan.acct]
    assert await typed(bob, "MARAT") == [followed.acct]
    for nothing in ("", "@", "%", "m%", "mar_", "x" * 500, "\\"):
        assert await typed(bob, nothing) == [], nothing


async def test_words_of_names(library: Library) -> None:
    world, alice = library.world, library.alice
    await world.stranger("x1", display_name="Dr. Zoë Müller-Lüdenscheidt")
    await world.stranger("x2", display_name="山田 太郎")
    near = await world.stranger("x3", display_name="Qi Xu")
    await world.follow(alice.account, near)
    for text in ("zoe", "Zoë", "muller", "lüden", "dr zoe"):
        assert await typed(alice, text) == ["x1@far.test"], text
    assert await typed(alice, "山") == ["x2@far.test"]
    assert await typed(alice, "太郎") == ["x2@far.test"]
    # Short words are looked for among those whom one follows.
    assert await typed(alice, "xu") == ["x3@far.test"]
    assert await typed(library.bob, "xu") == []


async def test_the_gone_are_not_found(library: Library) -> None:
    world = library.world
    await world.stranger("ghost1", suspended_at=library.house.runtime.read().now())
    await world.stranger("ghost2", deleted_at=library.house.runtime.read().now())
    assert await typed(library.alice, "ghost") == []
    answer = await library.alice.get(
        "/api/v2/search", params={"q": "https://far.test/users/ghost1"}
    )
    assert answer.json()["accounts"] == []


async def test_hashtags_by_use(library: Library) -> None:
    for text in ("#gardens #garden", "#gardens", "#Gardening #gardens", "#other"):
        await library.write(library.alice, text)
    await library.write(library.alice, "#gardensecret", visibility="private")
    await library.settle()
    params = {"q": "#Gard", "type": "hashtags"}
    found = (await library.bob.get("/api/v2/search", params=params)).json()
    assert [tag["name"] for tag in found["hashtags"]] == ["gardens", "garden", "gardening"]
    assert found["accounts"] == found["statuses"] == []
    params = {"q": "garden", "type": "hashtags", "limit": "2", "exclude_unreviewed": "true"}
    found = (await library.bob.get("/api/v2/search", params=params)).json()
    assert [tag["name"] for tag in found["hashtags"]] == ["garden", "gardens"]
    params = {"q": "gard", "type": "hashtags", "offset": "2"}
    found = (await library.bob.get("/api/v2/search", params=params)).json()
    assert [tag["name"] for tag in found["hashtags"]] == ["gardening"]


async def test_addresses_are_one_thing(library: Library) -> None:
    alice, bob = library.alice, library.bob
    post = await alice.write("hello #hello https://a.test/@alice")
    await library.settle()
    for address, kind, expected in (
        (post["url"], "statuses", post["id"]),
        (post["uri"], "statuses", post["id"]),
        ("https://a.test/@alice", "accounts", alice.id),
        ("https://a.test/@alice/", "accounts", alice.id),
        (alice.account.uri, "accounts", alice.id),
    ):
        answer = await bob.get("/api/v2/search", params={"q": address, "resolve": "true"})
        found = answer.json()
        assert [item["id"] for item in found[kind]] == [expected], address
        assert sum(map(len, found.values())) == 1
    for address in ("https://a.test/@nobody", "https://", "http://x", "https://a.test/@"):
        answer = await bob.get("/api/v2/search", params={"q": address, "resolve": "true"})
        assert sum(map(len, answer.json().values())) == 0, address


async def test_collections_and_unknown_kinds_are_empty(library: Library) -> None:
    for kind in ("collections", "unknown"):
        answer = await library.alice.get("/api/v2/search", params={"q": "alice", "type": kind})
        assert answer.json() == {"accounts": [], "statuses": [], "hashtags": [], "collections": []}


async def test_everything_at_once(library: Library) -> None:
    await library.write(library.alice, "about alice #alice")
    await library.settle()
    found = (await library.alice.get("/api/v2/search", params={"q": "alice"})).json()
    assert {kind: len(items) for kind, items in found.items()} == {
        "accounts": 1, "statuses": 1, "hashtags": 1, "collections": 0,
    }  # fmt: skip
