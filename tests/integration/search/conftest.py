"""The API of `a.test`, and a way to let everything follow that follows from what was done."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import pytest

from fedi.config import Settings
from fedi.kit.runtime import Runtime
from tests.integration.api.conftest import House, Member, open_house
from tests.integration.posts.world import World


@dataclass
class Library:
    """An instance with members, strangers and their posts."""

    house: House
    world: World
    alice: Member
    bob: Member

    async def find(self, member: Member, query: str, **more: Any) -> list[str]:
        """The ids of the posts that a search finds."""
        params = {"q": query, "type": "statuses", **more}
        answer = await member.get("/api/v2/search", params=params)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()) == {"accounts", "statuses", "hashtags", "collections"}
        return [status["id"] for status in answer.json()["statuses"]]

    async def write(self, member: Member, text: str, **more: Any) -> str:
        status = await member.write(text, **more)
        return status["id"]

    async def settle(self) -> None:
        """Let reactions follow."""
        await self.world.settle()


@pytest.fixture
async def house(runtime: Runtime, settings: Settings) -> AsyncGenerator[House, None]:
    """The API of an instance."""
    async with open_house(runtime, settings) as found:
        yield found


@pytest.fixture
async def library(house: House) -> Library:
    """Alice and Bob, and nobody else yet."""
    return Library(
        house, World(house.runtime), await house.member("alice"), await house.member("bob")
    )
