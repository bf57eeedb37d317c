"""One instance, `a.test`, with its pages and the client API behind the edge."""

import dataclasses
import html
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.routing import Route, Router

from fedi.api.deps import build_services
from fedi.api.dispatch import Api
from fedi.api.openapi.document import build_document
from fedi.api.routes import ROUTES
from fedi.config import Settings
from fedi.core.accounts.people import People
from fedi.core.accounts.service import create_local
from fedi.core.accounts.types import Account
from fedi.core.auth.passwords import hash_password
from fedi.core.auth.users import create_user
from fedi.core.domains.policy import Policy
from fedi.core.key_pairs import generate_pair
from fedi.kit.runtime import Runtime
from fedi.kit.web import Edge
from fedi.web.routes import build_routes

PAIR = generate_pair()
PASSWORD = "correct horse battery"
HOME = "https://app.test/cb"
_FORM = re.compile(r'<form method="post" action="([^"]*)">(.*?)</form>', re.DOTALL)
_FIELD = re.compile(r'name="([^"]+)" value="([^"]*)"')


@dataclass
class Browser:
    """Somebody with a browser and without JavaScript."""

    client: httpx.AsyncClient
    runtime: Runtime

    async def member(self, name: str) -> Account:
        hashed = await hash_password(PASSWORD)
        async with self.runtime.unit() as unit:
            account = await create_local(unit, self.runtime.settings, name, PAIR)
            await create_user(unit, account.id, f"{name}@mail.test", hashed, confirmed=True)
        return account

    async def register(self, redirect_uri: str, scopes: str = "read write follow") -> str:
        form = {"client_name": "An <App>", "redirect_uris": redirect_uri, "scopes": scopes}
        self.app = (await self.client.post("/api/v1/apps", data=form)).json()
        return self.app["client_id"]

    async def open(self, redirect_uri: str, **more: str) -> httpx.Response:
        """The page to which an app sends people."""
        query = {
            "client_id": self.app["client_id"],
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": "read write follow",
            **more,
        }
        return await self.client.get("/oauth/authorize/", params=query)

    async def submit(self, page: httpx.Response, **typed: str) -> httpx.Response:
        """Send the form of a page in which these fields stand, or can be typed."""
        for action, inside in _FORM.findall(page.text):
            fields = {k: html.unescape(v) for k, v in _FIELD.findall(inside)}
            hidden = typed.get("decision")
            if hidden in {None, fields.get("decision")}:
                return await self.client.post(html.unescape(action), data={**fields, **typed})
        raise AssertionError("there is no such form")

    async def sign_in(self, page: httpx.Response, name: str) -> httpx.Response:
        answer = await self.submit(page, login=name, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        return await self.client.get(answer.headers["location"])

    async def exchange(self, code: str, redirect_uri: str, **more: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": self.app["client_id"],
            "client_secret": self.app["client_secret"],
            "redirect_uri": redirect_uri,
            "code": code,
            **more,
        }
        return await self.client.post("/oauth/token", data=form)

    async def name_behind(self, token: str) -> str:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self.client.get("/api/v1/accounts/verify_credentials", headers=headers)
        return answer.json()["username"]

    async def write(self, token: str, text: str, **more: Any) -> dict[str, Any]:
        return await self.call("POST", "/api/v1/statuses", token, status=text, **more)

    async def call(self, method: str, path: str, token: str, **body: Any) -> dict[str, Any]:
        """What the client API answers to a member."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self.client.request(method, path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def sign_up(self, name: str) -> str:
        """A member and a token of theirs, by way of the forms."""
        await self.member(name)
        await self.register(HOME)
        consent = await self.sign_in(await self.open(HOME, force_login="true"), name)
        code = answer_in(await self.submit(consent, decision="allow"))["code"]
        return (await self.exchange(code, HOME)).json()["access_token"]

    async def read(self, path: str, *, status: int = 200) -> str:
        """A page as a browser gets it."""
        page = await self.client.get(path, headers={"accept": "text/html"})
        assert page.status_code == status, page.text
        assert page.headers["content-type"].startswith("text/html")
        return page.text

    async def change(self, statement: str, *values: object) -> None:
        """Change what is stored, behind the back of the house."""
        async with self.runtime.unit() as unit:
            await unit.execute(statement, *values)


def answer_in(response: httpx.Response) -> dict[str, str]:
    """What an app reads from the address it is sent to."""
    return {k: v[0] for k, v in parse_qs(urlsplit(response.headers["location"]).query).items()}


@asynccontextmanager
async def browse(runtime: Runtime) -> AsyncGenerator[Browser, None]:
    """A browser in front of one instance."""
    settings = runtime.settings
    policy = Policy(runtime)
    people = People(runtime, policy)
    api = Api(build_services(runtime, people, policy), ROUTES)
    pages = build_routes(people, lambda: build_document(ROUTES, settings.origin))
    router = Router([Route("/@{username}", pages.public.profile), *pages.routes])
    router.routes.append(Route("/@{username}/{status}", pages.public.status))
    router.routes.append(Route("/tags/{name}", pages.tag))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        is_api = scope["path"].startswith(("/api/", "/oauth/token"))
        await (api if is_api else router)(scope, receive, send)

    transport = httpx.ASGITransport(Edge(app, settings))
    async with httpx.AsyncClient(transport=transport, base_url="https://a.test") as client:
        yield Browser(client, runtime)


@asynccontextmanager
async def browse_with(settings: Settings, **sections: Any) -> AsyncGenerator[Browser, None]:
    """A browser in front of an instance with other settings."""
    runtime = Runtime(dataclasses.replace(settings, **sections), role="test", pool_size=2)
    try:
        async with browse(runtime) as browser:
            yield browser
    finally:
        await runtime.close()


@pytest.fixture
async def browser(runtime: Runtime) -> AsyncGenerator[Browser, None]:
    async with browse(runtime) as found:
        yield found
