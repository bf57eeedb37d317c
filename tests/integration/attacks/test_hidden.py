"""What is not for all, asked for by strangers at every address that shows posts."""

from typing import Any

import httpx
import pytest

from tests.integration.attacks.conftest import Member, Site

DOCUMENT = {"Accept": "application/activity+json"}
PAGE = {"Accept": "text/html"}
HOSTILE = "<script>x</script><img src=x onerror=x> javascript:x \"><b style=x>'"


async def write(site: Site, author: Member, text: str, **more: Any) -> dict[str, Any]:
    answer = await site.client.post(
        "/api/v1/statuses", json={"status": text, **more}, headers=author.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def body_of(answer: httpx.Response, post: dict[str, Any]) -> tuple[int, str, set[str]]:
    """What an answer says, without the names that were asked for."""
    return answer.status_code, answer.text.replace(post["id"], "ID"), set(answer.headers)


@pytest.mark.parametrize("visibility", ["private", "direct", "local"])
async def test_no_reader_shows_what_is_not_for_all(
    site: Site, alice: Member, visibility: str
) -> None:
    root = await write(site, alice, "root-canary")
    hidden = await write(
        site, alice, "hush-canary", visibility=visibility, in_reply_to_id=root["id"]
    )
    below = await write(site, alice, "leaf-canary", in_reply_to_id=hidden["id"])
    seen = 0
    for post in (root, hidden, below):
        for path, headers in readers(alice, post):
            answer = await site.client.get(path, headers=headers)
            assert "hush-canary" not in answer.text, path
            if post is root and ("replies" in path or "contexts" in path):
                assert hidden["id"] not in answer.text, path
            seen += "root-canary" in answer.text
    assert seen > 3
    missing = {**hidden, "id": str(int(hidden["id"]) + 1)}
    for (path, headers), (other, _) in zip(
        readers(alice, hidden), readers(alice, missing), strict=True
    ):
        if hidden["id"] not in path:
            continue
        there = await site.client.get(path, headers=headers)
        absent = await site.client.get(other, headers=headers)
        # A list of several leaves it out; whoever asks for it alone hears that it is not there.
        assert there.status_code == (200 if "id[]" in path else 404), path
        assert body_of(there, hidden) == body_of(absent, missing), path


def readers(author: Member, post: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """Every address at which a stranger could meet a post."""
    actor = f"/ap/users/{author.account.id}"
    note = f"{actor}/statuses/{post['id']}"
    documents = [note, f"{note}/activity", f"{note}/replies", f"{note}/replies?page=true"]
    documents += [f"{note}/likes", f"{note}/shares", f"/contexts/{post['id']}"]
    documents += [f"/contexts/{post['id']}/items", f"/@alice/{post['id']}", "/@alice"]
    documents += [f"{actor}/outbox?page=true", f"{actor}/collections/featured"]
    pages = [f"/@alice/{post['id']}", "/@alice", f"/@nobody/{post['id']}"]
    one = f"/api/v1/statuses/{post['id']}"
    tails = ("", "/context", "/history", "/favourited_by", "/reblogged_by", "/quotes", "/card")
    api = [f"{one}{tail}" for tail in tails]
    api += [f"/api/v1/accounts/{author.account.id}/statuses", "/api/v1/timelines/public"]
    api += [f"/api/v1/statuses?id[]={post['id']}", "/api/v1/timelines/tag/canary"]
    return [
        *((path, DOCUMENT) for path in documents),
        *((path, PAGE) for path in pages),
        *((path, {}) for path in api),
    ]


async def test_strangers_act_on_nothing_that_they_cannot_see(site: Site, alice: Member) -> None:
    eve = await site.member("eve")
    hidden = await write(site, alice, "hush-canary", visibility="private")
    path = f"/api/v1/statuses/{hidden['id']}"
    verbs = ("reblog", "unreblog", "favourite", "unfavourite", "bookmark", "unbookmark")
    for verb in verbs:
        answer = await site.client.post(f"{path}/{verb}", headers=eve.headers)
        assert answer.status_code == 404, verb
        assert "hush" not in answer.text
    for method in ("PUT", "DELETE", "GET"):
        tail = "/source" if method == "GET" else ""
        data = {"status": "mine"} if method == "PUT" else None
        answer = await site.client.request(method, path + tail, headers=eve.headers, data=data)
        assert answer.status_code == 404, method
    answer = await site.client.post(
        "/api/v1/statuses",
        data={"status": "re", "in_reply_to_id": hidden["id"]},
        headers=eve.headers,
    )
    assert answer.status_code == 404
    mine = await site.client.get(path, headers=alice.headers)
    assert "hush-canary" in mine.text


async def test_hostile_text_is_only_text_on_pages(site: Site, alice: Member) -> None:
    await site.client.patch(
        "/api/v1/accounts/update_credentials",
        json={
            "display_name": HOSTILE[:30],
            "note": HOSTILE,
            "fields_attributes": [{"name": HOSTILE[:200], "value": HOSTILE}],
        },
        headers=alice.headers,
    )
    post = await write(site, alice, HOSTILE, spoiler_text=HOSTILE)
    # As if something uncleaned had reached the database: pages clean once more on the way out.
    await site.runtime.db.fetch("UPDATE statuses SET content = $1", HOSTILE)
    await site.runtime.db.fetch(
        "UPDATE accounts SET note = $1, display_name = $1, avatar_url = 'javascript:x'", HOSTILE
    )
    for path in ("/@alice", f"/@alice/{post['id']}"):
        answer = await site.client.get(path, headers=PAGE)
        assert answer.status_code == 200
        for bad in ("<script", "<img src=x", "<b style", 'href="javascript', 'src="javascript'):
            assert bad not in answer.text, (path, bad)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
