"""Quotes between servers: asked for, allowed in writing, refused, taken back, forged."""

from typing import Any

import pytest

from fedi.core import interactions
from fedi.core.consent import decide, stamps
from fedi.core.statuses import quoting
from fedi.core.statuses.quotes import ACCEPTED, PENDING, REJECTED, REVOKED
from fedi.kit.paging import Page
from tests.integration.inbound.conftest import World
from tests.integration.inbound.consenting import (
    OPEN,
    look,
    meet,
    quote_of,
    requests,
    sent,
    stamp,
    write,
)
from tests.integration.inbound.far import Person

DONE, IGNORED, REFUSED = 2, 3, 4


@pytest.fixture
def bob(world: World) -> Person:
    return world.far.actor("p.far.test", "bob")


@pytest.fixture
def carol(world: World) -> Person:
    return world.far.actor("q.far.test", "carol")


async def asked(world: World, bob: Person) -> tuple[int, str, str, dict[str, Any]]:
    """Alice quotes a post of bob's: ids of the quote and of both posts, and her request."""
    quoted_id, quoted = await meet(world, bob, **OPEN)
    status_id, uri = await write(world, "so true", quoted_status_id=quoted_id)
    documents = await sent(world)
    (request,) = [each for each in documents if each["type"] == "QuoteRequest"]
    return status_id, uri, quoted, request


def update_of(documents: list[dict[str, Any]], uri: str) -> dict[str, Any]:
    (found,) = [
        d["object"] for d in documents if d["type"] == "Update" and d["object"]["id"] == uri
    ]
    return found


async def test_the_author_is_asked_with_the_whole_post(world: World, bob: Person) -> None:
    status_id, uri, quoted, request = await asked(world, bob)
    assert request["object"] == quoted
    assert request["actor"] == world.alice.uri
    assert request["to"] == [bob.uri]
    assert request["instrument"]["id"] == uri
    assert request["instrument"]["quote"] == quoted
    assert "quoteAuthorization" not in request["instrument"]
    assert await quote_of(world, status_id) == (PENDING, None)


@pytest.mark.parametrize("way", ["address", "document", "bare id"])
async def test_a_yes_counts_once_the_stamp_has_been_read(
    world: World, bob: Person, way: str
) -> None:
    status_id, uri, quoted, request = await asked(world, bob)
    written = stamp(bob, uri, quoted)
    world.far.documents[written["id"]] = written
    answered = request["id"] if way == "bare id" else request
    result = written if way == "document" else written["id"]
    accept = bob.does("Accept", answered, result=result)
    assert (await world.deliver(bob, accept))[0][0] == DONE
    if way != "document":
        assert await quote_of(world, status_id) == (PENDING, None)
        await look(world)
    assert await quote_of(world, status_id) == (ACCEPTED, written["id"])
    note = update_of(await sent(world), uri)
    assert note["quoteAuthorization"] == written["id"]
    assert "updated" not in note


async def test_a_no_takes_the_quote_out(world: World, bob: Person) -> None:
    status_id, uri, _, request = await asked(world, bob)
    await world.deliver(bob, bob.does("Reject", request))
    assert await quote_of(world, status_id) == (REJECTED, None)
    note = update_of(await sent(world), uri)
    assert "quote" not in note
    assert "quote-inline" not in note["content"]
    # There is no way back.
    written = stamp(bob, uri, request["object"])
    await world.deliver(bob, bob.does("Accept", request, result=written))
    assert (await quote_of(world, status_id))[0] == REJECTED


async def test_consent_can_be_taken_back(world: World, bob: Person, carol: Person) -> None:
    status_id, uri, quoted, request = await asked(world, bob)
    written = stamp(bob, uri, quoted)
    await world.deliver(bob, bob.does("Accept", request, result=written))
    await sent(world)
    # Nobody but the author can.
    await world.deliver(carol, carol.does("Delete", written["id"]))
    other = world.far.actor("p.far.test", "mallory")
    await world.deliver(other, other.does("Delete", written["id"]))
    assert (await quote_of(world, status_id))[0] == ACCEPTED
    assert (await world.deliver(bob, bob.does("Delete", written)))[0][0] == DONE
    assert (await quote_of(world, status_id))[0] == REVOKED
    assert "quote" not in update_of(await sent(world), uri)


FORGED = {
    "on another host": {"id": "https://q.far.test/stamps/1"},
    "for another post": {"interactionTarget": "https://p.far.test/notes/other"},
    "for another quote": {"interactingObject": "https://a.test/other"},
    "by another person": {"attributedTo": "https://p.far.test/users/mallory"},
    "of another type": {"type": "LikeApproval"},
}


@pytest.mark.parametrize(
    "how", [*FORGED, "that is not there", "taken back before", "by a stranger"]
)
async def test_forged_consent_shows_nothing(
    world: World, bob: Person, carol: Person, how: str
) -> None:
    status_id, uri, quoted, request = await asked(world, bob)
    written = stamp(bob, uri, quoted, **FORGED.get(how, {}))
    signer = carol if how == "by a stranger" else bob
    if how != "that is not there":
        world.far.documents[written["id"]] = written
    if how == "taken back before":
        await world.deliver(bob, bob.does("Delete", written["id"]))
    for result in (written["id"], written):
        if result == written and how == "that is not there":
            continue
        await world.deliver(signer, signer.does("Accept", request, result=result))
        await look(world)
    assert await quote_of(world, status_id) == (PENDING, None)
    assert not [d for d in await sent(world) if d["type"] == "Update"]
    quoted_id = await world.value("SELECT id FROM statuses WHERE uri = $1", quoted)
    heads, _ = await quoting.list_quotes(world.runtime.read(), None, quoted_id, Page())
    assert heads == []


class TestAskedByOthers:
    async def ask(self, person: Person, quoted: str, **more: Any) -> tuple[dict[str, Any], Any]:
        note = person.note("look", quote=quoted, **more)
        return note, requests(person, "QuoteRequest", quoted, note)

    async def test_the_policy_says_yes_in_writing(self, world: World, bob: Person) -> None:
        quoted_id, quoted = await write(world, quote_policy=2)
        await sent(world)
        note, request = await self.ask(bob, quoted)
        assert (await world.deliver(bob, request))[0][0] == DONE
        (accept,) = await sent(world)
        assert accept["type"] == "Accept"
        assert accept["object"]["id"] == request["id"]
        assert accept["object"]["instrument"] == note["id"]
        assert accept["result"].startswith(f"{world.alice.uri}/quote_authorizations/")
        found = await world.value("SELECT id FROM statuses WHERE uri = $1", note["id"])
        assert await quote_of(world, found) == (ACCEPTED, accept["result"])
        told = await world.value("SELECT type FROM notifications WHERE status_id = $1", found)
        assert told == "quote"
        count = "SELECT quotes_count FROM status_stats WHERE status_id = $1"
        assert await world.value(count, quoted_id) == 1
        # Asked again, the same is said again, and nothing is counted twice.
        await world.deliver(bob, {**request, "id": bob.id()})
        assert [d["result"] for d in await sent(world)] == [accept["result"]]
        assert await world.value(count, quoted_id) == 1

    async def test_the_policy_says_no(self, world: World, bob: Person) -> None:
        _, quoted = await write(world, quote_policy=1)
        await sent(world)
        note, request = await self.ask(bob, quoted)
        assert (await world.deliver(bob, request))[0][0] == REFUSED
        (reject,) = await sent(world)
        assert (reject["type"], reject["object"]["id"]) == ("Reject", request["id"])
        assert await world.count("statuses", "uri = $1", note["id"]) == 0

    async def test_the_member_says_yes_or_no(self, world: World, bob: Person) -> None:
        for answer, state in (("authorize", ACCEPTED), ("reject", REJECTED)):
            quoted_id, quoted = await write(world, quote_policy=0)
            await world.runtime.db.fetch(
                "UPDATE statuses SET quote_manual = 2 WHERE id = $1", quoted_id
            )
            await sent(world)
            note, request = await self.ask(bob, quoted)
            assert (await world.deliver(bob, request))[0][0] == IGNORED
            assert await sent(world) == []
            found = await world.value("SELECT id FROM statuses WHERE uri = $1", note["id"])
            assert await quote_of(world, found) == (PENDING, None)
            assert await world.count("notifications", "status_id = $1", found) == 1
            page = await decide.list_requests(
                world.runtime.read(), world.alice.id, Page(), kinds=["quote"]
            )
            async with world.runtime.unit() as unit:
                await getattr(decide, answer)(unit, world.alice.id, page[0].id)
            assert (await quote_of(world, found))[0] == state
            (said,) = await sent(world)
            assert said["type"] == {"authorize": "Accept", "reject": "Reject"}[answer]

    @pytest.mark.parametrize(
        "how", ["boost", "private", "blocked", "not theirs", "other quote", "other actor's id"]
    )
    async def test_what_may_not_be_asked(
        self, world: World, bob: Person, carol: Person, how: str
    ) -> None:
        quoted_id, quoted = await write(
            world, quote_policy=2, visibility=2 if how == "private" else 0
        )
        if how == "boost":
            async with world.runtime.unit() as unit:
                boost = await interactions.reblog(unit, world.alice, quoted_id)
            quoted = f"{world.alice.uri}/statuses/{boost}/activity"
        note, request = await self.ask(bob, quoted)
        if how == "blocked":
            await world.post(bob, bob.does("Like", "https://a.test/nothing"))
            await world.drain()
            await world.runtime.db.fetch(
                "INSERT INTO blocks (id, account_id, target_id) SELECT 1, $1, id FROM accounts"
                " WHERE uri = $2",
                world.alice.id,
                bob.uri,
            )
        if how == "not theirs":
            note["attributedTo"] = carol.uri
        if how == "other quote":
            note["quote"] = "https://a.test/ap/users/1/statuses/2"
        if how == "other actor's id":
            note["id"] = carol.id("notes")
        await sent(world)
        ended = (await world.deliver(bob, request))[0][0]
        assert ended in (IGNORED, REFUSED)
        assert not [d for d in await sent(world) if d["type"] == "Accept"]
        assert await world.count("interaction_requests", "state = 1") == 0

    async def test_a_post_that_is_only_named_is_read_where_it_lies(
        self, world: World, bob: Person
    ) -> None:
        _, quoted = await write(world, quote_policy=2)
        await sent(world)
        note = bob.note("look", quote=quoted)
        world.far.documents[note["id"]] = note
        request = requests(bob, "QuoteRequest", quoted, note["id"])
        assert (await world.deliver(bob, request))[0][0] == DONE
        assert [d["type"] for d in await sent(world)] == ["Accept"]

    async def test_a_member_takes_it_back(self, world: World, bob: Person) -> None:
        quoted_id, quoted = await write(world, quote_policy=2)
        note, request = await self.ask(bob, quoted)
        await world.deliver(bob, request)
        given = [d["result"] for d in await sent(world) if d["type"] == "Accept"]
        found = await world.value("SELECT id FROM statuses WHERE uri = $1", note["id"])
        async with world.runtime.unit() as unit:
            await quoting.revoke_quote(unit, world.alice.id, quoted_id, found)
        assert (await quote_of(world, found))[0] == REVOKED
        (deletion,) = await sent(world)
        assert deletion["type"] == "Delete"
        assert [deletion["object"]["id"]] == given
        assert deletion["object"]["interactingObject"] == note["id"]
        # Whoever asks again hears no.
        await world.deliver(bob, {**request, "id": bob.id()})
        assert [d["type"] for d in await sent(world)] == ["Reject"]


class TestOfThirdParties:
    async def test_only_the_author_or_a_stamp_makes_a_quote_show(
        self, world: World, bob: Person, carol: Person
    ) -> None:
        _, quoted = await meet(world, bob, **OPEN)
        await world.follow(carol)
        plain, stamped = carol.note(quoteUrl=quoted), carol.note(quote=quoted)
        written = stamp(bob, stamped["id"], quoted)
        world.far.documents[written["id"]] = written
        stamped["quoteAuthorization"] = written["id"]
        own = bob.note(quoteUrl=quoted)
        await world.deliver(carol, carol.creates(plain), carol.creates(stamped))
        await world.deliver(bob, bob.creates(own))
        await look(world)
        states = {}
        for note in (plain, stamped, own):
            found = await world.value("SELECT id FROM statuses WHERE uri = $1", note["id"])
            states[note["id"]] = await quote_of(world, found)
        assert states[plain["id"]] == (PENDING, None)
        assert states[stamped["id"]] == (ACCEPTED, written["id"])
        assert states[own["id"]] == (ACCEPTED, None)

    async def test_a_stamp_may_come_with_an_update(
        self, world: World, bob: Person, carol: Person
    ) -> None:
        _, quoted = await meet(world, bob, **OPEN)
        status_id, uri = await meet(world, carol, quote=quoted)
        assert (await quote_of(world, status_id))[0] == PENDING
        written = stamp(bob, uri, quoted)
        world.far.documents[written["id"]] = written
        note = carol.note(id=uri, quote=quoted, quoteAuthorization=written["id"])
        await world.deliver(carol, carol.does("Update", note))
        await look(world)
        assert await quote_of(world, status_id) == (ACCEPTED, written["id"])

    async def test_what_is_quoted_is_fetched(
        self, world: World, bob: Person, carol: Person
    ) -> None:
        quoted = bob.note("quoted")
        world.far.documents[quoted["id"]] = quoted
        status_id, uri = await meet(world, carol, quote=quoted["id"])
        written = stamp(bob, uri, quoted["id"])
        world.far.documents[written["id"]] = written
        await world.runtime.db.fetch(
            "UPDATE chores SET payload = jsonb_build_object('stamp', $1::text)"
            " WHERE kind = 'check_quote'",
            written["id"],
        )
        await look(world)
        assert await world.count("statuses", "uri = $1", quoted["id"]) == 1
        assert await quote_of(world, status_id) == (ACCEPTED, written["id"])

    async def test_stamps_are_looked_at_again(
        self, world: World, bob: Person, carol: Person
    ) -> None:
        _, quoted = await meet(world, bob, **OPEN)
        await world.follow(carol)
        note = carol.note(quote=quoted)
        written = stamp(bob, note["id"], quoted)
        world.far.documents[written["id"]] = written
        await world.deliver(carol, carol.creates({**note, "quoteAuthorization": written["id"]}))
        await look(world)
        found = await world.value("SELECT id FROM statuses WHERE uri = $1", note["id"])
        quote_id = await world.value("SELECT quote_id FROM statuses WHERE id = $1", found)
        read = world.runtime.read()
        assert not await stamps.is_stale(read, quote_id)
        await world.runtime.db.fetch("UPDATE quotes SET checked_at = now() - interval '2 days'")
        assert await stamps.is_stale(read, quote_id)
        for _ in range(2):
            async with world.runtime.unit() as unit:
                await stamps.look_again(unit, quote_id)
        assert await world.count("chores", "kind = 'check_quote' AND state < 2") == 1
        # It stays while its host cannot be asked, and ends with the stamp.
        world.far.documents[written["id"]] = 503
        await look(world)
        assert (await quote_of(world, found))[0] == ACCEPTED
        world.far.documents[written["id"]] = 404
        world.people.fetcher.forget(written["id"])
        await world.runtime.db.fetch("UPDATE quotes SET checked_at = now() - interval '2 days'")
        async with world.runtime.unit() as unit:
            await stamps.look_again(unit, quote_id)
        await look(world)
        assert (await quote_of(world, found))[0] == REVOKED


async def test_members_quote_each_other_in_writing_too(world: World) -> None:
    quoted_id, _ = await write(world, quote_policy=2)
    status_id, uri = await write(world, "me again", quoted_status_id=quoted_id)
    state, written = await quote_of(world, status_id)
    assert state == ACCEPTED
    assert written is not None
    assert written.startswith(f"{world.alice.uri}/quote_authorizations/")
    documents = await sent(world)
    assert not [d for d in documents if d["type"] == "QuoteRequest"]
    (note,) = [d["object"] for d in documents if d["object"]["id"] == uri]
    assert note["quoteAuthorization"] == written
