"""Every reader of posts, for every kind of viewer: nobody sees what is not for them."""

from collections.abc import Awaitable, Callable

import httpx
from toot.entities import Account, Instance, Notification, Relationship, Status, from_dict

from fedi.core.notifications.service import notify
from tests.integration.api.conftest import House, Member

Caller = Callable[[str], Awaitable[httpx.Response]]

# Who may see which post of alice's.
EVERYBODY = {"anonymous", "stranger", "follower", "mentioned", "muted", "author"}
MAY_SEE = {
    "public": EVERYBODY,
    "unlisted": EVERYBODY,
    "private": {"follower", "mentioned", "author"},
    "direct": {"mentioned", "author"},
}


async def test_the_visibility_matrix(house: House, alice: Member) -> None:
    names = ("stranger", "follower", "mentioned", "blocked", "muted")
    people = {name: await house.member(name) for name in names}
    await people["follower"].post(f"/api/v1/accounts/{alice.id}/follow")
    await people["muted"].post(f"/api/v1/accounts/{alice.id}/mute")
    await alice.post(f"/api/v1/accounts/{people['blocked'].id}/block")
    posts = {
        visibility: await alice.write(f"hush-{visibility} @mentioned", visibility=visibility)
        for visibility in MAY_SEE
    }
    callers: dict[str, Caller] = {"anonymous": house.client.get, "author": alice.get}
    callers |= {name: member.get for name, member in people.items()}
    for visibility, post in posts.items():
        for name, get in callers.items():
            allowed = name in MAY_SEE[visibility]
            place = (visibility, name)
            for tail in ("", "/context", "/history", "/favourited_by", "/reblogged_by"):
                answer = await get(f"/api/v1/statuses/{post['id']}{tail}")
                assert answer.status_code == (200 if allowed else 404), (*place, tail)
                assert allowed or "hush" not in answer.text
            for path in (
                f"/api/v1/statuses?id[]={post['id']}",
                f"/api/v2/search?q={post['uri']}",
                f"/api/v1/accounts/{alice.id}/statuses",
            ):
                answer = await get(path)
                assert answer.status_code == 200
                assert (f"hush-{visibility}" in answer.text) == allowed, (*place, path)
            answer = await get("/api/v1/timelines/public")
            shown = visibility == "public" and allowed and name != "muted"
            assert (f"hush-{visibility}" in answer.text) == shown, place


async def test_what_was_kept_is_hidden_again_with_its_post(
    house: House, alice: Member, bob: Member
) -> None:
    await bob.post(f"/api/v1/accounts/{alice.id}/follow")
    post = await alice.write("hush", visibility="private")
    path = f"/api/v1/statuses/{post['id']}"
    for verb in ("favourite", "bookmark"):
        assert (await bob.post(f"{path}/{verb}")).status_code == 200
    async with house.runtime.unit() as unit:
        await notify(unit, [(bob.account.id, "mention", alice.account.id, int(post["id"]))])
    lists = ("/api/v1/favourites", "/api/v1/bookmarks", "/api/v1/notifications")
    for listed in lists:
        assert "hush" in (await bob.get(listed)).text, listed
    await alice.post(f"/api/v1/accounts/{bob.id}/remove_from_followers")
    for listed in lists:
        assert "hush" not in (await bob.get(listed)).text, listed


async def test_a_strict_client_can_read_everything(
    house: House, alice: Member, bob: Member
) -> None:
    """The dataclasses of a real client, which raise on what is missing or of another type."""
    root = await alice.write("hello @bob #tag", spoiler_text="cw", language="en")
    boost = (await bob.post(f"/api/v1/statuses/{root['id']}/reblog")).json()
    for status in (root, boost):
        read = from_dict(Status, status)
        assert read.id == status["id"]
        assert read.original.id == root["id"]
    for path in ("/api/v1/accounts/verify_credentials", f"/api/v1/accounts/{bob.id}"):
        assert from_dict(Account, (await alice.get(path)).json()).acct
    follow = await bob.post(f"/api/v1/accounts/{alice.id}/follow")
    assert from_dict(Relationship, follow.json()).following
    instance = (await house.client.get("/api/v1/instance")).json()
    assert from_dict(Instance, instance).version.startswith("4.6.0")
    async with house.runtime.unit() as unit:
        await notify(unit, [(alice.account.id, "reblog", bob.account.id, int(root["id"]))])
    told = (await alice.get("/api/v1/notifications")).json()
    assert [from_dict(Notification, item).type for item in told] == ["reblog"]
