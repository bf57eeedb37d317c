"""A group on one instance, its members on two others: they meet there without following anybody."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from tests.conftest import worker_number
from tests.rig.certificates import Certificates
from tests.rig.instance import Member, running, until

pytestmark = pytest.mark.xdist_group("groups")

Three = tuple[Member, Member, Member]


@pytest.fixture(scope="module")
async def three(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> AsyncGenerator[Three, None]:
    folder = tmp_path_factory.mktemp("groups")
    net = f"127.{170 + worker_number()}"
    domains = ["a.test", "b.test", "c.test"]
    async with running(folder, certificates, domains, net=net) as (a, b, c):
        yield await a.member("alice"), await b.member("bob"), await c.member("carol")


async def _join(who: Member, group: str) -> dict[str, Any]:
    account = await who.find(group)
    assert account["group"]
    await who.call("POST", f"/api/v1/accounts/{account['id']}/follow")

    async def member() -> bool:
        rows = await who.call(
            "GET", "/api/v1/accounts/relationships", params={"id[]": account["id"]}
        )
        return rows[0]["following"]

    await until(member, what=f"{who.name} is in the group")
    return account


async def _boosted(who: Member, uri: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        home = await who.home(limit=40)
        return next((s for s in home if (s["reblog"] or {}).get("uri") == uri), None)

    return await until(look, what=f"{uri} by the group at {who.handle}'s home")


async def test_people_meet_in_a_group(three: Three) -> None:
    alice, bob, carol = three
    group = await alice.call(
        "POST", "/api/v1/fedi/groups", json={"name": "tea", "display_name": "Tea"}
    )
    for who in (bob, carol):
        await _join(who, "@tea@a.test")
    post = await bob.post("cake at five?\n\n!tea@a.test")
    shown = await _boosted(carol, post["uri"])
    assert shown["account"]["acct"] == "tea@a.test"
    assert shown["reblog"]["account"]["acct"] == "bob@b.test"
    await _boosted(bob, post["uri"])

    # Carol answers in the conversation, and alice, who follows nobody, is told of nothing; bob,
    # whom carol does not follow, has the answer by way of the group and by being answered.
    reply = await carol.post("@bob@b.test yes", in_reply_to_id=shown["reblog"]["id"])

    async def answered() -> bool:
        context = await bob.call("GET", f"/api/v1/statuses/{post['id']}/context")
        return [s["uri"] for s in context["descendants"]] == [reply["uri"]]

    await until(answered, what="the answer at bob's")

    async def told() -> list[Any]:
        return await bob.call("GET", "/api/v1/notifications", params={"types[]": "mention"})

    assert len(await until(told, what="bob is told")) == 1
    boosts = await bob.call("GET", "/api/v1/notifications", params={"types[]": "reblog"})
    assert boosts == []

    # A moderator takes the post out of the group: it is gone from homes, and still bob's.
    found = await alice.call(
        "GET", "/api/v2/search", params={"q": post["uri"], "resolve": "true", "type": "statuses"}
    )
    there = found["statuses"][0]
    await alice.call(
        "POST", f"/api/v1/fedi/groups/{group['id']}/posts/{there['id']}/remove", json={}
    )

    async def gone() -> bool:
        home = await carol.home(limit=40)
        return all((s["reblog"] or {}).get("uri") != post["uri"] for s in home)

    await until(gone, what="the post leaves carol's home")
    assert (await bob.call("GET", f"/api/v1/statuses/{post['id']}"))["uri"] == post["uri"]
