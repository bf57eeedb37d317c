"""Posts by their words: who finds what, by which words and operators."""

from datetime import UTC, datetime, timedelta

import pytest

from fedi.core.search import index
from fedi.core.search.grammar import parse_query
from fedi.core.search.posts import search_posts
from tests.integration.search.conftest import Library


async def allow(library: Library, account_id: int, *, indexable: bool = True) -> None:
    """Let everybody find an account's posts, or nobody."""
    await library.house.runtime.db.fetch(
        "UPDATE accounts SET indexable = $2 WHERE id = $1", account_id, indexable
    )


async def test_own_posts_are_found_and_those_of_others_only_if_they_allow_it(
    library: Library,
) -> None:
    alice, bob = library.alice, library.bob
    mine = await library.write(alice, "a purple tortoise")
    hidden = await library.write(alice, "a private tortoise", visibility="private")
    await library.settle()
    assert await library.find(alice, "TORTOISE") == [hidden, mine]
    assert await library.find(bob, "tortoise") == []
    await allow(library, alice.account.id)
    async with library.house.runtime.unit() as unit:
        await index.index_posts(unit, [int(mine), int(hidden)])
    assert await library.find(bob, "tortoise") == [mine]
    # Whoever changes their mind is heeded at once, before anything is indexed anew.
    await allow(library, alice.account.id, indexable=False)
    assert await library.find(bob, "tortoise") == []
    assert await library.find(alice, "tortoise") == [hidden, mine]


async def test_phanpys_probe_finds_what_was_posted_a_moment_ago(library: Library) -> None:
    assert await library.find(library.alice, "from:me", limit=1) == []
    own = await library.write(library.alice, "hello")
    assert await library.find(library.alice, "from:me", limit=1) == [own]
    assert await library.find(library.bob, "from:me", limit=1) == []
    assert await library.find(library.bob, "from:alice") == []


@pytest.mark.parametrize("deed", ["favourite", "bookmark", "reblog"])
async def test_what_was_touched_is_found_again(library: Library, deed: str) -> None:
    alice, bob = library.alice, library.bob
    post = await library.write(alice, "walrus at noon")
    other = await library.write(alice, "walrus at midnight")
    await library.settle()
    await bob.post(f"/api/v1/statuses/{post}/{deed}")
    await library.settle()
    assert await library.find(bob, "walrus") == [post]
    assert await library.find(bob, "walrus in:library") == [post]
    assert await library.find(bob, "walrus in:public") == []
    await bob.post(f"/api/v1/statuses/{post}/un{deed}")
    assert await library.find(bob, "walrus") == []
    assert await library.find(alice, "in:library") == [other, post]


async def test_remote_posts_are_kept_for_those_who_touched_them(library: Library) -> None:
    world, bob = library.world, library.bob
    eve = await world.stranger("eve")
    await world.receive(
        world.note(eve, id="https://far.test/1", content="<p>unknown falcon</p>"),
        world.note(
            eve,
            id="https://far.test/2",
            content="<p>falcon for bob</p>",
            tag=[{"type": "Mention", "href": bob.account.uri, "name": "@bob"}],
            cc=[bob.account.uri],
            recipient_ids=(bob.account.id,),
        ),
    )
    await library.settle()
    first = str(await world.status_id("https://far.test/1"))
    second = str(await world.status_id("https://far.test/2"))
    count = await library.house.runtime.db.value("SELECT count(*) FROM status_search")
    assert count == 1
    assert await library.find(bob, "falcon") == [second]
    await library.house.runtime.db.fetch(
        "UPDATE accounts SET indexable = true WHERE domain IS NOT NULL"
    )
    async with library.house.runtime.unit() as unit:
        await index.follow_accounts(unit, [eve.id])
    await do_chores(library)
    assert await library.find(library.alice, "falcon") == [second, first]
    await library.house.runtime.db.fetch(
        "UPDATE accounts SET indexable = false WHERE domain IS NOT NULL"
    )
    async with library.house.runtime.unit() as unit:
        await index.follow_accounts(unit, [eve.id])
    await do_chores(library)
    rows = await library.house.runtime.db.fetch("SELECT status_id, is_public FROM status_search")
    assert [tuple(row) for row in rows] == [(int(second), False)]


async def do_chores(library: Library) -> None:
    """Work on the accounts that wait, in steps of two posts."""
    runtime = library.house.runtime
    rows = await runtime.db.fetch(
        "UPDATE chores SET state = 2 WHERE kind = $1 AND state < 2 RETURNING id, key, payload",
        index.KIND,
    )
    assert rows
    await index.index_accounts(library.house.services.people, rows)


async def test_an_edit_changes_what_is_found(library: Library) -> None:
    alice = library.alice
    post = await library.write(alice, "before")
    await library.settle()
    await alice.call("PUT", f"/api/v1/statuses/{post}", json={"status": "afterwards"})
    await library.settle()
    assert await library.find(alice, "before") == []
    assert await library.find(alice, "afterwards") == [post]
    await alice.call("DELETE", f"/api/v1/statuses/{post}")
    assert await library.find(alice, "afterwards") == []


async def test_blocks_mutes_and_visibility_hold(library: Library) -> None:
    alice, bob = library.alice, library.bob
    await allow(library, alice.account.id)
    post = await library.write(alice, "a rare okapi")
    direct = await library.write(alice, "okapi for @bob", visibility="direct")
    await library.settle()
    assert await library.find(bob, "okapi") == [direct, post]
    for member, target, verb in (
        (bob, alice, "mute"),
        (bob, alice, "block"),
        (alice, bob, "block"),
    ):
        await member.post(f"/api/v1/accounts/{target.id}/{verb}")
        for query in ("okapi", "from:alice", "from:alice okapi", "in:library okapi", "-nothing"):
            assert await library.find(bob, query) == [], (verb, query)
        await member.post(f"/api/v1/accounts/{target.id}/un{verb}")
    assert await library.find(bob, "okapi") == [direct, post]


async def test_operators(library: Library) -> None:
    alice, bob = library.alice, library.bob
    await allow(library, alice.account.id)
    plain = await library.write(alice, "zebra one", language="de")
    reply = await library.write(alice, "zebra two", in_reply_to_id=plain, language="en")
    poll = await library.write(
        alice, "zebra three", poll={"options": ["stripes", "dots"], "expires_in": 600}
    )
    behind = await library.write(alice, "zebra four", spoiler_text="beware")
    link = await library.write(alice, "zebra https://far.test/page @bob")
    own = await library.write(bob, "zebra mine")
    await library.settle()
    cases: dict[str, list[str]] = {
        "zebra": [own, link, behind, poll, reply, plain],
        "zebra -one -mine": [link, behind, poll, reply],
        '"zebra two"': [reply],
        '"two zebra"': [],
        "zebra is:reply": [reply],
        "zebra -is:reply -has:poll from:alice": [link, behind, plain],
        "zebra has:poll": [poll],
        "stripes": [poll],
        "beware is:sensitive": [behind],
        "has:link": [link],
        "zebra language:de": [plain],
        "zebra -from:me": [link, behind, poll, reply, plain],
        "from:alice@a.test -zebra": [],
        "from:nobody zebra": [],
        "zebra mentions:me": [link],
        "zebra has:media": [],
        "zebra has:embed": [],
        "zebra -has:embed has:poll": [poll],
        "zebra from:me from:alice": [],
        "zeb": [],
        "zeb*": [own, link, behind, poll, reply, plain],
    }
    for query, expected in cases.items():
        assert await library.find(bob, query) == expected, query
    today = datetime.now(UTC).date()
    later = today + timedelta(days=1)
    assert await library.find(bob, f"zebra two during:{today}") == [reply]
    assert await library.find(bob, f"zebra two before:{today}") == []
    assert await library.find(bob, f"zebra two after:{today}") == []
    assert await library.find(bob, f"zebra two before:{later}") == [reply]
    assert await library.find(bob, "zebra", limit=2, offset=2) == [behind, poll]
    assert await library.find(bob, "zebra", account_id=alice.id, limit=1) == [link]
    assert await library.find(bob, "zebra", account_id="x") == []


async def test_scripts_without_spaces(library: Library) -> None:
    post = await library.write(library.alice, "今日は日本語で書きます")
    await library.settle()
    for query in ("日本語", "本語", "語", "す", "日本語で書"):
        assert await library.find(library.alice, query) == [post], query
    for query in ("日語", "英語"):
        assert await library.find(library.alice, query) == [], query


async def test_strangers_find_no_posts(library: Library) -> None:
    await allow(library, library.alice.account.id)
    await library.write(library.alice, "hello world")
    await library.settle()
    answer = await library.house.client.get("/api/v2/search", params={"q": "hello"})
    assert answer.json() == {"accounts": [], "statuses": [], "hashtags": [], "collections": []}


@pytest.mark.parametrize(
    "query",
    [
        "'", "\\", "a' & 'b", "!a", "a:*", "<->", "(", "=poll", "-", "%", "\u202e", "ﷺ" * 500,
        "-a " * 600, '"' * 999, "from:", "from:@@", "from:" + "x" * 2000, "before:9999-12-31",
        "after:9999-12-31", "during:0001-01-01", "before:2024-13-01", "has:" * 100, "a*" * 300,
    ],
)  # fmt: skip
async def test_whatever_is_typed_is_a_search(library: Library, query: str) -> None:
    for kind in ("", "accounts", "hashtags", "statuses"):
        params = {"q": query, **({"type": kind} if kind else {})}
        answer = await library.bob.get("/api/v2/search", params=params)
        assert answer.status_code == 200, answer.text


async def test_rare_words_are_found_below_what_is_walked(library: Library) -> None:
    """A post that stands below thousands of newer ones."""
    runtime, alice = library.house.runtime, library.alice
    rare = await library.write(alice, "a narwhal")
    await library.settle()
    await runtime.db.fetch(
        "INSERT INTO statuses (id, uri, account_id, local, visibility)"
        " SELECT $1::bigint + n, 'https://a.test/bulk/' || n, $2, true, 0"
        " FROM generate_series(1, 2500) n",
        int(rare),
        alice.account.id,
    )
    await runtime.db.fetch(
        "INSERT INTO status_search SELECT $1::bigint + n, false, '''many'':1'::tsvector"
        " FROM generate_series(1, 2500) n",
        int(rare),
    )
    for query in ("narwhal", "narwhal in:library", "narwhal from:me", "-many", "from:me -many"):
        found = await search_posts(
            runtime.read(), alice.account.id, parse_query(query), local_domain="a.test", limit=5
        )
        assert [head.id for head in found] == [int(rare)], query
    assert len(await library.find(alice, "many", limit=40)) == 40
