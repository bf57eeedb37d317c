"""What follows from what was done, without a worker: for tests inside one process."""

from typing import Any

from fedi.kit.runtime import Runtime
from fedi.reactions import react, read_event


async def settle(runtime: Runtime) -> list[Any]:
    """React to everything that was recorded, as the events drain would; what streams heard."""
    heard: list[Any] = []
    while True:
        async with runtime.unit() as unit:
            rows = await unit.fetch(
                "UPDATE events SET state = 2 WHERE state = 0 RETURNING id, type, payload"
            )
            if not rows:
                return heard
            events = sorted((row["id"], row["type"], row["payload"]) for row in rows)
            known = [(i, event) for i, t, p in events if (event := read_event(t, p))]
            await react(unit, runtime.settings, known)
            heard.extend(unit._words)
