"""Fetching documents so that what comes back is what its origin says.

The way out is passed in: `get(url, accept)` follows redirects, guards addresses, sizes and times,
and raises RemoteDown or RemoteRefused by itself where it gets no answer.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fedi.ap.authority import same_origin
from fedi.ap.documents import loads_object
from fedi.ap.lenient import id_of, is_url, one, plain
from fedi.ap.media_types import ACCEPT, is_activity_type
from fedi.kit.errors import (
    Malformed,
    RemoteDown,
    RemoteGone,
    RemoteNonsense,
    RemoteRefused,
    TooLarge,
)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: `url` is the address that gave it, after redirects; the body is decoded."""

    status: int
    url: str
    content_type: str
    body: bytes


Get = Callable[[str, str], Awaitable[Response]]


def check_status(response: Response) -> None:
    """Raise what an answer other than 200 means.

    Raises:
        RemoteGone: 404, or 410 for good.
        RemoteDown: it may work another time.
        RemoteRefused: it will not.
    """
    status = response.status
    if status == 200:
        return
    if status in (404, 410):
        raise RemoteGone(f"the other server answered {status}", permanent=status == 410)
    if status >= 500 or status in (408, 421, 425, 429):
        raise RemoteDown(f"the other server answered {status}")
    if 200 < status < 400:
        raise RemoteNonsense(f"the other server answered {status} to a fetch")
    raise RemoteRefused(f"the other server answered {status}")


async def fetch_document(
    url: str, get: Get, *, accept: str = ACCEPT, needs_id: bool = True
) -> dict[str, Any]:
    """The ActivityPub document at an address, as its own origin serves it.

    When the document says that its id is another address, that one is asked, once. Pages of
    collections may come without an id (`needs_id=False`).

    Raises:
        RemoteGone, RemoteDown, RemoteRefused: see `check_status`.
        RemoteNonsense: the answer is no ActivityPub document, or not the one it says it is.
    """
    if not is_url(url):
        raise RemoteNonsense("the address is no http address")
    document, claimed = await _read(url, get, accept, needs_id=needs_id)
    if claimed is None:
        return document
    document, claimed = await _read(claimed, get, accept, needs_id=True)
    if claimed is not None:
        raise RemoteNonsense("the document has the id of another document")
    return document


async def _read(
    url: str, get: Get, accept: str, *, needs_id: bool
) -> tuple[dict[str, Any], str | None]:
    """One fetch: the document, and the other address that it claims to belong to, if so."""
    asked = url.partition("#")[0]
    response = await get(asked, accept)
    check_status(response)
    if not is_activity_type(response.content_type):
        raise RemoteNonsense("the answer is not of an ActivityPub type")
    try:
        document = plain(loads_object(response.body))
    except (Malformed, TooLarge) as error:
        raise RemoteNonsense("the answer cannot be read", error.detail) from error
    stated = one(document.get("id"))
    at_home = same_origin(response.url, asked)
    if stated is None and not needs_id and at_home:
        return document, None
    claimed = id_of(stated) if isinstance(stated, str) else None
    if claimed is None:
        raise RemoteNonsense("the document has no usable id")
    bare = claimed.partition("#")[0]
    if at_home and bare in (asked, response.url.partition("#")[0]):
        return document, None
    if bare == asked:
        raise RemoteNonsense("another origin answered in the name of this one")
    return document, claimed
