"""What some servers say in their own way: several boosts at once, relays asked for, new ids."""

from dataclasses import replace

import pytest

from fedi.config import Settings
from fedi.config.settings import Limits
from fedi.federation.inbound import inbox
from fedi.kit.web_limits import Limit
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import PUBLIC


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, limits=Limits(enabled=True))


async def test_an_announce_of_several_posts_boosts_each(world: World) -> None:
    bob = world.far.actor("p.far.test", "bob")
    await world.follow(bob)
    notes = [bob.note(str(n)) for n in range(3)]
    await world.deliver(bob, *map(bob.creates, notes))
    boost = bob.does("Announce", [note["id"] for note in notes], to=[PUBLIC])
    again = await world.deliver(bob, boost)
    assert [state for state, _ in again] == [2]
    assert await world.count("statuses", "reblog_of_id IS NOT NULL") == 3
    await world.deliver(bob, bob.does("Undo", boost))
    assert await world.count("statuses", "reblog_of_id IS NOT NULL") == 0
    many = bob.does("Announce", [f"{notes[0]['id']}?{n}" for n in range(50)], to=[PUBLIC])
    await world.deliver(bob, many)
    assert sum("?" in url for url in world.far.asked.elements()) <= 60


@pytest.mark.parametrize("target", [PUBLIC, "as:Public", "https://a.test/actor"])
async def test_who_takes_us_for_a_relay_is_told_no(world: World, target: str) -> None:
    bob = world.far.actor("p.far.test", "bob")
    ((state, reason),) = await world.deliver(bob, bob.does("Follow", target))
    assert state == 4, reason
    assert await world.count("follows") == 0
    assert await world.count("events", "type = 'FollowRejected'") == 1


async def test_too_many_are_429(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "PER_ACTOR", Limit("inbox_actor", 2, 300))
    monkeypatch.setattr(inbox, "PER_HOST", Limit("inbox_host", 3, 300))
    bob, carol = world.far.actor("p.far.test", "bob"), world.far.actor("p.far.test", "carol")
    like = bob.does("Like", "https://a.test/nothing")
    assert [(await world.post(bob, like)).status_code for _ in range(3)] == [202, 202, 429]
    assert (await world.post(carol, carol.does("Like", "https://a.test/x"))).status_code == 202
    answer = await world.post(carol, carol.does("Like", "https://a.test/x"))
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 301
    assert await world.count("inbound") == 2
