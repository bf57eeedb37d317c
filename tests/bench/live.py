"""How soon a post is on its author's own socket; what the instance needs at rest and to start."""

import asyncio
import time

import orjson
import websockets

from tests.bench.client import Connection, latencies
from tests.bench.report import Row
from tests.bench.server import DOMAIN
from tests.bench.world import World

POSTS = 100
REST = 5.0


async def stream(world: World) -> list[Row]:
    """From sending the request to the update on the `user` stream."""
    await world.sources()
    await world.server.meter.settle()
    server, reader = world.server, world.reader
    connection = Connection(server.address)
    times: list[float] = []
    async with websockets.connect(
        f"ws://{DOMAIN}/api/v1/streaming?stream=user",
        host=server.address[0],
        port=server.address[1],
        subprotocols=[websockets.Subprotocol(reader.token)],
        max_size=None,
        proxy=None,
    ) as socket:
        for number in range(POSTS):
            text = f"Streamed as number {number} at {time.time_ns()}"
            raw = server.request("POST", "/api/v1/statuses", member=reader, json={"status": text})
            begun = time.monotonic()
            posted = asyncio.ensure_future(connection.send(raw))
            while text not in orjson.loads(await socket.recv()).get("payload", ""):
                pass
            times.append(time.monotonic() - begun)
            await posted
            await asyncio.sleep(0.02)
    connection.close()
    return [Row("post to own socket", latencies(times))]


async def rest(world: World) -> list[Row]:
    """Memory after the load; then a new start on the same data, and memory at rest."""
    server = world.server
    await server.meter.settle()
    loaded = server.meter.memory()
    await server.stop()
    seconds = await server.start()
    await asyncio.sleep(REST)
    window = server.meter.begin()
    await asyncio.sleep(3.0)
    idle = sum(window.spent().values()) / 3.0
    resting = server.meter.memory()
    return [
        Row("memory after the load", {"mib": sum(loaded.values())}, loaded),
        Row("cold start", {"seconds": seconds}),
        Row(
            "memory at rest",
            {"mib": sum(resting.values())},
            resting,
            f"idle at {idle:.1%} of one core",
        ),
    ]
