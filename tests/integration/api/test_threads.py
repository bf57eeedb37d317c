"""What a thread says of itself, and waiting for more of it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedi.core.threads.chores import CHORES
from fedi.core.threads.knowledge import Knowledge
from fedi.web.threads import describe_knowledge
from tests.integration.api.conftest import House, Member

_HEADER = re.compile(r'id="([^"]+)", retry=([0-9]+), result_count=([0-9]+)')


@pytest.fixture
async def root(house: House) -> int:
    """A post from elsewhere that carol wrote."""
    async with house.runtime.unit() as unit:
        account_id, status_id = await unit.new_ids(2)
        await unit.execute(
            "INSERT INTO accounts (id, username, domain, uri, inbox_url, outbox_url) VALUES"
            " ($1, 'carol', 'c.test', 'https://c.test/carol', 'https://c.test/in',"
            " 'https://c.test/out')",
            account_id,
        )
        await unit.execute("INSERT INTO account_stats (account_id) VALUES ($1)", account_id)
        await unit.execute(
            "INSERT INTO statuses (id, uri, account_id, local, visibility, conversation_id,"
            " content) VALUES ($1, 'https://c.test/1', $2, false, 0, $1, '<p>hello</p>')",
            status_id,
            account_id,
        )
    return status_id


async def crawls(house: House) -> list[Any]:
    rows = await house.runtime.db.fetch("SELECT key, payload FROM chores WHERE kind = 'crawl'")
    return [(row["key"], row["payload"]) for row in rows]


async def test_opening_a_thread_has_it_read(house: House, alice: Member, root: int) -> None:
    path = f"/api/v1/statuses/{root}/context"
    anonymous = await house.client.get(path)
    assert "mastodon-async-refresh" not in anonymous.headers
    assert anonymous.json()["fedi"]["known"] == 1
    assert await crawls(house) == [], "a stranger has nothing read"
    answer = await alice.get(path)
    found = _HEADER.fullmatch(answer.headers["mastodon-async-refresh"])
    assert found
    assert answer.json()["fedi"] == {
        "known": 1, "expected": 1, "unreachable": 0, "checked_at": None, "refreshing": True,
    }  # fmt: skip
    assert await crawls(house) == [(str(root), {"status": root})]
    # While it is being read, everybody who looks waits for the same.
    assert "mastodon-async-refresh" in (await alice.get(path)).headers
    assert len(await crawls(house)) == 1


async def test_waiting_for_the_rest(house: House, alice: Member, bob: Member, root: int) -> None:
    path = f"/api/v1/statuses/{root}/context"
    answer = await alice.get(path)
    found = _HEADER.fullmatch(answer.headers["mastodon-async-refresh"])
    assert found
    name = found[1]
    refresh = f"/api/v1_alpha/async_refreshes/{name}"
    assert (await alice.get(refresh)).json() == {
        "async_refresh": {"id": name, "status": "running", "result_count": 0}
    }
    for nobody in (bob.get(refresh), alice.get(refresh[:-2] + "zz"), alice.get(refresh[:-30])):
        assert (await nobody).status_code == 404
    assert (await house.client.get(refresh)).status_code == 401
    await house.runtime.db.fetch(
        "UPDATE crawls SET running = false, found = 11, expected = 15, finished_at = now()"
    )
    await house.runtime.db.fetch(
        "INSERT INTO missing_posts (uri, conversation_id, reason)"
        " SELECT 'https://d.test/' || n, $1, 'refused' FROM generate_series(1, 3) n",
        root,
    )
    assert (await alice.get(refresh)).json() == {
        "async_refresh": {"id": name, "status": "finished", "result_count": 11}
    }
    answer = await alice.get(path)
    assert "mastodon-async-refresh" not in answer.headers, "it was read a moment ago"
    known = answer.json()["fedi"]
    assert known["checked_at"] is not None
    known.pop("checked_at")
    assert known == {"known": 1, "expected": 15, "unreachable": 3, "refreshing": False}


async def test_a_thread_of_ours_alone_is_complete(house: House, alice: Member) -> None:
    post = await alice.write("mine")
    answer = await alice.get(f"/api/v1/statuses/{post['id']}/context")
    assert "mastodon-async-refresh" not in answer.headers
    assert await crawls(house) == []


async def test_an_answer_belongs_to_the_conversation_of_its_parent(
    house: House, alice: Member, root: int
) -> None:
    await house.runtime.db.fetch("UPDATE statuses SET context_uri = 'https://c.test/contexts/7'")
    answer = await alice.write("yes", in_reply_to_id=str(root))
    own = await alice.write("something else")
    contexts = "SELECT context_uri FROM statuses WHERE id = $1"
    assert await house.runtime.db.value(contexts, int(answer["id"])) == "https://c.test/contexts/7"
    assert await house.runtime.db.value(contexts, int(own["id"])) == (
        f"https://a.test/contexts/{own['id']}"
    )


async def test_who_must_not_see_a_post_has_nothing_read(
    house: House, alice: Member, root: int
) -> None:
    await house.runtime.db.fetch("UPDATE statuses SET visibility = 3")
    assert (await alice.get(f"/api/v1/statuses/{root}/context")).status_code == 404
    assert await crawls(house) == []


async def test_a_look_at_a_profile_has_it_read_once_a_day(
    house: House, alice: Member, root: int
) -> None:
    author = (await alice.get(f"/api/v1/statuses/{root}")).json()["account"]["id"]

    async def looks() -> int:
        return await house.runtime.db.value(
            "SELECT count(*) FROM chores WHERE kind = 'look_at_account' AND key = $1", author
        )

    assert (await house.client.get(f"/api/v1/accounts/{author}/statuses")).status_code == 200
    assert await looks() == 0, "a stranger has nothing read"
    for _ in range(2):
        await alice.get(f"/api/v1/accounts/{author}/statuses")
        await alice.get("/api/v1/accounts/lookup", params={"acct": "carol@c.test"})
    await alice.get(f"/api/v1/accounts/{alice.id}/statuses")
    assert await looks() == 1
    await house.runtime.db.fetch("DELETE FROM chores")
    await alice.get("/api/v1/accounts/lookup", params={"acct": "carol@c.test"})
    assert await looks() == 0
    await house.runtime.db.fetch("UPDATE accounts SET outbox_read_at = now() - interval '25 hours'")
    house.services.looks.clear()
    await alice.get("/api/v1/accounts/lookup", params={"acct": "carol@c.test"})
    assert await looks() == 1


async def test_the_chore_goes_on_beside_the_queue(house: House, alice: Member, root: int) -> None:
    await alice.get(f"/api/v1/statuses/{root}/context")
    rows = await house.runtime.db.fetch("SELECT key, payload FROM chores WHERE kind = 'crawl'")
    people = house.services.people
    (outcome,) = await CHORES["crawl"](people, rows)
    assert type(outcome).__name__ == "Done"
    await house.runtime.tasks.wait(30)
    known = (await alice.get(f"/api/v1/statuses/{root}/context")).json()["fedi"]
    assert known["refreshing"] is False
    assert known["checked_at"] is not None
    for _ in range(6):
        await people.crawls.acquire()
    (outcome,) = await CHORES["crawl"](people, rows)
    assert type(outcome).__name__ == "Later"


def test_in_words() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    known = Knowledge(12, 15, 3, now - timedelta(minutes=3))
    assert describe_knowledge(known, now) == (
        "12 of 15 posts of this conversation are known here, 3 cannot be reached,"
        " checked 3 minutes ago."
    )
    assert describe_knowledge(Knowledge(1, 1, 0, None), now) == ""
