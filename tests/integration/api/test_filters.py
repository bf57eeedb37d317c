"""Filters, in both versions, with every encoding and with values that cannot be."""

from typing import Any

import pytest

from tests.integration.api.conftest import House, Member

V1, V2 = "/api/v1/filters", "/api/v2/filters"


async def make(member: Member, **more: Any) -> dict[str, Any]:
    wish = {"title": "No cats", "context": ["home", "public"], **more}
    answer = await member.post(V2, json=wish)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def changes(house: House) -> int:
    sql = "SELECT count(*) FROM events WHERE type = 'FiltersChanged'"
    return await house.runtime.db.value(sql)


async def test_a_filter_comes_and_goes(house: House, alice: Member) -> None:
    words = [{"keyword": "cat", "whole_word": False}, {"keyword": "kitten"}]
    made = await make(alice, filter_action="hide", expires_in=3600, keywords_attributes=words)
    assert await changes(house) == 1
    assert made["title"] == "No cats"
    assert made["context"] == ["home", "public"]
    assert made["filter_action"] == "hide"
    assert made["expires_at"].endswith("Z")
    assert [(k["keyword"], k["whole_word"]) for k in made["keywords"]] == [
        ("cat", False),
        ("kitten", True),
    ]
    assert made["statuses"] == []
    assert (await alice.get(V2)).json() == [made]
    path = f"{V2}/{made['id']}"
    assert (await alice.get(path)).json() == made
    changed = await alice.call("PUT", path, json={"filter_action": "blur", "expires_in": ""})
    assert changed.json() == {**made, "filter_action": "blur", "expires_at": None}
    assert (await alice.call("DELETE", path)).json() == {}
    assert (await alice.get(path)).status_code == 404
    assert (await alice.get(V2)).json() == []
    assert await changes(house) == 3


@pytest.mark.parametrize("encoding", ["json", "brackets", "numbered", "multipart"])
async def test_keywords_change_with_their_filter(alice: Member, encoding: str) -> None:
    made = await make(alice, keywords_attributes=[{"keyword": "cat"}, {"keyword": "dog"}])
    cat, dog = (keyword["id"] for keyword in made["keywords"])
    wanted = [{"id": cat, "keyword": "lion"}, {"id": dog, "_destroy": "true"}, {"keyword": "cow"}]
    if encoding == "json":
        body: dict[str, Any] = {"json": {"keywords_attributes": wanted}}
    elif encoding == "brackets":
        # A new object begins where a key comes again; the last has no id, so it begins by keyword.
        text = "&".join(
            f"keywords_attributes[][{key}]={value}"
            for key, value in [
                ("keyword", "lion"),
                ("id", cat),
                ("id", dog),
                ("_destroy", "1"),
                ("keyword", "x"),
                ("keyword", "cow"),
            ]
        )
        headers = {"content-type": "application/x-www-form-urlencoded"}
        body = {"content": text, "headers": headers}
    else:
        fields = {
            f"keywords_attributes[{number}][{key}]": value
            for number, item in enumerate(wanted)
            for key, value in item.items()
        }
        body = {"data": fields}
        if encoding == "multipart":
            body = {"files": {name: (None, value) for name, value in fields.items()}}
    answer = await alice.call("PUT", f"{V2}/{made['id']}", **body)
    assert answer.status_code == 200, answer.text
    assert [k["keyword"] for k in answer.json()["keywords"]] == ["lion", "cow"]
    assert answer.json()["keywords"][0]["id"] == cat


async def test_single_keywords(alice: Member) -> None:
    made = await make(alice, keywords_attributes=[{"keyword": "cat"}])
    path = f"{V2}/{made['id']}/keywords"
    added = (await alice.post(path, data={"keyword": "dog", "whole_word": "false"})).json()
    assert added["keyword"] == "dog"
    assert added["whole_word"] is False
    assert [k["keyword"] for k in (await alice.get(path)).json()] == ["cat", "dog"]
    one = f"{V2}/keywords/{added['id']}"
    assert (await alice.get(one)).json() == added
    assert (await alice.call("PUT", one, json={"keyword": "cow"})).json() == {
        **added,
        "keyword": "cow",
    }
    assert (await alice.call("DELETE", one)).json() == {}
    assert (await alice.get(one)).status_code == 404


async def test_single_posts(alice: Member, bob: Member) -> None:
    made = await make(alice)
    post, secret = await bob.write("hello"), await bob.write("psst", visibility="direct")
    path = f"{V2}/{made['id']}/statuses"
    entry = (await alice.post(path, json={"status_id": post["id"]})).json()
    assert entry["status_id"] == post["id"]
    assert (await alice.get(path)).json() == [entry]
    assert (await alice.get(f"{V2}/{made['id']}")).json()["statuses"] == [entry]
    again = await alice.post(path, json={"status_id": post["id"]})
    assert again.status_code == 422
    hidden = await alice.post(path, json={"status_id": secret["id"]})
    assert hidden.status_code == 404
    assert (await alice.post(path)).status_code == 422
    one = f"{V2}/statuses/{entry['id']}"
    assert (await alice.get(one)).json() == entry
    assert (await bob.get(one)).status_code == 404
    assert (await alice.call("DELETE", one)).json() == entry
    assert (await alice.get(one)).status_code == 404


BAD = [
    ({}, 422),
    ({"title": "x"}, 422),
    ({"title": " ", "context": ["home"]}, 422),
    ({"title": "x" * 257, "context": ["home"]}, 422),
    ({"title": "x", "context": []}, 422),
    ({"title": "x", "context": ["attic"]}, 422),
    ({"title": "x", "context": "home", "filter_action": "explode"}, 422),
    ({"title": "x", "context": "home", "expires_in": -1}, 422),
    ({"title": "x", "context": "home", "expires_in": 10**12}, 422),
    ({"title": "x", "context": "home", "expires_in": "soon"}, 400),
    ({"title": "x", "context": {"a": "b"}}, 400),
    ({"title": ["x", {}], "context": "home"}, 400),
    ({"title": "x", "context": "home", "keywords_attributes": ["cat"]}, 400),
    ({"title": "x", "context": "home", "keywords_attributes": [{"keyword": " "}]}, 422),
    ({"title": "x", "context": "home", "keywords_attributes": [{"keyword": "x" * 513}]}, 422),
    ({"title": "x", "context": "home", "keywords_attributes": [{"id": "7", "keyword": "x"}]}, 404),
    ({"title": "x", "context": "home", "keywords_attributes": [{"id": "x", "keyword": "x"}]}, 404),
]


@pytest.mark.parametrize(("body", "status"), BAD)
async def test_what_cannot_be_a_filter(
    house: House, alice: Member, body: dict[str, Any], status: int
) -> None:
    answer = await alice.post(V2, json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert (await alice.get(V2)).json() == []
    assert await changes(house) == 0


async def test_there_is_an_end_to_keywords(alice: Member) -> None:
    many = [{"keyword": f"word {number}"} for number in range(501)]
    answer = await alice.post(
        V2, json={"title": "x", "context": ["home"], "keywords_attributes": many}
    )
    assert answer.status_code == 422
    assert (await alice.get(V2)).json() == []


async def test_filters_are_their_owners(alice: Member, bob: Member, house: House) -> None:
    made = await make(alice, keywords_attributes=[{"keyword": "cat"}])
    keyword = made["keywords"][0]["id"]
    paths = (f"{V2}/{made['id']}", f"{V2}/keywords/{keyword}", f"{V1}/{keyword}")
    for path in paths:
        for method in ("GET", "PUT", "DELETE"):
            answer = await bob.call(method, path, json={"title": "x", "keyword": "x"})
            assert answer.status_code == 404, (method, path)
    for number in ("0", "-1", "abc", "9" * 19, "9" * 30):
        assert (await alice.get(f"{V2}/{number}")).status_code == 404
    assert (await house.client.get(V2)).status_code == 401
    token = await house.token(alice.user_id, "read:statuses write:statuses")
    poor = Member(house.client, alice.account, alice.user_id, token)
    assert (await poor.get(V2)).status_code == 403
    assert (await poor.post(V2)).status_code == 403
    assert (await alice.get(f"{V2}/{made['id']}")).json() == made


async def test_older_apps_see_keywords(alice: Member) -> None:
    made = await alice.post(V1, data={"phrase": "cat", "context[]": "home", "irreversible": "1"})
    row = made.json()
    assert row == {
        "id": row["id"],
        "phrase": "cat",
        "context": ["home"],
        "whole_word": False,
        "expires_at": None,
        "irreversible": True,
    }
    assert (await alice.get(V1)).json() == [row]
    newer = (await alice.get(V2)).json()[0]
    assert newer["filter_action"] == "hide"
    assert newer["keywords"][0]["id"] == row["id"]
    one = f"{V1}/{row['id']}"
    change = {"phrase": "cats", "context": ["home", "thread"], "irreversible": False}
    changed = (await alice.call("PUT", one, json=change)).json()
    assert changed == {
        **row,
        "phrase": "cats",
        "context": ["home", "thread"],
        "irreversible": False,
    }
    assert (await alice.get(one)).json() == changed
    assert (await alice.call("DELETE", one)).json() == {}
    assert (await alice.get(V2)).json() == []
    assert (await alice.post(V1, json={"context": ["home"]})).status_code == 422
    assert (await alice.post(V1, json={"phrase": "x"})).status_code == 422


async def test_older_apps_leave_the_terms_of_several_keywords_alone(alice: Member) -> None:
    made = await make(alice, keywords_attributes=[{"keyword": "cat"}, {"keyword": "dog"}])
    rows = (await alice.get(V1)).json()
    assert [row["phrase"] for row in rows] == ["cat", "dog"]
    one = f"{V1}/{rows[0]['id']}"
    refused = await alice.call("PUT", one, json={"phrase": "cow", "context": ["thread"]})
    assert refused.status_code == 422
    allowed = await alice.call("PUT", one, json={"phrase": "cow", "context": ["public", "home"]})
    assert allowed.json()["phrase"] == "cow"
    assert (await alice.call("DELETE", one)).status_code == 200
    assert [k["keyword"] for k in (await alice.get(f"{V2}/{made['id']}")).json()["keywords"]] == [
        "dog"
    ]
