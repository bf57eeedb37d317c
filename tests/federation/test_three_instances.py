"""A conversation between three instances: everybody who may see it has the whole of it."""

from collections.abc import AsyncGenerator

import pytest

from tests.conftest import worker_number
from tests.rig.certificates import Certificates
from tests.rig.instance import Member, running, until

pytestmark = pytest.mark.xdist_group("three instances")

Three = tuple[Member, Member, Member]


@pytest.fixture(scope="module")
async def three(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> AsyncGenerator[Three, None]:
    folder = tmp_path_factory.mktemp("three")
    net = f"127.{90 + worker_number()}"
    domains = ["a.test", "b.test", "c.test"]
    async with running(folder, certificates, domains, net=net) as (a, b, c):
        alice, bob, carol = await a.member("alice"), await b.member("bob"), await c.member("carol")
        await bob.follow(alice)
        await carol.follow(alice)
        await carol.follow(bob)
        yield alice, bob, carol


async def test_a_thread_is_whole_everywhere_and_a_delete_reaches_all(three: Three) -> None:
    alice, bob, carol = three
    post = await alice.post("the beginning")
    at_bob = await bob.sees(post["uri"])
    reply = await bob.post(f"{alice.handle} the middle", in_reply_to_id=at_bob["id"])
    at_carol = await carol.sees(reply["uri"])
    end = await carol.post(f"{alice.handle} {bob.handle} the end", in_reply_to_id=at_carol["id"])

    async def whole(member: Member) -> bool:
        found = await member.sees(post["uri"])
        context = await member.call("GET", f"/api/v1/statuses/{found['id']}/context")
        return [s["uri"] for s in context["descendants"]] == [reply["uri"], end["uri"]]

    for member in three:
        await until(lambda member=member: whole(member), what=f"the thread at {member.handle}")

    await bob.call("DELETE", f"/api/v1/statuses/{reply['id']}")

    async def gone(member: Member) -> bool:
        found = await member.sees(post["uri"])
        context = await member.call("GET", f"/api/v1/statuses/{found['id']}/context")
        return reply["uri"] not in [s["uri"] for s in context["descendants"]]

    for member in three:
        await until(lambda member=member: gone(member), what=f"the delete at {member.handle}")


async def test_a_boost_brings_a_post_to_those_who_do_not_know_its_author(three: Three) -> None:
    alice, bob, carol = three
    own = await carol.post("carol has few readers")
    found = (await bob.call("GET", "/api/v2/search", params={"q": own["uri"], "resolve": "true"}))[
        "statuses"
    ][0]
    assert found["uri"] == own["uri"]
    await bob.call("POST", f"/api/v1/statuses/{found['id']}/reblog")
    await alice.follow(bob)
    second = await carol.post("and writes on")
    found = (
        await bob.call("GET", "/api/v2/search", params={"q": second["uri"], "resolve": "true"})
    )["statuses"][0]
    await bob.call("POST", f"/api/v1/statuses/{found['id']}/reblog")

    async def boosted() -> bool:
        home = await alice.home(limit=40)
        return any((s["reblog"] or {}).get("uri") == second["uri"] for s in home)

    await until(boosted, what="the boost at alice's home")


async def test_a_strangers_answer_is_sent_on_and_believed_by_its_proof(three: Three) -> None:
    """Bob knows Alice only; Dora answers her. Nobody opens the thread, so nothing is fetched."""
    alice, bob, carol = three
    dora = await carol.instance.member("dora")
    post = await alice.post("who is out there?")
    found = await dora.call("GET", "/api/v2/search", params={"q": post["uri"], "resolve": "true"})
    parent = found["statuses"][0]
    answer = await dora.post(f"{alice.handle} I am", in_reply_to_id=parent["id"])
    connection = await bob.instance.database()
    try:

        async def known() -> bool:
            rows = await connection.fetch("SELECT 1 FROM statuses WHERE uri = $1", answer["uri"])
            return bool(rows)

        await until(known, what="the answer at b.test")
        proven = await connection.fetch(
            "SELECT signer_uri, authentic FROM inbound WHERE object_uri = $1", answer["uri"]
        )
        account = await alice.call("GET", "/api/v1/accounts/verify_credentials")
        assert [(row["signer_uri"], row["authentic"]) for row in proven] == [
            (account["uri"], False)
        ]
        await dora.call("DELETE", f"/api/v1/statuses/{answer['id']}")

        async def gone() -> bool:
            return not await known()

        await until(gone, what="the delete at b.test")
    finally:
        await connection.close()
