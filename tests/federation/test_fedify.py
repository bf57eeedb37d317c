"""A server built on Fedify: it speaks RFC 9421 and draft-cavage, LD signatures and proofs."""

import os
import signal
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import worker_number
from tests.rig import fedify
from tests.rig.certificates import make_certificates
from tests.rig.fedify import Fedify
from tests.rig.instance import Instance, Member, free_port, running, until

HOST = "fedify.test"
LONG = "[federation]\narticle_from = 500\n"

pytestmark = [
    pytest.mark.xdist_group("fedify"),
    pytest.mark.skipif(fedify.NODE is None, reason=fedify.WHY_NOT),
]


@dataclass
class Meeting:
    """Alice on fedi and Fay on Fedify, who follow each other."""

    ours: Instance
    theirs: Fedify
    alice: Member
    alice_uri: str
    fay: dict[str, Any]


@pytest.fixture(scope="module")
async def meeting(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Meeting, None]:
    """Both servers, started once for all."""
    folder: Path = tmp_path_factory.mktemp("fedify")
    certificates = make_certificates(folder / "certificates", ["a.test", HOST])
    program = fedify.install(folder)
    net = f"127.{120 + worker_number()}"
    place = f"{net}.0.9:{free_port(f'{net}.0.9')}"
    async with (
        running(folder, certificates, ["a.test"], extra=LONG, pins={HOST: place}, net=net) as (
            ours,
        ),
        fedify.running(program, HOST, place, certificates, ours.peers) as theirs,
    ):
        alice = await ours.member("alice", role="owner")
        account = await alice.call("GET", "/api/v1/accounts/verify_credentials")
        await theirs.do("join", name="fay")
        fay = await alice.find(theirs.handle("fay"))
        await follow_each_other(alice, account["uri"], theirs, fay)
        yield Meeting(ours, theirs, alice, account["uri"], fay)


async def follow_each_other(
    alice: Member, alice_uri: str, theirs: Fedify, fay: dict[str, Any]
) -> None:
    """Both ways, and in effect."""
    await alice.call("POST", f"/api/v1/accounts/{fay['id']}/follow")
    await theirs.do("follow", name="fay", to=alice_uri)
    await until(lambda: _both(alice, fay["id"]), what="both follow each other")
    await theirs.hears("Accept")


async def _both(alice: Member, account_id: str) -> bool:
    params = {"id[]": account_id}
    row = (await alice.call("GET", "/api/v1/accounts/relationships", params=params))[0]
    return row["following"] and row["followed_by"]


async def notified(meeting: Meeting, kind: str, text: str = "") -> dict[str, Any]:
    """Wait for a notification of Alice's from Fay."""

    async def look() -> dict[str, Any] | None:
        params = {"types[]": kind, "limit": 40}
        rows = await meeting.alice.call("GET", "/api/v1/notifications", params=params)
        return next(
            (
                row
                for row in rows
                if row["account"]["acct"] == f"fay@{HOST}"
                and (not text or text in (row["status"] or {}).get("content", ""))
            ),
            None,
        )

    return await until(look, what=f"{kind} from Fay")


async def test_a_profile_is_read_with_its_keys(meeting: Meeting) -> None:
    assert meeting.fay["display_name"] == "fay of Fedify"
    connection = await meeting.ours.database()
    try:
        rows = await connection.fetch(
            "SELECT k.kind FROM account_keys k JOIN accounts a ON a.id = k.account_id"
            " WHERE a.uri = $1",
            meeting.theirs.uri("fay"),
        )
    finally:
        await connection.close()
    assert {row["kind"] for row in rows} == {"rsa", "ed25519"}


async def test_their_posts_arrive_are_edited_and_go(meeting: Meeting) -> None:
    done = await meeting.theirs.do("post", name="fay", text="first light")
    number = done["id"].rsplit("/", 1)[1]
    seen = await meeting.alice.sees(done["id"])
    assert seen["content"] == "<p>first light</p>"
    await meeting.theirs.do("edit", name="fay", number=number, text="second light")

    async def edited() -> bool:
        status = await meeting.alice.call("GET", f"/api/v1/statuses/{seen['id']}")
        return status["content"] == "<p>second light</p>" and status["edited_at"] is not None

    await until(edited, what="the edit arrives")
    await meeting.theirs.do("remove", name="fay", number=number)

    async def gone() -> bool:
        answer = await meeting.alice.ask("GET", f"/api/v1/statuses/{seen['id']}")
        return answer.status_code == 404

    await until(gone, what="the post is gone")


async def test_ours_are_believed_edited_and_go(meeting: Meeting) -> None:
    status = await meeting.alice.post("from fedi, with #care")
    created = await meeting.theirs.hears("Create", actor=meeting.alice_uri)
    assert created["object"]["type"] == "Note"
    found = await meeting.theirs.do("read", name="fay", uri=status["uri"])
    assert found["id"] == status["uri"]
    await meeting.alice.call(
        "PUT", f"/api/v1/statuses/{status['id']}", json={"status": "from fedi, with more #care"}
    )
    updated = await meeting.theirs.hears("Update", actor=meeting.alice_uri)
    assert "more" in updated["object"]["content"]
    await meeting.alice.call("DELETE", f"/api/v1/statuses/{status['id']}")
    await meeting.theirs.hears("Delete", actor=meeting.alice_uri)


async def test_they_answer_like_and_boost_ours(meeting: Meeting) -> None:
    status = await meeting.alice.post("a question for fay")
    to = meeting.alice_uri
    mention = {"href": to, "name": "@alice@a.test"}
    said = {"text": "an answer for alice", "answers": status["uri"], "mentions": [mention]}
    await meeting.theirs.do("post", name="fay", to=to, **said)
    await notified(meeting, "mention", "an answer for alice")
    liked = await meeting.theirs.do("like", name="fay", object=status["uri"], to=to)
    await notified(meeting, "favourite", "a question for fay")
    boosted = await meeting.theirs.do("announce", name="fay", object=status["uri"], to=to)
    await notified(meeting, "reblog", "a question for fay")
    assert await counts(meeting, status["id"]) == (1, 1, 1)
    undone = {"name": "fay", "object": status["uri"], "to": to}
    await meeting.theirs.do("undo", kind="Like", id=liked["id"], **undone)
    await meeting.theirs.do("undo", kind="Announce", id=boosted["id"], **undone)

    async def taken_back() -> bool:
        return await counts(meeting, status["id"]) == (1, 0, 0)

    await until(taken_back, what="like and boost are taken back")


async def counts(meeting: Meeting, status_id: str) -> tuple[int, int, int]:
    """Answers, likes and boosts."""
    found = await meeting.alice.call("GET", f"/api/v1/statuses/{status_id}")
    return found["replies_count"], found["favourites_count"], found["reblogs_count"]


async def test_we_answer_like_and_boost_theirs(meeting: Meeting) -> None:
    done = await meeting.theirs.do("post", name="fay", text="answer me")
    seen = await meeting.alice.sees(done["id"])
    answer = await meeting.alice.post(f"@fay@{HOST} gladly", in_reply_to_id=seen["id"])
    heard = await meeting.theirs.hears("Create", actor=meeting.alice_uri)
    assert heard

    async def answered() -> dict[str, Any] | None:
        items = await meeting.theirs.heard("Create")
        return next((i for i in items if i["object"]["id"] == answer["uri"]), None)

    found = await until(answered, what="the answer arrives")
    assert found["object"]["inReplyTo"] == done["id"]
    path = f"/api/v1/statuses/{seen['id']}"
    await meeting.alice.call("POST", f"{path}/favourite")
    await meeting.theirs.hears("Like", object=done["id"])
    await meeting.alice.call("POST", f"{path}/reblog")
    await meeting.theirs.hears("Announce", object=done["id"])
    await meeting.alice.call("POST", f"{path}/unfavourite")
    await meeting.alice.call("POST", f"{path}/unreblog")

    async def undone() -> bool:
        kinds = {item["object"]["type"] for item in await meeting.theirs.heard("Undo")}
        return {"Like", "Announce"} <= kinds

    await until(undone, what="both are undone")


async def test_a_changed_profile_arrives_both_ways(meeting: Meeting) -> None:
    await meeting.theirs.do("rename", name="fay", bio="<p>fay, who moved house</p>")

    async def changed() -> bool:
        found = await meeting.alice.call("GET", f"/api/v1/accounts/{meeting.fay['id']}")
        return "moved house" in found["note"]

    await until(changed, what="the profile changes")
    await meeting.alice.call(
        "PATCH", "/api/v1/accounts/update_credentials", json={"note": "alice, changed"}
    )

    async def told() -> bool:
        items = await meeting.theirs.heard("Update")
        return any("alice, changed" in (i["object"].get("summary") or "") for i in items)

    await until(told, what="our profile change arrives")


@pytest.mark.parametrize("speaks", ["cavage", "rfc9421"])
async def test_they_speak_either_dialect(meeting: Meeting, speaks: str) -> None:
    await meeting.theirs.do("dialect", speaks=speaks)
    done = await meeting.theirs.do("post", name="fay", text=f"said in {speaks}")
    await meeting.alice.sees(done["id"])


@pytest.mark.parametrize("refuses", ["cavage", "rfc9421"])
async def test_either_dialect_of_ours_may_be_refused(meeting: Meeting, refuses: str) -> None:
    await meeting.theirs.do("dialect", refuses=refuses)
    try:
        status = await meeting.alice.post(f"not in {refuses}, please")

        async def arrived() -> bool:
            items = await meeting.theirs.heard("Create")
            return any(item["object"]["id"] == status["uri"] for item in items)

        await until(arrived, what="it arrives in the other dialect")
    finally:
        await meeting.theirs.do("dialect")


async def test_a_long_post_of_ours_is_an_article_to_them(meeting: Meeting) -> None:
    status = await meeting.alice.post("On bees\n\n" + "They hum. " * 60)
    create = await meeting.theirs.hears("Create", id=f"{status['uri']}/activity")
    heard = create["object"]
    assert (heard["type"], heard["name"]) == ("Article", "On bees")
    assert heard["content"].startswith("<p>They hum.")
    assert heard["preview"]["type"] == "Note"
    # They can like it as any other post.
    await meeting.theirs.do("like", name="fay", object=status["uri"], to=meeting.alice_uri)
    await notified(meeting, "favourite", "On bees")


async def test_a_key_that_they_do_not_look_for_costs_a_knock(meeting: Meeting) -> None:
    # It verifies Ed25519, but looks for the keys of requests among the RSA keys alone.
    connection = await meeting.ours.database()
    try:
        await connection.execute(
            "UPDATE hosts SET dialect = 'ed25519', advertises_rfc9421 = true,"
            " advertises_ed25519 = true, second_knocks = 0 WHERE host = $1",
            HOST,
        )
        # What a worker has come to know of a host it keeps for a while; its successor reads it.
        [worker] = await meeting.ours.pids("worker")
        os.kill(worker, signal.SIGTERM)

        async def replaced() -> bool:
            workers = await meeting.ours.pids("worker")
            return bool(workers) and worker not in workers

        await until(replaced, what="another worker")
        before = len((await meeting.theirs.do("knocks"))["items"])
        for text in ("first", "second", "third"):
            # Without a proof of its own, so that the signature of the request is what counts.
            words = f"{meeting.theirs.handle('fay')} {text}"
            status = await meeting.alice.post(words, visibility="direct")
            await meeting.theirs.hears("Create", id=f"{status['uri']}/activity")
        knocks = (await meeting.theirs.do("knocks"))["items"][before:]
        edwards, rsa = f"{meeting.alice_uri}#ed25519-key", f"{meeting.alice_uri}#main-key"
        # Once might be an accident; after the second time RSA goes first again.
        assert knocks == [[edwards, 401], [rsa, 202]] * 2 + [[rsa, 202]]
    finally:
        await connection.close()


async def test_unfollowing_both_ways(meeting: Meeting) -> None:
    other = await meeting.ours.member("umbra")
    uri = (await other.call("GET", "/api/v1/accounts/verify_credentials"))["uri"]
    await meeting.theirs.do("join", name="gus")
    gus = await other.find(meeting.theirs.handle("gus"))
    await other.call("POST", f"/api/v1/accounts/{gus['id']}/follow")
    follow = await meeting.theirs.do("follow", name="gus", to=uri)
    await until(lambda: _both(other, gus["id"]), what="both follow")
    assert uri in (await meeting.theirs.do("followers", name="gus"))["items"]
    await other.call("POST", f"/api/v1/accounts/{gus['id']}/unfollow")
    await meeting.theirs.do("unfollow", name="gus", to=uri, id=follow["id"])

    async def parted() -> bool:
        params = {"id[]": gus["id"]}
        row = (await other.call("GET", "/api/v1/accounts/relationships", params=params))[0]
        left = (await meeting.theirs.do("followers", name="gus"))["items"]
        return not row["following"] and not row["followed_by"] and uri not in left

    await until(parted, what="nobody follows anybody")


async def test_their_reaction_is_a_favourite_with_its_emoji(meeting: Meeting) -> None:
    status = await meeting.alice.post("react to me")
    to, uri = meeting.alice_uri, status["uri"]
    done = await meeting.theirs.do("react", name="fay", object=uri, to=to, emoji="🦊")
    await notified(meeting, "favourite", "react to me")
    found = await meeting.alice.call("GET", f"/api/v1/statuses/{status['id']}")
    assert [(each["name"], each["count"]) for each in found["reactions"]] == [("🦊", 1)]
    undone = {"kind": "EmojiReact", "id": done["id"], "object": uri, "to": to}
    await meeting.theirs.do("undo", name="fay", **undone)

    async def taken_back() -> bool:
        return await counts(meeting, status["id"]) == (0, 0, 0)

    await until(taken_back, what="the reaction is taken back")


async def test_somebody_moves_from_there_to_elsewhere_there(meeting: Meeting) -> None:
    follower = await meeting.ours.member("fiona")
    for name in ("olga", "nova"):
        await meeting.theirs.do("join", name=name)
    old = await follower.find(meeting.theirs.handle("olga"))
    await follower.call("POST", f"/api/v1/accounts/{old['id']}/follow")
    await until(lambda: _follows(follower, old["id"]), what="the old account is followed")
    await meeting.theirs.do("alias", name="nova", of=[meeting.theirs.uri("olga")])
    to, target = meeting.alice_uri, meeting.theirs.uri("nova")
    await meeting.theirs.do("move", name="olga", target=target, to=to)
    await meeting.theirs.hears("Follow", object=target)
    new = await follower.find(meeting.theirs.handle("nova"))
    await until(lambda: _follows(follower, new["id"]), what="the new account is followed")
    assert not await _follows(follower, old["id"])


async def _follows(member: Member, account_id: str) -> bool:
    params = {"id[]": account_id}
    row = (await member.call("GET", "/api/v1/accounts/relationships", params=params))[0]
    return row["following"]


async def test_one_of_ours_moves_there(meeting: Meeting) -> None:
    mover = await meeting.ours.member("moira")
    uri = (await mover.call("GET", "/api/v1/accounts/verify_credentials"))["uri"]
    for name in ("hana", "ines"):
        await meeting.theirs.do("join", name=name)
    await meeting.theirs.do("follow", name="hana", to=uri)
    await meeting.theirs.hears("Accept", actor=uri)
    await meeting.theirs.do("alias", name="ines", of=[uri])
    await meeting.ours.run("account", "move", "moira", meeting.theirs.handle("ines"))
    move = await meeting.theirs.hears("Move", actor=uri)
    assert move["target"] == meeting.theirs.uri("ines")


async def test_somebody_from_there_moves_here(meeting: Meeting) -> None:
    follower, home = await meeting.ours.member("flora"), await meeting.ours.member("nina")
    await meeting.theirs.do("join", name="pola")
    old = await follower.find(meeting.theirs.handle("pola"))
    await follower.call("POST", f"/api/v1/accounts/{old['id']}/follow")
    await until(lambda: _follows(follower, old["id"]), what="the old account is followed")
    await meeting.ours.run("account", "alias", "nina", meeting.theirs.handle("pola"))
    target = (await home.call("GET", "/api/v1/accounts/verify_credentials"))["uri"]
    await meeting.theirs.do("move", name="pola", target=target, to=meeting.alice_uri)
    await until(lambda: _follows(follower, home.id), what="the new account is followed")
    assert not await _follows(follower, old["id"])


async def test_our_quote_is_allowed_in_writing(meeting: Meeting) -> None:
    done = await meeting.theirs.do("post", name="fay", text="worth quoting")
    seen = await meeting.alice.sees(done["id"])
    own = await meeting.alice.post("look at this", quoted_status_id=seen["id"])
    asked = await meeting.theirs.hears("QuoteRequest", object=done["id"])
    assert asked["instrument"]["id"] == own["uri"]

    async def allowed() -> bool:
        found = await meeting.alice.call("GET", f"/api/v1/statuses/{own['id']}")
        return found["quote"]["state"] == "accepted"

    await until(allowed, what="the quote is allowed")

    async def told() -> bool:
        updates = await meeting.theirs.heard("Update")
        return any(
            item["object"]["id"] == own["uri"] and "quoteAuthorization" in item["object"]
            for item in updates
        )

    await until(told, what="they hear of the post with its stamp")


async def test_their_quote_of_ours_is_allowed_in_writing(meeting: Meeting) -> None:
    status = await meeting.alice.post("quote me", quote_approval_policy="public")
    done = await meeting.theirs.do(
        "quote", name="fay", text="as alice says", object=status["uri"], to=meeting.alice_uri
    )

    async def answered() -> dict[str, Any] | None:
        items = await meeting.theirs.heard("Accept")
        return next((each for each in items if "result" in each), None)

    yes = await until(answered, what="the answer to the request")
    stamp = await meeting.theirs.do("read", name="fay", uri=yes["result"])
    assert stamp["type"] == "QuoteAuthorization"
    assert (stamp["interactingObject"], stamp["interactionTarget"]) == (done["id"], status["uri"])
    await notified(meeting, "quote", "as alice says")
