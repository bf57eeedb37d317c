"""What groups elsewhere pass on: posts, answers, votes, and what their moderators do."""

from typing import Any

import pytest

from tests.integration.groups.conftest import Group
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import PUBLIC, Person
from tests.rig import aftermath

DONE, IGNORED, REFUSED = 2, 3, 4


@pytest.fixture
def kim(world: World) -> Person:
    return world.far.actor("p.far.test", "kim")


async def boosts(world: World) -> int:
    return await world.count("statuses", "reblog_of_id IS NOT NULL")


async def posts(world: World) -> int:
    return await world.count("statuses", "reblog_of_id IS NULL")


async def home(world: World) -> list[str]:
    rows = await world.runtime.db.fetch(
        "SELECT coalesce(o.uri, s.uri) FROM home_entries h JOIN statuses s ON s.id = h.status_id"
        " LEFT JOIN statuses o ON o.id = s.reblog_of_id WHERE h.account_id = $1",
        world.alice.id,
    )
    return [row[0] for row in rows]


async def test_one_post_though_it_is_announced_twice(
    world: World, group: Group, kim: Person
) -> None:
    page = group.page(kim)
    create = group.inner(kim, "Create", page)
    await world.deliver(group.actor, group.announces(create), group.announces(page["id"]))
    assert (await posts(world), await boosts(world)) == (1, 1)
    await aftermath.settle(world.runtime)
    assert await home(world) == [page["id"]]
    row = await world.runtime.db.row(
        "SELECT a.uri, g.uri AS group_uri FROM statuses s JOIN accounts a ON a.id = s.account_id"
        " JOIN accounts g ON g.id = s.group_id WHERE s.uri = $1",
        page["id"],
    )
    assert row is not None
    assert (row["uri"], row["group_uri"]) == (kim.uri, group.uri)


async def test_the_embedded_post_counts_as_its_own_server_gives_it(
    world: World, group: Group, kim: Person
) -> None:
    page = group.page(kim)
    forged = {**page, "content": "<p>forged</p>"}
    await world.deliver(group.actor, group.announces(group.inner(kim, "Create", forged)))
    assert "forged" not in await world.value(
        "SELECT content FROM statuses WHERE uri = $1", page["id"]
    )
    unserved = {**page, "id": "https://p.far.test/notes/never"}
    ((state, _),) = await world.deliver(
        group.actor, group.announces(group.inner(kim, "Create", unserved))
    )
    assert state in (IGNORED, REFUSED)
    assert await posts(world) == 1


async def test_what_the_groups_own_server_says_needs_no_second_look(
    world: World, group: Group
) -> None:
    page = group.page(group.mod)
    ((state, reason),) = await world.deliver(
        group.actor, group.announces(group.inner(group.mod, "Create", page))
    )
    assert state == DONE, reason
    assert world.far.asked[page["id"]] == 0


async def test_only_groups_pass_on_and_only_what_was_meant_for_them(
    world: World, group: Group, kim: Person
) -> None:
    page = group.page(kim)
    create = kim.creates({**page, "to": [PUBLIC], "audience": None})
    ((state, reason),) = await world.deliver(group.actor, group.announces(create))
    assert (state, "not meant for the group" in reason) == (REFUSED, True)
    bob = world.far.actor("b.far.test", "bob")
    await world.follow(bob)
    said = {**group.inner(kim, "Create", page), "cc": [bob.uri]}
    ((state, reason),) = await world.deliver(bob, bob.does("Announce", said, to=[PUBLIC]))
    assert (state, "only groups" in reason) == (REFUSED, True)
    assert await posts(world) == 0


async def test_a_group_that_nobody_follows_brings_nothing(world: World, kim: Person) -> None:
    group = Group(world.far)
    page = group.page(kim)
    await world.deliver(group.actor, group.announces(group.inner(kim, "Create", page)))
    assert await posts(world) == 0
    assert world.far.asked[page["id"]] == 0


async def test_an_answer_is_in_its_conversation_and_no_boost(
    world: World, group: Group, kim: Person
) -> None:
    page = group.page(kim)
    await world.deliver(group.actor, group.announces(group.inner(kim, "Create", page)))
    answer = group.answer(group.mod, page["id"])
    await world.deliver(group.actor, group.announces(group.inner(group.mod, "Create", answer)))
    assert (await posts(world), await boosts(world)) == (2, 1)
    assert (
        await world.value("SELECT in_reply_to_uri FROM statuses WHERE uri = $1", answer["id"])
        == page["id"]
    )


async def test_an_announced_announce_is_looked_into_once(
    world: World, group: Group, kim: Person
) -> None:
    page = group.page(kim)
    create = group.inner(kim, "Create", page)
    twice = group.announces({**group.announces(create), "audience": group.uri})
    ((state, reason),) = await world.deliver(group.actor, twice)
    assert state == DONE, reason
    deeper = group.announces(group.announces(group.announces(group.inner(kim, "Like", page["id"]))))
    ((state, _),) = await world.deliver(group.actor, deeper)
    assert state in (IGNORED, REFUSED)
    assert await world.count("favourites") == 0


async def test_votes_count_when_they_are_confirmed(world: World, group: Group, kim: Person) -> None:
    page = group.page(kim)
    await world.deliver(group.actor, group.announces(group.inner(kim, "Create", page)))
    near = group.inner(group.mod, "Like", page["id"])
    down = group.inner(kim, "Dislike", page["id"])
    served = group.inner(kim, "Like", page["id"])
    world.far.documents[served["id"]] = served
    for said in (near, down, served):
        await world.deliver(group.actor, group.announces(said))
    assert await world.count("favourites") == 2
    # Nobody serves it and nothing proves it.
    assert await world.count("dislikes") == 0
    down = group.inner(group.mod, "Dislike", page["id"])
    await world.deliver(group.actor, group.announces(down))
    assert await world.count("dislikes") == 1
    await world.deliver(group.actor, group.announces(group.inner(group.mod, "Undo", down)))
    assert await world.count("dislikes") == 0
    await world.deliver(group.actor, group.announces(group.inner(group.mod, "Undo", near)))
    assert await world.count("favourites") == 1


async def test_updates_and_deletes_of_authors_are_passed_on(
    world: World, group: Group, kim: Person
) -> None:
    page = group.page(kim)
    await world.deliver(group.actor, group.announces(group.inner(kim, "Create", page)))
    newer = {**page, "content": "<p>better</p>", "updated": "2099-01-01T00:00:00Z"}
    world.far.documents[page["id"]] = newer
    await world.deliver(group.actor, group.announces(group.inner(kim, "Update", newer)))
    assert "better" in await world.value("SELECT content FROM statuses WHERE uri = $1", page["id"])
    delete = group.inner(kim, "Delete", page["id"])
    await world.deliver(group.actor, group.announces(delete))
    assert await posts(world) == 1
    world.far.documents[page["id"]] = 410
    await world.deliver(group.actor, group.announces({**delete, "id": kim.id()}))
    assert await posts(world) == 0


async def _in_group(world: World, group: Group, kim: Person) -> dict[str, Any]:
    page = group.page(kim)
    await world.deliver(group.actor, group.announces(group.inner(kim, "Create", page)))
    assert (await posts(world), await boosts(world)) == (1, 1)
    return page


async def test_moderators_remove_from_the_group_and_from_nowhere_else(
    world: World, group: Group, kim: Person
) -> None:
    page = await _in_group(world, group, kim)
    delete = group.inner(group.mod, "Delete", page["id"], summary="off topic")
    ((state, reason),) = await world.deliver(group.actor, group.announces(delete))
    assert state == DONE, reason
    assert (await posts(world), await boosts(world)) == (1, 0)
    # The group does not bring it again, until it says so.
    await world.deliver(group.actor, group.announces(page["id"]))
    assert await boosts(world) == 0
    undo = group.inner(group.mod, "Undo", delete)
    await world.deliver(group.actor, group.announces(undo))
    await world.deliver(group.actor, group.announces(page["id"]))
    assert await boosts(world) == 1


async def test_moderators_elsewhere_are_those_whom_the_group_names(
    world: World, group: Group, kim: Person
) -> None:
    page = await _in_group(world, group, kim)
    lee, mal = world.far.actor("b.far.test", "lee"), world.far.actor("b.far.test", "mal")
    group.moderators.append(lee.uri)
    wrong = group.inner(mal, "Delete", page["id"], summary="mine now")
    ((state, _),) = await world.deliver(group.actor, group.announces(wrong))
    assert (state, await boosts(world)) == (REFUSED, 1)
    right = group.inner(lee, "Delete", page["id"], summary="off topic")
    ((state, reason),) = await world.deliver(group.actor, group.announces(right))
    assert (state, await boosts(world)) == (DONE, 0), reason
    assert await posts(world) == 1


async def test_another_group_decides_nothing(world: World, group: Group, kim: Person) -> None:
    page = await _in_group(world, group, kim)
    other = world.far.actor("evil.far.test", "evil", extra={"type": "Group"})
    await world.follow(other)
    boss = world.far.actor("evil.far.test", "boss")
    delete = boss.does("Delete", page["id"], to=[PUBLIC], cc=[other.uri], summary="gone")
    lock = boss.does("Lock", page["id"], to=[PUBLIC], cc=[other.uri])
    for deed in (delete, lock):
        await world.deliver(other, other.does("Announce", deed, to=[PUBLIC]))
    assert (await posts(world), await boosts(world)) == (1, 1)
    assert await world.count("group_posts") == 0


async def test_locks_and_bans_come_and_go(world: World, group: Group, kim: Person) -> None:
    page = await _in_group(world, group, kim)
    lock = group.inner(group.mod, "Lock", page["id"])
    await world.deliver(group.actor, group.announces(lock))
    assert await world.count("group_posts", "locked") == 1
    await world.deliver(group.actor, group.announces(group.inner(group.mod, "Undo", lock)))
    assert await world.count("group_posts", "locked") == 0
    block = group.inner(group.mod, "Block", kim.uri, target=group.uri, summary="spam")
    await world.deliver(group.actor, group.announces(block))
    assert await world.count("group_bans") == 1
    await world.deliver(group.actor, group.announces(group.inner(group.mod, "Undo", block)))
    assert await world.count("group_bans") == 0


async def test_a_deleted_post_comes_back_when_its_origin_serves_it(
    world: World, group: Group, kim: Person
) -> None:
    await world.follow(kim)
    note = kim.note("here")
    world.far.documents[note["id"]] = note
    await world.deliver(kim, kim.creates(note))
    delete = kim.does("Delete", note["id"], to=[PUBLIC])
    await world.deliver(kim, delete)
    assert await posts(world) == 0
    await world.deliver(kim, kim.does("Undo", delete, to=[PUBLIC]))
    chore = await world.runtime.db.row("SELECT kind, key FROM chores WHERE kind = 'restore_post'")
    assert chore is not None
    assert chore["key"] == note["id"]


async def test_an_authors_boost_by_their_own_group_is_no_news(world: World, group: Group) -> None:
    async with world.runtime.unit() as unit:
        number = await unit.new_id()
        uri = f"{world.alice.uri}/statuses/{number}"
        await unit.execute(
            "INSERT INTO statuses (id, uri, account_id, local, visibility, created_at)"
            " VALUES ($1, $2, $3, true, 0, now())",
            number,
            uri,
            world.alice.id,
        )
    bob = world.far.actor("b.far.test", "bob")
    await world.deliver(group.actor, group.announces(uri))
    await world.deliver(bob, bob.does("Announce", uri, to=[PUBLIC]))
    await aftermath.settle(world.runtime)
    rows = await world.runtime.db.fetch(
        "SELECT a.uri FROM notifications n JOIN accounts a ON a.id = n.from_account_id"
        " WHERE n.type = 'reblog'"
    )
    assert [row[0] for row in rows] == [bob.uri]


async def test_the_lists_of_a_group_are_read_at_the_group(
    world: World, group: Group, kim: Person
) -> None:
    page = await _in_group(world, group, kim)
    featured = f"{group.uri}/featured"
    await world.value("UPDATE accounts SET featured_url = $1 WHERE uri = $2", featured, group.uri)
    world.far.documents[featured] = {
        "id": featured,
        "type": "OrderedCollection",
        "orderedItems": [page["id"]],
    }
    lee = world.far.actor("b.far.test", "lee")
    group.moderators.append(lee.uri)
    add = group.inner(group.mod, "Add", lee.uri, target=f"{group.uri}/moderators")
    pin = group.inner(group.mod, "Add", page["id"], target=featured)
    for said in (add, pin):
        ((state, reason),) = await world.deliver(group.actor, group.announces(said))
        assert state == DONE, reason
    assert await world.count("group_moderators") == 2
    assert world.far.asked[featured] == 1


async def test_words_of_its_own_do_not_spoil_a_boost(world: World, kim: Person) -> None:
    bob = world.far.actor("b.far.test", "bob")
    await world.follow(bob)
    await world.follow(kim)
    note = kim.note("here")
    await world.deliver(kim, kim.creates(note))
    boost = bob.does("Announce", note["id"], to=[PUBLIC], content="<p>look</p>")
    ((state, reason),) = await world.deliver(bob, boost)
    assert (state, await boosts(world)) == (DONE, 1), reason


async def test_a_dislike_of_nothing_here_is_no_error(world: World, kim: Person) -> None:
    ((state, _),) = await world.deliver(kim, kim.does("Dislike", "https://p.far.test/notes/none"))
    assert state == IGNORED
