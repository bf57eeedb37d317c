"""Polls over HTTP: how they look, and voting in the words that apps know."""

from typing import Any

import pytest

from tests.integration.api.conftest import House, Member

POLL = {"options": ["tea", "coffee"], "expires_in": 3600}


async def ask(author: Member, **more: Any) -> dict[str, Any]:
    fields = {key: more.pop(key) for key in ("multiple", "hide_totals") if key in more}
    post = await author.write("what shall it be?", poll={**POLL, **fields}, **more)
    return post["poll"]


def path(poll: dict[str, Any], tail: str = "") -> str:
    return f"/api/v1/polls/{poll['id']}{tail}"


async def test_voting_and_looking(alice: Member, bob: Member, house: House) -> None:
    poll = await ask(alice)
    answer = await bob.post(path(poll, "/votes"), json={"choices": [1]})
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert seen == (await bob.get(path(poll))).json()
    assert seen["options"] == [
        {"title": "tea", "votes_count": 0},
        {"title": "coffee", "votes_count": 1},
    ]
    assert (seen["voted"], seen["own_votes"]) == (True, [1])
    assert (seen["votes_count"], seen["voters_count"]) == (1, 1)
    assert (seen["expired"], seen["multiple"], seen["emojis"]) == (False, False, [])
    stranger = await house.client.get(path(poll))
    assert stranger.status_code == 200
    assert "voted" not in stranger.json()
    home = (await bob.get(f"/api/v1/accounts/{alice.id}/statuses")).json()
    assert home[0]["poll"] == seen


@pytest.mark.parametrize(
    "how",
    [
        {"json": {"choices": ["0", "1"]}},
        {"json": {"choices": [0, 1, 0]}},
        {"data": {"choices[]": ["0", "1"]}},
        {"params": {"choices[]": ["0", "1"]}},
    ],
)
async def test_choices_as_apps_write_them(alice: Member, bob: Member, how: dict[str, Any]) -> None:
    poll = await ask(alice, multiple=True)
    answer = await bob.post(path(poll, "/votes"), **how)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["own_votes"], answer.json()["voters_count"]) == ([0, 1], 1)


async def test_words_of_refusal(alice: Member, bob: Member, house: House) -> None:
    poll, other = await ask(alice), await ask(alice)

    async def vote(who: Member, choices: Any, of: dict[str, Any] = poll) -> str:
        answer = await who.post(path(of, "/votes"), json={"choices": choices})
        assert answer.status_code == 422, answer.text
        return answer.json()["error"].removeprefix("Validation failed: ")

    assert await vote(alice, [0]) == "You cannot vote in your own polls"
    for wrong in ([], ["x"], ["-1"], [2], ["99999999999999999999"], [""], ["1.5"], ["٣"], [True]):
        assert await vote(bob, wrong) == "The chosen vote option does not exist"
    assert await vote(bob, [0, 1]) == "You have already voted on this poll"
    assert (await bob.post(path(poll, "/votes"), json={"choices": [0]})).status_code == 200
    assert await vote(bob, [0]) == "You have already voted on this poll"
    assert await vote(bob, [1]) == "You have already voted on this poll"
    await house.runtime.db.fetch("UPDATE polls SET expires_at = now()")
    assert await vote(bob, [0], other) == "The poll has already ended"
    over = (await bob.get(path(other))).json()
    assert (over["expired"], over["votes_count"]) == (True, 0)


async def test_hidden_totals_until_the_end(alice: Member, bob: Member, house: House) -> None:
    poll = await ask(alice, hide_totals=True)
    seen = (await bob.post(path(poll, "/votes"), json={"choices": [0]})).json()
    assert [option["votes_count"] for option in seen["options"]] == [None, None]
    await house.runtime.db.fetch("UPDATE polls SET expires_at = now()")
    seen = (await bob.get(path(poll))).json()
    assert [option["votes_count"] for option in seen["options"]] == [1, 0]


@pytest.mark.parametrize("visibility", ["private", "direct"])
async def test_polls_that_are_not_for_everybody(
    alice: Member, bob: Member, house: House, visibility: str
) -> None:
    poll = await ask(alice, visibility=visibility)
    missing = {"id": str(int(poll["id"]) + 1)}
    assert (await alice.get(path(poll))).status_code == 200
    for asked in (poll, missing, {"id": "0"}, {"id": "x"}, {"id": "9" * 30}):
        for choices in ([0], ["x"], []):
            answer = await bob.post(path(asked, "/votes"), json={"choices": choices})
            assert answer.status_code == 404, answer.text
            assert answer.json() == {"error": "Record not found"}
        assert (await bob.get(path(asked))).status_code == 404
        assert (await house.client.get(path(asked))).status_code == 404
    assert (await alice.get(path(poll))).json()["votes_count"] == 0


async def test_scopes(alice: Member, bob: Member, house: House) -> None:
    poll = await ask(alice)
    for scopes, method, tail, status in (
        ("read:accounts", "GET", "", 403),
        ("read:statuses", "GET", "", 200),
        ("read", "POST", "/votes", 403),
        ("write:statuses", "POST", "/votes", 200),
    ):
        token = await house.token(bob.user_id, scopes)
        headers = {"Authorization": f"Bearer {token}"}
        answer = await house.client.request(
            method, path(poll, tail), headers=headers, json={"choices": [0]} if tail else None
        )
        assert answer.status_code == status, scopes
    assert (await house.client.post(path(poll, "/votes"))).status_code == 401
