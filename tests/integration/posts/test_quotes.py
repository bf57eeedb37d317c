"""Posts that show other posts: written here, and from elsewhere in every spelling."""

from typing import Any

import pytest

from fedi.core import interactions
from fedi.core.statuses import compose, quoting, receive
from fedi.core.statuses.quotes import ACCEPTED, DELETED, PENDING, REJECTED, REVOKED
from fedi.core.statuses.types import ReceivedNote
from fedi.federation.facts import Home, load_notes
from fedi.federation.render.note import render_note
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.paging import Page
from tests.integration.posts.world import PUBLIC, World

POLICY: dict[str, Any] = {"interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}}}


async def wire(world: World, status_id: int) -> dict:
    settings = world.runtime.settings
    home = Home(settings.origin, settings.local_domain)
    return render_note((await load_notes(world.runtime.read(), home, [status_id]))[status_id])


async def state(world: World, status_id: int) -> int | None:
    return await world.runtime.read().value(
        "SELECT q.state FROM statuses s JOIN quotes q ON q.id = s.quote_id AND q.status_id = s.id"
        " WHERE s.id = $1",
        status_id,
    )


async def count(world: World, status_id: int) -> int:
    return (
        await world.runtime.read().value(
            "SELECT quotes_count FROM status_stats WHERE status_id = $1", status_id
        )
        or 0
    )


async def test_a_post_is_quoted_as_its_author_allows(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    free = await world.post(anna, "free", quote_policy=2)
    circle = await world.post(anna, "circle", quote_policy=1)
    mine = await world.post(anna, "mine", quote_policy=0)
    unsaid = await world.post(anna, "unsaid")
    quoting_id = await world.post(bert, "look", quoted_status_id=free)
    assert await state(world, quoting_id) == ACCEPTED
    for status_id in (circle, mine, unsaid):
        with pytest.raises(NotFound):
            await world.post(bert, "look", quoted_status_id=status_id)
        assert await world.post(anna, "my own", quoted_status_id=status_id)
    await world.follow(bert, anna)
    assert await state(world, await world.post(bert, "x", quoted_status_id=circle)) == ACCEPTED
    assert await count(world, free) == 1
    types = await world.runtime.read().fetch("SELECT type FROM events ORDER BY id")
    assert "StatusQuoted" in [row[0] for row in types]


async def test_what_is_not_for_all_is_not_shown_to_all(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    await world.follow(bert, anna)
    private = await world.post(anna, "friends", visibility=2, quote_policy=2)
    with pytest.raises(NotFound):
        await world.post(bert, "look", quoted_status_id=private)
    own = await world.post(anna, "again", quoted_status_id=private, quote_policy=2)
    stored = await world.runtime.read().row(
        "SELECT visibility, quote_policy FROM statuses WHERE id = $1", own
    )
    assert stored is not None
    assert tuple(stored) == (2, 0)
    free = await world.post(anna, "free", quote_policy=2)
    with pytest.raises(Invalid):
        await world.post(bert, "psst", visibility=3, quoted_status_id=free)
    people = {"anna": anna}
    direct = await world.post(
        bert, "psst @anna", visibility=3, quoted_status_id=free, mentions=people
    )
    assert await state(world, direct) == ACCEPTED


async def test_a_boost_stands_for_its_original(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    free = await world.post(anna, "free", quote_policy=2)
    async with world.runtime.unit() as unit:
        boost = await interactions.reblog(unit, bert, free)
    quoting_id = await world.post(bert, "look", quoted_status_id=boost)
    quoted = await world.runtime.read().value(
        "SELECT quoted_status_id FROM quotes WHERE status_id = $1", quoting_id
    )
    assert quoted == free


async def test_a_quote_goes_out_in_every_spelling(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    free = await world.post(anna, "free", quote_policy=2)
    note = await wire(world, await world.post(bert, "look", quoted_status_id=free, quote_policy=1))
    uri = f"https://a.test/ap/users/{anna.id}/statuses/{free}"
    for name in ("quote", "quoteUrl", "quoteUri", "_misskey_quote"):
        assert note[name] == uri
    link = next(tag for tag in note["tag"] if tag["type"] == "Link")
    assert link["href"] == uri
    assert note["content"].startswith('<p class="quote-inline">RE: <a href="https://a.test/@anna/')
    assert note["content"].endswith("<p>look</p>")
    followers = f"{bert.uri}/followers"
    assert note["interactionPolicy"]["canQuote"] == {
        "automaticApproval": [followers],
        "manualApproval": [],
    }


async def test_revoking_takes_a_post_out_of_another_for_good(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    free = await world.post(anna, "free", quote_policy=2)
    quoting_id = await world.post(bert, "look", quoted_status_id=free)
    page = Page()
    heads, cursors = await quoting.list_quotes(world.runtime.read(), anna.id, free, page)
    assert [head.id for head in heads] == [quoting_id]
    assert cursors != [quoting_id]
    async with world.runtime.unit() as unit:
        with pytest.raises(NotFound):
            await quoting.revoke_quote(unit, bert.id, free, quoting_id)
        await quoting.revoke_quote(unit, anna.id, free, quoting_id)
        await quoting.revoke_quote(unit, anna.id, free, quoting_id)
    assert await state(world, quoting_id) == REVOKED
    assert await count(world, free) == 0
    assert (await quoting.list_quotes(world.runtime.read(), anna.id, free, page))[0] == []
    assert "quote" not in await wire(world, quoting_id)
    await world.settle()


async def test_deleting_either_side_counts_down(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    free = await world.post(anna, "free", quote_policy=2)
    one, two = [await world.post(bert, "look", quoted_status_id=free) for _ in range(2)]
    async with world.runtime.unit() as unit:
        await compose.delete(unit, bert.id, one)
    assert await count(world, free) == 1
    before = await world.runtime.read().value("SELECT revision FROM statuses WHERE id = $1", two)
    async with world.runtime.unit() as unit:
        await compose.delete(unit, anna.id, free)
    assert await state(world, two) == DELETED
    assert (
        await world.runtime.read().value("SELECT revision FROM statuses WHERE id = $1", two)
        > before
    )


async def test_who_may_quote_can_be_changed(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    status_id = await world.post(anna, "hello", quote_policy=0)
    async with world.runtime.unit() as unit:
        with pytest.raises(NotFound):
            await quoting.set_policy(unit, bert.id, status_id, 2)
        await quoting.set_policy(unit, anna.id, status_id, 2)
    assert await world.post(bert, "look", quoted_status_id=status_id)
    allowed = (await wire(world, status_id))["interactionPolicy"]["canQuote"]
    assert allowed == {"automaticApproval": [PUBLIC], "manualApproval": []}


@pytest.mark.parametrize("spelling", ["quote", "quoteUrl", "quoteUri", "_misskey_quote", "tag"])
async def test_quotes_from_elsewhere_are_read_in_every_spelling(
    world: World, spelling: str
) -> None:
    anna, zoe = await world.member("anna"), await world.stranger("zoe")
    free = await world.post(anna, "free", quote_policy=2)
    uri = f"https://a.test/ap/users/{anna.id}/statuses/{free}"
    link = {
        "type": "Link",
        "href": uri,
        "mediaType": 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "rel": "https://misskey-hub.net/ns#_misskey_quote",
    }
    fields: dict[str, Any] = {"tag": [link]} if spelling == "tag" else {spelling: uri}
    item = world.note(zoe, **fields)
    await world.receive(item)
    status_id = await world.status_id(item.note.id)
    assert status_id is not None
    assert await state(world, status_id) == ACCEPTED
    assert await count(world, free) == 1


async def test_consent_is_never_taken_for_granted(world: World) -> None:
    anna, zoe = await world.member("anna"), await world.stranger("zoe")
    closed = await world.post(anna, "closed", quote_policy=1)
    private = await world.post(anna, "private", visibility=2, quote_policy=2)
    blocked = await world.member("bert")
    await world.pair("blocks", blocked, zoe)
    theirs = await world.post(blocked, "x", quote_policy=2)
    for author, quoted, expected in (
        (anna, closed, PENDING),
        (anna, private, PENDING),
        (blocked, theirs, REJECTED),
    ):
        uri = f"https://a.test/ap/users/{author.id}/statuses/{quoted}"
        # A stamp that nobody has looked at is no consent.
        item = world.note(zoe, quote=uri, quoteAuthorization=f"{author.uri}/stamps/1")
        await world.receive(item)
        status_id = await world.status_id(item.note.id)
        assert status_id is not None
        assert await state(world, status_id) == expected
        assert await count(world, quoted) == 0


async def test_a_quote_waits_for_the_post_that_it_shows(world: World) -> None:
    zoe, yan = await world.stranger("zoe"), await world.stranger("yan", "near.test")
    quoted = world.note(yan, **POLICY)
    own = world.note(yan, quote=quoted.note.id)
    quoter = world.note(zoe, quote=quoted.note.id)
    unknown = world.note(zoe, quote="https://nowhere.test/1")
    await world.receive(quoter, own, unknown)
    numbers = [await world.status_id(item.note.id) for item in (own, quoter)]
    assert [await state(world, number or 0) for number in numbers] == [PENDING, PENDING]
    await world.receive(quoted)
    # What a policy says elsewhere is no consent yet: that comes in writing.
    assert [await state(world, number or 0) for number in numbers] == [ACCEPTED, PENDING]
    quoted_id = await world.status_id(quoted.note.id)
    assert quoted_id is not None
    assert await count(world, quoted_id) == 1


async def test_policies_of_others_are_kept_and_brought_up_to_date(world: World) -> None:
    anna, zoe = await world.member("anna"), await world.stranger("zoe")
    item = world.note(zoe, interactionPolicy={"canQuote": {"manualApproval": zoe.followers_url}})
    await world.receive(item)
    status_id = await world.status_id(item.note.id)
    read = world.runtime.read()
    sql = "SELECT quote_policy, quote_manual FROM statuses WHERE id = $1"
    assert tuple((await read.fetch(sql, status_id))[0]) == (0, 1)
    with pytest.raises(NotFound):
        await world.post(anna, "look", quoted_status_id=status_id)
    changed = world.note(zoe, id=item.note.id, content=item.note.content, **POLICY)
    async with world.runtime.unit() as unit:
        await receive.receive_updates(unit, [changed])
    assert await read.value(sql, status_id) == 2
    # Elsewhere the author is asked first.
    assert await state(world, await world.post(anna, "x", quoted_status_id=status_id)) == PENDING


async def test_polls_of_others_are_counted_by_them(world: World) -> None:
    zoe = await world.stranger("zoe")
    ends = "2999-01-01T00:00:00Z"

    def question(uri: str | None, *votes: int, **fields: Any) -> ReceivedNote:
        options = [
            {"type": "Note", "name": f"o{n}", "replies": {"type": "Collection", "totalItems": v}}
            for n, v in enumerate(votes)
        ]
        more = {"id": uri} if uri else {}
        return world.note(
            zoe, type="Question", content="<p>?</p>", oneOf=options, endTime=ends, **more, **fields
        )

    item = question(None, 1, 2, votersCount=3)
    await world.receive(item)
    status_id = await world.status_id(item.note.id)
    sql = (
        "SELECT p.options, p.tallies, p.votes_count, p.voters_count, p.id FROM statuses s"
        " JOIN polls p ON p.id = s.poll_id AND p.status_id = s.id WHERE s.id = $1"
    )
    read = world.runtime.read()
    options, tallies, votes, voters, poll_id = (await read.fetch(sql, status_id))[0]
    assert (options, tallies, votes, voters) == (["o0", "o1"], [1, 2], 3, 3)
    await world.settle()
    async with world.runtime.unit() as unit:
        await receive.receive_updates(unit, [question(item.note.id, 4, 2**50)])
    row = (await read.fetch(sql, status_id))[0]
    assert row["tallies"] == [4, 2**31 - 1]
    assert row["id"] == poll_id
    assert row["voters_count"] == 3
    assert await read.value("SELECT type FROM events WHERE state = 0") == "StatusRefreshed"
    # Other options: nobody has voted on them.
    anna = await world.member("anna")
    await world.runtime.db.fetch(
        "INSERT INTO poll_votes (id, poll_id, account_id, choice, created_at)"
        " VALUES (1, $1, $2, 0, now())",
        poll_id,
        anna.id,
    )
    async with world.runtime.unit() as unit:
        await receive.receive_updates(unit, [question(item.note.id, 4, 5)])
    assert await read.value("SELECT count(*) FROM poll_votes") == 1
    async with world.runtime.unit() as unit:
        await receive.receive_updates(unit, [question(item.note.id, 0, 0, 0)])
    assert await read.value("SELECT count(*) FROM poll_votes") == 0
    await world.settle()
