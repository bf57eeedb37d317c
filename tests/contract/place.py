"""One whole web process, `a.test`, in this process, with people who call it as apps do."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import httpx

from fedi.api.routes import ROUTES
from fedi.app import create_app
from fedi.config import Settings
from fedi.config.settings import Database, Instance, Limits, Queue, Redis, Registration
from fedi.core.accounts.service import create_local
from fedi.core.accounts.types import Account
from fedi.core.auth import apps, tokens, users
from fedi.core.instance import ensure_instance
from fedi.core.key_pairs import generate_pair
from fedi.core.queues import CHORES
from fedi.kit.drain import Drain, Pace, running
from fedi.kit.runtime import Runtime
from fedi.worker import Workshop
from tests.integration.attacks.conftest import lifespan
from tests.integration.posts.world import World

PAIR = generate_pair()
ORIGIN = "https://app.test"
SCOPES = "read write follow push profile admin:read admin:write"
WINDOWS: dict[str, Any] = {
    "enabled": True,
    **{each.name: 1_000_000 for each in fields(Limits) if each.name != "enabled"},
}


@dataclass
class Person:
    """Somebody who calls the API from a browser, with a token or without one."""

    client: httpx.AsyncClient
    token: str = ""
    account: Account | None = None
    user_id: int = 0

    @property
    def id(self) -> str:
        assert self.account is not None
        return str(self.account.id)

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, whatever its answer."""
        headers = {"Origin": ORIGIN, **more.pop("headers", {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return await self.client.request(method, path, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> Any:
        """What a GET that must succeed says."""
        return await self.do("GET", path, **more)

    async def do(self, method: str, path: str, **more: Any) -> Any:
        """What a request that must succeed says."""
        answer = await self.call(method, path, **more)
        assert answer.status_code in {200, 202}, (method, path, answer.status_code, answer.text)
        return answer.json()

    async def post(self, path: str, **body: Any) -> Any:
        """What a POST that must succeed says."""
        return await self.do("POST", path, json=body)

    async def write(self, text: str, **more: Any) -> dict[str, Any]:
        """A new post."""
        return await self.post("/api/v1/statuses", status=text, **more)


@dataclass
class Place:
    """The process and what stands behind it; `names` are the ids of what is there."""

    app: Any
    runtime: Runtime
    client: httpx.AsyncClient
    world: World
    people: dict[str, Person] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def anonymous(self) -> Person:
        return Person(self.client)

    async def member(self, name: str, **columns: Any) -> Person:
        """A new member."""
        async with self.runtime.unit() as unit:
            account = await create_local(unit, self.runtime.settings, name, PAIR)
            user_id = await users.create_user(
                unit, account.id, f"{name}@mail.test", "x", confirmed=True, **columns
            )
        token = await self.token(user_id)
        self.people[name] = person = Person(self.client, token, account, user_id)
        self.names[name] = person.id
        return person

    async def token(self, user_id: int | None, scopes: str = SCOPES) -> str:
        async with self.runtime.unit() as unit:
            app = await apps.ensure_cli_app(unit)
            return (await tokens.issue_token(unit, user_id, scopes, app)).token

    async def settle(self) -> None:
        """Let follow what follows from what has happened."""
        await self.world.settle()

    async def sql(self, text: str, *values: object) -> None:
        """One statement."""
        async with self.runtime.unit() as unit:
            await unit.execute(text, *values)


def build_settings(dsn: str, redis_url: str, data: Path) -> Settings:
    """Everything that can be switched on is on; limits are counted and never reached."""
    return Settings(
        domain="a.test",
        data=str(data),
        secret="test-secret-test-secret-test-secret",
        database=Database(url=dsn, pool_size=5),
        redis=Redis(url=redis_url),
        queue=Queue(sweep_seconds=0.2),
        limits=Limits(**WINDOWS),
        registration=Registration(mode="open"),
        instance=Instance(
            terms_of_service="Be kind.", terms_of_service_date="2026-01-31", privacy_policy="None."
        ),
    )


@asynccontextmanager
async def open_place(settings: Settings) -> AsyncGenerator[Place, None]:
    """The process, with somebody who does the chores (pictures become ready)."""
    runtime = Runtime(settings, role="test", pool_size=5)
    app = create_app(settings)
    await ensure_instance(runtime)
    pace = Pace(batch=20, sweep_seconds=0.05)
    shop = Workshop(runtime)
    problem: Exception | None = None
    drain = Drain(CHORES, shop.do_chores, runtime.db, runtime.unit, worker="w", pace=pace)
    async with (
        lifespan(app),
        running([drain], lambda each: runtime.tasks.start(each.run(), "chores")),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="https://a.test", timeout=60
        ) as client,
    ):
        try:
            yield Place(app, runtime, client, World(runtime))
        except Exception as failed:  # noqa: BLE001 - the process is ended in order, then it is said
            problem = failed
    await runtime.close()
    if problem is not None:
        raise problem


KNOWN = {f"{route.method} {route.path}": route for route in ROUTES}
