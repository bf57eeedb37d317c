"""What is not for somebody, at every list that a member can read, from every side."""

from typing import Any

import pytest

from fedi.reactions import react, read_event
from tests.integration.attacks.conftest import Member, Site

CANARY = "hushcanary"


async def call(
    site: Site, member: Member | None, method: str, path: str, **body: Any
) -> dict[str, Any]:
    headers = member.headers if member else {}
    answer = await site.client.request(method, path, json=body or None, headers=headers)
    assert answer.status_code == 200, (path, answer.status_code, answer.text)
    return answer.json()


async def write(site: Site, author: Member, text: str, **more: Any) -> dict[str, Any]:
    return await call(site, author, "POST", "/api/v1/statuses", status=text, **more)


async def settle(site: Site) -> None:
    """Let everything that follows from what was done happen."""
    runtime = site.runtime
    rows = await runtime.db.fetch("DELETE FROM events RETURNING id, type, payload")
    rows.sort(key=lambda row: row["id"])
    known = [(row["id"], read_event(row["type"], row["payload"])) for row in rows]
    async with runtime.unit() as unit:
        events = [(number, event) for number, event in known if event is not None]
        await react(unit, runtime.settings, events)


def readers(author: Member, post: dict[str, Any], listed: str) -> list[str]:
    one = f"/api/v1/statuses/{post['id']}"
    name = author.account.username
    searches = [
        CANARY,
        f'"{CANARY}"',
        f"{CANARY[:6]}*",
        f"from:{name}",
        f"from:{name} {CANARY}",
        f"{CANARY} in:public",
        f"{CANARY} in:library",
        f"from:{name} in:library",
        f"{CANARY} -nothing",
        "-nothing",
        "has:poll",
        "after:2000-01-01",
        f"mentions:{name}",
        post["url"],
        post["uri"],
    ]
    found = [f"/api/v2/search?type=statuses&q={query}" for query in searches]
    found += [f"/api/v2/search?type=statuses&account_id={author.account.id}&q={CANARY}"]
    found += [f"{one}{tail}" for tail in ("", "/context", "/history", "/favourited_by", "/quotes")]
    found += [f"{one}{tail}" for tail in ("/reblogged_by", "/card", "/source")]
    account = f"/api/v1/accounts/{author.account.id}/statuses"
    found += [account, f"{account}?pinned=true", f"{account}?tagged=hushtag"]
    found += [f"{account}?only_media=true", f"/api/v1/statuses?id[]={post['id']}"]
    found += ["/api/v1/timelines/home", "/api/v1/timelines/public", "/api/v1/timelines/direct"]
    found += [f"/api/v1/timelines/list/{listed}", "/api/v1/timelines/tag/hushtag"]
    found += ["/api/v1/timelines/link?url=https://far.test/hush", "/api/v1/bookmarks"]
    found += ["/api/v1/favourites", "/api/v1/conversations", "/api/v1/notifications"]
    found += ["/api/v2/notifications", "/api/v1/notifications?include_filtered=true"]
    found += ["/api/v1/notifications/requests", f"/api/oembed?url={post['url']}"]
    if post.get("poll"):
        found.append(f"/api/v1/polls/{post['poll']['id']}")
    return found


async def look(site: Site, viewer: Member | None, paths: list[str], words: str) -> list[str]:
    """At which addresses the words are read."""
    seen: list[str] = []
    for path in paths:
        answer = await site.client.get(path, headers=viewer.headers if viewer else {})
        assert answer.status_code < 500, path
        if words in answer.text.replace("q=" + CANARY, ""):
            seen.append(path)
    return seen


async def befriend(site: Site, member: Member, author: Member) -> str:
    """Follow, put into a list, like, keep; the id of the list."""
    path = f"/api/v1/accounts/{author.account.id}/follow"
    await call(site, member, "POST", path, notify=True)
    made = await call(site, member, "POST", "/api/v1/lists", title="x")
    ids = [str(author.account.id)]
    path = f"/api/v1/lists/{made['id']}/accounts"
    await call(site, member, "POST", path, account_ids=ids)
    return made["id"]


@pytest.mark.parametrize("ending", ["unfollow", "removal", "block", "nothing"])
async def test_what_a_friend_could_read_is_gone_with_the_friendship(
    site: Site, alice: Member, ending: str
) -> None:
    eve = await site.member("eve")
    listed = await befriend(site, eve, alice)
    await settle(site)
    post = await write(
        site,
        alice,
        f"{CANARY} #hushtag https://far.test/hush",
        visibility="private",
        poll={"options": ["polla", "pollb"], "expires_in": 3600},
    )
    await settle(site)
    one = f"/api/v1/statuses/{post['id']}"
    for deed in ("favourite", "bookmark"):
        await call(site, eve, "POST", f"{one}/{deed}")
    await settle(site)
    paths = readers(alice, post, listed)
    seen = await look(site, eve, paths, CANARY)
    assert len(seen) >= 12, seen
    if ending == "nothing":
        return
    at = f"/api/v1/accounts/{eve.account.id}"
    if ending == "unfollow":
        await call(site, eve, "POST", f"/api/v1/accounts/{alice.account.id}/unfollow")
    elif ending == "removal":
        await call(site, alice, "POST", f"{at}/remove_from_followers")
    else:
        await call(site, alice, "POST", f"{at}/block")
    # At once, before anything else has happened, and afterwards.
    assert await look(site, eve, paths, CANARY) == []
    await settle(site)
    assert await look(site, eve, paths, CANARY) == []
    assert await look(site, None, paths, CANARY) == []
    members = await site.client.get(f"/api/v1/lists/{listed}/accounts", headers=eve.headers)
    assert members.json() == []


@pytest.mark.parametrize("visibility", ["private", "direct", "local"])
async def test_strangers_find_nothing_anywhere(site: Site, alice: Member, visibility: str) -> None:
    eve, bob = await site.member("eve"), await site.member("bob")
    text = f"@bob {CANARY} #hushtag https://far.test/hush"
    poll = {"options": ["polla", "pollb"], "expires_in": 3600}
    post = await write(site, alice, text, visibility=visibility, poll=poll)
    await settle(site)
    made = await call(site, eve, "POST", "/api/v1/lists", title="x")
    paths = readers(alice, post, made["id"])
    viewer = None if visibility == "local" else eve
    assert await look(site, viewer, paths, CANARY) == []
    assert await look(site, viewer, paths, "polla") == []
    assert len(await look(site, bob, paths, CANARY)) > 5


async def test_quotes_of_what_became_hidden_show_nothing(site: Site, alice: Member) -> None:
    """Eve reads the post of a friend who quotes somebody by whom she is blocked."""
    eve, bob = await site.member("eve"), await site.member("bob")
    post = await write(site, alice, f"{CANARY} here")
    quoting = await write(site, bob, "look at this", quoted_status_id=post["id"])
    await settle(site)
    listed = await befriend(site, eve, bob)
    paths = [*readers(bob, quoting, listed), *readers(alice, post, listed)]
    # This one is for everybody, and does not even look who asks.
    paths = [path for path in paths if "oembed" not in path]
    assert await look(site, eve, paths, CANARY)
    await call(site, alice, "POST", f"/api/v1/accounts/{eve.account.id}/block")
    await settle(site)
    assert await look(site, eve, paths, f"{CANARY} here") == []
    shown = await call(site, eve, "GET", f"/api/v1/statuses/{quoting['id']}")
    assert shown["quote"]["state"] == "unauthorized"
    assert shown["quote"]["quoted_status"] is None


async def test_what_was_deleted_is_gone_everywhere(site: Site, alice: Member) -> None:
    eve = await site.member("eve")
    listed = await befriend(site, eve, alice)
    await settle(site)
    post = await write(site, alice, f"@eve {CANARY} #hushtag", visibility="public")
    await settle(site)
    quoting = await write(site, eve, "look", quoted_status_id=post["id"])
    one = f"/api/v1/statuses/{post['id']}"
    for deed in ("favourite", "bookmark", "reblog"):
        await call(site, eve, "POST", f"{one}/{deed}")
    await settle(site)
    paths = [*readers(alice, post, listed), f"/api/v1/statuses/{quoting['id']}"]
    assert len(await look(site, eve, paths, CANARY)) > 12
    await call(site, alice, "DELETE", one)
    assert await look(site, eve, paths, CANARY) == []
    await settle(site)
    assert await look(site, eve, paths, CANARY) == []
