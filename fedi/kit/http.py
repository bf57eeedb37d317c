"""The only way out of the box: one guarded client for every document we fetch and all we deliver.

    get     fetch a document; redirects are followed here, hop by hop, each checked and signed anew
    save    the same for a file, which is handed over piece by piece
    stream  one request to a service of our own, such as a store of files; never follows anything
    post    deliver to an inbox over a warm connection; never follows anything

Both share one set of connection pools behind one guard (`http_guard`), which no setting turns off;
`hosts` names the peers that may be reached at a private address, and only those. The environment
is not asked for proxies or passwords. Every answer with a status is returned; what raises is:

    RemoteDown      dns, connect, tls, timeout, reset: no (whole) answer came
    RemoteRefused   url, address, redirect, plain http: our guard said no
    RemoteNonsense  size, encoding, partial, loop, protocol: an answer that cannot be used
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path

import aiohttp

from fedi.kit.clock import clock
from fedi.kit.errors import RemoteDown, RemoteError, RemoteNonsense, RemoteRefused
from fedi.kit.http_body import (
    DRAIN_SECONDS,
    STEP,
    Sink,
    content_type,
    copy_body,
    read_body,
    read_error,
)
from fedi.kit.http_guard import (
    CONNECT_WAIT,
    GuardedConnector,
    NotPublicError,
    Resolve,
    SystemResolver,
    build_tls,
    connection_opened,
)
from fedi.kit.http_url import Pins, SplitUrl, check_url, join_url

__all__ = [
    "HttpClient",
    "Posted",
    "Resolve",
    "Response",
    "Signer",
    "SplitUrl",
    "Stream",
    "check_url",
]

Signer = Callable[[str, str], Awaitable[Mapping[str, str]]]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FAILURES = (aiohttp.ClientError, OSError)
_KEPT_URLS = 8192


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; `url` is where it came from after redirects, `headers` ignore case."""

    url: str
    status: int
    headers: Mapping[str, str]
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Posted:
    """What an inbox said; `error` is the start of its error page, of at most 1 KB."""

    status: int
    content_type: str
    retry_after: float | None
    # Which signatures it asks for, in the words of the header.
    accept_signature: str
    error: str


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer whose body is read by whoever asked."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class _Ask:
    accept: str
    sign: Signer | None
    max_bytes: int
    max_redirects: int
    # Takes the body of a good answer instead of the answer itself.
    sink: Sink | None = None


class HttpClient:
    """The guarded client; one per process, closed at its end."""

    def __init__(
        self,
        *,
        user_agent: str,
        hosts: Mapping[str, str] | None = None,
        ca_file: Path | None = None,
        resolve: Resolve | None = None,
        per_host: int = 8,
    ) -> None:
        self._user_agent = user_agent
        self._pins = Pins(hosts)
        self._tls = build_tls(ca_file)
        self._resolve = resolve
        self._per_host = per_host
        self._session: aiohttp.ClientSession | None = None  # noqa: TID251 - a name in a type
        self.check_url = lru_cache(_KEPT_URLS)(self._check_url)

    def _check_url(self, url: str) -> SplitUrl:
        """Like the function `check_url`, with this client's pinned hosts; answers are kept."""
        return check_url(url, self._pins)

    async def get(
        self,
        url: str,
        *,
        accept: str,
        sign: Signer | None = None,
        max_bytes: int = 1_048_576,
        deadline: float = 15.0,
        max_redirects: int = 3,
    ) -> Response:
        """Fetch `url`; `deadline` covers everything from the first lookup to the last byte.

        `sign` is called for each hop with the URL of that hop, so that no signature ever reaches
        a host for which it was not made.

        Raises:
            RemoteError: No usable answer; see the head of this module.
        """
        return await self._get(url, _Ask(accept, sign, max_bytes, max_redirects), deadline)

    async def save(
        self, url: str, sink: Sink, *, accept: str, max_bytes: int, deadline: float = 60.0
    ) -> Response:
        """Fetch a file: each piece of a 200 goes to `sink`, which may raise to end it.

        Raises:
            RemoteError: No usable answer; see the head of this module.
        """
        return await self._get(url, _Ask(accept, None, max_bytes, 3, sink), deadline)

    async def _get(self, url: str, ask: _Ask, deadline: float) -> Response:
        try:
            async with asyncio.timeout(deadline):
                return await self._follow(url, ask)
        except _FAILURES as problem:
            raise _translate(problem, url) from problem

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        data: object = None,
        deadline: float,
    ) -> AsyncGenerator[Stream]:
        """One request; the body of the answer is read within the block.

        Raises:
            RemoteError: No answer; see the head of this module.
        """
        hop = self.check_url(url)
        if not hop.may_carry:
            raise RemoteRefused("plain http", "files travel over TLS")
        try:
            async with (
                asyncio.timeout(deadline),
                self._open().request(
                    method, hop.wire, headers=headers, data=data, allow_redirects=False
                ) as answer,
            ):
                chunks = answer.content.iter_chunked(STEP)
                yield Stream(answer.status, answer.headers, aiter(chunks))
        except _FAILURES as problem:
            raise _translate(problem, url) from problem

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, deadline: float = 30.0
    ) -> Posted:
        """Deliver `body`; a redirect is reported by its status like any other answer.

        A connection that the other side closed while it lay idle is noticed only by writing to it.
        That is no failure of the peer: the same request goes once more over a fresh one, which is
        safe because whoever receives an activity twice knows it by its id.

        Raises:
            RemoteError: No answer; see the head of this module.
        """
        hop = self.check_url(url)
        if not hop.may_carry:
            raise RemoteRefused("plain http", "a delivery travels over TLS")
        try:
            async with asyncio.timeout(deadline):
                connection_opened.set(False)
                try:
                    return await self._send(hop, body, headers)
                except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                    if connection_opened.get():
                        raise
                return await self._send(hop, body, headers)
        except _FAILURES as problem:
            raise _translate(problem, url) from problem

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:  # noqa: TID251 - a name in a type
        """The session, made at first use because it belongs to the running loop."""
        if self._session is None or self._session.closed:
            resolve = self._resolve or SystemResolver()
            self._session = aiohttp.ClientSession(  # noqa: TID251 - this is the way out
                connector=GuardedConnector(self._pins, resolve, self._tls, self._per_host),
                headers={"User-Agent": self._user_agent, "Accept-Encoding": "identity"},
                skip_auto_headers=("Content-Type",),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_WAIT),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    async def _follow(self, url: str, ask: _Ask) -> Response:
        hop = self.check_url(url)
        seen = {hop.url}
        answer = await self._fetch(hop, ask)
        for _ in range(ask.max_redirects):
            if isinstance(answer, Response):
                break
            hop = self._next_hop(hop, answer)
            if hop.url in seen:
                raise RemoteNonsense("loop", "redirected in a circle")
            seen.add(hop.url)
            answer = await self._fetch(hop, ask)
        if isinstance(answer, str):
            raise RemoteNonsense("loop", "redirected too often")
        if len(seen) == 1:
            # Callers compare this with the id inside the document, as its author spells it.
            return replace(answer, url=url.partition("#")[0])
        return answer

    def _next_hop(self, hop: SplitUrl, location: str) -> SplitUrl:
        to = join_url(hop, location, self._pins)
        if to.scheme == "http" and (hop.scheme == "https" or not to.is_pinned):
            raise RemoteRefused("redirect", "redirected to plain http")
        return to

    async def _fetch(self, hop: SplitUrl, ask: _Ask) -> Response | str:
        """One request: the answer, or the Location to go on to."""
        headers = {"Accept": ask.accept}
        headers["Accept-Encoding"] = "gzip" if ask.sink is None else "identity"
        if ask.sign is not None and hop.may_carry:
            headers.update(await ask.sign("GET", hop.url))
        session = self._open()
        async with session.get(hop.wire, headers=headers, allow_redirects=False) as answer:
            location = answer.headers.get("Location")
            if answer.status in _REDIRECTS and location is not None:
                return location
            if not hop.may_carry:
                raise RemoteRefused("plain http", "an answer without TLS is nobody's word")
            if answer.status in {101, 206}:
                raise RemoteNonsense("partial", f"status {answer.status} was not asked for")
            if ask.sink is not None and answer.status == 200:
                await copy_body(answer, ask.sink, ask.max_bytes)
                body = b""
            else:
                body = await read_body(answer, ask.max_bytes)
            kind = content_type(answer)
            return Response(hop.url, answer.status, answer.headers, kind, body)

    async def _send(self, hop: SplitUrl, body: bytes, headers: Mapping[str, str]) -> Posted:
        async with self._open().post(
            hop.wire, data=body, headers=headers, allow_redirects=False
        ) as answer:
            error = ""
            if answer.status >= 300 or not answer.content.at_eof():
                # The status is the answer: nothing the body does can change it any more.
                with suppress(TimeoutError):
                    async with asyncio.timeout(DRAIN_SECONDS):
                        error = await read_error(answer)
            return Posted(
                answer.status,
                content_type(answer),
                _retry_after(answer.headers.get("Retry-After")),
                answer.headers.get("Accept-Signature", ""),
                error if answer.status >= 300 else "",
            )


def _retry_after(value: str | None) -> float | None:
    """Seconds from now, from either form of the header; None for none and for nonsense."""
    if not value or len(value) > 64:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - clock.timestamp())
    except (ValueError, OverflowError):
        return None


def _translate(problem: Exception, url: str) -> RemoteError:
    """Our word for a failure of the transport; the detail names the host, and is short."""
    detail = f"{url[:200]!a}: {type(problem).__name__} {str(problem)[:500]!a}"
    match problem:
        case aiohttp.ClientConnectorError(os_error=NotPublicError()):
            return RemoteRefused("address", detail)
        case TimeoutError():
            return RemoteDown("timeout", detail)
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return RemoteDown("tls", detail)
        case aiohttp.ClientConnectorDNSError():
            return RemoteDown("dns", detail)
        case aiohttp.ClientConnectorError():
            return RemoteDown("connect", detail)
        case aiohttp.ClientConnectionError() | aiohttp.ClientPayloadError() | ssl.SSLError():
            return RemoteDown("reset", detail)
        case OSError():
            return RemoteDown("connect", detail)
        case _:
            return RemoteNonsense("protocol", detail)
