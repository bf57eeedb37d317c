"""A document is what its own origin serves under its own id, in the right type."""

import json
from typing import Any

import pytest

from fedi.ap.fetch import Response, fetch_document
from fedi.ap.media_types import is_activity_type
from fedi.kit.errors import RemoteDown, RemoteError, RemoteGone, RemoteNonsense, RemoteRefused

AP = "application/activity+json"
V, M = "https://v.example", "https://m.example"


class World:
    """A few pages of a made-up network, and what was asked of it."""

    def __init__(self, pages: dict[str, Any]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    async def get(self, url: str, accept: str) -> Response:
        assert "activity+json" in accept
        self.asked.append(url)
        page = self.pages.get(url)
        if page is None:
            return Response(404, url, "text/html", b"")
        if isinstance(page, Response):
            return page
        return Response(200, url, AP, json.dumps(page).encode())


def answer(body: Any, *, url: str, status: int = 200, content_type: str = AP) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, url, content_type, raw)


@pytest.mark.parametrize(("content_type", "good"), [
    ("application/activity+json", True), ("application/activity+json; charset=utf-8", True),
    ("APPLICATION/Activity+JSON", True),
    ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
    ('application/ld+json;charset=utf-8;PROFILE="https://www.w3.org/ns/activitystreams"', True),
    ('application/ld+json; profile="https://x.example/p https://www.w3.org/ns/activitystreams"',
    True), ("application/ld+json; profile=https://www.w3.org/ns/activitystreams", True),
    ("application/ld+json", False), ('application/ld+json; profile="https://x.example/p"', False),
    ("application/json", False), ("text/plain", False),
    ("application/octet-stream", False), ("text/html", False), ("", False),
    ("application/activity+json, text/html", False),
    ("application/activity+json, application/activity+json", False),
    ("application/activity+json; x", False),
    ('application/ld+json; profile="https://www.w3.org/ns/activitystreamsX"', False),
    ("text/html; a=application/activity+json", False),
    ("application/activity+json;" + "x=y;" * 500, False),
    ('application/ld+json; profile="a', False),
])  # fmt: skip
async def test_content_types(content_type: str, good: bool) -> None:
    assert is_activity_type(content_type) is good
    world = World({V + "/1": answer({"id": V + "/1"}, url=V + "/1", content_type=content_type)})
    if good:
        assert await fetch_document(V + "/1", world.get) == {"id": V + "/1"}
    else:
        with pytest.raises(RemoteNonsense):
            await fetch_document(V + "/1", world.get)


async def test_another_id_is_asked_for_once() -> None:
    world = World(
        {M + "/x": {"id": V + "/1", "name": "forged"}, V + "/1": {"id": V + "/1", "name": "real"}}
    )
    assert (await fetch_document(M + "/x", world.get))["name"] == "real"
    assert world.asked == [M + "/x", V + "/1"]


async def test_an_id_that_does_not_exist_there() -> None:
    world = World({M + "/x": {"id": V + "/1"}})
    with pytest.raises(RemoteGone):
        await fetch_document(M + "/x", world.get)


async def test_no_second_forwarding() -> None:
    world = World(
        {M + "/x": {"id": M + "/y"}, M + "/y": {"id": M + "/z"}, M + "/z": {"id": M + "/z"}}
    )
    with pytest.raises(RemoteNonsense):
        await fetch_document(M + "/x", world.get)
    assert len(world.asked) == 2


async def test_an_upload_cannot_be_a_note_of_its_host() -> None:
    world = World(
        {
            V + "/uploads/y": {"id": V + "/notes/1", "name": "forged"},
            V + "/notes/1": {"id": V + "/notes/1", "name": "real"},
        }
    )
    assert (await fetch_document(V + "/uploads/y", world.get))["name"] == "real"


async def test_redirects() -> None:
    moved = answer({"id": V + "/new"}, url=V + "/new")
    assert await fetch_document(V + "/old", World({V + "/old": moved}).get) == {"id": V + "/new"}
    stays = answer({"id": V + "/old"}, url=V + "/new")
    assert await fetch_document(V + "/old", World({V + "/old": stays}).get) == {"id": V + "/old"}
    # An open redirect leads to another origin, which speaks in the name of the first.
    forged = answer({"id": V + "/old"}, url=M + "/x")
    world = World({V + "/old": forged})
    with pytest.raises(RemoteNonsense):
        await fetch_document(V + "/old", world.get)
    assert world.asked == [V + "/old"]
    away = World(
        {
            V + "/old": answer({"id": M + "/x", "n": 1}, url=M + "/x"),
            M + "/x": {"id": M + "/x", "n": 2},
        }
    )
    assert (await fetch_document(V + "/old", away.get))["n"] == 2


async def test_fragments() -> None:
    world = World({V + "/u": {"id": V + "/u", "publicKey": {}}})
    assert (await fetch_document(V + "/u#main-key", world.get))["id"] == V + "/u"
    assert world.asked == [V + "/u"]


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b'"x"', b"null", b"{}", b'{"id":null}',
b'{"id":5}', b'{"id":"x"}', b'{"id":"javascript:1"}', b'{"id":{"id":"https://v.example/1"}}',
                                  b'{"id":"https://v.example/1","id":"https://v.example/1"}',
                                  b"[" * 5000, b'{"id":"https://v.example/' + b"x" * 3000 + b'"}',
                                  b" " * (1024 * 1024 + 1)])  # fmt: skip
async def test_bodies_that_cannot_be_used(body: bytes) -> None:
    with pytest.raises(RemoteNonsense):
        await fetch_document(V + "/1", World({V + "/1": answer(body, url=V + "/1")}).get)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, RemoteGone),
        (410, RemoteGone),
        (500, RemoteDown),
        (503, RemoteDown),
        (429, RemoteDown),
        (408, RemoteDown),
        (401, RemoteRefused),
        (403, RemoteRefused),
        (204, RemoteNonsense),
        (206, RemoteNonsense),
        (304, RemoteNonsense),
        (999, RemoteDown),
        (100, RemoteRefused),
    ],
)
async def test_statuses(status: int, error: type[RemoteError]) -> None:
    with pytest.raises(error) as caught:
        await fetch_document(
            V + "/1", World({V + "/1": answer({"id": V + "/1"}, url=V + "/1", status=status)}).get
        )
    if isinstance(caught.value, RemoteGone):
        assert caught.value.permanent == (status == 410)


async def test_pages_without_an_id() -> None:
    world = World(
        {
            V + "/p": {"type": "CollectionPage"},
            V + "/q": answer({"type": "CollectionPage"}, url=M + "/q"),
        }
    )
    assert await fetch_document(V + "/p", world.get, needs_id=False) == {"type": "CollectionPage"}
    for url in (V + "/p", V + "/q"):
        with pytest.raises(RemoteNonsense):
            await fetch_document(url, world.get, needs_id=url.endswith("p"))


async def test_addresses_that_are_none() -> None:
    for url in ("", "x", "file:///etc/passwd", "https://", "https://a.example/" + "x" * 3000):
        with pytest.raises(RemoteNonsense):
            await fetch_document(url, World({}).get)


async def test_contexts_are_never_fetched() -> None:
    world = World(
        {
            V + "/1": {
                "id": V + "/1",
                "@context": [
                    "https://evil.example/c",
                    {"actor": "https://evil.example/a", "type": "@id"},
                ],
            }
        }
    )
    await fetch_document(V + "/1", world.get)
    assert world.asked == [V + "/1"]
