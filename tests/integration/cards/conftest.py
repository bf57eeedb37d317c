"""One instance, and a site on loopback that serves what each test writes on it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import pytest

from fedi.config import Settings
from fedi.core.accounts.people import People
from fedi.core.cards import service
from fedi.core.instance import ensure_instance
from fedi.kit.result import Outcome
from fedi.kit.runtime import Runtime
from tests.integration.api.conftest import House, Member, open_house
from tests.integration.inbound.conftest import certificates
from tests.integration.inbound.far import Far, pin_far, playing
from tests.integration.posts.world import World
from tests.rig.certificates import Certificates

__all__ = ["certificates"]

Page = tuple[int, dict[str, str], bytes]


class Site(Far):
    """Pages by their address; people as everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, Page] = {}

    def write(self, url: str, body: str | bytes, *, status: int = 200, **headers: str) -> str:
        """Put a page somewhere; its address."""
        raw = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[url] = (status, {"content-type": "text/html; charset=utf-8", **named}, raw)
        return url

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        lines = head.split("\r\n")
        host = next(line.partition(": ")[2] for line in lines if line.lower().startswith("host:"))
        url = f"https://{host}{lines[0].split()[1]}"
        if url not in self.pages:
            await super()._answer(head, writer)
            return
        self.asked[url] += 1
        status, headers, body = self.pages[url]
        shown = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(
            f"HTTP/1.1 {status} x\r\n{shown}Content-Length: {len(body)}\r\n\r\n".encode() + body
        )
        await writer.drain()


@pytest.fixture
async def site(certificates: Certificates) -> AsyncGenerator[Site, None]:
    async with playing(Site(), certificates) as played:
        yield played


@pytest.fixture
def settings(settings: Settings, site: Site, certificates: Certificates) -> Settings:
    return pin_far(settings, site, certificates)


@dataclass
class Desk:
    """The instance, and the hands that do its chores."""

    house: House
    people: People
    site: Site
    world: World
    alice: Member

    async def post(self, text: str) -> str:
        """Alice posts; the id, once everything has followed but the previews."""
        status = await self.alice.write(text)
        await self.world.settle()
        return status["id"]

    async def card(self, status_id: str | int) -> dict[str, Any] | None:
        """The preview that a post shows."""
        answer = await self.alice.get(f"/api/v1/statuses/{status_id}")
        return answer.json()["card"]

    async def preview(self, url: str, body: str | None = None) -> dict[str, Any] | None:
        """The preview of a page that is written, linked and fetched now."""
        if body is not None:
            self.site.write(url, body)
        status_id = await self.post(f"look {url}")
        await service.make_card(self.people, url)
        return await self.card(status_id)

    async def chores(self) -> list[Any]:
        """What waits to be fetched, and since when it may."""
        return await self.house.runtime.db.fetch(
            "SELECT id, key, payload, host, state, created_at, attempts, due_at - now() AS wait"
            " FROM chores WHERE kind = $1 AND state < 2 ORDER BY id",
            service.KIND,
        )

    async def work(self) -> list[Outcome]:
        """One turn of the drain, with everything that it begins."""
        outcomes = await service.make_cards(self.people, await self.chores())
        await self.people.runtime.tasks.wait(10)
        return outcomes


@pytest.fixture
async def desk(runtime: Runtime, settings: Settings, site: Site) -> AsyncGenerator[Desk, None]:
    await ensure_instance(runtime)
    async with open_house(runtime, settings) as house:
        alice = await house.member("alice")
        yield Desk(house, house.services.people, site, World(runtime), alice)
