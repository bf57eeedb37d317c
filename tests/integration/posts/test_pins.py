"""Pins on profiles, and threads that members leave."""

import pytest

from fedi.core import interactions
from fedi.core.statuses import pins, queries
from fedi.kit.errors import Invalid, NotFound
from tests.integration.posts.world import World


async def test_only_five_of_ones_own_posts(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    own = [await world.post(anna, f"n{n}", visibility=n % 3) for n in range(6)]
    direct = await world.post(anna, "psst", visibility=3)
    theirs = await world.post(bert, "mine")
    hidden = await world.post(bert, "mine", visibility=2)
    async with world.runtime.unit() as unit:
        boost = await interactions.reblog(unit, anna, theirs)
        for status_id, words in (
            (direct, "only visible to mentioned"),
            (theirs, "Someone else's"),
            (boost, "boost"),
        ):
            with pytest.raises(Invalid, match=words):
                await pins.pin(unit, anna, status_id)
        with pytest.raises(NotFound):
            await pins.pin(unit, anna, hidden)
        for status_id in [*own[:5], own[0]]:
            assert await pins.pin(unit, anna, status_id) == status_id
        with pytest.raises(Invalid, match="maximum"):
            await pins.pin(unit, anna, own[5])
        await pins.unpin(unit, anna, own[0])
        await pins.unpin(unit, anna, own[0])
        await pins.pin(unit, anna, own[5])
    head = await queries.get_visible(world.runtime.read(), anna.id, own[5])
    assert head.pinned
    assert not (await queries.get_visible(world.runtime.read(), bert.id, own[3])).pinned


async def test_followers_are_told(world: World) -> None:
    anna, zoe = await world.member("anna"), await world.stranger("zoe")
    await world.follow(zoe, anna)
    status_id = await world.post(anna, "hello")
    kept = await world.post(anna, "here", local_only=True)
    async with world.runtime.unit() as unit:
        await pins.pin(unit, anna, status_id)
        await pins.pin(unit, anna, kept)
        await pins.unpin(unit, anna, status_id)
        await pins.pin(unit, anna, status_id)
    await world.settle()
    rows = await world.runtime.read().fetch(
        "SELECT a.type, a.uri, a.status_id, d.inbox_url FROM activities a"
        " LEFT JOIN deliveries d ON d.activity_id = a.id WHERE type IN ('Add', 'Remove')"
        " ORDER BY a.id"
    )
    assert sorted(row["type"] for row in rows) == ["Add", "Add", "Remove"]
    assert {row["status_id"] for row in rows} == {status_id}
    assert {row["inbox_url"] for row in rows} == {"https://far.test/inbox"}


async def test_a_thread_is_left_as_a_whole(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    root = await world.post(anna, "root")
    reply = await world.post(bert, "reply", in_reply_to_id=root)
    other = await world.post(bert, "other")
    async with world.runtime.unit() as unit:
        assert await pins.mute_conversation(unit, anna, reply) == reply
        await pins.mute_conversation(unit, anna, root)
    read = world.runtime.read()
    heads = await queries.heads(read, anna.id, [root, reply, other])
    assert [head.muted for head in heads] == [True, True, False]
    assert not any(head.muted for head in await queries.heads(read, bert.id, [root, reply]))
    late = await world.post(bert, "late", in_reply_to_id=reply)
    assert (await queries.get_visible(read, anna.id, late)).muted
    async with world.runtime.unit() as unit:
        await pins.unmute_conversation(unit, anna, late)
    assert not (await queries.get_visible(read, anna.id, root)).muted


async def threads(world: World, *uris: str) -> list[int | None]:
    rows = await world.runtime.read().fetch(
        "SELECT s.conversation_id FROM unnest($1::text[]) WITH ORDINALITY AS u(uri, n)"
        " JOIN statuses s USING (uri) ORDER BY n",
        list(uris),
    )
    return [row[0] for row in rows]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 3, 0, 1), (1, 3, 2, 0)])
@pytest.mark.parametrize("at_once", [True, False])
async def test_whatever_the_order_of_arrival_it_is_one_thread(
    world: World,
    order: tuple[int, ...],
    at_once: bool,
) -> None:
    zoe = await world.stranger("zoe")
    notes = [world.note(zoe)]
    for _ in range(3):
        notes.append(world.note(zoe, inReplyTo=notes[-1].note.id))
    shuffled = [notes[n] for n in order]
    if at_once:
        await world.receive(*shuffled)
    else:
        for note in shuffled:
            await world.receive(note)
    root = await world.status_id(notes[0].note.id)
    assert await threads(world, *(note.note.id for note in notes)) == [root] * 4


async def test_a_muted_part_mutes_the_whole_that_it_turns_out_to_be_of(world: World) -> None:
    anna, zoe = await world.member("anna"), await world.stranger("zoe")
    root = world.note(zoe)
    reply = world.note(zoe, inReplyTo=root.note.id)
    await world.receive(reply)
    reply_id = await world.status_id(reply.note.id)
    assert reply_id is not None
    mine = await world.post(anna, "me too", in_reply_to_id=reply_id)
    async with world.runtime.unit() as unit:
        await pins.mute_conversation(unit, anna, mine)
    await world.receive(root)
    root_id = await world.status_id(root.note.id)
    assert root_id is not None
    heads = await queries.heads(world.runtime.read(), anna.id, [root_id, reply_id, mine])
    assert [head.muted for head in heads] == [True, True, True]


async def test_posts_that_answer_each_other_in_a_circle(world: World) -> None:
    zoe = await world.stranger("zoe")
    one, two = f"{zoe.uri}/1", f"{zoe.uri}/2"
    await world.receive(world.note(zoe, id=one, inReplyTo=two))
    await world.receive(world.note(zoe, id=two, inReplyTo=one))
    found = await threads(world, one, two)
    assert found[0] == found[1]
