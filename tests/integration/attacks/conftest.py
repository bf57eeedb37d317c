"""One whole web process, `a.test`, as strangers meet it: every door behind the edge."""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Message

from fedi.app import create_app
from fedi.config import Settings
from fedi.core.accounts.service import create_local
from fedi.core.accounts.types import Account
from fedi.core.auth import apps, passwords, tokens, users
from fedi.core.auth.types import NewApp
from fedi.core.instance import ensure_instance
from fedi.core.key_pairs import generate_pair
from fedi.kit.runtime import Runtime

PAIR = generate_pair()
PASSWORD = "correct horse battery"
CALLBACK = "https://app.test/callback"


@dataclass
class Member:
    """Somebody with a password and a token."""

    account: Account
    user_id: int
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Site:
    """The process and what stands behind it."""

    app: ASGIApp
    runtime: Runtime
    client: httpx.AsyncClient

    async def member(self, name: str, scopes: str = "read write follow push") -> Member:
        hashed = await passwords.hash_password(PASSWORD)
        async with self.runtime.unit() as unit:
            account = await create_local(unit, self.runtime.settings, name, PAIR)
            user_id = await users.create_user(
                unit, account.id, f"{name}@mail.test", hashed, confirmed=True
            )
            app = await apps.ensure_cli_app(unit)
            issued = await tokens.issue_token(unit, user_id, scopes, app)
        return Member(account, user_id, issued.token)

    async def register(self, name: str = "Client", redirect: str = CALLBACK) -> NewApp:
        async with self.runtime.unit() as unit:
            return await apps.register_app(unit, name, [redirect], "read write")

    async def post(self, path: str, fields: dict[str, str], **more: Any) -> httpx.Response:
        """Send a form as a browser does that has loaded it."""
        page = await self.client.get("/auth/sign_in")
        return await self.client.post(path, data={"csrf": csrf_of(page), **fields}, **more)

    async def sign_in(self, login: str) -> httpx.Response:
        return await self.post("/auth/sign_in", {"login": login, "password": PASSWORD})


def csrf_of(page: httpx.Response) -> str:
    """The token in the first form of a page."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
    assert found, page.text
    return found[1]


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncGenerator[None, None]:
    """Start and stop an application as its server does."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    task = asyncio.ensure_future(app(scope, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    assert (await outbox.get())["type"] == "lifespan.startup.complete"
    yield
    await inbox.put({"type": "lifespan.shutdown"})
    assert (await outbox.get())["type"] == "lifespan.shutdown.complete"
    await task


@pytest.fixture
async def site(settings: Settings, runtime: Runtime) -> AsyncGenerator[Site, None]:
    """The process, with a client that keeps cookies and hides no failure."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    app = create_app(settings)
    root.handlers[:] = handlers
    root.setLevel(level)
    await ensure_instance(runtime)
    async with lifespan(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://a.test") as client:
            yield Site(app, runtime, client)


@pytest.fixture
async def alice(site: Site) -> Member:
    return await site.member("alice")
