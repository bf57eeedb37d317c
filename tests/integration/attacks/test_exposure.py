"""What strangers can see of the inside: nothing, in any answer and in the log."""

import logging

import pytest

from fedi.config import Settings
from fedi.config.settings import Metrics
from fedi.kit.log import JsonLines
from tests.integration.attacks.conftest import PASSWORD, Member, Site, csrf_of

INSIDE = [
    "/docs",
    "/redoc",
    "/openapi.json",
    "/api/openapi.json",
    "/.env",
    "/.git/config",
    "/static/",
    "/static/../app.py",
    "/static/%2e%2e%2fapp.py",
    "/static/style.css.map",
    "/debug",
    "/admin",
    "/sidekiq",
    "/fedi.toml",
]


async def test_nothing_of_the_inside_is_served(site: Site) -> None:
    for path in INSIDE:
        assert (await site.client.get(path)).status_code == 404, path
    assert (await site.client.get("/static/style.css")).status_code == 200


async def test_figures_are_for_this_machine(
    site: Site, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await site.client.get("/metrics")).status_code == 404
    monkeypatch.setitem(settings.__dict__, "metrics", Metrics(enabled=True))
    outside = {"X-Forwarded-For": "203.0.113.7"}
    assert (await site.client.get("/metrics", headers=outside)).status_code == 404
    spoofed = {"X-Forwarded-For": "127.0.0.1, 203.0.113.7"}
    assert (await site.client.get("/metrics", headers=spoofed)).status_code == 404
    inside = await site.client.get("/metrics")
    assert inside.status_code == 200
    assert "fedi_jobs_due" in inside.text


PAGES = [
    "/",
    "/@alice",
    "/@nobody",
    "/auth/sign_in",
    "/oauth/authorize",
    "/setup/x",
    "/nowhere",
    "/api/v1/instance",
    "/api/v1/statuses/1",
    "/actor",
    "/nodeinfo/2.0",
    "/static/style.css",
    "/api/v1/streaming/user",
    "/metrics",
]


@pytest.mark.usefixtures("alice")
async def test_every_answer_is_hardened(site: Site) -> None:
    for path in PAGES:
        answer = await site.client.get(path, headers={"Origin": "https://evil.test"})
        headers = answer.headers
        place = (path, answer.status_code)
        assert headers["x-content-type-options"] == "nosniff", place
        assert headers["x-frame-options"] == "DENY", place
        assert "default-src 'none'" in headers["content-security-policy"], place
        assert "frame-ancestors 'none'" in headers["content-security-policy"], place
        assert headers["strict-transport-security"], place
        assert "access-control-allow-credentials" not in headers, place
        assert headers.get("access-control-allow-origin", "*") == "*", place
        assert "evil.test" not in answer.text + str(headers), place
        is_page = path.startswith(("/auth", "/oauth/authorize", "/setup")) or path == "/"
        assert not is_page or "access-control-allow-origin" not in headers, place


async def test_forged_hosts_are_never_repeated(site: Site) -> None:
    for headers in (
        {"Host": "evil.test"},
        {"Host": "a.test.evil.test"},
        {"Host": "a.test:444"},
        {"Host": "a.test@evil.test"},
        {"X-Forwarded-Host": "evil.test"},
    ):
        answer = await site.client.get("/", headers=headers)
        assert answer.status_code == 421, headers
        assert "evil" not in answer.text
    for name in (
        "Forwarded",
        "X-Host",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-HTTP-Method-Override",
    ):
        answer = await site.client.get("/", headers={name: "evil.test"})
        assert answer.status_code == 200, name
        assert "evil" not in answer.text


async def test_secrets_stay_out_of_the_log(
    site: Site, alice: Member, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    app = await site.register()
    asked = {"client_id": app.client_id, "redirect_uri": "https://app.test/callback"}
    asked |= {"response_type": "code", "state": "canary-state"}
    await site.sign_in(alice.account.username)
    session = site.client.cookies["__Host-fedi_session"]
    page = await site.client.get("/oauth/authorize", params=asked)
    token = csrf_of(page)
    answer = await site.client.post(
        "/oauth/authorize", data={**asked, "csrf": token, "decision": "allow"}
    )
    code = answer.headers["location"].partition("code=")[2].partition("&")[0]
    await site.client.post(
        "/oauth/token",
        data={"grant_type": "authorization_code", "code": code, "client_id": app.client_id}
        | {"client_secret": app.client_secret, "redirect_uri": asked["redirect_uri"]},
    )
    await site.client.get("/api/v1/timelines/home", headers=alice.headers)
    await site.client.get("/api/v1/timelines/home", params={"access_token": alice.token})
    await site.client.get("/setup/canary-setup")
    await site.post("/auth/sign_in", {"login": "alice", "password": "canary-password"})
    text = {"status": "canary-text", "visibility": "direct"}
    await site.client.post("/api/v1/statuses", data=text, headers=alice.headers)
    await site.client.get("/nowhere%0a%1b[31mforged", headers={"User-Agent": "a\tb"})
    written = [JsonLines("web").format(record) for record in caplog.records]
    assert len(written) > 10
    secrets = (session, token, code, app.client_secret, alice.token, PASSWORD)
    for secret in (*secrets, "canary-setup", "canary-password", "canary-text", "canary-state"):
        assert not any(secret in line for line in written), secret
    assert not any("\n" in line or "\x1b" in line for line in written)


def test_a_line_is_written_whatever_is_in_it() -> None:
    record = logging.makeLogRecord({"msg": "half \udcff", "levelno": 20, "extra": "\ud800"})
    assert "half" in JsonLines("web").format(record)
