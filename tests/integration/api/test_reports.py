"""Reports: what moderators are told, and what cannot be told."""

from typing import Any

import pytest

from fedi.core.moderation.rules import add_rule
from tests.integration.api.conftest import House, Member

PATH = "/api/v1/reports"


async def test_a_report(house: House, alice: Member, bob: Member) -> None:
    post = await bob.write("buy my things")
    async with house.runtime.unit() as unit:
        rule = await add_rule(unit, "No trade.")
    body = {
        "account_id": bob.id,
        "status_ids": [post["id"], post["id"]],
        "rule_ids": [str(rule.id)],
        "comment": " Again and again. ",
        "forward": True,
    }
    report = (await alice.post(f"{PATH}/", json=body)).json()
    assert report == {
        "id": report["id"],
        "action_taken": False,
        "action_taken_at": None,
        "category": "violation",
        "comment": "Again and again.",
        "forwarded": False,
        "created_at": report["created_at"],
        "status_ids": [post["id"]],
        "collection_ids": [],
        "rule_ids": [str(rule.id)],
        "target_account": report["target_account"],
    }
    assert report["target_account"]["id"] == bob.id
    row = await house.runtime.db.row("SELECT payload FROM events WHERE type = 'ReportFiled'")
    assert row is not None
    assert row["payload"] == {
        "report_id": int(report["id"]),
        "account_id": int(alice.id),
        "target_id": int(bob.id),
        "forward_to": [],
    }


async def test_a_report_as_a_form(alice: Member, bob: Member) -> None:
    post = await bob.write("hello")
    form = {"account_id": bob.id, "status_ids[]": post["id"], "category": "spam"}
    report = (await alice.post(PATH, data=form)).json()
    assert report["category"] == "spam"
    assert report["status_ids"] == [post["id"]]
    assert (await alice.post(PATH, data={"account_id": bob.id})).json()["category"] == "other"


async def test_only_what_one_sees_of_the_one_who_is_meant(alice: Member, bob: Member) -> None:
    secret = await bob.write("psst", visibility="direct")
    own = await alice.write("mine")
    for status in (secret, own):
        body = {"account_id": bob.id, "status_ids": [status["id"]]}
        assert (await alice.post(PATH, json=body)).status_code == 404


BAD: list[tuple[dict[str, Any], int]] = [
    ({}, 422),
    ({"account_id": ""}, 422),
    ({"account_id": "x"}, 404),
    ({"account_id": "9" * 30}, 404),
    ({"account_id": "12"}, 404),
    ({"account_id": {"a": 1}}, 400),
    ({"account_id": "BOB", "comment": "x" * 1001}, 422),
    ({"account_id": "BOB", "category": "boring"}, 422),
    ({"account_id": "BOB", "rule_ids": ["1"]}, 422),
    ({"account_id": "BOB", "rule_ids": ["x"]}, 404),
    ({"account_id": "BOB", "status_ids": ["1"]}, 404),
    ({"account_id": "BOB", "status_ids": ["x"]}, 404),
    ({"account_id": "BOB", "status_ids": [str(n) for n in range(1, 102)]}, 422),
    ({"account_id": "ALICE"}, 422),
]


@pytest.mark.parametrize(("body", "status"), BAD)
async def test_what_is_no_report(
    house: House, alice: Member, bob: Member, body: dict[str, Any], status: int
) -> None:
    ids = {"ALICE": alice.id, "BOB": bob.id}
    if body.get("account_id") in ("ALICE", "BOB"):
        body = {**body, "account_id": ids[body["account_id"]]}
    answer = await alice.post(PATH, json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert await house.runtime.db.value("SELECT count(*) FROM reports") == 0


async def test_who_may(house: House, alice: Member, bob: Member) -> None:
    body = {"account_id": bob.id}
    assert (await house.client.post(PATH, json=body)).status_code == 401
    token = await house.token(alice.user_id, "read write:statuses")
    poor = Member(house.client, alice.account, alice.user_id, token)
    assert (await poor.post(PATH, json=body)).status_code == 403
    app = Member(house.client, alice.account, 0, await house.token(None, "write"))
    assert (await app.post(PATH, json=body)).status_code == 422
