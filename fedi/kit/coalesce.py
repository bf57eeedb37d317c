"""One write per turn of the event loop: head and body of an answer leave together.

The server writes them apart, and each write is a system call, which costs more than many of our
answers. Whatever is written within one turn is joined and sent at its end.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Coalescing:
    """A transport that gathers what is written; everything else is the real one's."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._chunks: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send with what else is written in this turn."""
        if not self._chunks:
            self._loop.call_soon(self._flush)
        self._chunks.append(data)

    def writelines(self, data: Iterable[bytes]) -> None:
        """Send with what else is written in this turn."""
        self.write(b"".join(data))

    def write_eof(self) -> None:
        """Nothing more will come."""
        self._flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Send what is gathered, then close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._chunks:
            chunks, self._chunks = self._chunks, []
            if not self._transport.is_closing():
                self._transport.write(chunks[0] if len(chunks) == 1 else b"".join(chunks))


class CoalescingHttp(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, over a transport that gathers."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """A client came."""
        gathering = Coalescing(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", gathering))
