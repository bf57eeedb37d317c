"""Everything that members do with posts, as apps ask for it."""

from datetime import timedelta
from typing import Any

import pytest

from fedi.core.accounts.people import People
from fedi.core.domains.policy import Policy
from fedi.core.statuses.scheduled import publish_due
from fedi.kit.clock import now
from tests.integration.api.conftest import House, Member

ALL = "/api/v1/statuses"


def at(**wait: int) -> str:
    return (now() + timedelta(**wait)).isoformat()


async def upload(house: House, member: Member, **columns: Any) -> str:
    async with house.runtime.unit() as unit:
        media_id = await unit.new_id()
        await unit.execute(
            "INSERT INTO media_attachments (id, account_id, type, state, file_key, preview_key,"
            " content_type, meta, created_at) VALUES ($1, $2, 'image', $3, $4, $4, 'image/png',"
            " '{}', now())",
            media_id,
            member.account.id,
            columns.get("state", 1),
            f"{'a' * 32}.png",
        )
    return str(media_id)


async def test_pictures(house: House, alice: Member) -> None:
    media = await upload(house, alice)
    post = await alice.write("", media_ids=[media], sensitive=True)
    assert [item["id"] for item in post["media_attachments"]] == [media]
    assert post["media_attachments"][0]["url"] == f"https://a.test/media/{'a' * 32}.png"
    form = await alice.post(ALL, data={"status": "again", "media_ids[]": media})
    assert form.status_code == 422
    for nonsense in ("x", "12345", await upload(house, alice, state=0)):
        answer = await alice.post(ALL, json={"status": "x", "media_ids": [nonsense]})
        assert answer.status_code == 422
        assert answer.json()["error"]
    path = f"{ALL}/{post['id']}"
    attributes = [{"id": media, "description": "a bee", "focus": "0.5,-2"}]
    edited = await alice.call(
        "PUT", path, json={"status": "x", "media_ids": [media], "media_attributes": attributes}
    )
    assert edited.status_code == 200, edited.text
    item = edited.json()["media_attachments"][0]
    assert item["description"] == "a bee"
    assert item["meta"]["focus"] == {"x": 0.5, "y": -1.0}
    bare = await alice.call("PUT", path, json={"status": "no more"})
    assert bare.json()["media_attachments"] == []
    history = (await alice.get(f"{path}/history")).json()
    assert [len(edit["media_attachments"]) for edit in history] == [1, 1, 0]


@pytest.mark.parametrize(("deletes", "left"), [(False, 1), (True, 0)])
async def test_taking_back_for_redrafting(
    house: House, alice: Member, *, deletes: bool, left: int
) -> None:
    media = await upload(house, alice)
    post = await alice.write("hello **there**", media_ids=[media], content_type="text/markdown")
    query = "?delete_media=true" if deletes else ""
    gone = (await alice.call("DELETE", f"{ALL}/{post['id']}{query}")).json()
    assert gone["text"] == "hello **there**"
    assert [item["id"] for item in gone["media_attachments"]] == [media]
    assert (await house.runtime.read().value("SELECT count(*) FROM media_attachments")) == left


async def test_polls_in_every_encoding(alice: Member) -> None:
    poll = {"options": ["a", "b"], "expires_in": 3600, "multiple": True}
    post = await alice.write("?", poll=poll)
    assert [option["title"] for option in post["poll"]["options"]] == ["a", "b"]
    assert post["poll"]["multiple"]
    form = await alice.post(
        ALL,
        data={
            "status": "?",
            "poll[options][]": ["a", "b"],
            "poll[expires_in]": "300",
            "poll[hide_totals]": "1",
        },
    )
    assert form.json()["poll"]["expired"] is False
    assert not form.json()["poll"]["multiple"]
    for wrong in ({"options": ["a"], "expires_in": 3600}, {"options": ["a", "b"]}):
        answer = await alice.post(ALL, json={"status": "?", "poll": wrong})
        assert answer.status_code == 422
    gone = (await alice.call("DELETE", f"{ALL}/{post['id']}")).json()
    assert [option["title"] for option in gone["poll"]["options"]] == ["a", "b"]


async def test_scheduling(house: House, alice: Member, bob: Member) -> None:
    media = await upload(house, alice)
    body = {"status": "later", "media_ids": [media], "scheduled_at": at(hours=1)}
    headers = {"Idempotency-Key": "k"}
    made = await alice.post(ALL, json=body, headers=headers)
    assert made.status_code == 200, made.text
    waiting = made.json()
    assert waiting["params"]["text"] == "later"
    assert waiting["params"]["media_ids"] == [media]
    assert waiting["params"]["visibility"] == "public"
    assert waiting["scheduled_at"].endswith("Z")
    assert waiting["media_attachments"][0]["id"] == media
    assert (await alice.post(ALL, json=body, headers=headers)).json()["id"] == waiting["id"]
    all_path = "/api/v1/scheduled_statuses"
    path = f"{all_path}/{waiting['id']}"
    assert [each["id"] for each in (await alice.get(all_path)).json()] == [waiting["id"]]
    assert (await bob.get(all_path)).json() == []
    assert (await bob.get(path)).status_code == 404
    assert (await alice.get(path)).json() == waiting
    moved = await alice.call("PUT", path, json={"scheduled_at": at(days=4000)})
    assert moved.json()["scheduled_at"] > waiting["scheduled_at"]
    for wrong in (at(minutes=1), "soon", ""):
        answer = await alice.call("PUT", path, json={"scheduled_at": wrong})
        assert answer.status_code == 422
    await house.runtime.db.fetch("UPDATE scheduled_statuses SET scheduled_at = now()")
    await publish_due(People(house.runtime, Policy(house.runtime)))
    posted = await alice.post(ALL, json=body, headers=headers)
    assert posted.json()["content"] == "<p>later</p>"
    assert (await alice.get(path)).status_code == 404
    other = await alice.post(ALL, json={"status": "x", "scheduled_at": at(hours=1)})
    other_path = f"{all_path}/{other.json()['id']}"
    assert (await alice.call("DELETE", other_path)).json() == {}
    assert (await alice.call("DELETE", other_path)).status_code == 404


async def test_moments_that_are_now_and_that_are_too_soon(alice: Member) -> None:
    for moment in (at(hours=-1), "", "2001-01-01T00:00:00"):
        assert (await alice.write("now", scheduled_at=moment))["content"] == "<p>now</p>"
    for moment in (at(minutes=2), "nonsense", "9999-99-99"):
        answer = await alice.post(ALL, json={"status": "x", "scheduled_at": moment})
        assert answer.status_code == 422


async def test_quotes(alice: Member, bob: Member) -> None:
    free = await alice.write("free")
    assert free["quote_approval"]["automatic"] == ["public"]
    quoting = await bob.write("look", quoted_status_id=free["id"], quote_approval_policy="nobody")
    assert quoting["quote"]["state"] == "accepted"
    assert quoting["quote"]["quoted_status"]["id"] == free["id"]
    assert quoting["quote_approval"]["automatic"] == []
    path = f"{ALL}/{free['id']}"
    assert (await alice.get(path)).json()["quotes_count"] == 1
    listed = await alice.get(f"{path}/quotes")
    assert [post["id"] for post in listed.json()] == [quoting["id"]]
    for body, code in (
        ({"quoted_status_id": quoting["id"]}, 404),
        ({"quoted_status_id": "1"}, 404),
        ({"quoted_status_id": "x"}, 404),
        ({"quoted_status_id": free["id"], "visibility": "direct"}, 422),
        ({"quote_approval_policy": "everybody"}, 422),
    ):
        answer = await alice.post(ALL, json={"status": "x", **body})
        expected = 200 if body.get("visibility") else code
        assert answer.status_code == expected, body
    direct = {"status": "x", "quoted_status_id": free["id"], "visibility": "direct"}
    assert (await bob.post(ALL, json=direct)).status_code == 422
    revoke = f"{path}/quotes/{quoting['id']}/revoke"
    assert (await bob.post(revoke)).status_code == 404
    revoked = await alice.post(revoke)
    assert revoked.json()["quote"] == {"state": "revoked", "quoted_status": None}
    policy = await alice.call(
        "PUT", f"{path}/interaction_policy", json={"quote_approval_policy": "nobody"}
    )
    assert policy.json()["quote_approval"]["automatic"] == []
    assert policy.json()["edited_at"] is None
    assert (await bob.post(ALL, json={"quoted_status_id": free["id"], "status": "x"})).is_error
    wrong = await alice.call("PUT", f"{path}/interaction_policy", json={})
    assert wrong.status_code == 422


async def test_pins_and_threads(alice: Member, bob: Member) -> None:
    post = await alice.write("hello")
    path = f"{ALL}/{post['id']}"
    assert (await alice.post(f"{path}/pin")).json()["pinned"] is True
    pinned = await bob.get(f"/api/v1/accounts/{alice.id}/statuses?pinned=true")
    assert [each["id"] for each in pinned.json()] == [post["id"]]
    assert (await bob.post(f"{path}/pin")).status_code == 422
    assert (await alice.post(f"{path}/unpin")).json()["pinned"] is False
    assert (await bob.post(f"{path}/mute")).json()["muted"] is True
    reply = await alice.write("more", in_reply_to_id=post["id"])
    assert (await bob.get(f"{ALL}/{reply['id']}")).json()["muted"] is True
    assert (await bob.post(f"{path}/unmute")).json()["muted"] is False
    for deed in ("pin", "unpin", "mute", "unmute", "translate"):
        assert (await alice.post(f"{ALL}/1/{deed}")).status_code == 404
    assert (await alice.post(f"{path}/translate")).status_code == 404
    assert (await alice.get(f"{path}/card")).json() == {}


async def test_local_posts(house: House, alice: Member, bob: Member) -> None:
    for body in ({"visibility": "local"}, {"local_only": True}):
        post = await alice.write("inside", **body)
        assert post["local_only"] is True
        assert post["visibility"] == "public"
        assert (await bob.get(f"{ALL}/{post['id']}")).status_code == 200
        assert (await house.client.get(f"{ALL}/{post['id']}")).status_code == 404
    assert (await alice.write("outside"))["local_only"] is False


async def test_markdown_and_its_source(alice: Member) -> None:
    post = await alice.write("*hi*", content_type="text/markdown")
    assert post["content"] == "<p><em>hi</em></p>"
    source = (await alice.get(f"{ALL}/{post['id']}/source")).json()
    assert source["text"] == "*hi*"
    edited = await alice.call("PUT", f"{ALL}/{post['id']}", json={"status": "*ho*"})
    assert edited.json()["content"] == "<p><em>ho</em></p>"
    wrong = await alice.post(ALL, json={"status": "x", "content_type": "text/html"})
    assert wrong.status_code == 422


async def test_languages(house: House, alice: Member) -> None:
    german = "Ich bin heute nicht zu Hause und das ist gut so."
    assert (await alice.write(german))["language"] == "de"
    assert (await alice.write(german, language="fr"))["language"] == "fr"
    await house.runtime.db.fetch('UPDATE users SET settings = \'{"language": "eo"}\'')
    assert (await alice.write("lol"))["language"] == "eo"


async def test_unexpected_people_are_named(alice: Member, bob: Member) -> None:
    answer = await alice.post(ALL, json={"status": "hi @bob", "allowed_mentions": []})
    assert answer.status_code == 422
    assert [each["acct"] for each in answer.json()["unexpected_accounts"]] == ["bob"]
    body = {"status": "hi @bob", "allowed_mentions": [bob.id]}
    assert (await alice.post(ALL, json=body)).status_code == 200


async def test_more_than_twenty_at_once_are_refused(alice: Member) -> None:
    ids = [("id[]", str(number)) for number in range(1, 22)]
    assert (await alice.get(ALL, params=ids[:20])).status_code == 200
    assert (await alice.get(ALL, params=ids)).status_code == 422


async def test_emojis_in_a_name(house: House, alice: Member) -> None:
    await house.runtime.db.fetch(
        "INSERT INTO custom_emojis (id, shortcode, file_key, static_key, created_at, updated_at)"
        " VALUES (1, 'bee', 'bee.png', 'bee.png', now(), now())"
    )
    path = "/api/v1/accounts/update_credentials"
    named = await alice.call("PATCH", path, json={"display_name": "A :bee:"})
    assert [emoji["shortcode"] for emoji in named.json()["emojis"]] == ["bee"]
    plain = await alice.call("PATCH", path, json={"display_name": "A"})
    assert plain.json()["emojis"] == []
