"""The guarded client against real servers on loopback: who is reached, how, and who never is."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fedi.kit import http_guard
from fedi.kit.errors import RemoteDown, RemoteNonsense, RemoteRefused
from fedi.kit.http import HttpClient

Script = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nContent-Length: 2\r\n\r\n{}"
ACCEPT = "application/activity+json"


class Peer:
    """A scripted server: remembers what it was sent, says what it was told to say."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[bytes] = []
        self.port = 0
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        head += await reader.readexactly(int(line[15:]))
                self.requests.append(head)
                await self.script(head, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(
    script: Script | bytes, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncGenerator[Peer, None]:
    async def canned(_head: bytes, writer: asyncio.StreamWriter) -> None:
        assert isinstance(script, bytes)
        writer.write(script)

    peer = Peer(canned if isinstance(script, bytes) else script)
    server = await asyncio.start_server(peer.serve, host, 0, ssl=tls)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()


@asynccontextmanager
async def client(
    hosts: Mapping[str, Peer] | None = None,
    *,
    found: Mapping[str, Sequence[str]] | None = None,
    ca_file: Path | None = None,
    at: str = "127.0.0.1",
) -> AsyncGenerator[HttpClient, None]:
    async def resolve(host: str) -> Sequence[str]:
        if not found or host not in found:
            raise OSError("no such name")
        return found[host]

    pins = {name: f"{at}:{peer.port}" for name, peer in (hosts or {}).items()}
    http = HttpClient(user_agent="fedi-test/1", hosts=pins, ca_file=ca_file, resolve=resolve)
    try:
        yield http
    finally:
        await http.close()


def redirect(status: int, location: str) -> bytes:
    return f"HTTP/1.1 {status} x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


# --- who may be reached -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "records",
    [
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["8.8.8.8", "127.0.0.1"],
        ["2606:4700::1111", "::1"],
        ["fe80::1%eth0"],
        ["nonsense"],
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_one_record_that_is_not_public_refuses_the_name(
    scheme: str, records: list[str]
) -> None:
    async with serving(OK) as canary, client({"p.test": canary}, found={"m.test": records}) as http:
        with pytest.raises(RemoteRefused):
            await http.get(f"{scheme}://m.test/", accept=ACCEPT)
        with pytest.raises(RemoteRefused):
            await http.post(f"{scheme}://m.test/", b"{}", {})
        assert canary.connections == 0
        # The same guard lets the peer through that the operator named.
        assert (await http.get("http://p.test/", accept=ACCEPT)).body == b"{}"


async def test_a_name_without_records_is_down_and_not_refused() -> None:
    async with client(found={"empty.test": []}) as http:
        for url in ["https://empty.test/", "https://unknown.test/"]:
            with pytest.raises(RemoteDown) as caught:
                await http.get(url, accept=ACCEPT)
            assert caught.value.public == "dns"


async def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name server answers twice: the second answer is never asked for."""
    monkeypatch.setattr(http_guard, "is_public", lambda address: address == "127.0.0.5")
    answers = iter([["127.0.0.5"], ["127.0.0.6"]])
    asked: list[str] = []

    async def resolve(host: str) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    http = HttpClient(user_agent="x", resolve=resolve)
    async with serving(OK, host="127.0.0.5") as honest, serving(OK, host="127.0.0.6") as canary:
        async with http._open().get(f"http://flip.test:{honest.port}/") as answer:
            assert answer.status == 200
        await http.close()
        assert b"Host: flip.test:" in honest.requests[0]
        assert asked == ["flip.test"]
        assert canary.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "localhost"])
async def test_the_socket_itself_refuses_what_nobody_checked(host: str) -> None:
    """Even past the check of the URL: the session under the client is guarded too."""
    async with serving(OK) as canary, client(found={"localhost": ["127.0.0.1"]}) as http:
        with pytest.raises((aiohttp.ClientConnectorError, RemoteRefused)):
            await http._open().get(f"http://{host}:{canary.port}/")
        assert canary.connections == 0


async def test_the_environment_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with serving(OK) as canary, serving(OK) as peer:
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"]:
            monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
        netrc = tmp_path / "netrc"
        netrc.write_text("machine p.test login me password secret\n")
        monkeypatch.setenv("NETRC", str(netrc))
        async with client({"p.test": peer}, found={"m.test": ["127.0.0.1"]}) as http:
            assert (await http.get("http://p.test/", accept=ACCEPT)).status == 200
            with pytest.raises(RemoteRefused):
                await http.get("https://m.test/", accept=ACCEPT)
        assert canary.connections == 0
        assert b"authorization" not in peer.requests[0].lower()


# --- redirects ----------------------------------------------------------------------------------


async def sign(method: str, url: str) -> Mapping[str, str]:
    return {"Signature": f"for {method} {url}"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_followed_and_signed_anew(status: int) -> None:
    onward = redirect(status, "http://b.test/there")
    async with serving(OK) as second, serving(onward) as first:
        async with client({"a.test": first, "b.test": second}) as http:
            answer = await http.get("http://a.test/x", accept=ACCEPT, sign=sign)
        assert answer.url == "http://b.test/there"
        assert b"Signature: for GET http://a.test/x\r\n" in first.requests[0]
        assert b"Signature: for GET http://b.test/there\r\n" in second.requests[0]
        assert b"a.test" not in second.requests[0]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/",
        "http://[::1]:{port}/",
        "http://private.test/",
        "https://private.test/",
        "http://a.test:{port}/",
        "http://localhost:{port}/",
        "http://2130706433/",
        "http://0x7f.1:{port}/",
        "http://a.test@127.0.0.1:{port}/",
        "http:\\\\127.0.0.1:{port}\\",
        "ftp://a.test/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://public.test/",
        "/" + "x" * 7000,
    ],
)
async def test_a_redirect_is_checked_like_a_first_url(location: str) -> None:
    async with serving(OK) as canary:
        async with serving(redirect(302, location.format(port=canary.port))) as first:
            found = {"private.test": ["127.0.0.1"], "public.test": ["8.8.8.8"]}
            async with client({"a.test": first}, found=found) as http:
                with pytest.raises(RemoteRefused):
                    await http.get("http://a.test/x", accept=ACCEPT)
        assert canary.connections == 0
        assert len(first.requests) == 1


async def test_redirects_end_after_three_hops_and_in_circles() -> None:
    async def onward(head: bytes, writer: asyncio.StreamWriter) -> None:
        step = int(head.split(b" ")[1].rsplit(b"/", 1)[1])
        writer.write(OK if step == 9 else redirect(302, f"/{step + 1}"))

    async with serving(onward) as peer, client({"a.test": peer}) as http:
        with pytest.raises(RemoteNonsense):
            await http.get("http://a.test/0", accept=ACCEPT)
        assert len(peer.requests) == 4
        assert (await http.get("http://a.test/6", accept=ACCEPT)).url == "http://a.test/9"
    for location in ["/x", "", "http://a.test:80/x#y"]:
        async with serving(redirect(302, location)) as peer, client({"a.test": peer}) as http:
            with pytest.raises(RemoteNonsense):
                await http.get("http://a.test/x", accept=ACCEPT)
            assert len(peer.requests) == 1


async def test_a_meta_refresh_and_a_redirect_without_location_are_plain_answers() -> None:
    page = b'<meta http-equiv="refresh" content="0;url=http://127.0.0.1/">'
    for status in [200, 302]:
        head = f"HTTP/1.1 {status} x\r\nContent-Length: {len(page)}\r\n\r\n".encode()
        async with serving(head + page) as peer, client({"a.test": peer}) as http:
            answer = await http.get("http://a.test/x", accept=ACCEPT)
            assert (answer.status, answer.body) == (status, page)


# --- TLS ----------------------------------------------------------------------------------------


def certificates(folder: Path, names: Sequence[str]) -> tuple[Path, ssl.SSLContext]:
    """A certificate authority's file, and a server context for `names`."""
    now = datetime.now(UTC)

    def make(
        names: Sequence[str], key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey
    ) -> x509.Certificate:
        def name(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

        return (
            x509.CertificateBuilder()
            .subject_name(name(names[0]))
            .issuer_name(name("test authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=key is by, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False
            )
            .sign(by, hashes.SHA256())
        )

    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    pem = serialization.Encoding.PEM
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(make(["test authority"], ca_key, ca_key).public_bytes(pem))
    chain = folder / "server.pem"
    chain.write_bytes(
        make(names, key, ca_key).public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return ca_file, context


async def test_tls_is_verified_for_the_name_and_never_left_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca_file, context = certificates(tmp_path, ["a.test"])

    async def script(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(redirect(302, "http://b.test/") if b"GET /down" in head else OK)

    async with serving(script, tls=context) as peer, serving(OK) as plain:
        pins = {"a.test": peer, "other.test": peer, "b.test": plain}
        async with client(pins, ca_file=ca_file) as http:
            assert (await http.get("https://a.test/", accept=ACCEPT)).status == 200
            assert (await http.post("https://a.test/", b"{}", {})).status == 200
            assert b"Host: a.test\r\n" in peer.requests[0]
            with pytest.raises(RemoteRefused):
                await http.get("https://a.test/down", accept=ACCEPT)
            with pytest.raises(RemoteDown) as caught:
                await http.get("https://other.test/", accept=ACCEPT)
            assert caught.value.public == "tls"
        assert plain.connections == 0
        async with client(pins) as http:
            with pytest.raises(RemoteDown):
                await http.post("https://a.test/", b"{}", {})
        monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
        async with client(pins) as http:
            assert (await http.post("https://a.test/", b"{}", {})).status == 200


async def test_plain_http_is_for_pinned_hosts_and_for_one_step_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_guard, "is_public", lambda _address: True)
    async with client(found={"m.test": ["127.0.0.1"]}) as http:
        with pytest.raises(RemoteRefused):
            await http.post("http://m.test/", b"{}", {})
    ca_file, context = certificates(tmp_path, ["a.test"])
    with closing(socket.socket()) as probe:
        try:
            probe.bind(("127.0.0.7", 80))
        except OSError:
            pytest.skip("port 80 cannot be used here")
    for answer, is_good in [(redirect(301, "https://a.test/x"), True), (OK, False)]:
        peer = Peer(lambda _head, writer, said=answer: _say(writer, said))
        server = await asyncio.start_server(peer.serve, "127.0.0.7", 80)
        async with serving(OK, tls=context) as secure:
            found = {"m.test": ["127.0.0.7"]}
            async with client({"a.test": secure}, ca_file=ca_file, found=found) as http:
                if is_good:
                    document = await http.get("http://m.test/", accept=ACCEPT, sign=sign)
                    assert document.url == "https://a.test/x"
                    assert b"Signature" in secure.requests[0]
                else:
                    with pytest.raises(RemoteRefused):
                        await http.get("http://m.test/", accept=ACCEPT, sign=sign)
        server.close()
        assert b"Signature" not in peer.requests[0]


async def _say(writer: asyncio.StreamWriter, answer: bytes) -> None:
    writer.write(answer)


# --- what is sent and what comes back -----------------------------------------------------------


async def test_a_document_is_asked_for_and_read() -> None:
    body = gzip.compress(b'{"id": "x"}')
    answer = (
        b"HTTP/1.1 404 x\r\nContent-Type: text/html; charset=utf-8\r\nX-One: 1\r\n"
        b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    ) + body
    async with serving(answer) as peer, client({"a.test": peer}) as http:
        document = await http.get("http://a.test/u?q=1#main-key", accept=ACCEPT)
    assert (document.status, document.body) == (404, b'{"id": "x"}')
    assert document.url == "http://a.test/u?q=1"
    assert document.content_type == "text/html; charset=utf-8"
    assert document.headers["x-one"] == "1"
    head = peer.requests[0]
    assert head.startswith(b"GET /u?q=1 HTTP/1.1\r\n")
    for line in [b"Host: a.test", b"Accept: " + ACCEPT.encode(), b"User-Agent: fedi-test/1"]:
        assert line + b"\r\n" in head
    assert b"Accept-Encoding: gzip\r\n" in head
    assert b"cookie" not in head.lower()
