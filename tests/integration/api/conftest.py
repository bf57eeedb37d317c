"""One instance, `a.test`, with the client API behind the edge and nothing else around it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from fedi.api.deps import Services, build_services
from fedi.api.dispatch import Api
from fedi.api.routes import ROUTES
from fedi.config import Settings
from fedi.core.accounts.people import People
from fedi.core.accounts.service import create_local
from fedi.core.accounts.types import Account
from fedi.core.auth.apps import ensure_cli_app
from fedi.core.auth.tokens import issue_token
from fedi.core.auth.users import create_user
from fedi.core.domains.policy import Policy
from fedi.core.key_pairs import generate_pair
from fedi.kit.runtime import Runtime
from fedi.kit.web import Edge

PAIR = generate_pair()


@dataclass
class Member:
    """Somebody who uses the API with a token of their own."""

    client: httpx.AsyncClient
    account: Account
    user_id: int
    token: str

    @property
    def id(self) -> str:
        return str(self.account.id)

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.call("GET", path, **more)

    async def post(self, path: str, **more: Any) -> httpx.Response:
        return await self.call("POST", path, **more)

    async def write(self, text: str, **more: Any) -> dict[str, Any]:
        answer = await self.post("/api/v1/statuses", json={"status": text, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass
class House:
    """The instance under test."""

    runtime: Runtime
    services: Services
    client: httpx.AsyncClient
    members: dict[str, Member] = field(default_factory=dict)

    async def member(
        self,
        name: str,
        *,
        scopes: str = "read write follow push",
        confirmed: bool = True,
        role: str = "member",
    ) -> Member:
        async with self.runtime.unit() as unit:
            account = await create_local(unit, self.runtime.settings, name, PAIR)
            user_id = await create_user(
                unit, account.id, f"{name}@mail.test", "x", role, confirmed=confirmed
            )
        token = await self.token(user_id, scopes)
        member = Member(self.client, account, user_id, token)
        self.members[name] = member
        return member

    async def token(self, user_id: int | None, scopes: str) -> str:
        async with self.runtime.unit() as unit:
            app = await ensure_cli_app(unit)
            return (await issue_token(unit, user_id, scopes, app)).token


@asynccontextmanager
async def open_house(runtime: Runtime, settings: Settings) -> AsyncGenerator[House, None]:
    """The client API of an instance, behind the edge."""
    policy = Policy(runtime)
    services = build_services(runtime, People(runtime, policy), policy)
    transport = httpx.ASGITransport(Edge(Api(services, ROUTES), settings))
    async with httpx.AsyncClient(transport=transport, base_url="https://a.test") as client:
        yield House(runtime, services, client)


@pytest.fixture
async def house(runtime: Runtime, settings: Settings) -> AsyncGenerator[House, None]:
    async with open_house(runtime, settings) as found:
        yield found


@pytest.fixture
async def alice(house: House) -> Member:
    return await house.member("alice")


@pytest.fixture
async def bob(house: House) -> Member:
    return await house.member("bob")
