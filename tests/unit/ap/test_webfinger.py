"""A handle is bound to an actor only when both sides agree."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from fedi.ap.fetch import Response
from fedi.ap.parse import parse_actor
from fedi.ap.vocabulary import Actor
from fedi.ap.webfinger import Handle, confirm, handle_of, lookup, parse_jrd, template_of
from fedi.kit.errors import RemoteDown, RemoteError, RemoteGone, RemoteNonsense, RemoteRefused

WIRE = Path(__file__).parents[2] / "wire"
AP = "application/activity+json"


def jrd(subject: str | None, href: str | None) -> dict[str, Any]:
    links = [{"rel": "self", "type": AP, "href": href}] if href else []
    return {"subject": f"acct:{subject}", "links": links} if subject else {"links": links}


class World:
    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def get(self, url: str, accept: str) -> Response:
        assert "json" in accept
        self.asked.append(url)
        found = self.answers.get(url)
        if isinstance(found, int):
            return Response(found, url, "", b"")
        if isinstance(found, bytes):
            return Response(200, url, "application/xrd+xml", found)
        if found is None:
            return Response(404, url, "", b"")
        return Response(200, url, "application/jrd+json", json.dumps(found).encode())


def wf(handle: str) -> str:
    user, host = handle.split("@")
    return f"https://{host}/.well-known/webfinger?resource=acct%3A{user}%40{host}"


@pytest.mark.parametrize(("text", "acct"), [
    ("@ana@a.example", "ana@a.example"), ("ana@A.Example", "ana@a.example"),
    ("acct:ana@a.example", "ana@a.example"), ("ACCT:ana@a.example", "ana@a.example"),
    ("acct%3Aana%40a.example", "ana@a.example"),
    ("!garden@forum.example", "garden@forum.example"),
    ("ana@bücher.example", "ana@xn--bcher-kva.example"),
    ("ana@localhost:3000", "ana@localhost:3000"),
    ("Ana.b-c_d@a.example:443", "Ana.b-c_d@a.example"),
    ("ana", None), ("@ana", None), ("", None), ("@", None), ("a@b@c.example", None),
    ("ana@", None), ("@@a.example", None), ("a b@c.example", None), ("ana@a.example/x", None),
    ("ana@a.example.", None),
    ("https://a.example/@ana", None), ("ana@a..example", None), ("x" * 256 + "@a.example", None),
    ("x" * 9000, None), ("ana@[", None), ("a/b@c.example", None), ("ana@127.1", None),
    ("ana\n@a.example", None),
])  # fmt: skip
def test_handles(text: str, acct: str | None) -> None:
    found = handle_of(text)
    assert (found.acct if found else None) == acct


async def test_plain_lookup() -> None:
    world = World({wf("ana@a.example"): jrd("Ana@a.example", "https://a.example/u/1")})
    assert await lookup("@ana@a.example", world.get) == ("Ana@a.example", "https://a.example/u/1")
    assert await lookup(Handle("ana", "a.example"), world.get) == (
        "Ana@a.example",
        "https://a.example/u/1",
    )


async def test_split_domain() -> None:
    answer = jrd("ana@a.example", "https://social.a.example/u/1")
    world = World({wf("ana@social.a.example"): answer, wf("ana@a.example"): answer})
    assert await lookup("ana@social.a.example", world.get) == (
        "ana@a.example",
        "https://social.a.example/u/1",
    )
    assert len(world.asked) == 2


async def test_a_stranger_cannot_take_a_handle_of_another_host() -> None:
    world = World(
        {
            wf("victim@m.example"): jrd("victim@v.example", "https://m.example/u/1"),
            wf("victim@v.example"): jrd("victim@v.example", "https://v.example/u/1"),
        }
    )
    assert await lookup("victim@m.example", world.get) == (
        "victim@v.example",
        "https://v.example/u/1",
    )
    world = World({wf("victim@m.example"): jrd("victim@v.example", "https://m.example/u/1")})
    with pytest.raises(RemoteGone):
        await lookup("victim@m.example", world.get)


async def test_only_one_handing_on() -> None:
    world = World(
        {
            wf("a@a.example"): jrd("b@b.example", "https://x.example/1"),
            wf("b@b.example"): jrd("c@c.example", "https://x.example/1"),
            wf("c@c.example"): jrd("a@a.example", None),
        }
    )
    with pytest.raises(RemoteNonsense):
        await lookup("a@a.example", world.get)
    assert len(world.asked) == 2


XRD = (
    b'<?xml version="1.0"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">'
    b"<Link rel='other' template=\"https://x.example/{uri}\"/>"
    b'<Link rel="lrdd" template="https://wf.example/q?a=1&amp;r={uri}"/></XRD>'
)


async def test_host_meta_once() -> None:
    there = "https://wf.example/q?a=1&r=acct%3Aana%40a.example"
    world = World(
        {
            "https://a.example/.well-known/host-meta": XRD,
            there: jrd("ana@a.example", "https://a.example/u/1"),
        }
    )
    assert await lookup("ana@a.example", world.get) == ("ana@a.example", "https://a.example/u/1")
    world = World({"https://a.example/.well-known/host-meta": XRD})
    with pytest.raises(RemoteGone):
        await lookup("ana@a.example", world.get)
    assert len(world.asked) == 3, "no recursion"


@pytest.mark.parametrize("xrd", [None, b"<XRD/>", b"<!DOCTYPE x>" + XRD])
async def test_host_meta_in_json_when_the_other_is_of_no_use(xrd: bytes | None) -> None:
    there = "https://wf.example/r=acct%3Aana%40a.example"
    base = "https://a.example/.well-known"
    link = {"rel": "lrdd", "template": "https://wf.example/r={uri}"}
    documents: dict[str, Any] = {
        f"{base}/host-meta": xrd,
        f"{base}/host-meta.json": {"links": [link]},
        there: jrd("ana@a.example", "https://a.example/u/1"),
    }
    world = World(documents)
    assert await lookup("ana@a.example", world.get) == ("ana@a.example", "https://a.example/u/1")
    assert len(world.asked) == 4
    world = World({**documents, there: None})
    with pytest.raises(RemoteGone):
        await lookup("ana@a.example", world.get)
    assert len(world.asked) == 4, "no recursion"
    world = World({f"{base}/host-meta": xrd})
    with pytest.raises(RemoteGone):
        await lookup("ana@a.example", world.get)
    assert len(world.asked) == 3


async def test_only_one_of_two_hosts_may_have_it_elsewhere() -> None:
    """What a redirected handle may cost: five requests, whichever host lacks WebFinger."""
    here, there = "https://a.example/.well-known", "https://b.example/.well-known"
    link = {"rel": "lrdd", "template": "https://wf.example/r={uri}"}
    found = jrd("ana@b.example", "https://b.example/u/1")
    second = {
        f"{there}/host-meta.json": {"links": [link]},
        "https://wf.example/r=acct%3Aana%40b.example": found,
    }
    first = {
        f"{here}/host-meta.json": {"links": [link]},
        "https://wf.example/r=acct%3Aana%40a.example": found,
    }
    for documents in (
        {wf("ana@a.example"): jrd("ana@b.example", None), **second},
        {wf("ana@b.example"): found, **first},
    ):
        world = World(documents)
        assert (await lookup("ana@a.example", world.get))[0] == "ana@b.example"
        assert len(world.asked) == 5
    world = World({**first, **second})
    with pytest.raises(RemoteGone):
        await lookup("ana@a.example", world.get)
    assert len(world.asked) == 5


@pytest.mark.parametrize("body", [
    b"", b"<XRD/>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + XRD, b"<!doctype x>" + XRD,
    XRD.decode().encode("utf-16"), b"\xff" + XRD, XRD.replace(b"https://wf", b"file://wf"),
    XRD.replace(b"{uri}", b""), b"<Link" * 40000, b"<Link " + b"a='" * 60000, b"{", b"[]",
    b'{"links":[{"rel":"lrdd"}]}', b'{"links":"x"}', b"x" * 300_000, b"<Link" + b" " * 200_000,
    b"<Link " + b"a" * 200_000 + b">",
])  # fmt: skip
def test_host_meta_that_cannot_be_used(body: bytes) -> None:
    assert template_of(body) is None


def test_host_meta_in_json() -> None:
    assert (
        template_of(b'{"links":[{"rel":"lrdd","template":"https://a.example/w?r={uri}"}]}')
        == "https://a.example/w?r={uri}"
    )


@pytest.mark.parametrize(("answer", "error"), [
    (410, RemoteGone), (500, RemoteDown), (503, RemoteDown), (401, RemoteRefused),
    (None, RemoteGone), ({"subject": "acct:a@a.example"}, RemoteGone), ([], RemoteNonsense),
    ("x", RemoteNonsense),
    (b"<html>", RemoteNonsense), ({"links": [{"rel": "self", "href": "https://a.example/1"}]},
    RemoteGone), ({"links": [{"rel": "self", "type": "text/html", "href": "https://a.example/1"}]},
    RemoteGone),
    ({"links": [{"rel": "self", "type": AP, "href": "javascript:1"}]}, RemoteGone),
    ({"links": 5, "subject": 5}, RemoteGone), ({"links": [None, 5, {"rel": ["self"]}]}, RemoteGone),
])  # fmt: skip
async def test_answers_that_lead_nowhere(answer: Any, error: type[RemoteError]) -> None:
    with pytest.raises(error) as caught:
        await lookup("a@a.example", World({wf("a@a.example"): answer}).get)
    if isinstance(caught.value, RemoteGone):
        assert caught.value.permanent == (answer == 410)


def test_a_forum_has_a_person_and_a_group_of_one_name() -> None:
    found = parse_jrd(json.loads((WIRE / "lemmy" / "jrd_two_selves.json").read_text()))
    assert found.self_link() == "https://forum.example/c/garden"
    assert found.self_link("Person") == "https://forum.example/u/garden"
    assert found.self_link("Service") == "https://forum.example/c/garden"
    assert parse_jrd({}).self_link() is None


@pytest.fixture(scope="module")
def ana() -> Actor:
    return parse_actor(json.loads((WIRE / "mastodon" / "actor_person.json").read_text()))


async def test_both_sides_must_agree(ana: Actor) -> None:
    world = World({wf("ana@masto.example"): jrd("ana@masto.example", ana.id)})
    assert await confirm(ana, world.get) == "ana@masto.example"
    plain = dataclasses.replace(ana, webfinger=None)
    assert await confirm(plain, world.get) == "ana@masto.example"
    other = World(
        {wf("ana@masto.example"): jrd("ana@masto.example", "https://masto.example/users/other")}
    )
    with pytest.raises(RemoteNonsense):
        await confirm(ana, other.get)


async def test_claiming_the_handle_of_a_victim(ana: Actor) -> None:
    world = World(
        {
            wf("victim@v.example"): jrd("victim@v.example", "https://v.example/u/1"),
            wf("ana@masto.example"): jrd("victim@v.example", ana.id),
        }
    )
    for claim in ("victim@v.example", None):
        with pytest.raises(RemoteNonsense):
            await confirm(dataclasses.replace(ana, webfinger=claim), world.get)
