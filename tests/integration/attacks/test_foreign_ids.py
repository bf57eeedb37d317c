"""What belongs to one member, asked for and acted on by another one who knows its id."""

import re
from typing import Any

import pytest

from fedi.api.deps import Who
from fedi.api.routes import ROUTES
from tests.integration.attacks.conftest import Member, Site

TABLES = (
    *("statuses", "polls", "poll_votes", "scheduled_statuses", "media_attachments", "filters"),
    *("filter_keywords", "filter_statuses", "lists", "list_members", "conversations"),
    *("notifications", "notification_requests", "featured_tags", "push_subscriptions"),
    *("favourites", "bookmarks", "status_pins", "conversation_mutes", "quotes", "reports"),
)


async def send(site: Site, member: Member, path: str, **body: Any) -> dict[str, Any]:
    answer = await site.client.post(path, json=body, headers=member.headers)
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()


async def belongings(site: Site, alice: Member) -> dict[str, str]:
    """One of everything, by the beginning of the path at which it stands."""
    bob = await site.member("bob")
    hidden = await send(
        site,
        alice,
        "/api/v1/statuses",
        status="@bob hush-canary",
        visibility="direct",
        poll={"options": ["a", "b"], "expires_in": 3600},
    )
    plain = await send(site, alice, "/api/v1/statuses", status="for all")
    later = await send(
        site, alice, "/api/v1/statuses", status="hush-canary", scheduled_at="2099-01-01T00:00:00Z"
    )
    caught = await send(
        site,
        alice,
        "/api/v2/filters",
        title="hush-canary",
        context=["home"],
        keywords_attributes=[{"keyword": "hush-canary"}],
    )
    entry = await send(
        site, alice, f"/api/v2/filters/{caught['id']}/statuses", status_id=plain["id"]
    )
    listed = await send(site, alice, "/api/v1/lists", title="hush-canary")
    tag = await send(site, alice, "/api/v1/featured_tags", name="hushcanary")
    rows = await site.runtime.db.fetch(
        "INSERT INTO media_attachments (id, account_id, type, state, file_key, size_bytes,"
        " description, meta, created_at)"
        " VALUES (77, $1, 'image', 1, $2, 5, 'hush-canary', '{}', now()) RETURNING id",
        alice.account.id,
        "a" * 32 + ".png",
    )
    media = str(rows[0][0])
    await site.runtime.db.fetch(
        "INSERT INTO notifications (id, account_id, type, from_account_id, filtered, created_at)"
        " VALUES (78, $1, 'follow', $2, true, now())",
        alice.account.id,
        bob.account.id,
    )
    await site.runtime.db.fetch(
        "INSERT INTO notification_requests (id, account_id, from_account_id, notifications_count,"
        " created_at, updated_at) VALUES (79, $1, $2, 1, now(), now())",
        alice.account.id,
        bob.account.id,
    )
    await site.runtime.db.fetch(
        "INSERT INTO conversations (id, account_id, conversation_id, participant_ids,"
        " last_status_id, unread) VALUES (80, $1, $2, $3, $2, true)",
        alice.account.id,
        int(hidden["id"]),
        [bob.account.id],
    )
    return {
        "/api/v1/statuses/": hidden["id"],
        "/api/v1/polls/": hidden["poll"]["id"],
        "/api/v1/scheduled_statuses/": later["id"],
        "/api/v1/media/": media,
        "/api/v2/filters/keywords/": caught["keywords"][0]["id"],
        "/api/v2/filters/statuses/": entry["id"],
        "/api/v2/filters/": caught["id"],
        "/api/v1/filters/": caught["keywords"][0]["id"],
        "/api/v1/lists/": listed["id"],
        "/api/v1/timelines/list/": listed["id"],
        "/api/v1/featured_tags/": tag["id"],
        "/api/v1/conversations/": "80",
        "/api/v1/notifications/requests/": "79",
        "/api/v1/notifications/": "78",
    }


BODY = {
    "status": "mine",
    "title": "mine",
    "phrase": "mine",
    "keyword": "mine",
    "context": ["home"],
    "description": "mine",
    "scheduled_at": "2098-01-01T00:00:00Z",
    "choices": ["0"],
    "account_ids": [],
    "quote_approval_policy": "nobody",
    "status_id": "1",
}


async def dump(site: Site) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table in TABLES:
        rows = await site.runtime.db.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")
        found[table] = [row[0] for row in rows]
    return found


async def test_ids_of_others_lead_nowhere(site: Site, alice: Member) -> None:
    ids = await belongings(site, alice)
    eve = await site.member("eve")
    before = await dump(site)
    tried: set[str] = set()
    for route in ROUTES:
        if "{" not in route.path or route.who is Who.OPEN:
            continue
        start = route.path[: route.path.index("{")]
        if start not in ids:
            continue
        path = re.sub(r"{[^}]*}", ids[start], route.path)
        body = BODY if route.method in {"POST", "PUT", "PATCH"} else None
        answer = await site.client.request(route.method, path, json=body, headers=eve.headers)
        if route.path == "/api/v1/statuses/{id}/translate":
            assert answer.status_code >= 400
        else:
            assert answer.status_code == 404, (route.method, path, answer.text)
        assert "hush" not in answer.text
        assert "canary" not in answer.text
        tried.add(start)
    assert tried == set(ids)
    assert await dump(site) == before


@pytest.mark.parametrize(
    "body",
    [
        {"status": "x", "media_ids": ["77"]},
        {"status": "x", "media_ids": ["77"], "scheduled_at": "2099-01-01T00:00:00Z"},
    ],
)
async def test_files_of_others_are_attached_to_nothing(
    site: Site, alice: Member, body: dict[str, Any]
) -> None:
    await belongings(site, alice)
    eve = await site.member("eve")
    answer = await site.client.post("/api/v1/statuses", json=body, headers=eve.headers)
    assert answer.status_code == 422
    assert "canary" not in answer.text
    row = await site.runtime.db.fetch("SELECT account_id, status_id FROM media_attachments")
    assert tuple(row[0]) == (alice.account.id, None)
    assert not await site.runtime.db.fetch("SELECT 1 FROM statuses WHERE text = 'x'")


async def test_what_cannot_be_seen_is_neither_quoted_reported_nor_filtered(
    site: Site, alice: Member
) -> None:
    ids = await belongings(site, alice)
    eve = await site.member("eve")
    hidden = ids["/api/v1/statuses/"]
    mine = await send(site, eve, "/api/v2/filters", title="mine", context=["home"])
    tries = [
        ("/api/v1/statuses", {"status": "x", "quoted_status_id": hidden}),
        ("/api/v1/statuses", {"status": "x", "in_reply_to_id": hidden}),
        (f"/api/v2/filters/{mine['id']}/statuses", {"status_id": hidden}),
        ("/api/v1/reports", {"account_id": str(alice.account.id), "status_ids": [hidden]}),
        (f"/api/v1/polls/{ids['/api/v1/polls/']}/votes", {"choices": ["0"]}),
    ]
    for path, body in tries:
        answer = await site.client.post(path, json=body, headers=eve.headers)
        assert answer.status_code == 404, (path, answer.text)
        assert "canary" not in answer.text


async def test_keys_of_requests_are_everybodys_own(site: Site, alice: Member) -> None:
    eve = await site.member("eve")
    made: dict[str, str] = {}
    for member in (alice, eve):
        answer = await site.client.post(
            "/api/v1/statuses",
            json={"status": "the same", "visibility": "direct"},
            headers={**member.headers, "Idempotency-Key": "one"},
        )
        assert answer.status_code == 200
        made[answer.json()["account"]["username"]] = answer.json()["id"]
    assert set(made) == {"alice", "eve"}
    assert len(set(made.values())) == 2
