"""Votes: cast twice, at once, by those who may not, and for what is not there."""

import asyncio
from typing import Any

import pytest

from tests.integration.attacks.conftest import Member, Site


async def ask(site: Site, author: Member, **more: Any) -> dict[str, Any]:
    poll = {"options": ["a", "b", "c"], "expires_in": 3600, **more.pop("poll", {})}
    answer = await site.client.post(
        "/api/v1/statuses", json={"status": "?", "poll": poll, **more}, headers=author.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def vote(site: Site, member: Member, poll_id: str, *choices: Any) -> int:
    answer = await site.client.post(
        f"/api/v1/polls/{poll_id}/votes", json={"choices": list(choices)}, headers=member.headers
    )
    return answer.status_code


async def counted(site: Site) -> tuple[list[int], int, int]:
    rows = await site.runtime.db.fetch("SELECT tallies, votes_count, voters_count FROM polls")
    return rows[0][0], rows[0][1], rows[0][2]


@pytest.mark.parametrize("multiple", [False, True])
async def test_many_votes_at_once_count_once(site: Site, alice: Member, multiple: bool) -> None:
    eve = await site.member("eve")
    poll_id = (await ask(site, alice, poll={"multiple": multiple}))["poll"]["id"]
    tries = [vote(site, eve, poll_id, number % 3) for number in range(12)]
    answers = await asyncio.gather(*tries)
    assert sorted(answers) == [200, *[422] * 11]
    tallies, votes, voters = await counted(site)
    assert (sum(tallies), votes, voters) == (1, 1, 1)


async def test_votes_that_are_none(site: Site, alice: Member) -> None:
    eve = await site.member("eve")
    poll_id = (await ask(site, alice))["poll"]["id"]
    odd: list[Any] = [-1, 3, 10**18, "x", "", "0x1", "\u0661", "1 ", 1.5, True, [], {}, None]
    for choice in odd:
        assert await vote(site, eve, poll_id, choice) in {400, 422}, choice
    assert await vote(site, eve, poll_id, 0, 1) == 422
    assert await vote(site, eve, poll_id) == 422
    assert await vote(site, eve, poll_id, *range(5000)) == 422
    assert await vote(site, alice, poll_id, 0) == 422
    assert await counted(site) == ([0, 0, 0], 0, 0)
    # The same choice twice is one.
    assert await vote(site, eve, poll_id, 1, 1) == 200
    assert await counted(site) == ([0, 1, 0], 1, 1)


async def test_an_edit_neither_keeps_nor_doubles_votes(site: Site, alice: Member) -> None:
    eve = await site.member("eve")
    post = await ask(site, alice)
    assert await vote(site, eve, post["poll"]["id"], 2) == 200
    for options in (["a", "b"], ["a", "b", "c"]):
        answer = await site.client.put(
            f"/api/v1/statuses/{post['id']}",
            json={"status": "?", "poll": {"options": options, "expires_in": 3600}},
            headers=alice.headers,
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["poll"]["votes_count"] == 0
    poll_id = answer.json()["poll"]["id"]
    assert await vote(site, eve, poll_id, 0) == 200
    assert await vote(site, eve, poll_id, 1) == 422
    assert await counted(site) == ([1, 0, 0], 1, 1)


async def test_whom_the_author_blocks_votes_no_more(site: Site, alice: Member) -> None:
    eve = await site.member("eve")
    poll_id = (await ask(site, alice))["poll"]["id"]
    at = f"/api/v1/accounts/{eve.account.id}/block"
    assert (await site.client.post(at, headers=alice.headers)).status_code == 200
    assert await vote(site, eve, poll_id, 0) == 404
    answer = await site.client.get(f"/api/v1/polls/{poll_id}", headers=eve.headers)
    assert answer.status_code == 404
    assert await counted(site) == ([0, 0, 0], 0, 0)


async def test_totals_that_are_hidden_stay_hidden_from_those_who_voted(
    site: Site, alice: Member
) -> None:
    eve = await site.member("eve")
    post = await ask(site, alice, poll={"hide_totals": True})
    assert await vote(site, eve, post["poll"]["id"], 0) == 200
    for path in (f"/api/v1/polls/{post['poll']['id']}", f"/api/v1/statuses/{post['id']}"):
        for headers in ({}, eve.headers):
            found = (await site.client.get(path, headers=headers)).json()
            poll = found.get("poll", found)
            assert [option["votes_count"] for option in poll["options"]] == [None, None, None]
    note = await site.client.get(
        f"/ap/users/{alice.account.id}/statuses/{post['id']}",
        headers={"Accept": "application/activity+json"},
    )
    options = note.json().get("oneOf") or note.json().get("anyOf")
    totals = [option["replies"]["totalItems"] for option in options]
    assert totals == [0, 0, 0], totals


async def test_totals_that_leave_no_room_for_a_vote(site: Site, alice: Member) -> None:
    """Polls of other servers say themselves how many have voted."""
    eve = await site.member("eve")
    poll_id = (await ask(site, alice))["poll"]["id"]
    most = 2**31 - 1
    await site.runtime.db.fetch(
        "UPDATE polls SET tallies = $1, votes_count = $2, voters_count = $2", [most] * 3, most
    )
    assert await vote(site, eve, poll_id, 0) == 200
    assert await counted(site) == ([most] * 3, most, most)
