"""Floods: thousands of entries in every list of every activity, and hosts without number."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from fedi.config.settings import Limits
from fedi.core.accounts.receive import registrable_domain
from tests.cpu import within
from tests.integration.attacks.test_poison_activities import (
    HERE,
    KINDS,
    Scene,
    certificates,
    far,
    paths,
    scene,
    settings,
    world,
)
from tests.integration.inbound.conftest import World
from tests.integration.inbound.far import PUBLIC
from tests.rig.aftermath import settle

__all__ = ["certificates", "far", "scene", "settings", "world"]

MANY = 6000
LISTED = (
    "to", "cc", "tag", "attachment", "object", "instrument", "result", "target", "oneOf",
    "alsoKnownAs", "fields", "interactionPolicy", "url", "content", "name", "type", "actor",
    "replies", "audience", "contentMap",
)  # fmt: skip


def flood(name: str, scene: Scene) -> Any:
    """So much of what stands under a name that it just fits into a request."""
    if name == "tag":
        return [
            {"type": "Emoji", "name": f":e{n}:", "icon": {"type": "Image", "url": f"{HERE}{n}.png"}}
            for n in range(MANY)
        ]
    if name == "attachment":
        return [{"type": "Image", "mediaType": "image/png", "url": f"{HERE}{n}.png"} for n in
                range(MANY)]  # fmt: skip
    if name == "oneOf":
        return [{"type": "Note", "name": f"option {n}"} for n in range(MANY)]
    if name == "interactionPolicy":
        return {"canReply": {"automaticApproval": [f"{HERE}users/{n}" for n in range(MANY)]}}
    if name == "contentMap":
        return {f"x{n}": "<p>hello</p>" for n in range(MANY)}
    return [scene.world.alice.uri, *(f"{HERE}things/{n}" for n in range(MANY))]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_flood_in_every_list(scene: Scene, kind: str) -> None:
    world = scene.world
    activity = KINDS[kind](scene)
    sender = scene.group.actor if activity["actor"] == scene.group.uri else scene.bob
    world.expects_failure = True
    ways = [way for way in paths(activity) if way[-1] in LISTED and isinstance(way[-1], str)]
    asked = world.far.asked.total()
    with within(0.6 * len(ways) + 1.0):
        for way in ways:
            flooded = KINDS[kind](scene)
            inside: Any = flooded
            for step in way[:-1]:
                inside = inside[step]
            inside[way[-1]] = flood(str(way[-1]), scene)
            answer = await world.post(sender, orjson.dumps(flooded))
            assert answer.status_code in (202, 400, 401, 413)
        await world.drain()
        await settle(world.runtime)
    assert world.far.asked.total() - asked <= 12 * len(ways)
    stuck = await world.runtime.db.fetch(
        "SELECT type, state, reason FROM inbound WHERE state NOT IN (2, 3, 4) AND type <> 'Undo'"
    )
    assert [tuple(row) for row in stuck] == []
    assert await world.count("notifications", "account_id = $1", world.alice.id) <= len(ways) + 3
    for table, column, most in (
        ("statuses", "attachments", 32), ("statuses", "emojis", 100), ("statuses", "tags", 100),
        ("accounts", "emojis", 100), ("accounts", "fields", 50),
    ):  # fmt: skip
        longest = await world.value(f"SELECT max(jsonb_array_length({column})) FROM {table}")
        assert longest <= most, (table, column)
    assert await world.value("SELECT max(cardinality(also_known_as)) FROM accounts") <= 256
    assert (await world.value("SELECT max(cardinality(options)) FROM polls") or 0) <= 500


async def test_hosts_that_are_invented(world: World) -> None:
    """Each knocks once; what is kept of them is bounded by what can be bought."""
    most = 20
    limits = Limits(new_actors_per_domain_per_hour=most)
    world.runtime.settings = replace(world.runtime.settings, limits=limits)
    for n in range(most + 10):
        person = world.far.actor(f"h{n}.far.test", "eve")
        await world.post(person, person.does("Follow", world.alice.uri))
    world.expects_failure = True
    await world.drain()
    assert registrable_domain("h1.far.test") == "far.test"
    assert await world.count("accounts", "domain IS NOT NULL") <= most
    other = await world.count("counters", "key LIKE 'new actors%'")
    assert other == 1


async def test_farewells_of_hosts_that_nobody_knows(world: World) -> None:
    """Whoever is not known leaves no row behind."""
    before = {table: await world.count(table) for table in ("accounts", "hosts", "inbound")}
    for n in range(300):
        person = world.far.actor(f"h{n}.far.test", "eve")
        gone = person.does("Delete", person.uri, to=[PUBLIC])
        assert (await world.post(person, gone)).status_code == 202
    after = {table: await world.count(table) for table in before}
    assert after == before
