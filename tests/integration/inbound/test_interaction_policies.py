"""Who may like, answer and boost: members' rules for others, and those of others for members."""

from typing import Any

import pytest

from fedi.core import interactions
from fedi.core.accounts.queries import get_by_id
from fedi.core.consent import decide
from fedi.core.statuses import queries
from fedi.kit.errors import Forbidden, NotFound
from fedi.kit.paging import Page
from tests.integration.inbound.conftest import World, member
from tests.integration.inbound.consenting import meet, requests, sent, write
from tests.integration.inbound.far import PUBLIC, Person

DONE, IGNORED, REFUSED = 2, 3, 4
KINDS = ("like", "reply", "announce")


@pytest.fixture
def bob(world: World) -> Person:
    return world.far.actor("p.far.test", "bob")


def rules(automatic: str, manual: str = "") -> dict[str, Any]:
    rule = {"automatic": [automatic], "manual": [manual] if manual else []}
    return {"interaction_policy": dict.fromkeys(KINDS, rule)}


def does(person: Person, kind: str, post: str, **more: Any) -> tuple[dict[str, Any], str]:
    """The activity, and the id of what it does."""
    if kind == "like":
        activity = person.does("Like", post)
        return activity, activity["id"]
    if kind == "announce":
        activity = person.does("Announce", post, to=[PUBLIC])
        return activity, activity["id"]
    note = person.note("an answer", inReplyTo=post, **more)
    return person.creates(note), note["id"]


async def stored(world: World, kind: str, uri: str) -> int:
    return await world.count("favourites" if kind == "like" else "statuses", "uri = $1", uri)


@pytest.mark.parametrize("kind", KINDS)
class TestRulesOfMembers:
    async def test_outside_of_them_is_refused(self, world: World, bob: Person, kind: str) -> None:
        # Those who are at home on the post go on before the rule is looked at.
        await world.follow(bob)
        _, post = await write(world, **rules("followers"))
        await sent(world)
        activity, uri = does(bob, kind, post)
        assert (await world.deliver(bob, activity))[0][0] == REFUSED
        assert await stored(world, kind, uri) == 0
        (reject,) = await sent(world)
        assert (reject["type"], reject["object"], reject["to"]) == ("Reject", uri, [bob.uri])

    async def test_inside_of_them_it_is_free(self, world: World, bob: Person, kind: str) -> None:
        await world.follow(bob)
        await world.runtime.db.fetch(
            "INSERT INTO follows (id, account_id, target_id, accepted, local)"
            " SELECT 1, id, $1, true, false FROM accounts WHERE uri = $2",
            world.alice.id,
            bob.uri,
        )
        _, post = await write(world, **rules("followers"))
        await sent(world)
        activity, uri = does(bob, kind, post)
        assert (await world.deliver(bob, activity))[0][0] == DONE
        assert await stored(world, kind, uri) == 1
        assert not [d for d in await sent(world) if d["type"] in ("Accept", "Reject")]

    @pytest.mark.parametrize("answer", ["authorize", "reject"])
    async def test_the_member_decides(
        self, world: World, bob: Person, kind: str, answer: str
    ) -> None:
        await world.follow(bob)
        status_id, post = await write(world, **rules("author", "public"))
        await sent(world)
        activity, uri = does(bob, kind, post)
        for _ in range(2):
            assert (await world.deliver(bob, {**activity, "id": activity["id"]}))[0][0] == IGNORED
            await world.runtime.db.fetch("DELETE FROM inbound")
        assert await stored(world, kind, uri) == 0
        assert await sent(world) == []
        read = world.runtime.read()
        (request,) = await decide.list_requests(
            read, world.alice.id, Page(), kinds=[kind], status_id=status_id
        )
        assert await world.count("notifications", "account_id = $1", world.alice.id) == 1
        stranger = await member(world.runtime, "stranger")
        async with world.runtime.unit() as unit:
            with pytest.raises(NotFound):
                await decide.authorize(unit, stranger.id, request.id)
            await getattr(decide, answer)(unit, world.alice.id, request.id)
            with pytest.raises(NotFound):
                await decide.reject(unit, world.alice.id, request.id)
        assert await stored(world, kind, uri) == (answer == "authorize")
        (said,) = [d for d in await sent(world) if d["type"] in ("Accept", "Reject")]
        assert said["object"] == uri
        if answer == "authorize":
            assert said["result"] == f"{world.alice.uri}/approvals/{request.id}"
        else:
            assert said["type"] == "Reject"

    async def test_a_polite_request_is_answered_in_its_own_words(
        self, world: World, bob: Person, kind: str
    ) -> None:
        await world.follow(bob)
        _, free = await write(world)
        _, closed = await write(world, **rules("author"))
        await sent(world)
        for post, word in ((free, "Accept"), (closed, "Reject")):
            activity, uri = does(bob, kind, post)
            instrument = activity["object"] if kind == "reply" else activity
            name = f"{kind.title()}Request"
            request = requests(bob, name, post, instrument)
            await world.deliver(bob, request)
            (said,) = [d for d in await sent(world) if d["type"] in ("Accept", "Reject")]
            assert said["type"] == word
            assert said["object"]["id"] == request["id"]
            assert said["object"]["instrument"] == uri
            assert ("/authorizations/" in said.get("result", "")) == (word == "Accept")
            assert await stored(world, kind, uri) == (word == "Accept")


async def test_whom_a_post_mentions_may_answer_it(world: World, bob: Person) -> None:
    await world.follow(bob)
    status_id, post = await write(world, **rules("author"))
    await world.runtime.db.fetch(
        "INSERT INTO status_mentions (status_id, account_id) SELECT $1, id FROM accounts"
        " WHERE uri = $2",
        status_id,
        bob.uri,
    )
    activity, uri = does(bob, "reply", post)
    assert (await world.deliver(bob, activity))[0][0] == DONE
    assert await stored(world, "reply", uri) == 1


async def test_what_is_below_a_waiting_answer_waits_with_it(world: World, bob: Person) -> None:
    await world.follow(bob)
    _, post = await write(world, **rules("author", "public"))
    activity, uri = does(bob, "reply", post)
    below, below_uri = does(bob, "reply", uri)
    await world.deliver(bob, activity)
    assert (await world.deliver(bob, below))[0][0] == IGNORED
    assert await stored(world, "reply", below_uri) == 0
    listed = await decide.list_requests(
        world.runtime.read(), world.alice.id, Page(), kinds=["reply"]
    )
    assert [request.object_uri for request in listed] == [uri]
    async with world.runtime.unit() as unit:
        await decide.authorize(unit, world.alice.id, listed[0].id)
    assert await stored(world, "reply", uri) == 1
    assert await stored(world, "reply", below_uri) == 1


def theirs(bob: Person, *manual: str) -> dict[str, Any]:
    rule = {"automaticApproval": [bob.uri], "manualApproval": list(manual)}
    return {"interactionPolicy": {f"can{name}": rule for name in ("Like", "Reply", "Announce")}}


class TestRulesOfOthers:
    async def test_what_they_forbid_is_not_done(self, world: World, bob: Person) -> None:
        status_id, _ = await meet(world, bob, **theirs(bob))
        with pytest.raises(Forbidden):
            await write(world, in_reply_to_id=status_id)
        async with world.runtime.unit() as unit:
            for deed in (interactions.favourite, interactions.reblog):
                with pytest.raises(Forbidden):
                    await deed(unit, world.alice, status_id)

    async def test_an_answer_goes_to_the_author_first(self, world: World, bob: Person) -> None:
        status_id, post = await meet(world, bob, **theirs(bob, PUBLIC))
        answer_id, uri = await write(world, "an answer", in_reply_to_id=status_id)
        documents = await sent(world)
        assert {d["type"] for d in documents} == {"ReplyRequest", "Create"}
        for document in documents:
            assert document["to"] == [bob.uri]
            assert not document.get("cc")
        read = world.runtime.read()
        for viewer in (None, (await member(world.runtime, "carol")).id):
            assert await queries.heads(read, viewer, [answer_id]) == []
        assert await queries.heads(read, world.alice.id, [answer_id])
        (request,) = [d for d in documents if d["type"] == "ReplyRequest"]
        written = f"{bob.uri}/approvals/1"
        mallory = world.far.actor("q.far.test", "mallory")
        await world.deliver(mallory, mallory.does("Accept", request, result=written))
        assert await sent(world) == []
        await world.deliver(bob, bob.does("Accept", request, result=written))
        (create,) = [d for d in await sent(world) if d["type"] == "Create"]
        assert create["id"] == f"{uri}/activity"
        assert PUBLIC in create["to"]
        assert create["object"]["approvedBy"] == written
        assert create["object"]["replyAuthorization"] == written
        assert create["object"]["inReplyTo"] == post
        assert await queries.heads(read, None, [answer_id])
        # And when it is taken back, nobody sees it any more.
        await world.deliver(bob, bob.does("Delete", written))
        assert await queries.heads(read, None, [answer_id]) == []

    async def test_older_servers_accept_the_post_itself(self, world: World, bob: Person) -> None:
        status_id, _ = await meet(world, bob, **theirs(bob, PUBLIC))
        answer_id, uri = await write(world, "an answer", in_reply_to_id=status_id)
        below_id, _ = await write(world, "and more", in_reply_to_id=answer_id)
        await sent(world)
        accept = bob.does("Accept", uri)
        await world.deliver(bob, accept)
        created = [d["object"] for d in await sent(world) if d["type"] == "Create"]
        assert [note.get("approvedBy") for note in created] == [accept["id"], None]
        assert len(await queries.heads(world.runtime.read(), None, [answer_id, below_id])) == 2

    async def test_a_boost_waits_and_is_refused(self, world: World, bob: Person) -> None:
        status_id, _ = await meet(world, bob, **theirs(bob, PUBLIC))
        async with world.runtime.unit() as unit:
            alice = await get_by_id(unit, world.alice.id)
            boost_id = await interactions.reblog(unit, alice, status_id)
        (request,) = await sent(world)
        assert request["type"] == "AnnounceRequest"
        assert request["to"] == [bob.uri]
        read = world.runtime.read()
        assert await queries.heads(read, None, [boost_id]) == []
        await world.deliver(bob, bob.does("Reject", request))
        assert await queries.heads(read, None, [boost_id]) == []
        assert await sent(world) == []
        async with world.runtime.unit() as unit:
            await interactions.unreblog(unit, alice, status_id)
        count = "SELECT reblogs_count FROM status_stats WHERE status_id = $1"
        assert not await world.value(count, status_id)

    async def test_a_like_is_taken_back_when_it_is_refused(self, world: World, bob: Person) -> None:
        status_id, _ = await meet(world, bob, **theirs(bob, PUBLIC))
        async with world.runtime.unit() as unit:
            await interactions.favourite(unit, world.alice, status_id)
        (like,) = await sent(world)
        assert await world.count("favourites") == 1
        mallory = world.far.actor("p.far.test", "mallory")
        await world.deliver(mallory, mallory.does("Reject", like))
        assert await world.count("favourites") == 1
        await world.deliver(bob, bob.does("Reject", like))
        assert await world.count("favourites") == 0
        assert await sent(world) == []


async def test_members_ask_each_other(world: World) -> None:
    carol = await member(world.runtime, "carol")
    status_id, _ = await write(world, **rules("author", "public"))
    read = world.runtime.read()
    async with world.runtime.unit() as unit:
        await interactions.favourite(unit, carol, status_id)
        boost_id = await interactions.reblog(unit, carol, status_id)
    assert await world.count("favourites") == 0
    assert await queries.heads(read, None, [boost_id]) == []
    found = await decide.list_requests(read, world.alice.id, Page(), kinds=KINDS)
    assert {request.kind for request in found} == {"like", "announce"}
    async with world.runtime.unit() as unit:
        for request in found:
            await decide.authorize(unit, world.alice.id, request.id)
    assert await world.count("favourites") == 1
    assert await queries.heads(read, None, [boost_id])
    await sent(world)


async def test_collections_of_accounts_are_declined(world: World, bob: Person) -> None:
    request = requests(bob, "FeatureRequest", world.alice.uri, bob.id("collections"))
    await world.follow(bob)
    await sent(world)
    await world.deliver(bob, request)
    (reject,) = await sent(world)
    assert (reject["type"], reject["object"]) == ("Reject", request["id"])
