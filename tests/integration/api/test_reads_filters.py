"""What the filters of a member catch, wherever they read."""

from typing import Any

from fedi.core.live import Message
from tests.integration.api.conftest import House, Member
from tests.integration.api.reading import (
    add_poll,
    add_quote,
    insert_post,
    read,
    set_attachments,
    statements,
)

ALL = ["home", "notifications", "public", "thread", "account"]


async def make(member: Member, *keywords: str, **more: Any) -> str:
    wish = {
        "title": "No cats",
        "context": ALL,
        "keywords_attributes": [{"keyword": word, "whole_word": True} for word in keywords],
        **more,
    }
    answer = await member.post("/api/v2/filters", json=wish)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


async def test_a_filter_says_what_it_caught(house: House, alice: Member, bob: Member) -> None:
    post = await insert_post(house, alice, "my <b>Cat</b> sat")
    other = await insert_post(house, alice, "concatenate")
    assert (await read(bob, post))["filtered"] == []
    number = await make(bob, "cat", "dog", context=["home"], filter_action="hide")
    assert (await read(bob, post))["filtered"] == [
        {
            "filter": {
                "id": number,
                "title": "No cats",
                "context": ["home"],
                "expires_at": None,
                "filter_action": "hide",
            },
            "keyword_matches": ["cat"],
            "status_matches": None,
        }
    ]
    assert (await read(bob, other))["filtered"] == []
    assert (await read(alice, post))["filtered"] == []
    await bob.call("DELETE", f"/api/v2/filters/{number}")
    assert (await read(bob, post))["filtered"] == []


async def test_every_text_of_a_post_is_read(house: House, alice: Member, bob: Member) -> None:
    warned = await insert_post(house, alice, spoiler_text="a cat")
    poll = await insert_post(house, alice)
    await add_poll(house, poll, alice, options=("dog", "cat"))
    quote = await add_quote(house, alice, await insert_post(house, alice, "cat"))
    pictured = await insert_post(house, alice)
    picture = {"type": "image", "url": "https://far.test/1.png", "description": "a cat"}
    await set_attachments(house, str(pictured), [picture])
    boosted = await insert_post(house, alice, "cat")
    boost = (await alice.post(f"/api/v1/statuses/{boosted}/reblog")).json()["id"]
    await make(bob, "cat")
    for status_id in (warned, poll, quote, pictured):
        results = (await read(bob, status_id))["filtered"]
        assert [result["keyword_matches"] for result in results] == [["cat"]]
    seen = await read(bob, boost)
    assert [result["keyword_matches"] for result in seen["reblog"]["filtered"]] == [["cat"]]
    nested = (await read(bob, quote))["quote"]["quoted_status"]
    assert [result["keyword_matches"] for result in nested["filtered"]] == [["cat"]]


async def test_a_single_post_and_its_boosts(house: House, alice: Member, bob: Member) -> None:
    post = await insert_post(house, alice)
    boost = (await alice.post(f"/api/v1/statuses/{post}/reblog")).json()["id"]
    number = await make(bob)
    path = f"/api/v2/filters/{number}/statuses"
    assert (await bob.post(path, json={"status_id": str(post)})).status_code == 200
    for seen in (await read(bob, post), (await read(bob, boost))["reblog"]):
        [result] = seen["filtered"]
        assert (result["keyword_matches"], result["status_matches"]) == (None, [str(post)])


async def test_an_expired_filter_catches_nothing(house: House, alice: Member, bob: Member) -> None:
    post = await insert_post(house, alice, "cat")
    await make(bob, "cat", expires_in=60)
    assert (await read(bob, post))["filtered"]
    await house.runtime.db.fetch("UPDATE filters SET expires_at = now() - interval '1 s'")
    house.services.statuses.filters.forget(bob.account.id)
    assert (await read(bob, post))["filtered"] == []


async def test_filters_are_remembered_for_a_page_and_the_next(
    house: House, alice: Member, bob: Member
) -> None:
    post = await insert_post(house, alice, "cat")
    await make(bob, "cat")
    book = house.services.statuses.filters
    read_unit = house.runtime.read()
    with statements(house) as counted:
        found = await book.find(read_unit, [alice.account.id, bob.account.id])
        again = await book.find(read_unit, [bob.account.id])
    assert len(counted) == 1
    assert [len(found[member.account.id]) for member in (alice, bob)] == [0, 1]
    assert again[bob.account.id] is found[bob.account.id]
    with statements(house) as counted:
        assert (await read(bob, post))["filtered"]
    assert "FROM filters" not in counted.text
    # What another process has changed is told over the bus.
    await house.runtime.db.fetch("DELETE FROM filters")
    message = Message("changed", users=(bob.account.id,))
    assert message.is_heard
    book.forget(bob.account.id)
    assert (await read(bob, post))["filtered"] == []
