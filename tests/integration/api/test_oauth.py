"""Apps, tokens and scopes."""

import asyncio
import base64
import hashlib

import pytest

from fedi.api.deps import Who
from fedi.api.routes import ROUTES
from fedi.core.auth.apps import find_app
from fedi.core.auth.codes import issue_code
from fedi.core.auth.scopes import ALL, allows
from tests.integration.api.conftest import House, Member

VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")


async def register(house: House, **more: object) -> dict:
    body = {
        "client_name": "App",
        "redirect_uris": "https://app.test/cb",
        "scopes": "read write",
        **more,
    }
    answer = await house.client.post("/api/v1/apps", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def make_code(
    house: House, app: dict, member: Member, challenge: str | None = None
) -> dict[str, str]:
    async with house.runtime.unit() as unit:
        found = await find_app(unit, app["client_id"])
        assert found is not None
        code = await issue_code(
            unit, found, member.user_id, "https://app.test/cb", "read write", challenge
        )
    return {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": "https://app.test/cb",
        "code": code,
    }


async def test_an_app_is_registered_in_every_encoding(house: House) -> None:
    app = await register(house, website="https://app.test")
    assert app["redirect_uri"] == "https://app.test/cb"
    assert app["redirect_uris"] == ["https://app.test/cb"]
    assert app["scopes"] == ["read", "write"]
    assert app["client_secret_expires_at"] == 0
    form = {"client_name": "App", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
    answer = await house.client.post("/api/v1/apps/", data=form)
    assert answer.json()["scopes"] == ["read"]
    lists = await register(house, redirect_uris=["https://a.test/1", "myapp://cb"])
    assert lists["redirect_uris"] == ["https://a.test/1", "myapp://cb"]
    for bad in (
        {"redirect_uris": "javascript:alert(1)"},
        {"redirect_uris": ""},
        {"client_name": ""},
        {"scopes": "read everything"},
    ):
        body = {"client_name": "App", "redirect_uris": "https://app.test/cb", **bad}
        assert (await house.client.post("/api/v1/apps", json=body)).status_code == 422


async def test_a_code_becomes_one_token(house: House, alice: Member) -> None:
    app = await register(house)
    body = await make_code(house, app, alice)
    answers = await asyncio.gather(
        *(house.client.post("/oauth/token", data=body) for _ in range(8))
    )
    good = [answer for answer in answers if answer.status_code == 200]
    assert len(good) == 1
    token = good[0].json()
    assert token["token_type"] == "Bearer"
    assert token["scope"] == "read write"
    assert isinstance(token["created_at"], int)
    assert good[0].headers["cache-control"] == "no-store"
    for answer in answers:
        if answer is not good[0]:
            assert answer.status_code == 400
            assert answer.json()["error"] == "invalid_grant"
    # The code came again, so the token that it gave is worth nothing any more.
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    me = await house.client.get("/api/v1/accounts/verify_credentials", headers=headers)
    assert me.status_code == 401


async def test_pkce_and_basic_authentication(house: House, alice: Member) -> None:
    app = await register(house)
    challenge = CHALLENGE.decode()
    for verifier, expected in ((VERIFIER, 200), ("w" * 50, 400), (None, 400)):
        body = await make_code(house, app, alice, challenge)
        if verifier:
            body["code_verifier"] = verifier
        assert (await house.client.post("/oauth/token", json=body)).status_code == expected
    body = await make_code(house, app, alice)
    body["code_verifier"] = VERIFIER
    assert (await house.client.post("/oauth/token", json=body)).status_code == 400
    body = await make_code(house, app, alice)
    auth = (body.pop("client_id"), body.pop("client_secret"))
    answer = await house.client.post("/oauth/token", data=body, auth=auth)
    assert answer.status_code == 200
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    seen = await house.client.get("/api/v1/apps/verify_credentials", headers=headers)
    assert seen.json()["name"] == "App"
    assert "client_secret" not in seen.json()


async def test_errors_have_their_codes(house: House, alice: Member) -> None:
    app = await register(house)
    good = await make_code(house, app, alice)
    for change, status, code in (
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"code": ""}, 400, "invalid_request"),
        ({"redirect_uri": "https://app.test/cb/"}, 400, "invalid_grant"),
        ({"grant_type": "client_credentials", "scope": "push"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "nonsense"}, 400, "invalid_scope"),
    ):
        answer = await house.client.post("/oauth/token", data={**good, **change})
        assert (answer.status_code, answer.json()["error"]) == (status, code), change
        assert answer.json()["error_description"]
    other = await register(house)
    body = {**good, "client_id": other["client_id"], "client_secret": other["client_secret"]}
    assert (await house.client.post("/oauth/token", data=body)).json()["error"] == "invalid_grant"


async def test_revoking(house: House, alice: Member) -> None:
    app, other = await register(house), await register(house)
    answer = await house.client.post("/oauth/token", data=await make_code(house, app, alice))
    token = answer.json()["access_token"]
    client = {key: app[key] for key in ("client_id", "client_secret")}
    stranger = {key: other[key] for key in ("client_id", "client_secret")}
    answer = await house.client.post("/oauth/revoke", data={**stranger, "token": token})
    assert (answer.status_code, answer.json()["error"]) == (403, "unauthorized_client")
    for given in (token, token, "never-there"):
        answer = await house.client.post("/oauth/revoke", data={**client, "token": given})
        assert (answer.status_code, answer.json()) == (200, {})
    headers = {"Authorization": f"Bearer {token}"}
    answer = await house.client.get("/api/v1/timelines/home", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"error": "The access token is invalid"}


async def test_metadata_and_userinfo(house: House, alice: Member) -> None:
    answer = await house.client.get("/.well-known/oauth-authorization-server")
    said = answer.json()
    assert said["issuer"] == "https://a.test/"
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert answer.headers["access-control-allow-origin"] == "*"
    token = await house.token(alice.user_id, "profile")
    headers = {"Authorization": f"Bearer {token}"}
    info = (await house.client.get("/oauth/userinfo", headers=headers)).json()
    assert info["sub"] == alice.account.uri
    assert (await alice.get("/oauth/userinfo")).status_code == 403


def filled(path: str) -> str:
    return path.replace("{id}", "1").replace("{hashtag}", "x")


async def test_every_route_declares_who_may_call_it_with_which_scope(house: House) -> None:
    for route in ROUTES:
        names = [name for name in route.scopes if name not in ALL]
        assert not names, (route.path, names)
        if route.who is Who.MEMBER:
            assert route.scopes, f"{route.method} {route.path} declares no scope"


@pytest.mark.parametrize("who", [Who.MEMBER, Who.APP])
async def test_no_route_answers_without_a_token(house: House, who: Who) -> None:
    for route in ROUTES:
        if route.who is who:
            answer = await house.client.request(route.method, filled(route.path))
            assert answer.status_code == 401, (route.method, route.path)
            assert answer.json() == {"error": "The access token is invalid"}
            headers = {"Authorization": "Bearer wrong"}
            answer = await house.client.request(route.method, filled(route.path), headers=headers)
            assert answer.status_code == 401, (route.method, route.path)


async def test_every_route_with_every_scope(house: House, alice: Member) -> None:
    outside = {"error": "This action is outside the authorized scopes"}
    for scope in sorted(ALL):
        token = await house.token(alice.user_id, scope)
        headers = {"Authorization": f"Bearer {token}"}
        for route in ROUTES:
            if route.who is Who.OPEN or not route.scopes:
                continue
            is_allowed = any(allows({scope}, name) for name in route.scopes)
            answer = await house.client.request(route.method, filled(route.path), headers=headers)
            place = (scope, route.method, route.path, answer.status_code)
            if is_allowed:
                # Some things nobody may do just now, whatever the scope: that has other words.
                assert answer.status_code in {200, 400, 403, 404, 422}, place
                assert answer.status_code != 403 or answer.json() != outside, place
            else:
                assert answer.status_code == 403, place
                assert answer.json() == outside


async def test_the_token_of_an_app_is_no_member(house: House) -> None:
    token = await house.token(None, "read write follow push profile admin:read admin:write")
    headers = {"Authorization": f"Bearer {token}"}
    for route in ROUTES:
        if route.who is Who.MEMBER:
            answer = await house.client.request(route.method, filled(route.path), headers=headers)
            assert answer.status_code == 422, (route.method, route.path)
            assert answer.json() == {"error": "This method requires an authenticated user"}
    public = await house.client.get("/api/v1/timelines/public", headers=headers)
    assert public.status_code == 200


async def test_members_who_may_not_act_are_told_why(house: House) -> None:
    carol = await house.member("carol", confirmed=False)
    answer = await carol.get("/api/v1/timelines/home")
    assert answer.status_code == 403
    assert answer.json()["error"] == "Your login is missing a confirmed e-mail address"
