"""Answers that are slow, endless, swollen or broken, and what a delivery makes of each."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from email.utils import format_datetime

import pytest

from fedi.kit.clock import clock
from fedi.kit.errors import RemoteDown, RemoteError, RemoteNonsense
from fedi.kit.http import HttpClient, Response
from tests.cpu import tries, wall, within

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
MIB = 1 << 20
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@asynccontextmanager
async def world(script: Script | bytes) -> AsyncGenerator[HttpClient, None]:
    """A peer at a.test that reads one request head and runs `script`, and a good one at b.test."""
    tasks: set[asyncio.Task[None]] = set()

    def behave(script: Script | bytes) -> Script:
        async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                await reader.readuntil(b"\r\n\r\n")
                if isinstance(script, bytes):
                    writer.write(script)
                    await writer.drain()
                else:
                    await script(reader, writer)
            except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
                pass
            finally:
                writer.close()

        return run

    hosts: dict[str, str] = {}
    servers: list[asyncio.Server] = []
    for name, what in [("*.a.test", script), ("a.test", script), ("b.test", OK)]:
        server = await asyncio.start_server(behave(what), "127.0.0.1", 0)
        servers.append(server)
        hosts[name] = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    http = HttpClient(user_agent="fedi-test/1", hosts=hosts)
    try:
        yield http
    finally:
        await http.close()
        for task in tasks:
            task.cancel()
        for server in servers:
            server.close()


async def get(http: HttpClient, url: str = "http://a.test/", deadline: float = 5.0) -> Response:
    return await http.get(url, accept="application/json", deadline=deadline)


# --- slow ---------------------------------------------------------------------------------------


def dripping(first: bytes, drop: bytes) -> Script:
    async def script(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.02)

    return script


@pytest.mark.parametrize(
    "script",
    [
        dripping(b"", b""),
        dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["silence", "header", "body", "chunks"],
)
async def test_one_deadline_covers_everything(script: Script) -> None:
    async with world(script) as http:
        for window in tries(1, wall):
            with window, pytest.raises(RemoteDown) as caught:
                await get(http, deadline=0.15)
            assert caught.value.public in {"timeout", "reset"}


async def test_slow_name_servers_are_within_the_deadline() -> None:
    async def resolve(_host: str) -> list[str]:
        await asyncio.Event().wait()
        return []

    http = HttpClient(user_agent="x", resolve=resolve)
    with pytest.raises(RemoteDown) as caught:
        await http.get("https://slow.test/", accept="x", deadline=0.05)
    assert caught.value.public == "timeout"
    await http.close()


async def test_a_good_fetch_is_quick_while_five_hundred_peers_drip() -> None:
    script = dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"")
    async with world(script) as http:
        slow = [asyncio.ensure_future(get(http, f"http://n{n}.a.test/", 2.5)) for n in range(500)]
        await asyncio.sleep(0)
        with within(2, wall):
            assert (await get(http, "http://b.test/")).body == b"{}"
        results = await asyncio.gather(*slow, return_exceptions=True)
        assert all(isinstance(result, RemoteDown) for result in results)


# --- swollen ------------------------------------------------------------------------------------


def bomb(layers: int, size: int = 40 * MIB) -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(squeeze.compress(bytes(MIB)) for _ in range(size // MIB)) + squeeze.flush()
    for _ in range(layers - 1):
        body = gzip.compress(body)
    return body


def answer(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


CODED = "Content-Encoding: "
BLOCKS = b"\x1f\x8b\x08" + bytes(7) + b"\x00\x00\x00\xff\xff" * 300_000


@pytest.mark.parametrize(
    "said",
    [
        answer(bomb(1), CODED + "gzip"),
        answer(bomb(1), CODED + "x-gzip"),
        answer(bomb(2), CODED + "gzip, gzip"),
        answer(bomb(2), CODED + "gzip", CODED + "gzip"),
        answer(bomb(2), CODED + "gzip, identity, gzip"),
        answer(b"\x0b\x02\x80{}\x03", CODED + "br"),
        answer(b"(\xb5/\xfd", CODED + "zstd"),
        answer(zlib.compress(b"{}"), CODED + "deflate"),
        answer(b"not gzip", CODED + "gzip"),
        answer(BLOCKS, CODED + "gzip"),
        answer(bytes(2 * MIB)),
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(2 * MIB),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" + bytes(2 * MIB),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}",
    ],
)
async def test_a_swollen_body_is_cut_off_early(said: bytes) -> None:
    async with world(said) as http:
        for window in tries(0.5):
            with window, pytest.raises(RemoteNonsense):
                await get(http)


async def test_a_double_wrapped_bomb_is_unwrapped_once() -> None:
    async with world(answer(bomb(2), CODED + "gzip")) as http:
        assert len((await get(http)).body) < MIB


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB])
async def test_a_body_up_to_the_limit_is_read(size: int) -> None:
    body = bytes(size)
    for said in [answer(body), answer(gzip.compress(body), CODED + "gzip")]:
        async with world(said) as http:
            assert (await get(http)).body == body


async def test_an_empty_body_with_a_coding_is_empty() -> None:
    async with world(answer(b"", CODED + "gzip")) as http:
        assert (await get(http)).body == b""


# --- broken -------------------------------------------------------------------------------------

BROKEN = {
    "a thousand headers": answer(b"{}", *(f"X-{n}: y" for n in range(1000))),
    "a header of one megabyte": answer(b"{}", "X-A: " + "y" * MIB),
    "a status line of one megabyte": b"HTTP/1.1 200 " + b"y" * MIB + b"\r\n\r\n",
    "shorter than said": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
    "two lengths": answer(b"{}", "Content-Length: 7"),
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    "a bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
    "a chunk without end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}",
    "gzip cut short": answer(gzip.compress(b"{}" * 99)[:-9], CODED + "gzip"),
    "a hundred thousand early answers": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100_000 + OK,
    "switching protocols": b"HTTP/1.1 101 x\r\nUpgrade: foo\r\nConnection: upgrade\r\n\r\n",
    "a part nobody asked for": b"HTTP/1.1 206 x\r\nContent-Length: 2\r\n\r\n{}",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "HTTP/2 preface": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18),
    "nothing": b"",
    "an odd version": b"HTTP/9.9 200 OK\r\n\r\n{}",
    "an odd status": b"HTTP/1.1 2xx OK\r\n\r\n{}",
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_answer_is_a_typed_failure_with_a_short_text(name: str) -> None:
    async with world(BROKEN[name]) as http:
        for window in tries(0.5):
            with window, pytest.raises((RemoteDown, RemoteNonsense)) as caught:
                await get(http)
            assert len(caught.value.detail.encode()) <= 1024
            assert len(caught.value.public) < 20
        for window in tries(0.5):
            # A delivery needs the status only; a broken body behind it changes nothing.
            with window, suppress(RemoteDown, RemoteNonsense):
                assert (await http.post("http://a.test/", b"{}", {}, deadline=5)).status < 300


@pytest.mark.parametrize(
    "said",
    [
        answer(b"<h1>no</h1>", "Content-Type: text/html"),
        answer(b"\xff\xfe{}", "Content-Type: application/json; charset=klingon"),
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + answer(b"{}"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"{}"),
        b"HTTP/1.1 200\r\n\r\n{}",
        answer(b"{}", "Content-Type: a/b", "Content-Type: c/d"),
    ],
)
async def test_an_odd_answer_is_returned_as_it_is(said: bytes) -> None:
    async with world(said) as http:
        document = await get(http)
        assert document.status == 200
        assert document.content_type in {
            "",
            "text/html",
            "application/json; charset=klingon",
            "a/b, c/d",
        }


async def test_no_answer_has_a_short_reason() -> None:
    http = HttpClient(user_agent="x", hosts={"a.test": "127.0.0.1:1"})
    with pytest.raises(RemoteDown) as caught:
        await get(http)
    assert caught.value.public == "connect"
    with pytest.raises(RemoteDown) as caught:
        await http.post("http://a.test/", b"", {})
    assert caught.value.public == "connect"
    await http.close()


# --- deliveries ---------------------------------------------------------------------------------


async def test_a_delivery_reports_what_the_inbox_said() -> None:
    soon = format_datetime(clock.now() + timedelta(seconds=90), usegmt=True)
    cases = [
        (answer(b""), (200, None, "", "")),
        (b"HTTP/1.1 202 x\r\nContent-Length: 0\r\nRetry-After: 7\r\n\r\n", (202, 7, "", "")),
        (
            b"HTTP/1.1 401 x\r\nAccept-Signature: sig1=()\r\n\r\nno\0!",
            (401, None, "sig1=()", "no!"),
        ),
        (b"HTTP/1.1 503 x\r\nRetry-After: 120\r\n\r\n", (503, 120, "", "")),
        (b"HTTP/1.1 503 x\r\nRetry-After: soon\r\n\r\n", (503, None, "", "")),
        (b"HTTP/1.1 307 x\r\nLocation: http://b.test/\r\n\r\n", (307, None, "", "")),
        (b"HTTP/1.1 500 x\r\n\r\n" + b"\xff" + b"e" * 5000, (500, None, "", "e" * 1023)),
        (b"HTTP/1.1 500 x\r\nContent-Encoding: br\r\n\r\nxx", (500, None, "", "")),
    ]
    for said, (status, retry_after, accepts, error) in cases:
        async with world(said) as http:
            posted = await http.post("http://a.test/inbox", b"{}", {})
        assert (posted.status, posted.accept_signature, posted.error) == (status, accepts, error)
        assert posted.retry_after == retry_after
    async with world(f"HTTP/1.1 429 x\r\nRetry-After: {soon}\r\n\r\n".encode()) as http:
        posted = await http.post("http://a.test/inbox", b"{}", {})
        assert posted.retry_after is not None
        assert 80 < posted.retry_after <= 90


async def test_deliveries_share_a_warm_connection_and_survive_its_end() -> None:
    opened = answered = 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened, answered
        opened += 1
        for _ in range(3):
            await reader.readexactly(2)
            answered += 1
            writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            await reader.readuntil(b"\r\n\r\n")
        # The fourth request is read and then the line is cut, as by a restart at the other end.

    async with world(script) as http:
        for _ in range(8):
            assert (await http.post("http://a.test/inbox", b"{}", {})).status == 202
    assert (opened, answered) == (3, 8)


async def test_a_peer_that_always_cuts_the_line_is_asked_once() -> None:
    opened = 0

    async def script(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1

    async with world(script) as http:
        with pytest.raises(RemoteDown) as caught:
            await http.post("http://a.test/inbox", b"{}", {})
        assert caught.value.public == "reset"
    assert opened == 1


async def test_a_body_that_drips_after_202_does_not_undo_it() -> None:
    head = b"HTTP/1.1 202 x\r\nContent-Length: 1000\r\n\r\n"
    async with world(head + b"{") as http:
        assert (await http.post("http://a.test/inbox", b"{}", {}, deadline=5)).status == 202


async def test_no_failure_is_untyped() -> None:
    async with world(OK) as http:
        for url in ["", "nonsense", "https://", "http://a.test:1/", "http://[::1]/", "\ud800"]:
            with pytest.raises(RemoteError):
                await get(http, url)
            with pytest.raises(RemoteError):
                await http.post(url, b"", {})
