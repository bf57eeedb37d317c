"""Reading the body of an answer: decoded in small steps and counted after decoding.

A few hundred bytes of gzip can stand for gigabytes, and a library that decodes for us hands over
whole chunks of it before anybody has counted. So the transport hands over raw bytes and zlib is
told at each step how much it may write.
"""

import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp

from fedi.kit.errors import RemoteDown, RemoteNonsense

STEP = 65536
ERROR_TEXT = 1024
DRAIN_SECONDS = 2.0

Answer = aiohttp.ClientResponse
Sink = Callable[[bytes], None]


async def read_body(answer: Answer, max_bytes: int) -> bytes:
    """The decoded body, of at most `max_bytes`.

    Raises:
        RemoteNonsense: It is larger, or in a coding that we did not ask for, or broken.
        RemoteDown: It ended early.
    """
    decoder = _decoder(answer)
    if (answer.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)
    body = bytearray()
    received = 0
    async for chunk in answer.content.iter_any():
        received += len(chunk)
        if decoder is None:
            body += chunk
        else:
            _decode_into(body, decoder, chunk, max_bytes)
        # Compressed bytes count as well: empty blocks decode to nothing, for ever.
        if len(body) > max_bytes or received > max_bytes + STEP:
            raise _too_large(max_bytes)
    if decoder is not None and received and not decoder.eof:
        raise RemoteDown("reset", "compressed body ended early")
    return bytes(body)


async def copy_body(answer: Answer, sink: Sink, max_bytes: int) -> None:
    """Hand a plain body over piece by piece.

    Raises:
        RemoteNonsense: It is larger than `max_bytes`, or in a coding that we did not ask for.
    """
    if _decoder(answer) is not None:
        raise RemoteNonsense("encoding", "a file came compressed")
    if (answer.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)
    received = 0
    async for chunk in answer.content.iter_any():
        received += len(chunk)
        if received > max_bytes:
            raise _too_large(max_bytes)
        sink(chunk)


async def read_error(answer: Answer) -> str:
    """The start of an error page, as text for the record; whatever goes wrong, there is no more."""
    found = bytearray()
    with suppress(aiohttp.ClientError, OSError):
        while len(found) < ERROR_TEXT and (chunk := await answer.content.read(STEP)):
            found += chunk
    if answer.headers.get("Content-Encoding"):
        return ""
    return found[:ERROR_TEXT].decode(errors="ignore").replace("\0", "").strip()


def content_type(answer: Answer) -> str:
    """The Content-Type as sent; two are joined, so that no reader takes one for the truth."""
    return ", ".join(answer.headers.getall("Content-Type", ()))


def _decoder(answer: Answer) -> Any:
    """A zlib decompressor (its type has no public name), or None for a plain body."""
    coding = ", ".join(answer.headers.getall("Content-Encoding", ())).strip().lower()
    if coding in {"", "identity"}:
        return None
    if coding in {"gzip", "x-gzip"}:
        return zlib.decompressobj(16 + zlib.MAX_WBITS)
    raise RemoteNonsense("encoding", f"content coding {coding[:100]!a}")


def _decode_into(body: bytearray, decoder: Any, chunk: bytes, max_bytes: int) -> None:
    """Decode one chunk, never more than one step at a time and one byte past the limit."""
    try:
        while chunk and not decoder.eof and len(body) <= max_bytes:
            body += decoder.decompress(chunk, min(STEP, max_bytes + 1 - len(body)))
            chunk = decoder.unconsumed_tail
    except zlib.error as problem:
        raise RemoteNonsense("encoding", str(problem)) from problem


def _too_large(max_bytes: int) -> RemoteNonsense:
    return RemoteNonsense("size", f"more than {max_bytes} bytes")
