"""Request bodies: limited while they are read, however they are sent."""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import Message, Receive

from fedi.kit.clock import clock
from fedi.kit.errors import Malformed, TooLarge, WrongType

# A body may be this much over the limit before reading stops, for the frame of a multipart form.
SLACK = 65_536
SECONDS = 30
UPLOAD_SECONDS = 900


class TooSlow(Malformed):
    """The body did not arrive in time."""

    status = 408


def check_body(headers: Mapping[bytes, bytes], limit: int) -> None:
    """Refuse by the headers alone what need not be read.

    Raises:
        TooLarge: It says that it is over `limit`.
        WrongType: It is compressed.
        Malformed: Its length is no number.
    """
    if headers.get(b"content-encoding", b"identity").strip().lower() not in {b"identity", b""}:
        raise WrongType("Compressed request bodies are not read")
    length = headers.get(b"content-length")
    if length is None:
        return
    if not length.isdigit():
        raise Malformed("Content-Length is no number")
    if len(length) > 18 or int(length) > limit:
        raise TooLarge("The request body is too large")


async def read_body(request: Request, limit: int) -> bytes:
    """A body that is kept in memory; the guard before it may let far more through.

    Raises:
        TooLarge: More came than `limit`, or it says so.
    """
    stated = request.headers.get("content-length", "0")
    if stated.isdigit() and int(stated[:12]) > limit:
        raise TooLarge("The request body is too large")
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge("The request body is too large")
        chunks.append(chunk)
    return b"".join(chunks)


class BodyGuard:
    """Stands before `receive` and stops a body that grows too large or comes too slowly."""

    __slots__ = ("_deadline", "_left", "_receive", "is_read")

    def __init__(self, receive: Receive, limit: int, seconds: float = SECONDS) -> None:
        self._receive = receive
        self._left = limit
        self._deadline = clock.monotonic() + seconds
        self.is_read = False

    async def __call__(self) -> Message:
        """The next message.

        Raises:
            TooLarge: More came than the limit allows.
            TooSlow: The body is not there in time.
        """
        if self.is_read:
            return await self._receive()
        try:
            async with asyncio.timeout(max(self._deadline - clock.monotonic(), 0)):
                message = await self._receive()
        except TimeoutError as problem:
            raise TooSlow("The request body took too long") from problem
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            self.is_read = not message.get("more_body", False)
            if self._left < 0:
                raise TooLarge("The request body is too large")
        return message
