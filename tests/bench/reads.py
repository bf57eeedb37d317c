"""What apps, other servers and browsers read."""

import asyncio
import itertools
import time
from urllib.parse import quote, urlsplit

from tests.bench import wire
from tests.bench.client import drive, latencies
from tests.bench.report import Row, per_operation
from tests.bench.server import DOMAIN
from tests.bench.world import SOURCE, World

SECONDS = 2.0
REPLIES = 20


async def _thread(world: World) -> tuple[str, str]:
    """A post with twenty replies from elsewhere, with a mention each; its id and its path."""
    root = await world.call(
        "POST", "/api/v1/statuses", world.reader, json={"status": "The root of a thread"}
    )
    actors = wire.actors("s", SOURCE, REPLIES)
    mention = (world.reader.uri, world.reader.handle)
    name = f"reply{time.time_ns()}"
    moments = world.moments(REPLIES)
    replies = [
        wire.create(actor, f"{name}-{n}", moments[n], mention=mention, to=root["uri"])
        for n, actor in enumerate(actors)
    ]
    await drive(world.server.address, wire.sign_all(world.key, replies, DOMAIN), 4)
    for _ in range(100):
        context = await world.call("GET", f"/api/v1/statuses/{root['id']}/context", world.reader)
        if len(context["descendants"]) >= REPLIES:
            return root["id"], urlsplit(root["uri"]).path
        await asyncio.sleep(0.1)
    raise TimeoutError("the replies do not arrive")


async def _content(world: World) -> str:
    """Posts for the timelines; the id of a remote author with twenty of them."""
    await world.sources()
    author = wire.actors("s", SOURCE, 1)
    requests, uris = world.creates(author, 40, f"page{time.time_ns()}")
    cursor = await world.newest(world.reader)
    await drive(world.server.address, requests, 4)
    assert await world.watch(world.reader, cursor, uris, 15.0) == len(uris)
    return await world.find(author[0])


async def cases(world: World) -> dict[str, bytes]:
    """The prepared requests."""
    author = await _content(world)
    root, _ = await _thread(world)
    reader = world.reader
    actor = urlsplit(reader.uri).path
    resource = quote(f"acct:{reader.handle[1:]}", safe="")

    def api(target: str) -> bytes:
        return world.server.request("GET", f"/api/v1/{target}", member=reader)

    stranger = wire.actors("s", SOURCE, 1)[0]
    return {
        "home 20": api("timelines/home?limit=20"),
        "public 20": api("timelines/public?limit=20"),
        "notifications 20": api("notifications?limit=20"),
        "account statuses 20": api(f"accounts/{author}/statuses?limit=20"),
        "context 20": api(f"statuses/{root}/context"),
        "status": api(f"statuses/{root}"),
        "verify_credentials": api("accounts/verify_credentials"),
        "actor document": world.server.request("GET", actor, accept=wire.ACTIVITY),
        "actor document, signed": wire.signed_get(world.key, stranger, DOMAIN, actor),
        "webfinger": world.server.request("GET", f"/.well-known/webfinger?resource={resource}"),
        "profile page": world.server.request("GET", f"/@{reader.name}", accept="text/html"),
    }


async def reads(world: World) -> list[Row]:
    """Each request again and again for two seconds, over one and over sixteen connections."""
    rows: list[Row] = []
    for name, raw in (await cases(world)).items():
        await drive(world.server.address, [raw] * 20, 2)
        await world.server.meter.settle(3.0)
        for connections in (1, 16):
            window = world.server.meter.begin()
            done = await drive(
                world.server.address, itertools.repeat(raw), connections, seconds=SECONDS
            )
            total, parts = per_operation(window.spent(), done.count)
            values = {"cpu_ms": total, "rate": done.rate, **latencies(done.times)}
            size = f"{done.size / max(done.count, 1) / 1024:.1f} KB"
            note = ", ".join(filter(None, [size, done.trouble()]))
            suffix = "" if connections == 1 else f" x{connections}"
            rows.append(Row(name + suffix, values, parts, note))
    return rows
