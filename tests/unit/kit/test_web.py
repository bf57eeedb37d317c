"""The edge: who asks, for what host, how much, and what every answer bears."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from fedi.config import Settings
from fedi.config.settings import Web
from fedi.kit.errors import Forbidden, NotFound, RemoteDown, TooMany, Unauthorized, Unavailable
from fedi.kit.web import EXCEPTION_HANDLERS, Edge, client_address, error_response, visit_of
from fedi.kit.web_body import BodyGuard, TooSlow
from fedi.kit.web_limits import Limit, LimitReached, RateLimits
from fedi.kit.web_trust import Hosts, Proxies, limit_key

SETTINGS = Settings(domain="a.test", secret="s")


async def echo(request: Request) -> Response:
    body = await request.body()
    visit = visit_of(request)
    return JSONResponse(
        {
            "address": client_address(request),
            "host": visit.host,
            "scheme": visit.scheme,
            "length": len(body),
            "path": request.url.path,
        }
    )


async def broken(_request: Request) -> Response:
    raise RuntimeError("a secret detail")


async def cached(_request: Request) -> Response:
    return PlainTextResponse("x", headers={"cache-control": "public, max-age=60", "vary": "Accept"})


ROUTES = [
    Route("/api/v1/echo", echo, methods=["GET", "POST"]),
    Route("/api/v1/accounts/update_credentials", echo, methods=["POST"]),
    Route("/api/v1/broken", broken),
    Route("/cached", cached),
    Route("/setup/{token}", cached),
    Route("/livez", cached),
]


def client(
    settings: Settings = SETTINGS, peer: str = "127.0.0.1", *, handlers: bool = True
) -> httpx.AsyncClient:
    app = Starlette(routes=ROUTES, exception_handlers=EXCEPTION_HANDLERS if handlers else {})
    transport = httpx.ASGITransport(
        Edge(app, settings), client=(peer, 1), raise_app_exceptions=False
    )
    return httpx.AsyncClient(transport=transport, base_url="https://a.test")


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "10.9.9.9, 192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "192.0.2.1, 127.0.0.1", "192.0.2.1"),
        ("127.0.0.1", "192.0.2.1:555", "192.0.2.1"),
        ("127.0.0.1", "[2001:db8::1]:5", "2001:db8::1"),
        ("127.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", "::ffff:192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "garbage", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.1, garbage", "127.0.0.1"),
        ("127.0.0.1", "1.1.1.1," * 5000 + "192.0.2.1", "192.0.2.1"),
        ("192.0.2.9", "127.0.0.1", "192.0.2.9"),
        ("192.0.2.9", "192.0.2.1", "192.0.2.9"),
        ("::1", "192.0.2.1", "192.0.2.1"),
    ],
)
async def test_only_trusted_proxies_are_believed(
    peer: str, forwarded: str | None, expected: str
) -> None:
    headers = {"X-Real-IP": "8.8.8.8", "Forwarded": "for=8.8.8.8", "Client-IP": "8.8.8.8"}
    if forwarded:
        headers["X-Forwarded-For"] = forwarded
    async with client(peer=peer) as c:
        answer = await c.get("/api/v1/echo", headers=headers)
    assert answer.json()["address"] == expected


async def test_host_and_scheme_of_trusted_proxies() -> None:
    headers = {"X-Forwarded-Host": "a.test", "X-Forwarded-Proto": "https", "Host": "127.0.0.1:3000"}
    async with client() as c:
        assert (await c.get("/api/v1/echo", headers=headers)).json()["host"] == "a.test"
    async with client(peer="192.0.2.9") as c:
        assert (await c.get("/api/v1/echo", headers=headers)).status_code == 421


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("a.test", 200),
        ("A.TEST", 200),
        ("a.test.", 200),
        ("a.test:443", 200),
        ("a.test:8443", 421),
        ("evil.test", 421),
        ("a.test.evil.test", 421),
        ("localhost", 421),
        ("", 421),
    ],
)
async def test_unknown_hosts_are_misdirected(host: str, status: int) -> None:
    async with client() as c:
        answer = await c.get("/api/v1/echo", headers={"Host": host})
        assert answer.status_code == status
        assert (await c.get("/livez", headers={"Host": host})).status_code == 200
    if status == 421:
        assert answer.json()["error"]
        assert host not in answer.text or not host


def test_trial_machines_answer_to_every_loopback_name() -> None:
    trial = Hosts(["localhost:3000"], is_trial=True)
    for host in ("localhost:3000", "127.0.0.1:3000", "x.localhost", "[::1]:3000"):
        assert trial.knows(host, "http"), host
    assert not trial.knows("evil.test", "http")
    assert not trial.knows("localhost.evil.test", "http")


async def test_slashes_are_forgiven_without_a_redirect() -> None:
    async with client() as c:
        for path in ("/api/v1/echo/", "/api//v1/echo", "/api/v1/echo//"):
            answer = await c.get(path)
            assert (answer.status_code, answer.json()["path"]) == (200, "/api/v1/echo"), path


async def test_bodies_over_the_limit() -> None:
    async def chunks() -> AsyncGenerator[bytes, None]:
        for _ in range(2000):
            yield b"x" * 1000

    small = replace(SETTINGS, web=Web(max_body_bytes=1_048_576))
    async with client(small) as c:
        path = "/api/v1/echo"
        assert (await c.post(path, content=b"x" * 1_048_576)).status_code == 200
        for content in (b"x" * 1_200_000, chunks()):
            answer = await c.post(path, content=content)
            assert answer.status_code == 413
            assert answer.headers["connection"] == "close"
            assert answer.headers["access-control-allow-origin"] == "*"
        answer = await c.post(path, content=b"x", headers={"content-encoding": "gzip"})
        assert answer.status_code == 415
        big = await c.post("/api/v1/accounts/update_credentials", content=b"x" * 3_000_000)
        assert big.status_code == 200
        answer = await c.post(path, headers={"content-length": "9" * 30})
        assert answer.status_code == 413


async def test_cors() -> None:
    async with client() as c:
        asked = {
            "Origin": "https://app.test",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, idempotency-key, x-odd",
        }
        answer = await c.options("/api/v1/statuses", headers=asked)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-headers"] == (
            "authorization, idempotency-key, x-odd"
        )
        assert "DELETE" in answer.headers["access-control-allow-methods"]
        assert "access-control-allow-credentials" not in answer.headers
        for path, status in (("/api/v1/echo", 200), ("/api/v1/broken", 500), ("/api/no", 404)):
            answer = await c.get(path, headers={"Origin": "https://app.test"})
            assert answer.status_code == status
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "Link" in answer.headers["access-control-expose-headers"]
        for path in ("/cached", "/oauth/authorize", "/auth/sign_in"):
            answer = await c.get(path, headers={"Origin": "https://app.test"})
            assert "access-control-allow-origin" not in answer.headers
        assert (await c.options("/oauth/authorize", headers=asked)).status_code in {404, 405}
        token = await c.options("/oauth/token", headers=asked)
        assert token.headers["access-control-allow-methods"] == "POST"


async def test_every_answer_is_hardened_and_private_to_who_asked() -> None:
    async with client() as c:
        for path in ("/cached", "/api/v1/echo", "/api/v1/broken", "/nothing"):
            headers = (await c.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["strict-transport-security"]
            assert headers["x-request-id"]
        answer = await c.get("/cached")
        assert answer.headers["cache-control"] == "public, max-age=60"
        words = {word.strip() for word in answer.headers["vary"].split(",")}
        assert words == {"Accept", "Authorization", "Cookie", "Signature", "Signature-Input"}
        for name in ("Authorization", "Cookie", "Signature"):
            answer = await c.get("/cached", headers={name: "x"})
            assert answer.headers["cache-control"] == "private, no-store"
            assert len(answer.headers.get_list("cache-control")) == 1
        assert (await c.get("/api/v1/echo")).headers["vary"] == "Authorization, Origin"


@pytest.mark.parametrize("handlers", [True, False])
async def test_a_bug_is_a_bare_500(
    handlers: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with client(handlers=handlers) as c:
        answer = await c.get("/api/v1/broken", headers={"X-Request-Id": "abc-123-xyz"})
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] == "abc-123-xyz"
    assert "secret detail" not in answer.text
    assert any(record.exc_info for record in caplog.records)


async def test_request_ids_from_outside_are_judged() -> None:
    async with client() as c:
        for bad in ("x", "a b c d e f g h", "x" * 100, 'abc"{}defgh'):
            answer = await c.get("/api/v1/echo", headers={"X-Request-Id": bad})
            assert answer.headers["x-request-id"] != bad


async def test_the_access_log_holds_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "fedi.access"):
        async with client() as c:
            await c.get("/api/v1/echo?access_token=SECRET", headers={"Authorization": "SECRET"})
            await c.get("/setup/SECRET", headers={"Cookie": "SECRET"})
    records = [r for r in caplog.records if r.name == "fedi.access"]
    assert len(records) == 2
    for record in records:
        assert "SECRET" not in json.dumps(vars(record), default=str)
    assert vars(records[0])["path"] == "/api/v1/echo"
    assert vars(records[0])["status"] == 200


def test_errors_become_answers() -> None:
    for error, status, retry in (
        (NotFound(), 404, None),
        (Forbidden("no"), 403, None),
        (Unauthorized("who"), 401, None),
        (TooMany("slow", retry_after=7), 429, "7"),
        (Unavailable("later", retry_after=2), 503, "2"),
        (Unavailable("later"), 503, "30"),
        (RemoteDown("there"), 503, "30"),
    ):
        answer = error_response(error)
        assert answer.status_code == status
        assert json.loads(bytes(answer.body)) == {"error": error.public}
        assert answer.headers.get("retry-after") == retry


def test_rate_limits() -> None:
    limits = RateLimits(enabled=True)
    wide, narrow = Limit("wide", 10, 3600), Limit("narrow", 3, 3600)
    left = [limits.hit([(wide, "a"), (narrow, "t")]) for _ in range(3)]
    assert [standing.remaining for standing in left if standing] == [2, 1, 0]
    with pytest.raises(LimitReached) as reached:
        limits.hit([(wide, "a"), (narrow, "t")])
    assert reached.value.retry_after
    headers = reached.value.standing.headers
    assert headers["x-ratelimit-remaining"] == "0"
    assert headers["x-ratelimit-reset"].endswith("Z")
    # What was refused counts nowhere else.
    other = limits.hit([(wide, "a")])
    assert other is not None
    assert other.remaining == 6
    answer = error_response(reached.value)
    assert json.loads(bytes(answer.body)) == {"error": "Too many requests"}
    assert answer.headers["x-ratelimit-limit"] == "3"
    assert RateLimits(enabled=False).hit([(narrow, "t")] * 100) is None


def test_what_addresses_are_counted_under() -> None:
    assert limit_key("192.0.2.1") == "192.0.2.1"
    assert limit_key("2001:db8::1") == limit_key("2001:db8::ffff:1") == "2001:db8::/64"
    assert limit_key("::ffff:192.0.2.1") == "192.0.2.1"
    assert limit_key("2001:db8:0:1::1") != limit_key("2001:db8::1")


def test_proxy_networks() -> None:
    proxies = Proxies(["10.0.0.0/8", "2001:db8::/32"])
    assert proxies.trusts("10.1.2.3")
    assert proxies.trusts("::ffff:10.1.2.3")
    assert not proxies.trusts("11.1.2.3")
    assert not proxies.trusts("not an address")


async def test_a_body_that_does_not_come_is_given_up() -> None:
    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    guard = BodyGuard(receive, 100)
    guard._deadline = 0.0
    with pytest.raises(TooSlow):
        await guard()
    assert error_response(TooSlow("slow")).status_code == 408


async def test_web_sockets_are_held_to_the_host_rule() -> None:
    passed: list[str] = []
    sent: list[Message] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        passed.append(scope["path"])

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    for host in (b"a.test", b"evil.test"):
        scope = {
            "type": "websocket",
            "path": "/api/v1/streaming/",
            "scheme": "wss",
            "client": ("127.0.0.1", 1),
            "headers": [(b"host", host)],
        }
        await Edge(app, SETTINGS)(scope, receive, send)
    assert passed == ["/api/v1/streaming"]
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_two_hosts_or_a_target_without_a_slash_are_bad_requests() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError

    for path, hosts in (("/x", [b"a.test", b"evil.test"]), ("x", [b"a.test"]), ("*", [b"a.test"])):
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "scheme": "https",
            "client": ("127.0.0.1", 1),
            "headers": [(b"host", host) for host in hosts],
        }
        await Edge(app, SETTINGS)(scope, receive, send)
    statuses = [message["status"] for message in sent if "status" in message]
    assert statuses == [400, 400, 400]
