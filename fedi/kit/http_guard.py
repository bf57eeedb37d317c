"""The guard at the only way out: what may be connected to, checked where the connection is made.

Names are resolved here, every address is checked, and the connector is given exactly those
addresses, so that a second answer of a hostile name server is never asked for. The socket is
opened here as well, and looks at its address once more. TLS name and `Host` stay the host name.
"""

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

from fedi.kit.addresses import is_public
from fedi.kit.errors import RemoteRefused
from fedi.kit.http_url import Pins

Resolve = Callable[[str], Awaitable[Sequence[str]]]

MAX_CONNECTIONS = 1024
MAX_ADDRESSES = 8
MAX_LOOKUPS = 64
MAX_INTERIM = 8  # 1xx answers before the real one
NAMES_KEPT = 60  # seconds
IDLE_KEPT = 30  # seconds; most servers close an idle connection after 60 or more
CONNECT_WAIT = 10.0

connection_opened: ContextVar[bool] = ContextVar("connection_opened", default=False)


class NotPublicError(OSError):
    """The socket was asked for an address that nobody checked: a hole in the guard above."""


class GuardedResolver(AbstractResolver):
    """Pinned names go where they are pinned; all others must be public in every record."""

    def __init__(self, pins: Pins, resolve: Resolve) -> None:
        self._pins = pins
        self._resolve = resolve

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - part of the interface
    ) -> list[ResolveResult]:
        """The addresses to connect to.

        Raises:
            RemoteRefused: One of the addresses is not public. One good record beside a bad one
                is how a check is talked into a connection, so that the whole name is refused.
        """
        if pin := self._pins.find(host):
            return [_record(host, pin.address, pin.port)]
        addresses = await self._resolve(host)
        if not addresses:
            raise OSError(f"{host} has no address")
        for address in addresses:
            if not is_public(address):
                raise RemoteRefused("address", f"{host} is at {address[:64]}, not on the internet")
        return [_record(host, address, port) for address in addresses[:MAX_ADDRESSES]]

    async def close(self) -> None:
        """Nothing is held."""


class SystemResolver:
    """The system's resolver, in threads of its own: one slow name server holds up nobody else.

    The threads are daemons, because a lookup cannot be interrupted and must not delay the end of
    the process. A place is free again when the lookup ends, not when its caller gives up.
    """

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(MAX_LOOKUPS)

    async def __call__(self, host: str) -> list[str]:
        """All addresses of `host`."""
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[str]] = loop.create_future()

        def tell(found: list[str], problem: OSError | None) -> None:
            self._places.release()
            if answer.done():
                return
            if problem:
                answer.set_exception(problem)
            else:
                answer.set_result(found)

        threading.Thread(target=_look_up, args=(host, loop, tell), name="dns", daemon=True).start()
        return await answer


class BoundedHandler(ResponseHandler):
    """The protocol of one connection, which does not listen to interim answers for ever."""

    _interim = 0

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Take one parsed message head."""
        self._interim = self._interim + 1 if data[0].code < 200 else 0
        if self._interim <= MAX_INTERIM:
            super().feed_data(data, size)
        elif self.transport is not None and not self.transport.is_closing():
            self.set_exception(HttpProcessingError(code=400, message="too many interim answers"))
            self.transport.abort()


class GuardedConnector(aiohttp.TCPConnector):
    """The connection pools of the process."""

    def __init__(self, pins: Pins, resolve: Resolve, tls: ssl.SSLContext, per_host: int) -> None:
        super().__init__(
            resolver=GuardedResolver(pins, resolve),
            ssl=tls,
            limit=MAX_CONNECTIONS,
            limit_per_host=per_host,
            ttl_dns_cache=NAMES_KEPT,
            keepalive_timeout=IDLE_KEPT,
            socket_factory=partial(_open_socket, pins),
        )
        self._factory = partial(BoundedHandler, loop=asyncio.get_running_loop())

    async def _create_connection(self, *args: Any, **kwargs: Any) -> ResponseHandler:
        # Whoever waits for an answer can tell a fresh connection from one that had gone stale.
        connection_opened.set(True)
        return await super()._create_connection(*args, **kwargs)


def build_tls(ca_file: Path | None) -> ssl.SSLContext:
    """Verify against the system's authorities, plus `ca_file`, plus the file in SSL_CERT_FILE.

    Raises:
        OSError: `ca_file` cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    # The variable takes the place of the system's file inside OpenSSL; here it only adds.
    system = Path(ssl.get_default_verify_paths().openssl_cafile)
    context.load_default_certs()
    if "SSL_CERT_FILE" in os.environ and system.is_file():
        context.load_verify_locations(cafile=system)
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context


def _record(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST,
    )


def _open_socket(pins: Pins, info: tuple[Any, ...]) -> socket.socket:
    """Make the socket for one address: the last look before the first packet."""
    family, kind, protocol, _, end = info
    if not is_public(end[0]) and (end[0], end[1]) not in pins.endpoints:
        raise NotPublicError("address was not checked")
    return socket.socket(family=family, type=kind, proto=protocol)


def _look_up(
    host: str,
    loop: asyncio.AbstractEventLoop,
    tell: Callable[[list[str], OSError | None], None],
) -> None:
    found: list[str] = []
    problem: OSError | None = None
    try:
        flags = socket.AI_ADDRCONFIG
        records = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
        found = [str(record[4][0]) for record in records]
    except OSError as failure:
        problem = failure
    except UnicodeError as failure:
        problem = OSError(str(failure))
    if not loop.is_closed():
        loop.call_soon_threadsafe(tell, found, problem)
