"""The limits on connections that uvicorn does not have.

A request's head must be there within ten seconds and may have only so many bytes, an address that
is no trusted proxy may hold only so many connections, and a target must be a plain path: what is
meant for another host is not for us.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from fedi.kit.coalesce import CoalescingHttp
from fedi.kit.web_trust import Proxies, limit_key

HEAD_SECONDS = 10.0
HEAD_BYTES = 65_536
PER_ADDRESS = 512


class CarefulProtocol(CoalescingHttp):
    """uvicorn's HTTP/1.1, for connections from anybody."""

    proxies: ClassVar[Proxies | None] = None
    head_seconds: ClassVar[float] = HEAD_SECONDS
    per_address: ClassVar[int] = PER_ADDRESS
    # Connections by address, of this process.
    counts: ClassVar[Counter[str]] = Counter()

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._place = ""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for a request, unless this address has too many connections already."""
        super().connection_made(transport)
        self._begin_head()
        address = self.client[0] if self.client else ""
        if address and not (self.proxies and self.proxies.trusts(address)):
            self._place = limit_key(address)
            self.counts[self._place] += 1
            if self.counts[self._place] > self.per_address:
                self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any more."""
        self._let_go()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Hand over to a protocol that has time-outs of its own."""
        self._let_go()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Read on; what comes when no request is under way is the head of one."""
        if self._timer is None and not self._is_answering():
            self._begin_head()
        super().data_received(data)
        if self._timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._expire()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._end_head()
        if not self.url.startswith(b"/") and self.url != b"*":
            raise ValueError("the target is no path")  # which the parser turns into a 400
        super().on_headers_complete()

    def _is_answering(self) -> bool:
        # Before the first request there is none, whatever its type says.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def _begin_head(self) -> None:
        self._head_bytes = 0
        self._timer = self.loop.call_later(self.head_seconds, self._expire)

    def _end_head(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self._end_head()
        self.transport.close()

    def _let_go(self) -> None:
        self._end_head()
        if self._place:
            self.counts[self._place] -= 1
            if self.counts[self._place] <= 0:
                del self.counts[self._place]
            self._place = ""


def build_protocol(networks: Sequence[str]) -> type[CarefulProtocol]:
    """The protocol of a process that believes these proxies, which speak for many."""

    class Protocol(CarefulProtocol):
        proxies = Proxies(networks)

    return Protocol
