"""A member's own profile and defaults: every part, in every encoding, and what cannot be."""

from typing import Any

import pytest

from tests.integration.api.conftest import House, Member

UPDATE = "/api/v1/accounts/update_credentials"
PROFILE = "/api/v1/profile"


async def change(member: Member, **body: Any) -> dict[str, Any]:
    answer = await member.call("PATCH", UPDATE, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_part_can_be_changed(alice: Member) -> None:
    wanted: dict[str, Any] = {
        "display_name": "Alice A.",
        "locked": True,
        "bot": True,
        "discoverable": True,
        "indexable": True,
        "hide_collections": True,
        "show_media": False,
        "show_media_replies": False,
        "show_featured": False,
        "avatar_description": "A cat",
        "header_description": "A roof",
    }
    shown = await change(alice, **wanted, note="I like #cats", attribution_domains=["Blog.test"])
    assert {key: shown[key] for key in wanted} == wanted
    assert shown["source"]["note"] == "I like #cats"
    assert shown["source"]["attribution_domains"] == ["blog.test"]
    assert shown["source"]["hide_collections"] is True
    assert "<a" in shown["note"]
    back = {key: not value for key, value in wanted.items() if isinstance(value, bool)}
    undone = await change(alice, **back, display_name="", attribution_domains=[])
    assert {key: undone[key] for key in back} == back
    assert undone["display_name"] == ""
    assert undone["source"]["attribution_domains"] == []
    assert undone["note"] == shown["note"]


async def test_the_profile_to_edit(alice: Member) -> None:
    fields = [{"name": "Web", "value": "https://blog.test"}]
    await change(alice, note="Hi *there*", fields_attributes=fields)
    profile = (await alice.get(PROFILE)).json()
    assert set(profile) == {
        "id", "display_name", "note", "formatted_note", "fields", "formatted_fields", "avatar",
        "avatar_static", "avatar_description", "header", "header_static", "header_description",
        "locked", "bot", "hide_collections", "discoverable", "indexable", "show_media",
        "show_media_replies", "show_featured", "attribution_domains", "featured_tags",
    }  # fmt: skip
    assert profile["avatar"] is None
    assert profile["header_static"] is None
    assert profile["note"] == "Hi *there*"
    assert profile["formatted_note"].startswith("<p>")
    assert profile["fields"][0]["value"] == "https://blog.test"
    assert "<a" in profile["formatted_fields"][0]["value"]
    for method in ("PATCH", "PUT"):
        changed = await alice.call(method, PROFILE, data={"display_name": method})
        assert changed.status_code == 200
        assert changed.json() == {**profile, "display_name": method}


async def test_profile_wants_its_scopes(house: House, alice: Member) -> None:
    poor = Member(
        house.client, alice.account, alice.user_id, await house.token(alice.user_id, "profile")
    )
    assert (await poor.get(PROFILE)).status_code == 200
    assert (await poor.call("PATCH", PROFILE, json={"note": "x"})).status_code == 403
    assert (await house.client.get(PROFILE)).status_code == 401


@pytest.mark.parametrize("encoding", ["data", "files"])
async def test_numbered_forms(alice: Member, encoding: str) -> None:
    form = {
        "fields_attributes[0][name]": "One",
        "fields_attributes[0][value]": "1",
        "fields_attributes[1][name]": "Two",
        "fields_attributes[1][value]": "2",
        "attribution_domains[0]": "x.test",
        "attribution_domains[1]": "y.test",
        "source[privacy]": "unlisted",
        "source[quote_policy]": "followers",
        "source[sensitive]": "true",
        "source[language]": "de",
    }
    body: dict[str, Any] = {"data": form}
    if encoding == "files":
        body = {"files": {name: (None, value) for name, value in form.items()}}
    answer = await alice.call("PATCH", UPDATE, **body)
    source = answer.json()["source"]
    assert [field["value"] for field in source["fields"]] == ["1", "2"]
    assert source["attribution_domains"] == ["x.test", "y.test"]
    wanted = ("unlisted", "followers", True, "de")
    keys = ("privacy", "quote_policy", "sensitive", "language")
    assert tuple(source[key] for key in keys) == wanted
    preferences = (await alice.get("/api/v1/preferences")).json()
    assert preferences == {
        "posting:default:visibility": "unlisted",
        "posting:default:quote_policy": "followers",
        "posting:default:sensitive": True,
        "posting:default:language": "de",
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": True,
    }


BAD: list[tuple[dict[str, Any], int]] = [
    ({"display_name": "x" * 101}, 422),
    ({"note": "x" * 5001}, 422),
    ({"avatar_description": "x" * 1501}, 422),
    ({"header_description": "x" * 1501}, 422),
    ({"fields_attributes": [{"name": str(n), "value": "x"} for n in range(9)]}, 422),
    ({"fields_attributes": [{"name": "x" * 256, "value": "x"}]}, 422),
    ({"fields_attributes": [{"name": "x", "value": "x" * 256}]}, 422),
    ({"fields_attributes": ["x"]}, 400),
    ({"attribution_domains": ["not a domain"]}, 422),
    ({"attribution_domains": [f"{n}.test" for n in range(101)]}, 422),
    ({"source": {"privacy": "secret"}}, 422),
    ({"source": {"quote_policy": "everyone"}}, 422),
    ({"source": "x"}, 400),
    ({"note": ["x", {}]}, 400),
]


@pytest.mark.parametrize(("body", "status"), BAD)
async def test_what_no_profile_can_be(alice: Member, body: dict[str, Any], status: int) -> None:
    before = (await alice.get(PROFILE)).json()
    answer = await alice.call("PATCH", UPDATE, json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert (await alice.get(PROFILE)).json() == before


async def test_an_opened_door_lets_in_who_waits(alice: Member, bob: Member) -> None:
    await change(alice, locked=True)
    waiting = (await bob.post(f"/api/v1/accounts/{alice.id}/follow")).json()
    assert waiting["requested"] is True
    await alice.call("PUT", PROFILE, json={"locked": False})
    seen = (await bob.get(f"/api/v1/accounts/relationships?id[]={alice.id}")).json()[0]
    assert seen["following"] is True
