"""A light load on one instance, in both directions, with a ledger of what was acknowledged."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.rig.actors import Actor
from tests.rig.arena import Arena
from tests.rig.instance import until
from tests.rig.ledger import Debt, Fact, facts_of

_names = itertools.count()


@dataclass
class Load:
    """Peers post, like and boost; Alice posts; everything until it is acknowledged."""

    box: Arena
    followers: list[Actor]
    # Somebody whom Alice follows.
    star: Actor
    pause: float = 0.05
    answers: Counter[int] = field(default_factory=Counter)
    # Answers that nobody must ever get, with what was asked.
    refused: list[str] = field(default_factory=list)
    target: str = ""
    seed: int = 1

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; what is begun by then is finished."""
        self.target = await self.post("the target")
        await asyncio.gather(self._inbound(stop), self._outbound(stop), self._reads(stop))

    async def _inbound(self, stop: asyncio.Event) -> None:
        chance = random.Random(self.seed)  # noqa: S311 - a seed repeats the run
        turns = asyncio.Semaphore(8)
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                await asyncio.sleep(self.pause * chance.uniform(0.5, 1.5))
                await turns.acquire()
                group.create_task(self._receive(chance)).add_done_callback(
                    lambda _: turns.release()
                )

    async def _receive(self, chance: random.Random) -> None:
        box = self.box
        other = box.peer.actor(f"h{chance.randrange(7)}", f"load{next(_names)}")
        match chance.randrange(5):
            case 0 | 1:
                actor, activity = self.star, self.star.creates(self.star.note("load"))
            case 2:
                note = other.note("hello", mentions=(box.alice_uri,))
                actor, activity = other, other.creates(note)
            case 3:
                actor, activity = other, other.says("Like", self.target)
            case _:
                actor, activity = other, other.announces(self.target)
        followers = [box.alice_uri] if actor == self.star else []
        self.answers.update(await box.receive(actor, activity, seconds=60))
        box.ledger.did(facts_of(activity, followers, {box.alice_uri}))

    async def _outbound(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.post(f"load {next(_names)}")
            await asyncio.sleep(self.pause * 3)

    async def post(self, text: str) -> str:
        """Post once, however often it has to be said."""
        box = self.box
        headers = {"Idempotency-Key": f"load {text} {id(self)}"}
        status = await self._ask("POST", "/api/v1/statuses", json={"status": text}, headers=headers)
        uri: str = status["uri"]
        facts = [Fact("status", box.alice_uri, uri), Fact("home", box.alice_uri, uri)]
        box.ledger.did(facts, [Debt(actor.host, "Create", uri) for actor in self.followers])
        return uri

    async def _reads(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._ask("GET", "/api/v1/timelines/home")
            await asyncio.sleep(self.pause * 2)

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        async def attempt() -> Any:
            try:
                answer = await self.box.alice.ask(method, path, **options)
            except httpx.HTTPError:
                self.answers[0] += 1
                return None
            self.answers[answer.status_code] += 1
            if answer.status_code == 503 and "retry-after" not in answer.headers:
                self.refused.append(f"{method} {path}: 503 without Retry-After")
            if answer.status_code not in {200, 503}:
                self.refused.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
            return answer.json() if answer.status_code == 200 else None

        return await until(attempt, seconds=60, what=f"{method} {path} ({dict(self.answers)})")


@asynccontextmanager
async def loaded(load: Load) -> AsyncGenerator[Load, None]:
    """The load, for the length of a block; at its end everything has been acknowledged."""
    stop = asyncio.Event()
    running = asyncio.get_running_loop().create_task(load.run(stop))
    try:
        yield load
    finally:
        stop.set()
        await running
    assert not load.refused, load.refused[:5]
    assert set(load.answers) <= {0, 200, 202, 503}, load.answers
