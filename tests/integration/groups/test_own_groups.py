"""Groups that live here: who may post, what is passed on, and how order is kept."""

from typing import Any

import orjson
import pytest

from fedi.core.accounts.queries import get_by_id
from fedi.core.accounts.types import Account
from fedi.core.groups import queries, service, taking
from fedi.core.groups.types import MEMBERS, MODERATORS, Group, GroupChanges
from fedi.core.interactions import favourite
from fedi.core.statuses import compose
from fedi.core.statuses.types import NewStatus, Prepared
from fedi.kit.errors import Forbidden
from tests.integration.inbound.conftest import PAIR, World, member
from tests.integration.inbound.far import PUBLIC, Person
from tests.rig import aftermath

TEA = "tea"


class House:
    """A group of alice's with a follower elsewhere, and what it tells them."""

    def __init__(self, world: World, group: Group, account: Account, fan: Person) -> None:
        self.world, self.group, self.account, self.fan = world, group, account, fan

    async def settle(self) -> None:
        await aftermath.settle(self.world.runtime)

    async def follows(self, person: Person) -> None:
        await self.world.deliver(person, person.does("Follow", self.group.uri))
        await self.settle()

    def note(self, author: Person, text: str = "cake?", **more: Any) -> dict[str, Any]:
        tag = {"type": "Mention", "href": self.group.uri, "name": "@tea@a.test"}
        return author.note(
            text, **{"cc": [self.group.uri], "tag": [tag], "audience": self.group.uri, **more}
        )

    async def post(self, author: Account, text: str, **more: Any) -> int:
        prepared = Prepared({TEA: self.account})
        async with self.world.runtime.unit() as unit:
            settings = self.world.runtime.settings
            made = await compose.create(unit, settings, author, NewStatus(text, **more), prepared)
        await self.settle()
        return made

    async def does(self, deed: Any, *args: Any, **more: Any) -> None:
        async with self.world.runtime.unit() as unit:
            await deed(unit, *args, **more)
        await self.settle()

    async def said(self) -> list[dict[str, Any]]:
        """What the group has announced, oldest first."""
        rows = await self.world.runtime.db.fetch(
            "SELECT body FROM activities WHERE account_id = $1 AND type = 'Announce' ORDER BY id",
            self.group.id,
        )
        return [orjson.loads(row["body"]) for row in rows]

    async def passed_on(self) -> list[dict[str, Any]]:
        return [item["object"] for item in await self.said() if isinstance(item["object"], dict)]

    async def boosted(self) -> list[str]:
        return [item["object"] for item in await self.said() if isinstance(item["object"], str)]

    async def kinds(self) -> list[str]:
        return [found["type"] for found in await self.passed_on()]


@pytest.fixture
async def house(world: World) -> House:
    changes = GroupChanges(display_name="Tea", note="and cake")
    async with world.runtime.unit() as unit:
        settings = world.runtime.settings
        group = await service.create_group(unit, settings, world.alice.id, TEA, PAIR, changes)
        account = await get_by_id(unit, group.id)
    found = House(world, group, account, world.far.actor("p.far.test", "fan"))
    await found.follows(found.fan)
    return found


async def change(house: House, **changes: Any) -> None:
    await house.does(
        service.change_group, house.world.alice.id, house.group.id, GroupChanges(**changes)
    )


async def test_who_follows_is_let_in_at_once(house: House) -> None:
    accepts = await house.world.runtime.db.fetch(
        "SELECT body FROM activities WHERE type = 'Accept' AND account_id = $1", house.group.id
    )
    assert len(accepts) == 1
    assert await house.world.count("follows", "accepted AND target_id = $1", house.group.id) == 1


async def test_a_post_from_elsewhere_is_passed_on_as_it_came_and_boosted(house: House) -> None:
    bob = house.world.far.actor("b.far.test", "bob")
    note = house.note(bob)
    create = bob.creates(note, audience=house.group.uri)
    await house.world.deliver(bob, create)
    await house.settle()
    assert await house.passed_on() == [create]
    assert await house.boosted() == [note["id"]]
    whole = (await house.said())[-1]
    assert whole["actor"] == house.group.uri
    assert whole["to"] == [PUBLIC]
    assert whole["cc"] == [f"{house.group.uri}/followers"]
    inboxes = await house.world.runtime.db.fetch("SELECT DISTINCT inbox_url FROM deliveries")
    assert f"{house.fan.uri}/inbox" in [row[0] for row in inboxes]


async def test_a_members_post_is_passed_on_and_names_the_group(house: House) -> None:
    await house.post(house.world.alice, "@tea cake at five\nbring plates")
    (create,) = await house.passed_on()
    note = create["object"]
    assert (note["audience"], note["name"]) == (house.group.uri, "cake at five")
    assert house.group.uri in note["to"]
    assert PUBLIC in note["to"]
    assert await house.boosted() == [note["id"]]


async def test_answers_are_passed_on_and_not_boosted(house: House) -> None:
    status_id = await house.post(house.world.alice, "@tea cake?")
    uri = await house.world.value("SELECT uri FROM statuses WHERE id = $1", status_id)
    answer = house.note(house.fan, "yes", inReplyTo=uri)
    await house.world.deliver(house.fan, house.fan.creates(answer))
    await house.post(house.world.alice, "at five", in_reply_to_id=status_id)
    assert await house.kinds() == ["Create"] * 3
    assert await house.boosted() == [uri]


async def test_what_happens_to_posts_is_passed_on(house: House) -> None:
    fan = house.fan
    note = house.note(fan)
    like = fan.does("Like", note["id"], to=[PUBLIC], cc=[house.group.uri])
    newer = {**note, "content": "<p>pie?</p>", "updated": "2099-01-01T00:00:00Z"}
    update = fan.does("Update", newer, to=[PUBLIC], cc=[house.group.uri])
    delete = fan.does("Delete", note["id"], to=[PUBLIC], cc=[house.group.uri])
    for said in (fan.creates(note), like, update, delete):
        await house.world.deliver(fan, said)
        await house.settle()
    assert await house.kinds() == ["Create", "Like", "Update", "Delete"]
    assert (await house.passed_on())[1] == like


async def test_what_members_like_edit_and_delete_is_passed_on(house: House) -> None:
    alice = house.world.alice
    status_id = await house.post(alice, "@tea cake?")
    await house.does(favourite, alice, status_id)
    await house.does(compose.delete, alice.id, status_id)
    assert await house.kinds() == ["Create", "Like", "Delete"]
    delete = (await house.passed_on())[-1]
    assert delete["audience"] == house.group.uri, "other servers ask whom it was meant for"
    assert house.group.uri in delete["cc"]


async def test_no_boost_no_group_and_no_private_post_comes_in(house: House) -> None:
    world = house.world
    other = world.far.actor("forum.far.test", "other", extra={"type": "Group"})
    await house.follows(other)
    await world.deliver(other, other.creates(house.note(other)))
    bob = world.far.actor("b.far.test", "bob")
    quiet = house.note(bob, to=[house.group.uri], cc=[])
    await world.deliver(bob, bob.creates(quiet))
    note = house.note(house.fan)
    await world.deliver(house.fan, house.fan.creates(note))
    await house.settle()
    before = await house.said()
    boost = other.does("Announce", note["id"], to=[PUBLIC], cc=[house.group.uri])
    again = other.does("Announce", house.fan.creates(note), to=[PUBLIC], cc=[house.group.uri])
    await world.deliver(other, boost, again)
    await house.settle()
    assert await house.said() == before
    assert await house.boosted() == [note["id"]]


async def test_who_may_post(house: House) -> None:
    stranger = house.world.far.actor("b.far.test", "stranger")
    await change(house, posting=MEMBERS)
    for author in (stranger, house.fan):
        await house.world.deliver(author, author.creates(house.note(author)))
    await house.settle()
    assert [item["actor"] for item in await house.passed_on()] == [house.fan.uri]
    await change(house, posting=MODERATORS)
    await house.world.deliver(house.fan, house.fan.creates(house.note(house.fan)))
    await house.post(house.world.alice, "@tea order!")
    assert [item["actor"] for item in await house.passed_on()] == [
        house.fan.uri,
        house.world.alice.uri,
    ]


async def test_posts_wait_for_a_moderator_where_they_must(house: House) -> None:
    world, group = house.world, house.group
    await change(house, approval=True)
    first, second = house.note(house.fan, "one"), house.note(house.fan, "two")
    await world.deliver(house.fan, house.fan.creates(first), house.fan.creates(second))
    await house.settle()
    assert await house.said() == []
    waiting = await queries.list_queue(world.runtime.read(), group.id, 10)
    assert len(waiting) == 2
    await house.does(service.approve_post, "https://a.test", world.alice.id, group.id, waiting[0])
    await house.does(service.remove_post, world.alice.id, group.id, waiting[1])
    assert await house.kinds() == ["Create"]
    assert len(await house.boosted()) == 1
    assert await queries.list_queue(world.runtime.read(), group.id, 10) == []


async def test_what_is_removed_leaves_the_group_and_stays_its_authors(house: House) -> None:
    note = house.note(house.fan)
    await house.world.deliver(house.fan, house.fan.creates(note))
    await house.settle()
    status_id = await house.world.value("SELECT id FROM statuses WHERE uri = $1", note["id"])
    owner = house.world.alice.id
    await house.does(service.remove_post, owner, house.group.id, status_id, "no cake")
    delete = (await house.passed_on())[-1]
    assert (delete["type"], delete["object"], delete["summary"]) == (
        "Delete",
        note["id"],
        "no cake",
    )
    assert PUBLIC in delete["to"]
    undone = await house.world.count(
        "activities", "type = 'Undo' AND account_id = $1", house.group.id
    )
    assert undone == 1
    assert await house.world.count("statuses", "uri = $1", note["id"]) == 1


async def test_the_banned_are_not_heard(house: House) -> None:
    fan, owner = house.fan, house.world.alice.id
    fan_id = await house.world.value("SELECT id FROM accounts WHERE uri = $1", fan.uri)
    await house.does(service.ban, owner, house.group.id, fan_id, reason="spam")
    await house.world.deliver(fan, fan.creates(house.note(fan)))
    await house.settle()
    assert await house.kinds() == ["Block"]
    await house.does(service.unban, owner, house.group.id, fan_id)
    await house.world.deliver(fan, fan.creates(house.note(fan)))
    await house.settle()
    assert await house.kinds() == ["Block", "Undo", "Create"]


async def test_a_closed_conversation_takes_no_answers(house: House) -> None:
    alice = house.world.alice
    status_id = await house.post(alice, "@tea cake?")
    uri = await house.world.value("SELECT uri FROM statuses WHERE id = $1", status_id)
    await house.does(service.lock_post, alice.id, house.group.id, status_id, is_locked=True)
    with pytest.raises(Forbidden):
        await house.post(alice, "more", in_reply_to_id=status_id)
    answer = house.note(house.fan, "late", inReplyTo=uri)
    await house.world.deliver(house.fan, house.fan.creates(answer))
    await house.settle()
    assert await house.kinds() == ["Create", "Lock"]
    await house.does(service.lock_post, alice.id, house.group.id, status_id, is_locked=False)
    await house.post(alice, "more", in_reply_to_id=status_id)
    assert await house.kinds() == ["Create", "Lock", "Undo", "Create"]


async def test_only_moderators_keep_order_and_only_the_owner_names_them(house: House) -> None:
    carol = await member(house.world.runtime, "carol")
    status_id = await house.post(house.world.alice, "@tea cake?")
    for deed, more in (
        (service.remove_post, (status_id,)),
        (service.ban, (house.world.alice.id,)),
        (service.add_moderator, (carol.id,)),
    ):
        with pytest.raises(Forbidden):
            await house.does(deed, carol.id, house.group.id, *more)
    await house.does(service.add_moderator, house.world.alice.id, house.group.id, carol.id)
    await house.does(service.remove_post, carol.id, house.group.id, status_id)
    with pytest.raises(Forbidden):
        await house.does(service.drop_moderator, carol.id, house.group.id, house.world.alice.id)
    assert await house.kinds() == ["Create", "Add", "Delete"]


async def test_a_moderator_elsewhere_keeps_order_too(house: House) -> None:
    lee, mal = (house.world.far.actor("m.far.test", name) for name in ("lee", "mal"))
    for person in (lee, mal):
        await house.follows(person)
    lee_id = await house.world.value("SELECT id FROM accounts WHERE uri = $1", lee.uri)
    await house.does(service.add_moderator, house.world.alice.id, house.group.id, lee_id)
    note = house.note(house.fan)
    await house.world.deliver(house.fan, house.fan.creates(note))
    await house.settle()
    for person, left in ((mal, 1), (lee, 0)):
        delete = person.does(
            "Delete", note["id"], to=[PUBLIC], cc=[house.group.uri], summary="off topic"
        )
        await house.world.deliver(person, delete)
        await house.settle()
        assert await house.world.count("statuses", "reblog_of_id IS NOT NULL") == left
    assert (await house.passed_on())[-1]["actor"] == lee.uri
    assert await house.world.count("statuses", "uri = $1", note["id"]) == 1


async def test_nobody_floods_a_group(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "MOST_BY_ONE", 2)
    monkeypatch.setattr(taking, "MOST_ACTIVITIES", 3)
    notes = [house.note(house.fan, str(n)) for n in range(4)]
    await house.world.deliver(house.fan, *map(house.fan.creates, notes))
    await house.settle()
    assert len(await house.boosted()) == 2
    for _ in range(4):
        like = house.fan.does("Like", notes[0]["id"], to=[PUBLIC], cc=[house.group.uri])
        undo = house.fan.does("Undo", like, to=[PUBLIC], cc=[house.group.uri])
        await house.world.deliver(house.fan, like, undo)
        await house.settle()
    assert len(await house.passed_on()) <= 3


async def test_who_leaves_is_nobodys_business(house: House) -> None:
    follow = house.fan.does("Follow", house.group.uri)
    leaving = house.fan.does("Undo", follow, to=[house.group.uri])
    psst = house.note(house.fan, to=[house.group.uri], cc=[])
    gone = house.fan.does("Delete", psst["id"], to=[house.group.uri])
    await house.world.deliver(house.fan, house.fan.creates(psst))
    await house.world.deliver(house.fan, gone)
    await house.world.deliver(house.fan, leaving)
    await house.settle()
    assert await house.said() == []
    assert await house.world.count("follows", "target_id = $1", house.group.id) == 0
