"""Joining by an app: open, by approval, closed, and with values that cannot be."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from fedi.api.deps import build_services
from fedi.api.dispatch import Api
from fedi.api.routes import ROUTES
from fedi.config.settings import Limits
from fedi.core.auth.sign_up import approve, reject
from fedi.core.auth.users import get_user, list_users
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.web import Edge
from tests.integration.api.conftest import House, Member
from tests.integration.api.rooms import ask

PATH = "/api/v1/accounts"
GOOD = {
    "username": "carol",
    "email": "carol@mail.test",
    "password": "correct horse",
    "agreement": "true",
    "locale": "de",
}


async def join(house: House, mode: str = "open", token: str = "", **more: Any) -> httpx.Response:
    settings = house.runtime.settings
    joined = replace(settings.registration, mode=mode, reason_required=mode == "approval")
    token = token or await house.token(None, "read write follow push")
    body = {key: value for key, value in {**GOOD, **more}.items() if value is not None}
    wanted = replace(settings, registration=joined)
    return await ask(house, "POST", PATH, settings=wanted, token=token, json=body)


async def use(house: House, token: str, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return await house.client.request(method, path, headers=headers, **more)


async def test_open_doors(house: House) -> None:
    answer = await join(house)
    assert answer.status_code == 200, answer.text
    token = answer.json()
    assert token["token_type"] == "Bearer"
    assert set(token["scope"].split()) >= {"read", "write"}
    me = await use(house, token["access_token"], "GET", f"{PATH}/verify_credentials")
    assert me.json()["acct"] == "carol"
    posted = await use(
        house, token["access_token"], "POST", "/api/v1/statuses", json={"status": "hello"}
    )
    assert posted.status_code == 200
    row = await house.runtime.db.row("SELECT locale, confirmed_at, approved_at FROM users")
    assert row is not None
    assert row["locale"] == "de"
    assert row["approved_at"] is not None
    kinds = await house.runtime.db.value("SELECT count(*) FROM events WHERE type='UserSignedUp'")
    assert kinds == 1


async def test_approval(house: House) -> None:
    answer = await join(house, "approval", reason="I like gardens")
    token = answer.json()["access_token"]
    waiting = await use(house, token, "GET", f"{PATH}/verify_credentials")
    assert waiting.status_code == 403
    assert "pending" in waiting.json()["error"]
    assert (await use(house, token, "GET", "/api/v1/emails/check_confirmation")).json() is True
    read = house.runtime.read()
    pending = await list_users(read, pending=True)
    assert [(user.username, user.reason) for user in pending] == [("carol", "I like gardens")]
    hidden = (f"{PATH}/{pending[0].account_id}", f"{PATH}/lookup?acct=carol")
    assert [(await house.client.get(path)).status_code for path in hidden] == [404, 404]
    async with house.runtime.unit() as unit:
        await approve(unit, pending[0].id)
    assert await list_users(read, pending=True) == []
    assert [(await house.client.get(path)).status_code for path in hidden] == [200, 200]
    # Whose token it is is remembered for a moment, so the answer is asked for with another one.
    fresh = await house.token(pending[0].id, "read")
    assert (await use(house, fresh, "GET", f"{PATH}/verify_credentials")).status_code == 200
    with pytest.raises(Invalid):
        async with house.runtime.unit() as unit:
            await approve(unit, pending[0].id)
    with pytest.raises(NotFound):
        async with house.runtime.unit() as unit:
            await reject(unit, pending[0].id)


async def test_rejection_frees_the_name(house: House) -> None:
    await join(house, "approval", reason="please")
    user = await get_user(house.runtime.read(), "carol")
    async with house.runtime.unit() as unit:
        await reject(unit, user.id)
    assert (await join(house)).status_code == 200


async def test_closed_doors(house: House, alice: Member) -> None:
    for token in ("", alice.token):
        answer = await join(house, "closed", token=token)
        assert answer.status_code == 403
        assert answer.json()["error"] == "This action is not allowed"
    assert await house.runtime.db.value("SELECT count(*) FROM users") == 1


async def test_who_may_ask(house: House) -> None:
    poor = await house.token(None, "read")
    assert (await join(house, token=poor)).status_code == 403
    assert (await join(house, token="nonsense")).status_code == 401
    assert (await house.client.post(PATH, json=GOOD)).status_code == 401


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"username": None}, "username", "ERR_BLANK"),
    ({"username": " "}, "username", "ERR_BLANK"),
    ({"username": "ca rol"}, "username", "ERR_INVALID"),
    ({"username": "c" * 31}, "username", "ERR_INVALID"),
    ({"username": "ca@rol"}, "username", "ERR_INVALID"),
    ({"username": "Admin"}, "username", "ERR_RESERVED"),
    ({"username": "ALICE"}, "username", "ERR_TAKEN"),
    ({"email": None}, "email", "ERR_BLANK"),
    ({"email": "nobody"}, "email", "ERR_INVALID"),
    ({"email": "a@b.test\r\nBcc: c@d.test"}, "email", "ERR_INVALID"),
    ({"email": "Alice@Mail.test"}, "email", "ERR_TAKEN"),
    ({"password": None}, "password", "ERR_BLANK"),
    ({"password": "short"}, "password", "ERR_TOO_SHORT"),
    ({"password": "x" * 1025}, "password", "ERR_TOO_LONG"),
    ({"agreement": None}, "agreement", "ERR_ACCEPTED"),
    ({"agreement": "false"}, "agreement", "ERR_ACCEPTED"),
    ({"reason": "x" * 2001}, "reason", "ERR_TOO_LONG"),
]


@pytest.mark.parametrize(("more", "name", "code"), BAD)
async def test_what_cannot_be(
    house: House, alice: Member, more: dict[str, Any], name: str, code: str
) -> None:
    answer = await join(house, **more)
    assert answer.status_code == 422, answer.text
    body = answer.json()
    assert list(body["details"]) == [name]
    assert body["details"][name][0]["error"] == code
    assert body["error"].startswith("Validation failed: ")
    assert await house.runtime.db.value("SELECT count(*) FROM users") == 1


async def test_everything_wrong_is_said_at_once(house: House) -> None:
    answer = await join(
        house, "approval", username="", email="", password="", agreement=None, reason=""
    )
    assert set(answer.json()["details"]) == {
        "username",
        "email",
        "password",
        "agreement",
        "reason",
    }


async def test_two_at_once(house: House) -> None:
    settings = house.runtime.settings
    house.runtime.settings = replace(
        settings, registration=replace(settings.registration, mode="open")
    )
    token = await house.token(None, "write")
    headers = {"authorization": f"Bearer {token}"}
    answers = await asyncio.gather(
        *(house.client.post(PATH, headers=headers, json=GOOD) for _ in range(3))
    )
    house.runtime.settings = settings
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422]
    refused = next(answer for answer in answers if answer.status_code == 422)
    assert "ERR_TAKEN" in refused.text


async def test_only_so_many_from_one_address(house: House) -> None:
    settings = house.runtime.settings
    limits = Limits(enabled=True, sign_ups_per_30_minutes=2)
    changed = replace(
        settings, limits=limits, registration=replace(settings.registration, mode="open")
    )
    house.runtime.settings = changed
    services = build_services(house.runtime, house.services.people, house.services.policy)
    transport = httpx.ASGITransport(Edge(Api(services, ROUTES), changed))
    codes: list[int] = []
    async with httpx.AsyncClient(transport=transport, base_url="https://a.test") as client:
        for number in range(4):
            # Another app makes no difference.
            headers = {"authorization": f"Bearer {await house.token(None, 'write')}"}
            body = {**GOOD, "username": f"n{number}", "email": f"n{number}@mail.test"}
            codes.append((await client.post(PATH, headers=headers, json=body)).status_code)
    house.runtime.settings = settings
    assert codes == [200, 200, 429, 429]


async def test_addresses_that_wait(house: House) -> None:
    late = await house.member("late", confirmed=False)
    assert (await late.get("/api/v1/emails/check_confirmation")).json() is False
    assert (await late.post("/api/v1/emails/confirmations")).status_code == 422
    assert (await late.get("/api/v1/timelines/home")).status_code == 403


async def test_addresses_that_do_not_wait(house: House, alice: Member) -> None:
    assert (await alice.get("/api/v1/emails/check_confirmation")).json() is True
    assert (await alice.post("/api/v1/emails/confirmations")).status_code == 403
    assert (await house.client.get("/api/v1/emails/check_confirmation")).status_code == 401
    app = await house.token(None, "read write")
    answer = await use(house, app, "GET", "/api/v1/emails/check_confirmation")
    assert answer.status_code == 422
