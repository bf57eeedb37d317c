"""Tokens that reach too far: every route, with every scope that is not its own."""

import re

import pytest

from fedi.api.deps import Route, Who
from fedi.api.routes import ROUTES
from fedi.core.auth import apps, tokens
from tests.integration.attacks.conftest import Member, Site

# The scopes that apps ask for, the broad ones and the narrow ones.
NARROW = sorted({scope for route in ROUTES for scope in route.scopes} - {"read", "write"})


def covers(held: str, route: Route) -> bool:
    """Whether a scope opens a route, told without the code that is being tested."""
    broad = held.partition(":")[0]
    for wanted in route.scopes:
        if held == wanted or (held == broad and wanted.startswith(f"{held}:")):
            return True
        # What older apps ask for; it opens relations and nothing else.
        if held == "follow" and wanted.split(":")[-1] in {"follows", "blocks", "mutes"}:
            return True
    return False


async def token_of(site: Site, user_id: int | None, scopes: str) -> dict[str, str]:
    async with site.runtime.unit() as unit:
        app = await apps.ensure_cli_app(unit)
        issued = await tokens.issue_token(unit, user_id, scopes, app)
    return {"Authorization": f"Bearer {issued.token}"}


def test_every_route_that_knows_who_calls_names_a_scope() -> None:
    free = {
        f"{route.method} {route.path}"
        for route in ROUTES
        if route.who in {Who.MEMBER, Who.APP} and not route.scopes
    }
    assert free <= {
        "GET /api/v1/apps/verify_credentials",
        "GET /oauth/token/info",
    }, free


@pytest.mark.parametrize("held", ["profile", "push", "follow", "read", *NARROW])
async def test_a_scope_opens_its_own_routes_and_no_others(
    site: Site, alice: Member, held: str
) -> None:
    headers = await token_of(site, alice.user_id, held)
    for route in ROUTES:
        if route.who is Who.OPEN or not route.scopes or covers(held, route):
            continue
        path = re.sub(r"{[^}]*}", "1", route.path)
        answer = await site.client.request(route.method, path, headers=headers)
        assert answer.status_code == 403, (held, route.method, route.path, answer.text)


async def test_the_token_of_an_app_is_nobodys(site: Site, alice: Member) -> None:
    headers = await token_of(site, None, "read write follow push profile")
    for route in ROUTES:
        if route.who not in {Who.MEMBER, Who.PERSON}:
            continue
        path = re.sub(r"{[^}]*}", str(alice.account.id), route.path)
        for sent, expected in ((headers, {401, 403, 422}), ({}, {401})):
            answer = await site.client.request(route.method, path, headers=sent)
            assert answer.status_code in expected, (route.method, route.path, answer.text)
            assert "alice" not in answer.text
