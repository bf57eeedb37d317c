"""What comes in besides plain posts: posts with everything, likes, boosts, and their ends."""

import time
from typing import Any

from tests.bench import wire
from tests.bench.client import drive
from tests.bench.inbound import CONNECTIONS, flood
from tests.bench.report import Row, median
from tests.bench.server import DOMAIN
from tests.bench.world import SOURCE, World

COUNT = 1000
FOLLOWERS = 10
# Posts that are liked and boosted, half of them members' own, by each of the fifty sources.
POSTS = 20
ROUNDS = 3


async def deeds(world: World) -> list[Row]:
    """Each with an effect: nothing here comes twice, or for nobody."""
    return median([[*await _rich(world), *await _likes_and_boosts(world)] for _ in range(ROUNDS)])


async def _rich(world: World) -> list[Row]:
    """Posts that bear everything, for ten followers each; then they are deleted."""
    actors = await world.group(FOLLOWERS)
    name = f"rich{time.time_ns()}"
    first, quoted = world.creates(actors, len(actors) * 10, f"{name}-first")
    await drive(world.server.address, first, CONNECTIONS)
    requests, uris = world.creates(
        actors, COUNT, name, mention_every=1, quoted=quoted[: len(actors)]
    )
    created, _ = await flood(world, "inbound rich create", requests)
    gone = [wire.delete(actors[number % len(actors)], uri) for number, uri in enumerate(uris)]
    deleted, _ = await flood(world, "inbound delete", _signed(world, gone))
    return [created, deleted]


async def _likes_and_boosts(world: World) -> list[Row]:
    """Of known posts by members and by others, from people whom somebody follows."""
    await world.sources()
    actors = wire.actors("s", SOURCE)
    posts = await _posts(world, actors[0])
    rows: list[Row] = []
    for kind in ("Like", "Announce"):
        done = [
            wire.deed(actor, kind, author, about=uri) for uri, author in posts for actor in actors
        ]
        undone = [wire.undo(activity) for activity in done]
        for row, activities in ((kind, done), (f"undo {kind}", undone)):
            found, _ = await flood(world, f"inbound {row.lower()}", _signed(world, activities))
            rows.append(found)
    return rows


async def _posts(world: World, author: wire.Actor) -> list[tuple[str, str]]:
    """Posts that are here, and their authors."""
    member = world.members["single"]
    ours = [
        await world.call(
            "POST", "/api/v1/statuses", member, json={"status": f"To be liked {time.time_ns()}"}
        )
        for _ in range(POSTS // 2)
    ]
    requests, theirs = world.creates([author], POSTS // 2, f"liked{time.time_ns()}")
    await drive(world.server.address, requests, 1)
    return [(post["uri"], member.uri) for post in ours] + [(uri, author.uri) for uri in theirs]


def _signed(world: World, activities: list[dict[str, Any]]) -> list[bytes]:
    return wire.sign_all(world.key, activities, DOMAIN)
