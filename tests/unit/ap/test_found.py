"""Whom a document or an answer of WebFinger may speak for, and what of it is shown."""

import json
from typing import Any

import pytest

from fedi.ap.fetch import Response
from fedi.ap.parse import parse_actor
from fedi.ap.webfinger import MAX_BYTES, confirm, lookup
from fedi.kit.errors import RemoteError, RemoteNonsense

AP = "application/activity+json"
M = "https://m.test/users/eve"
V = "https://v.test/users/victim"


def actor(**fields: Any) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": M,
        "type": "Person",
        "preferredUsername": "eve",
        "inbox": f"{M}/inbox",
        **fields,
    }


def answer(subject: str, href: str, **more: Any) -> bytes:
    links = [{"rel": "self", "type": AP, "href": href}]
    return json.dumps({"subject": f"acct:{subject}", "links": links, **more}).encode()


class Hosts:
    """Answers by host; the last one is where a redirect ended."""

    def __init__(self, **bodies: bytes) -> None:
        self.bodies = bodies
        self.asked: list[str] = []

    async def get(self, url: str, _accept: str) -> Response:
        host = url.split("/")[2]
        self.asked.append(host)
        body = self.bodies.get(host.partition(".")[0])
        return Response(404 if body is None else 200, url, "application/jrd+json", body or b"")


@pytest.mark.parametrize(
    ("stated", "at_home", "at_victim"),
    [
        # Its own server says that it is the victim.
        ({}, answer("victim@v.test", M), answer("victim@v.test", V)),
        # Its document says so.
        ({"webfinger": "victim@v.test"}, answer("eve@m.test", M), answer("victim@v.test", V)),
        ({"preferredUsername": "victim@v.test"}, b"", answer("victim@v.test", V)),
        # Both do.
        (
            {"webfinger": "victim@v.test"},
            answer("victim@v.test", M),
            answer("victim@v.test", V),
        ),
        # The answer of the victim's server was passed on, or names the liar only as an alias.
        ({}, answer("victim@v.test", V), answer("victim@v.test", V)),
        (
            {"webfinger": "victim@v.test"},
            answer("eve@m.test", M),
            answer("victim@v.test", V, aliases=[M]),
        ),
        # The victim's server knows nobody by that name.
        ({"webfinger": "victim@v.test"}, answer("victim@v.test", M), b""),
    ],
)
async def test_nobody_gets_the_handle_of_a_victim(
    stated: dict[str, Any], at_home: bytes, at_victim: bytes
) -> None:
    hosts = {"m": at_home, "v": at_victim}
    played = Hosts(**{name: body for name, body in hosts.items() if body})
    try:
        acct = await confirm(parse_actor(actor(**stated)), played.get)
    except RemoteError:
        return
    assert acct.endswith("@m.test")


async def test_a_handle_elsewhere_that_both_sides_confirm() -> None:
    played = Hosts(m=answer("eve@handles.test", M), handles=answer("eve@handles.test", M))
    assert await confirm(parse_actor(actor()), played.get) == "eve@handles.test"
    assert played.asked == ["m.test", "handles.test"]


async def test_an_answer_that_is_too_long() -> None:
    for spare, is_read in ((0, True), (1, False)):
        body = answer("eve@m.test", M)
        played = Hosts(m=body + b" " * (MAX_BYTES - len(body) + spare))
        if is_read:
            assert await lookup("eve@m.test", played.get) == ("eve@m.test", M)
        else:
            with pytest.raises(RemoteNonsense):
                await lookup("eve@m.test", played.get)
    assert MAX_BYTES == 262_144


@pytest.mark.parametrize(
    "stated", ["Person", "Service", "Application", "Group", "Organization", ["X", "Group"]]
)
def test_kinds_of_actors(stated: str | list[str]) -> None:
    expected = stated if isinstance(stated, str) else "Group"
    assert parse_actor(actor(type=stated)).type == expected


@pytest.mark.parametrize(
    ("url", "is_shown"),
    [
        ("https://m.test/@eve", True),
        ("https://www.m.test/@eve", True),
        ("https://v.test/@victim", False),
        ("https://m.test.evil.test/", False),
        ("https://sub.m.test/", False),
        ("javascript:alert(1)", False),
        (["https://v.test/@victim"], False),
    ],
)
def test_pages_of_other_hosts_are_not_shown(url: object, *, is_shown: bool) -> None:
    assert (parse_actor(actor(url=url)).url is not None) is is_shown


@pytest.mark.parametrize("missing", ["id", "inbox"])
def test_an_actor_needs_an_id_and_an_inbox(missing: str) -> None:
    document = actor()
    del document[missing]
    with pytest.raises(RemoteNonsense):
        parse_actor(document)
