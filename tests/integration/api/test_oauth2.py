"""Tokens looked at from outside, and scopes in words."""

import base64
import re

import pytest

from fedi.core.auth.scopes import ALL
from fedi.core.notifications.vapid import ensure_keys
from fedi.web.scopes import describe_scope
from tests.integration.api.conftest import House, Member
from tests.integration.api.test_oauth import register

INTROSPECT, INFO = "/oauth/introspect", "/oauth/token/info"


async def client_token(house: House, app: dict[str, str]) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "scope": "read write",
    }
    return (await house.client.post("/oauth/token", data=form)).json()["access_token"]


async def test_an_app_looks_at_its_own_tokens(house: House, alice: Member) -> None:
    app, other = await register(house), await register(house)
    token = await client_token(house, app)
    proof = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    facts = (await house.client.post(INTROSPECT, data={**proof, "token": token})).json()
    assert facts == {
        "active": True,
        "scope": "read write",
        "client_id": app["client_id"],
        "token_type": "Bearer",
        "exp": None,
        "iat": facts["iat"],
    }
    basic = base64.b64encode(f"{app['client_id']}:{app['client_secret']}".encode()).decode()
    headers = {"authorization": f"Basic {basic}"}
    again = await house.client.post(INTROSPECT, json={"token": token}, headers=headers)
    assert again.json() == facts
    for wanted in (alice.token, "", "nonsense", "\0", "x" * 5000):
        answer = await house.client.post(INTROSPECT, json={**proof, "token": wanted})
        assert answer.json() == {"active": False}
    strange = {"client_id": other["client_id"], "client_secret": other["client_secret"]}
    answer = await house.client.post(INTROSPECT, data={**strange, "token": token})
    assert answer.json() == {"active": False}
    await house.client.post("/oauth/revoke", data={**proof, "token": token})
    ended = await house.client.post(INTROSPECT, data={**proof, "token": token})
    assert ended.json() == {"active": False}
    wrong = await house.client.post(INTROSPECT, data={**proof, "client_secret": "x"})
    assert wrong.status_code == 401
    assert wrong.json()["error"] == "invalid_client"


async def test_what_a_token_is(house: House, alice: Member) -> None:
    facts = (await alice.get(INFO)).json()
    assert facts["resource_owner_id"] == alice.id
    assert facts["scope"] == ["read", "write", "follow", "push"]
    assert facts["expires_in"] is None
    app = await register(house)
    token = await client_token(house, app)
    headers = {"authorization": f"Bearer {token}"}
    facts = (await house.client.get(INFO, headers=headers)).json()
    assert facts["resource_owner_id"] is None
    assert facts["application"] == {"uid": app["client_id"]}
    assert (await house.client.get(INFO)).status_code == 401
    assert (await house.client.get(INFO, headers={"authorization": "Bearer x"})).status_code == 401


async def test_either_token_names_its_app(house: House, alice: Member) -> None:
    await ensure_keys(house.runtime)
    app = await register(house)
    assert app["vapid_key"]
    token = await client_token(house, app)
    path = "/api/v1/apps/verify_credentials"
    seen = (await house.client.get(path, headers={"authorization": f"Bearer {token}"})).json()
    assert seen["name"] == "App"
    assert seen["vapid_key"] == app["vapid_key"]
    assert "client_secret" not in seen
    assert (await alice.get(path)).status_code == 200
    now = (await house.client.get("/api/v2/instance")).json()
    assert now["configuration"]["vapid"]["public_key"] == app["vapid_key"]


async def test_userinfo_by_both_verbs(house: House, alice: Member) -> None:
    token = await house.token(alice.user_id, "profile")
    headers = {"authorization": f"Bearer {token}"}
    found = [
        (await house.client.request(method, "/oauth/userinfo", headers=headers)).json()
        for method in ("GET", "POST")
    ]
    assert found[0] == found[1]
    assert found[0]["preferred_username"] == "alice"
    assert (await alice.get("/oauth/userinfo")).status_code == 403


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_scope_is_said_in_words(name: str) -> None:
    words = describe_scope(name)
    assert re.fullmatch(r"[a-z][a-z, ]+", words), words
    assert ":" not in words


def test_no_two_scopes_sound_alike() -> None:
    told = [describe_scope(name) for name in ALL if name != "read:me"]
    assert len(set(told)) == len(told)
