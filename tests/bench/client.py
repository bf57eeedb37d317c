"""A lean HTTP/1.1 client: prepared bytes over kept connections, so that the driver costs little."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import httptools

Address = tuple[str, int]


class _Wire(asyncio.Protocol):
    """One connection with one request under way."""

    def __init__(self) -> None:
        self.open = False
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def ask(self, raw: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        self._parser = httptools.HttpResponseParser(self)
        self._chunks: list[bytes] = []
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(raw)
        return self._answer

    def close(self) -> None:
        if self.open:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.open = True

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as problem:
            self._fail(problem)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        self._fail(ConnectionError(f"closed: {exc}"))

    def _fail(self, problem: Exception) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(problem)

    # called by httptools

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        if not self._parser.should_keep_alive():
            self.open = False
        if self._answer and not self._answer.done():
            self._answer.set_result((self._parser.get_status_code(), b"".join(self._chunks)))


class Connection:
    """A kept connection, opened again when the server has closed it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._wire = _Wire()

    async def send(self, raw: bytes) -> tuple[int, bytes]:
        """Send one request; status and body of its answer."""
        if not self._wire.open:
            loop = asyncio.get_running_loop()
            _, self._wire = await loop.create_connection(_Wire, *self._address)
        return await self._wire.ask(raw)

    def close(self) -> None:
        """Hang up."""
        self._wire.close()


@dataclass
class Drive:
    """What came of many requests."""

    seconds: float = 0.0
    size: int = 0
    times: list[float] = field(default_factory=list[float])
    statuses: Counter[int] = field(default_factory=Counter[int])

    @property
    def count(self) -> int:
        """How many were answered."""
        return len(self.times)

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.count / self.seconds if self.seconds else 0.0

    def trouble(self) -> str:
        """The statuses that are none of success; empty when all is well."""
        bad = {status: n for status, n in self.statuses.items() if not 200 <= status < 300}
        return f"statuses {bad}" if bad else ""


async def drive(
    address: Address, requests: Iterable[bytes], connections: int, seconds: float = 50.0
) -> Drive:
    """Send each request once, over so many connections, for at most so long."""
    result = Drive()
    left = iter(requests)
    start = time.monotonic()

    async def work() -> None:
        connection = Connection(address)
        try:
            for raw in left:
                begun = time.monotonic()
                if begun - start > seconds:
                    return
                try:
                    status, body = await connection.send(raw)
                except OSError:
                    result.statuses[0] += 1
                    continue
                result.times.append(time.monotonic() - begun)
                result.statuses[status] += 1
                result.size += len(body)
        finally:
            connection.close()

    await asyncio.gather(*(work() for _ in range(connections)))
    result.seconds = time.monotonic() - start
    return result


def percentile(times: list[float], share: float) -> float:
    """A percentile in milliseconds."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else 0.0


def latencies(times: list[float]) -> dict[str, Any]:
    """Median and 99th percentile, as rows of the report have them."""
    return {"p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99)}
